#include "cli/api_client.h"

#include <cstdio>

#include "syntax/json/json_document.h"

namespace vitrine::cli {

namespace {

/// "message (hint)" of an API error body, or the body itself.
std::string ErrorText(const std::string& body) {
  Arena arena;
  syntax::JsonDocument document;
  document.Parse(body, arena);
  syntax::JsonValue error = document.root()["error"];
  if (!error.is_object()) return body.substr(0, 500);
  std::string text(error["message"].text());
  if (!error["hint"].text().empty()) text += " (" + std::string(error["hint"].text()) + ")";
  return text;
}

}  // namespace

Result<ApiClient> ApiClient::Open(const ServerOptions& options) {
  TRY_ASSIGN(net::HttpEndpoint endpoint, net::ParseHttpEndpoint(options.url));
  net::HttpClientOptions client;
  client.endpoint = endpoint;
  client.headers.Add("x-vitrine-project", options.project);
  if (!options.key.empty()) client.headers.Add("authorization", "Bearer " + options.key);
  return ApiClient(std::make_unique<net::HttpClient>(client));
}

Result<std::string> ApiClient::Body(Result<net::HttpResponse> response) {
  last_status_ = 0;
  if (!response) return std::unexpected(response.error());
  last_status_ = response->status;
  if (response->status >= 200 && response->status < 300) return std::move(response->body);
  auto code = response->status == 404   ? ErrorCode::kNotFound
              : response->status >= 500 ? ErrorCode::kUnavailable
                                        : ErrorCode::kInvalidInput;
  return Fail(code, ErrorText(response->body));
}

Result<std::string> ApiClient::Get(const std::string& target) { return Body(client_->Get(target)); }

Result<std::string> ApiClient::Post(const std::string& target, std::string_view content_type,
                                    std::string_view body) {
  return Body(Send(target, content_type, body));
}

Result<net::HttpResponse> ApiClient::Send(const std::string& target, std::string_view content_type,
                                          std::string_view body) {
  return client_->Post(target, std::string(content_type), body);
}

int ReportError(const Error& error, int http_status) {
  std::fprintf(stderr, "vitrine: %s\n", error.message.c_str());
  if (http_status == 401 || http_status == 403) return kExitAuth;
  if (error.code == ErrorCode::kNotFound) return kExitNotFound;
  if (error.code == ErrorCode::kUnavailable) return kExitUnavailable;
  return kExitFailure;
}

}  // namespace vitrine::cli
