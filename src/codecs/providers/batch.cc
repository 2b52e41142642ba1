#include "codecs/providers/batch.h"

#include <algorithm>
#include <initializer_list>

#include "base/arena.h"
#include "codecs/content/error_words.h"
#include "codecs/content/text.h"
#include "codecs/providers/internal/form_reader.h"

namespace vitrine::codecs::providers {

namespace {

using model::ErrorType;
using syntax::JsonValue;

/// The path's segments from its end, taken one by one.
class PathEnd {
 public:
  explicit PathEnd(std::string_view path) : rest_(path) {
    while (rest_.ends_with('/')) rest_.remove_suffix(1);
  }
  std::string_view Take() {
    const size_t slash = rest_.rfind('/');
    if (slash == std::string_view::npos) return {};
    const std::string_view segment = rest_.substr(slash + 1);
    rest_ = rest_.substr(0, slash);
    return segment;
  }
  bool TakeIf(std::string_view segment) {
    PathEnd after = *this;
    if (after.Take() != segment) return false;
    *this = after;
    return true;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// What stands before the interface's version: line URLs bring that themselves.
std::string_view WithoutVersion(std::string_view base) {
  for (const std::string_view version : {"/v1", "/v1beta", "/v2"}) {
    if (base.ends_with(version)) return base.substr(0, base.size() - version.size());
  }
  return base;
}

/// ".../batches" and ".../batch/jobs", with what each provider puts before them.
bool TakeJobs(PathEnd& path) {
  if (path.TakeIf("batches")) {
    path.TakeIf("messages");
    return true;
  }
  return path.TakeIf("jobs") && path.TakeIf("batch");
}

BatchRoute RouteOfPost(PathEnd path) {
  if (path.TakeIf("files")) return {BatchStep::kUpload, {}, WithoutVersion(path.rest())};
  PathEnd job = path;
  if (TakeJobs(job)) return {BatchStep::kJob, {}, WithoutVersion(job.rest())};
  if (path.TakeIf("cancel") && !path.Take().empty() && TakeJobs(path))
    return {BatchStep::kJob, {}, WithoutVersion(path.rest())};
  if (path.Take().ends_with(":batchGenerateContent") && path.TakeIf("models"))
    return {BatchStep::kJob, {}, WithoutVersion(path.rest())};
  return {};
}

BatchRoute RouteOfGet(PathEnd path) {
  PathEnd list = path;
  if (TakeJobs(list)) return {BatchStep::kJob, {}, WithoutVersion(list.rest())};
  const std::string_view last = path.Take();
  constexpr std::string_view kDownload = ":download";
  if (last.ends_with(kDownload)) {
    // Google's files are named with their folder: "files/batch-1".
    const std::string_view before = path.rest();
    if (!path.TakeIf("files")) return {};
    const std::string_view name = last.substr(0, last.size() - kDownload.size());
    const size_t begin = before.size() - std::string_view("files").size();
    std::string_view base = WithoutVersion(path.rest());
    if (base.ends_with("/download")) base.remove_suffix(std::string_view("/download").size());
    return {BatchStep::kResults, {before.data() + begin, name.size() + 6}, base};
  }
  if (last == "content" || last == "results") {
    const std::string_view id = path.Take();
    const bool is_found =
        !id.empty() && (last == "content" ? path.TakeIf("files") : TakeJobs(path));
    if (is_found) return {BatchStep::kResults, id, WithoutVersion(path.rest())};
    return {};
  }
  if (!last.empty() && TakeJobs(path)) return {BatchStep::kJob, {}, WithoutVersion(path.rest())};
  return {};
}

/// Seconds since the epoch, or a time as text.
std::optional<Nanos> ReadTime(JsonValue value) {
  if (value.is_string()) return ParseRfc3339(value.text());
  const auto seconds = value.ToDouble();
  // Past 2200 it is no time in seconds.
  if (!seconds || *seconds <= 0 || *seconds > 7.3e9) return std::nullopt;
  return Nanos{static_cast<int64_t>(*seconds * 1e9)};
}

JsonValue FirstOf(JsonValue object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const JsonValue value = object[name]; !value.is_nothing()) return value;
  }
  return {};
}

std::optional<BatchJob> ReadGoogleJob(JsonValue job) {
  const std::string_view name = job["name"].text();
  if (!name.starts_with("batches/")) return std::nullopt;
  const JsonValue about = job["metadata"];
  BatchJob read;
  read.id = name;
  read.model = about["model"].text();
  read.created = ReadTime(about["createTime"]);
  read.ended = ReadTime(about["endTime"]);
  const JsonValue output = about["output"];
  read.output = FirstOf(job["response"], {"responsesFile"}).text();
  if (read.output.empty()) read.output = output["responsesFile"].text();
  return read;
}

std::optional<BatchJob> ReadJob(JsonValue job) {
  if (auto google = ReadGoogleJob(job)) return google;
  const std::string_view type = FirstOf(job, {"object", "type"}).text();
  if (type != "batch" && type != "message_batch") return std::nullopt;
  BatchJob read;
  read.id = job["id"].text();
  if (read.id.empty()) return std::nullopt;
  read.input = job["input_file_id"].text();
  if (read.input.empty()) read.input = job["input_files"].At(0).text();
  read.output = FirstOf(job, {"output_file_id", "output_file"}).text();
  read.errors = FirstOf(job, {"error_file_id", "error_file"}).text();
  read.endpoint = type == "message_batch" ? "/v1/messages" : job["endpoint"].text();
  read.model = job["model"].text();
  read.created = ReadTime(job["created_at"]);
  read.ended = ReadTime(FirstOf(job, {"completed_at", "ended_at", "expired_at", "cancelled_at"}));
  return read;
}

JsonValue GoogleConfigIn(JsonValue body) {
  return FirstOf(body["batch"], {"input_config", "inputConfig"});
}

/// Whether the first line is {"key","request":{…}}.
bool AreGoogleRequests(std::string_view file) {
  const std::string_view line = Trim(file).substr(0, Trim(file).find('\n'));
  Arena arena;
  syntax::JsonDocument document;
  if (!line.starts_with('{') || document.Parse(line, arena) != syntax::JsonStatus::kOk)
    return false;
  return document.root().Has("key") && document.root()["request"].is_object();
}

/// The interface of OpenAI that gives such answers.
std::string_view EndpointOfAnswer(JsonValue body) {
  const std::string_view object = body["object"].text();
  if (object == "chat.completion") return "/v1/chat/completions";
  if (object == "text_completion") return "/v1/completions";
  if (object == "response") return "/v1/responses";
  if (object == "list" && body["data"].At(0)["object"].text() == "embedding")
    return "/v1/embeddings";
  if (body["id"].text().starts_with("modr-")) return "/v1/moderations";
  return {};
}

/// {"response":{"status_code","request_id","body"},"error"}
std::optional<BatchResult> ReadFileResult(JsonValue line) {
  const JsonValue response = line["response"], error = line["error"];
  if (!line.Has("custom_id") || !(line.Has("response") || line.Has("error"))) return std::nullopt;
  BatchResult result;
  result.custom_id = line["custom_id"].text();
  if (response.is_object()) {
    const JsonValue body = response["body"];
    result.status = static_cast<uint16_t>(
        std::min<uint64_t>(response["status_code"].ToUint().value_or(200), 999));
    result.request_id = response["request_id"].text();
    if (!body.is_nothing()) result.body = body.raw();
    result.endpoint = EndpointOfAnswer(body);
    result.answered = ReadTime(FirstOf(body, {"completed_at", "created", "created_at"}));
  }
  if (!result.body.empty()) return result;
  result.error_type = FirstOf(error, {"code", "type"}).text();
  result.error_message = error.is_string() ? error.text() : error["message"].text();
  result.error_class = ClassifyError(result.status, result.error_type, result.error_message);
  if (result.error_type == "batch_expired") result.error_class = ErrorType::kTimeout;
  if (result.error_type == "batch_cancelled") result.error_class = ErrorType::kCancelled;
  return result;
}

/// {"result":{"type":"succeeded","message"}}, or errored, canceled, expired.
std::optional<BatchResult> ReadMessageResult(JsonValue line) {
  const JsonValue said = line["result"];
  const std::string_view type = said["type"].text();
  if (type.empty() || !line.Has("custom_id")) return std::nullopt;
  BatchResult result;
  result.custom_id = line["custom_id"].text();
  result.endpoint = "/v1/messages";
  if (const JsonValue message = said["message"]; message.is_object()) {
    result.status = 200;
    result.body = message.raw();
    return result;
  }
  result.error_type = type;
  if (type == "canceled") {
    result.error_class = ErrorType::kCancelled;
    result.error_message = "the batch was cancelled before this request was sent";
  } else if (type == "expired") {
    result.error_class = ErrorType::kTimeout;
    result.error_message = "the batch expired before this request was sent";
  } else {
    // The error stands in an answer's own envelope: {"type":"error","error":{…},"request_id"}.
    const JsonValue outer = said["error"];
    const JsonValue error = outer["error"].is_object() ? outer["error"] : outer;
    result.error_type = error["type"].text();
    result.error_message = error["message"].text();
    result.request_id = outer["request_id"].text();
    result.error_class = ClassifyError(0, result.error_type, result.error_message);
  }
  return result;
}

/// {"key","response":{…}} of a file, {"response","metadata":{"key"}} of a list; "error" for either.
std::optional<BatchResult> ReadGoogleResult(JsonValue line) {
  const JsonValue response = line["response"];
  const JsonValue error = FirstOf(line, {"error", "status"});
  const bool is_answer = response.Has("candidates") || response.Has("usageMetadata") ||
                         response.Has("embedding") || response.Has("promptFeedback");
  const bool is_error = !response.exists() && error.is_object() && error.Has("message");
  if (!is_answer && !is_error) return std::nullopt;
  BatchResult result;
  result.custom_id = line["key"].text();
  if (result.custom_id.empty()) result.custom_id = line["metadata"]["key"].text();
  if (is_error) {
    result.error_type = error["status"].text();
    if (result.error_type.empty()) result.error_type = error["code"].raw();
    result.error_message = error["message"].text();
    result.error_class = ClassifyError(0, result.error_type, result.error_message);
    return result;
  }
  result.status = 200;
  result.body = response.raw();
  const std::string_view verb = response.Has("embedding") ? ":embedContent" : ":generateContent";
  if (const std::string_view model = response["modelVersion"].text(); !model.empty())
    result.endpoint = "/v1beta/models/" + std::string(model) + std::string(verb);
  result.answered = ReadTime(response["createTime"]);
  return result;
}

}  // namespace

BatchRoute FindBatchRoute(std::string_view method, std::string_view target) {
  const PathEnd path(target.substr(0, target.find_first_of("?#")));
  if (method == "POST") return RouteOfPost(path);
  if (method == "GET") return RouteOfGet(path);
  return {};
}

std::vector<BatchJob> ReadBatchJobs(JsonValue answer) {
  std::vector<BatchJob> jobs;
  if (auto job = ReadJob(answer)) {
    jobs.push_back(*job);
    return jobs;
  }
  for (const JsonValue entry : FirstOf(answer, {"data", "operations"}).Elements()) {
    if (auto job = ReadJob(entry)) jobs.push_back(*job);
  }
  return jobs;
}

std::optional<std::string_view> BatchFileOf(std::string_view upload) {
  FormReader fields(upload);
  std::optional<std::string_view> file;
  bool is_batch = false, is_form = false;
  while (const auto field = fields.Next()) {
    is_form = true;
    if (field->is_file && !file) file = field->value;
    if (!field->is_file && field->name == "purpose") is_batch = Trim(field->value) == "batch";
  }
  if (is_form) return is_batch ? file : std::nullopt;
  FormReader parts(upload);
  file = upload;
  while (const auto part = parts.NextValue()) file = part;
  return AreGoogleRequests(*file) ? file : std::nullopt;
}

std::string_view FileNameIn(JsonValue answer) {
  const std::string_view id = answer["id"].text();
  return id.empty() ? answer["file"]["name"].text() : id;
}

std::string_view BatchInputIn(JsonValue body) {
  return FirstOf(GoogleConfigIn(body), {"file_name", "fileName"}).text();
}

JsonValue BatchRequestsIn(JsonValue body) {
  const JsonValue config = GoogleConfigIn(body);
  if (const JsonValue inside = config["requests"]["requests"]; inside.is_array()) return inside;
  const JsonValue requests = body["requests"];
  return requests.is_array() ? requests : JsonValue();
}

JsonValue BatchResultsIn(JsonValue answer) {
  const JsonValue response = answer["response"], output = answer["metadata"]["output"];
  for (const JsonValue holder : {response, output}) {
    if (const JsonValue inside = holder["inlinedResponses"]["inlinedResponses"]; inside.is_array())
      return inside;
  }
  const JsonValue outputs = answer["outputs"];
  return outputs.is_array() && outputs.size() > 0 ? outputs : JsonValue();
}

std::optional<BatchRequest> ReadBatchRequest(JsonValue request) {
  BatchRequest read;
  read.custom_id = FirstOf(request, {"custom_id", "key"}).text();
  if (read.custom_id.empty()) read.custom_id = request["metadata"]["key"].text();
  read.url = request["url"].text();
  const JsonValue body = FirstOf(request, {"body", "params", "request"});
  if (!body.is_object()) return std::nullopt;
  read.body = body.raw();
  return read;
}

std::optional<BatchResult> ReadBatchResult(JsonValue result) {
  if (!result.is_object()) return std::nullopt;
  if (result.Has("result")) return ReadMessageResult(result);
  if (auto read = ReadFileResult(result)) return read;
  return ReadGoogleResult(result);
}

}  // namespace vitrine::codecs::providers
