#include "net/internal/response_head.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <span>

#include "net/internal/head_gate.h"
#include "platform/clock.h"

namespace vitrine::net::internal {
namespace {

constexpr std::array<std::string_view, 4> kFraming = {"content-length", "transfer-encoding",
                                                      "connection", "keep-alive"};
constexpr std::array<std::string_view, 2> kStamps = {"date", "x-request-id"};

bool IsOneOf(std::string_view name, std::span<const std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view one) { return EqualsIgnoringCase(one, name); });
}

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view HttpDateNow() {
  thread_local std::time_t cached_at = -1;
  thread_local std::array<char, 32> text;
  thread_local size_t size = 0;
  const std::time_t now = platform::SystemClock().Now().since_epoch / kNanosPerSecond;
  if (now != cached_at) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    // The C locale's names are the ones RFC 9110 asks for; the process never sets another.
    size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    cached_at = now;
  }
  return {text.data(), size};
}

bool IsSendable(int status, const HttpHeaders& headers) {
  return status >= 200 && status <= 599 &&
         std::all_of(headers.begin(), headers.end(), [](const HttpHeader& field) {
           return IsToken(field.name) && IsFieldValue(field.value);
         });
}

std::string SerializeResponseHead(const ResponseHeadParts& parts) {
  std::string out;
  out.reserve(256);
  out.append("HTTP/1.1 ").append(std::to_string(parts.status)).append(" ");
  out.append(HttpReasonPhrase(parts.status)).append("\r\n");
  for (const HttpHeader& field : *parts.headers) {
    const bool is_ours =
        IsOneOf(field.name, kFraming) || (parts.is_stamped && IsOneOf(field.name, kStamps));
    if (!is_ours) AppendField(out, field.name, field.value);
  }
  if (parts.content_length) {
    AppendField(out, "content-length", std::to_string(*parts.content_length));
  }
  if (parts.chunked) AppendField(out, "transfer-encoding", "chunked");
  if (parts.close) AppendField(out, "connection", "close");
  if (parts.says_keep_alive) AppendField(out, "connection", "keep-alive");
  if (parts.is_stamped) AppendField(out, "date", HttpDateNow());
  if (parts.is_stamped && !parts.request_id.empty())
    AppendField(out, "x-request-id", parts.request_id);
  out.append("\r\n");
  return out;
}

}  // namespace vitrine::net::internal
