#include "net/http_error.h"

#include "syntax/json/json_writer.h"

namespace vitrine::net {
namespace {

/// Seconds until a client should come back: the engine restarts within one.
constexpr const char* kRetryAfterSeconds = "1";

}  // namespace

int HttpStatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidInput: return 400;
    case ErrorCode::kUnsupported: return 415;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kConflict: return 409;
    case ErrorCode::kLimitExceeded: return 413;
    case ErrorCode::kUnavailable: return 503;
    case ErrorCode::kIo: return 503;
    case ErrorCode::kCorrupt: return 500;
    case ErrorCode::kCancelled: return 504;
    case ErrorCode::kInternal: return 500;
  }
  return 500;
}

HttpResponse HttpErrorResponse(int status, std::string_view code, std::string_view message,
                               std::string_view request_id, std::string_view hint) {
  std::string body;
  syntax::JsonWriter json(body);
  json.BeginObject().Key("error").BeginObject();
  json.Member("code", code).Member("message", message);
  json.Member("hint", hint.empty() ? std::nullopt : std::optional(std::string(hint)));
  json.Member("request_id", request_id).EndObject().EndObject();
  HttpResponse response = HttpResponse::Json(status, std::move(body));
  if (status == 429 || status == 503) response.headers.Add("retry-after", kRetryAfterSeconds);
  return response;
}

HttpResponse HttpErrorResponse(const Error& error, std::string_view request_id,
                               std::string_view hint) {
  std::string message = error.message;
  if (error.offset) message += " (at byte " + std::to_string(*error.offset) + ")";
  return HttpErrorResponse(HttpStatusOf(error.code), ErrorCodeName(error.code), message, request_id,
                           hint);
}

}  // namespace vitrine::net
