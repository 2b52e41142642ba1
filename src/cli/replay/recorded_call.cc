#include "cli/replay/recorded_call.h"

#include "syntax/base64.h"

namespace vitrine::cli {

namespace {

using syntax::JsonValue;

Result<std::string> ReadBody(JsonValue side, const std::string& whose) {
  if (!side["left_out"].is_nothing()) {
    return Fail(ErrorCode::kNotFound,
                "the " + whose + "'s body is not kept: " + std::string(side["left_out"].text()));
  }
  const std::string_view body = side["body"].text();
  if (side["body_encoding"].text() != "base64") return std::string(body);
  auto bytes = syntax::Base64Decode(body);
  if (!bytes) return Fail(ErrorCode::kInvalidInput, "the " + whose + "'s body is no base64");
  return std::move(*bytes);
}

/// Path and query of a URL.
std::string TargetOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  const size_t path = url.find_first_of("/?");
  if (path == std::string_view::npos) return "/";
  return (url[path] == '?' ? "/" : "") + std::string(url.substr(path));
}

}  // namespace

Result<RecordedCall> ReadRecordedCall(JsonValue exchange) {
  const JsonValue request = exchange["request"], response = exchange["response"];
  if (!request.is_object() || !response.is_object())
    return Fail(ErrorCode::kInvalidInput, "the server's answer is no exchange");
  RecordedCall call;
  call.method = request["method"].text();
  call.target = TargetOf(request["url"].text());
  TRY_ASSIGN(call.request_body, ReadBody(request, "request"));
  TRY_ASSIGN(call.body, ReadBody(response, "answer"));
  call.status = static_cast<int>(response["status"].ToUint().value_or(0));
  const bool was_encoded = !exchange["content_encoding"]["response"].is_nothing();
  for (const JsonValue header : response["headers"].Elements()) {
    std::string name, value;
    for (const JsonValue part : header.Elements()) {
      (name.empty() ? name : value) = part.text();
    }
    // What is kept is the content, and that is of another size than it was when it was packed.
    const bool is_of_packing = net::EqualsIgnoringCase(name, "content-encoding") ||
                               net::EqualsIgnoringCase(name, "content-length");
    const bool fits = !was_encoded && value == std::to_string(call.body.size());
    if (!is_of_packing || (fits && net::EqualsIgnoringCase(name, "content-length")))
      call.headers.Add(std::move(name), std::move(value));
  }
  for (const JsonValue piece : exchange["pieces"].Elements()) {
    call.pieces.push_back(
        {piece["end"].ToUint().value_or(0), piece["offset_ns"].AsInt().value_or(0)});
  }
  // A redaction may have changed the size; what is left belongs to the last read.
  if (!call.body.empty() && (call.pieces.empty() || call.pieces.back().end < call.body.size())) {
    const int64_t last_ns = call.pieces.empty() ? 0 : call.pieces.back().offset_ns;
    call.pieces.push_back({call.body.size(), last_ns});
  }
  return call;
}

}  // namespace vitrine::cli
