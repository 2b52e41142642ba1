#include "capture/gateway/batch_calls.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "capture/gateway/plain_text.h"
#include "codecs/content/text.h"
#include "syntax/json/json_document.h"

namespace vitrine::capture {

namespace {

namespace providers = codecs::providers;
using providers::BatchStep;
using syntax::JsonDocument;
using syntax::JsonStatus;
using syntax::JsonValue;

/// Calls `visit` for each line that is not blank.
template <typename Visit>
void ForEachLine(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (const std::string_view trimmed = codecs::Trim(line); !trimmed.empty()) visit(trimmed);
  }
}

/// What stands for a request that names itself not: its place.
std::string NameOf(std::string_view custom_id, size_t number) {
  return custom_id.empty() ? std::to_string(number) : std::string(custom_id);
}

/// What is set there and not here.
void Complete(CallContext& context, const CallContext& other) {
  for (const auto field :
       {&CallContext::user, &CallContext::session, &CallContext::feature, &CallContext::release,
        &CallContext::environment, &CallContext::service, &CallContext::service_version,
        &CallContext::experiment, &CallContext::trace_name, &CallContext::prompt_name,
        &CallContext::prompt_version, &CallContext::flags}) {
    if ((context.*field).empty()) context.*field = other.*field;
  }
  if (context.tags.empty()) context.tags = other.tags;
  if (context.properties.empty()) context.properties = other.properties;
  context.omits_request |= other.omits_request;
  context.omits_response |= other.omits_response;
}

}  // namespace

bool NamesBatch(const Recording& download) {
  const std::string_view path =
      std::string_view(download.target).substr(0, download.target.find('?'));
  const BatchStep step = providers::FindBatchRoute(download.method, path).step;
  return step == BatchStep::kJob || (step == BatchStep::kResults && path.ends_with("/results"));
}

BatchCalls::BatchCalls(const Recording& download, std::shared_ptr<const KnownBatch> batch)
    : download_(download),
      route_(providers::FindBatchRoute(download.method, download.target)),
      batch_(std::move(batch)) {}

std::unique_ptr<BatchCalls> BatchCalls::Open(const Recording& download, const BatchBook& book) {
  if (download.status != 200 || download.is_response_left_out) return nullptr;
  const providers::BatchRoute route = providers::FindBatchRoute(download.method, download.target);
  if (download.method != "GET" || route.step == BatchStep::kNone) return nullptr;
  auto plain = PlainResponse(download);
  if (!plain) return nullptr;
  std::string holder(route.holder);
  if (route.step == BatchStep::kJob) {
    Arena arena;
    JsonDocument document;
    if (document.Parse(*plain, arena) != JsonStatus::kOk) return nullptr;
    const auto jobs = providers::ReadBatchJobs(document.root());
    const bool is_asked = jobs.size() == 1 && providers::BatchResultsIn(document.root()).exists();
    if (!is_asked) return nullptr;
    holder = jobs[0].id;
  }
  std::unique_ptr<BatchCalls> calls(new BatchCalls(download, book.Find(download, holder)));
  calls->holder_ = std::move(holder);
  if (route.step == BatchStep::kJob) {
    if (!calls->TakeList(*plain)) return nullptr;
  } else {
    calls->TakeLines(std::move(*plain));
  }
  // Any file can be fetched: the first line tells what this one is.
  Arena arena;
  JsonDocument first;
  const bool is_results = !calls->lines_.empty() &&
                          first.Parse(calls->lines_[0], arena) == JsonStatus::kOk &&
                          providers::ReadBatchResult(first.root());
  if (!is_results) return nullptr;
  if (calls->batch_ != nullptr) {
    if (auto input = book.InputOf(download, *calls->batch_)) calls->TakeRequests(std::move(*input));
  }
  return calls;
}

void BatchCalls::TakeLines(std::string plain) {
  results_ = std::move(plain);
  ForEachLine(results_, [this](std::string_view line) { lines_.push_back(line); });
}

bool BatchCalls::TakeList(const std::string& answer) {
  results_ = answer;
  Arena arena;
  JsonDocument document;
  if (document.Parse(results_, arena) != JsonStatus::kOk) return false;
  for (const JsonValue result : providers::BatchResultsIn(document.root()).Elements())
    lines_.push_back(result.raw());
  return true;
}

void BatchCalls::TakeRequests(std::string plain) {
  input_ = std::move(plain);
  Arena arena;
  JsonDocument document;
  size_t number = 0;
  const auto take = [this, &number](JsonValue request) {
    const auto read = providers::ReadBatchRequest(request);
    if (read) {
      requests_.emplace(NameOf(read->custom_id, number),
                        Request{std::string(read->url), read->body});
    }
    ++number;
  };
  if (!batch_->input.empty()) {
    return ForEachLine(input_, [&](std::string_view line) {
      arena = Arena();
      if (document.Parse(line, arena) == JsonStatus::kOk) take(document.root());
    });
  }
  if (document.Parse(input_, arena) != JsonStatus::kOk) return;
  for (const JsonValue request : providers::BatchRequestsIn(document.root()).Elements())
    take(request);
}

