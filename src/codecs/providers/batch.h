// Batch: the batch interfaces of model providers: which exchanges belong to one, and what requests,
// jobs and results say. OpenAI and who follows it (a file of requests, a job, files of results),
// Anthropic (requests inside the job's own request, results by the job's id), Mistral (both),
// Google (files or inside the job, whose answer then holds the results). Owner: texts borrow from
// the JSON document, its text and its arena. Threads: free functions. Source:
// platform.openai.com/docs/guides/batch, docs.anthropic.com "Message Batches", docs.mistral.ai
// "Batch", ai.google.dev "Batch API".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/span.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs::providers {

enum class BatchStep : uint8_t {
  kNone,
  kUpload,   ///< A file comes in, perhaps the requests of a batch.
  kJob,      ///< Batches are begun, asked about, listed: the answer says what they are.
  kResults,  ///< A file is fetched that may hold results, or certainly does.
};

struct BatchRoute {
  BatchStep step = BatchStep::kNone;
  std::string_view holder;  ///< kResults: the id of the file, or of the batch.
  /// What stands in the path before the interface's own: "/openai" of "/openai/v1/files".
  std::string_view base;
};

/// What a request means to a batch. `target` is a path, perhaps with a query.
BatchRoute FindBatchRoute(std::string_view method, std::string_view target);

/// A batch as its provider describes it. Empty: it does not say.
struct BatchJob {
  std::string_view id;
  std::string_view input;           ///< File of the requests; empty where they came inside.
  std::string_view output, errors;  ///< Files of the results, once there are any.
  std::string_view endpoint;        ///< "/v1/chat/completions"
  std::string_view model;           ///< Where one serves the whole batch.
  std::optional<Nanos> created, ended;
};
/// The batches in an answer: one, or a list of them.
std::vector<BatchJob> ReadBatchJobs(syntax::JsonValue answer);

/// The file in an upload that is to be a batch: of a form that says so, or, as Google takes any
/// file, as it is or as the second part of two, one of such lines. Nothing for other files.
std::optional<std::string_view> BatchFileOf(std::string_view upload);
/// What the answer calls the file: its id, or Google's name. Empty: it does not say.
std::string_view FileNameIn(syntax::JsonValue answer);
/// The file that the body which begins a batch names; empty where only the answer says it.
std::string_view BatchInputIn(syntax::JsonValue body);
/// The requests inside the body that begins a batch; missing where they are in a file.
syntax::JsonValue BatchRequestsIn(syntax::JsonValue body);
/// The results inside a job's answer; missing where they are in a file.
syntax::JsonValue BatchResultsIn(syntax::JsonValue answer);

/// One request, of a file's line or of a list.
struct BatchRequest {
  std::string_view custom_id;  ///< Empty: its place in the list stands for it.
  std::string_view url;        ///< "/v1/chat/completions"; empty: the job's endpoint.
  std::string_view body;       ///< JSON as sent.
};
std::optional<BatchRequest> ReadBatchRequest(syntax::JsonValue request);

/// One result, of a file's line or of a list.
struct BatchResult {
  std::string_view custom_id;  ///< Empty: its place in the list stands for it.
  std::string_view request_id;
  uint16_t status = 0;    ///< 0: the request got no answer.
  std::string_view body;  ///< The answer's JSON as sent; empty: none.
  /// Without an answer: why.
  model::ErrorType error_class = model::ErrorType::kNone;
  std::string_view error_type, error_message;
  /// Which interface answered, by what the answer looks like; empty where that tells nothing.
  std::string endpoint;
  std::optional<Nanos> answered;  ///< As the answer says.
};
/// Nothing where the JSON is no result of a batch.
std::optional<BatchResult> ReadBatchResult(syntax::JsonValue result);

}  // namespace vitrine::codecs::providers
