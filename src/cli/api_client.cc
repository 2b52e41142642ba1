#include "cli/api_client.h"

#include <algorithm>
#include <cstdio>

#include "cli/output.h"
#include "syntax/json/json_document.h"

namespace vitrine::cli {

namespace {

/// As much of a foreign answer as helps to see what it is.
constexpr size_t kForeignBodyBytesMax = 200;
/// An error's body that is kept; ours have some hundred bytes.
constexpr size_t kRefusalBytesMax = 64 * 1024;

ErrorCode CodeOf(int status) {
  if (status == 404) return ErrorCode::kNotFound;
  if (status == 503 || status == 429) return ErrorCode::kUnavailable;
  return status >= 500 || status == 413 ? ErrorCode::kInternal : ErrorCode::kInvalidInput;
}

bool IsHeaderText(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

/// "message (hint)" of an API error body; of any other body, what it is.
std::string RefusalText(int status, const std::string& body) {
  Arena arena;
  syntax::JsonDocument document;
  document.Parse(body, arena);
  const syntax::JsonValue error = document.root()["error"];
  if (!error.is_object()) {
    return "the answer is " + std::to_string(status) +
           " and not from a Vitrine server; check --url: " +
           Printable(body.substr(0, kForeignBodyBytesMax));
  }
  std::string text = Printable(error["message"].text());
  // Of a filter: where it is wrong.
  if (error["from"].is_number()) text += " (at byte " + std::string(error["from"].raw()) + ")";
  if (!error["hint"].text().empty()) text += " (" + Printable(error["hint"].text()) + ")";
  if (status == 401 || status == 403) text += "; give a key with --key or VITRINE_API_KEY";
  return text;
}

Result<ApiClient> ApiClient::Open(const ServerOptions& options, int64_t io_timeout_ms) {
  auto endpoint = net::ParseHttpEndpoint(options.url);
  if (!endpoint) return Fail(endpoint.error().code, "--url: " + endpoint.error().message);
  if (!IsHeaderText(options.key))
    return Fail(ErrorCode::kInvalidInput, "--key: a key is printable ASCII without blanks");
  if (!IsHeaderText(options.project) || options.project.empty())
    return Fail(ErrorCode::kInvalidInput,
                "--project: a project's name is letters, digits, '.', '_' and '-'");
  net::HttpClientOptions client;
  client.endpoint = *endpoint;
  client.io_timeout_ms = io_timeout_ms;
  client.headers.Add("x-vitrine-project", options.project);
  if (options.is_import) client.headers.Add("x-vitrine-capture", "import");
  if (!options.key.empty()) client.headers.Add("authorization", "Bearer " + options.key);
  ApiClient made(std::make_unique<net::HttpClient>(client), options.url);
  made.prefix_ = endpoint->path_prefix;
  return made;
}

Error ApiClient::NotReached(const Error& error) const {
  if (error.code != ErrorCode::kUnavailable && error.code != ErrorCode::kCancelled) return error;
  return {ErrorCode::kUnavailable,
          "no answer from " + url_ + ": " + error.message +
              "; is the server running there (vitrine serve)? --url or VITRINE_URL name another",
          {}};
}

Result<std::string> ApiClient::Body(Result<net::HttpResponse> response) {
  last_status_ = 0;
  if (!response) return std::unexpected(NotReached(response.error()));
  last_status_ = response->status;
  if (response->status >= 200 && response->status < 300) return std::move(response->body);
  return Fail(CodeOf(response->status), RefusalText(response->status, response->body));
}

Result<std::string> ApiClient::Get(const std::string& target) {
  return Body(client_->Get(prefix_ + target));
}

Result<std::string> ApiClient::Post(const std::string& target, std::string_view content_type,
                                    std::string_view body) {
  return Body(client_->Post(prefix_ + target, std::string(content_type), body));
}

Result<std::string> ApiClient::Delete(const std::string& target) {
  net::HttpClientRequest request;
  request.method = "DELETE";
  request.target = prefix_ + target;
  return Body(client_->Send(request));
}

Result<net::HttpResponse> ApiClient::Send(const std::string& target, std::string_view content_type,
                                          std::string_view body) {
  auto response = client_->Post(prefix_ + target, std::string(content_type), body);
  if (!response) return std::unexpected(NotReached(response.error()));
  last_status_ = response->status;
  return response;
}

Result<net::HttpResponse> ApiClient::PostJson(const std::string& target, std::string_view body,
                                              std::stop_token stop) const {
  net::HttpClientRequest request;
  request.method = "POST";
  request.target = prefix_ + target;
  request.headers.Add("content-type", "application/json");
  request.headers.Add("accept", "application/json, text/event-stream");
  request.body = body;
  request.stop = std::move(stop);
  auto response = client_->Send(request);
  if (!response && request.stop.stop_requested())
    return Fail(ErrorCode::kCancelled, "the client cancelled it");
  // A server that does not answer in time is no cancelled question.
  if (!response) {
    Error error = NotReached(response.error());
    error.code = ErrorCode::kUnavailable;
    return std::unexpected(std::move(error));
  }
  return response;
}

Result<void> ApiClient::Follow(const std::string& target,
                               const std::function<Result<void>(std::string_view piece)>& take,
                               net::HttpHeaders* trailers) {
  net::HttpClientRequest request;
  request.target = prefix_ + target;
  return Follow(std::move(request), take, trailers);
}

Result<void> ApiClient::FollowUntil(
    const std::string& target, std::stop_token stop,
    const std::function<Result<void>(std::string_view piece)>& take) {
  net::HttpClientRequest request;
  request.target = prefix_ + target;
  request.stop = std::move(stop);
  return Follow(std::move(request), take, nullptr);
}

Result<void> ApiClient::Follow(net::HttpClientRequest request,
                               const std::function<Result<void>(std::string_view piece)>& take,
                               net::HttpHeaders* trailers) {
  last_status_ = 0;
  std::string refusal;
  request.may_repeat = false;
  request.on_head = [&](int status, const net::HttpHeaders&) -> Result<void> {
    last_status_ = status;
    return {};
  };
  request.on_body = [&](std::string_view piece) -> Result<void> {
    if (last_status_ >= 200 && last_status_ < 300) return take(piece);
    refusal.append(piece.substr(0, kRefusalBytesMax - std::min(kRefusalBytesMax, refusal.size())));
    return {};
  };
  const auto response = client_->Send(request);
  if (!response) return std::unexpected(NotReached(response.error()));
  if (trailers != nullptr) *trailers = response->trailers;
  if (response->status >= 200 && response->status < 300) return {};
  return Fail(CodeOf(response->status), RefusalText(response->status, refusal));
}

int ReportError(const Error& error, int http_status) {
  std::fprintf(stderr, "vitrine: %s\n", error.message.c_str());
  if (http_status == 401 || http_status == 403) return kExitAuth;
  switch (error.code) {
    case ErrorCode::kNotFound: return kExitNotFound;
    case ErrorCode::kUnavailable: return kExitUnavailable;
    case ErrorCode::kInvalidInput: return kExitUsage;
    case ErrorCode::kUnsupported: return kExitUsage;
    default: return kExitFailure;
  }
}

}  // namespace vitrine::cli