std::vector<std::unique_ptr<Recording>> BatchCalls::Next(size_t count_max, size_t bytes_max) {
  std::vector<std::unique_ptr<Recording>> calls;
  JsonDocument document;
  size_t bytes = 0;
  while (next_ < lines_.size() && calls.size() < count_max &&
         (calls.empty() || bytes < bytes_max)) {
    Arena arena;
    const std::string_view line = lines_[next_];
    const size_t number = next_++;
    const bool is_json = document.Parse(line, arena) == JsonStatus::kOk;
    const auto result = is_json ? providers::ReadBatchResult(document.root()) : std::nullopt;
    if (!result) {
      ++unread_;
      continue;
    }
    calls.push_back(CallOf(*result, number));
    bytes += calls.back()->request_body.size() + calls.back()->response_body.size();
  }
  return calls;
}

std::unique_ptr<Recording> BatchCalls::CallOf(const providers::BatchResult& result, size_t number) {
  auto call = std::make_unique<Recording>();
  call->context = std::make_unique<CallContext>();
  const std::string name = NameOf(result.custom_id, number);
  const auto asked = requests_.find(name);
  const Request* request = asked == requests_.end() ? nullptr : &asked->second;
  call->project = download_.project;
  call->upstream = download_.upstream;
  call->secrets = download_.secrets;
  call->is_batch = true;
  call->method = "POST";
  call->target = TargetOf(result, request);
  if (request != nullptr) {
    call->request_headers.Add("content-type", "application/json");
    call->request_body = request->body;
  } else {
    call->is_request_elsewhere = true;
  }
  call->status = call->end.status = result.status;
  if (!result.body.empty()) {
    call->response_headers.Add("content-type", "application/json");
    call->response_body = result.body;
    call->pieces = {{call->response_body.size(), 0}};
  } else {
    call->batch_fault = result.error_message.empty() ? "the request got no answer"
                                                     : std::string(result.error_message);
    call->batch_fault_word = result.error_type;
    call->batch_fault_class = result.error_class;
  }
  if (!result.request_id.empty())
    call->response_headers.Add("x-request-id", std::string(result.request_id));
  call->end.reason = net::RelayEndReason::kComplete;
  call->end.request_body_bytes = call->request_body.size();
  call->end.response_body_bytes = call->response_body.size();
  SetContext(*call, name);
  SetIdentity(*call, name);
  SetTimes(*call, result);
  return call;
}

std::string BatchCalls::TargetOf(const providers::BatchResult& result,
                                 const Request* request) const {
  std::string path;
  if (request != nullptr) path = request->url;
  if (path.empty() && batch_ != nullptr) path = batch_->endpoint;
  if (path.empty()) path = result.endpoint;
  if (path.empty() && batch_ != nullptr && !batch_->model.empty()) {
    // Google's interface has the model in its path: "models/gemini-2.5-flash".
    path = "/v1beta/" + batch_->model + ":generateContent";
  }
  // An error of a batch that nobody saw: nearly all of them are conversations.
  if (path.empty()) path = "/v1/chat/completions";
  return std::string(route_.base) + path;
}

void BatchCalls::SetIdentity(Recording& call, std::string_view custom_id) const {
  std::string identity = download_.upstream->origin + '\n' + holder_ + '\n';
  identity += custom_id;
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const uint8_t*>(identity.data()), identity.size(), digest.data());
  static_assert(SHA256_DIGEST_LENGTH >= TraceId::size + SpanId::size);
  std::memcpy(call.context->trace_id.bytes.data(), digest.data(), TraceId::size);
  std::memcpy(call.span_id.bytes.data(), digest.data() + TraceId::size, SpanId::size);
  call.call_id = call.span_id.ToHex();  // Nobody repeats it.
}

void BatchCalls::SetTimes(Recording& call, const providers::BatchResult& result) const {
  // How long a request of a batch took is not known; when it was answered is, more or less.
  call.started = download_.started;
  if (batch_ != nullptr && batch_->created) call.started = *batch_->created;
  if (batch_ != nullptr && batch_->ended) call.started = *batch_->ended;
  if (result.answered) call.started = *result.answered;
  call.is_length_known = false;
}

void BatchCalls::SetContext(Recording& call, std::string_view custom_id) const {
  if (batch_ != nullptr && batch_->context) *call.context = *batch_->context;
  Complete(*call.context, *download_.context);
  call.context->properties.emplace_back("vitrine.batch.custom_id", custom_id);
  // A file's id does not say whose results they are; a batch's own does.
  const bool names_batch = NamesBatch(download_);
  if (names_batch || batch_ != nullptr) {
    call.context->properties.emplace_back("vitrine.batch.id", names_batch ? holder_ : batch_->id);
  }
  if (!names_batch) call.context->properties.emplace_back("vitrine.batch.results", holder_);
}

}  // namespace vitrine::capture
