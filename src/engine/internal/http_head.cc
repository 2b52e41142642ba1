#include "engine/internal/http_head.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/limits.h"

namespace vitrine::engine {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// RFC 9110 "tchar".
bool IsTokenChar(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, IsTokenChar);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

Result<void> ReadTarget(std::string_view target, HttpHead& head) {
  if (target.empty() || target[0] != '/')
    return Fail(ErrorCode::kInvalidInput, "the request target must be a path");
  const size_t mark = target.find('?');
  auto path = PercentDecode(target.substr(0, mark), false);
  if (!path) return Fail(ErrorCode::kInvalidInput, "broken escape in the path");
  head.path = std::move(*path);
  std::string_view rest = mark == target.npos ? std::string_view() : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    auto name = PercentDecode(pair.substr(0, equals), true);
    auto value = PercentDecode(equals == pair.npos ? "" : pair.substr(equals + 1), true);
    if (!name || !value) return Fail(ErrorCode::kInvalidInput, "broken escape in the URL");
    head.parameters.emplace_back(std::move(*name), std::move(*value));
  }
  return {};
}

Result<void> ReadRequestLine(std::string_view line, HttpHead& head) {
  if (line.size() > kRequestLineBytesMax)
    return Fail(ErrorCode::kLimitExceeded,
                "the URL is longer than 1 MiB: send the statement in the body");
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == line.npos || first == last)
    return Fail(ErrorCode::kInvalidInput, "malformed request line");
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return Fail(ErrorCode::kInvalidInput, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  head.http_1_0 = version == "HTTP/1.0";
  head.method = line.substr(0, first);
  if (!IsToken(head.method)) return Fail(ErrorCode::kInvalidInput, "malformed method");
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (std::ranges::any_of(target, [](char c) { return static_cast<unsigned char>(c) <= ' '; }))
    return Fail(ErrorCode::kInvalidInput, "blank in the request target");
  return ReadTarget(target, head);
}

Result<void> ReadFraming(HttpHead& head) {
  std::array<int, 3> seen{};
  for (const auto& [name, value] : head.headers) {
    if (name == "host") ++seen[0];
    if (name == "content-length") {
      ++seen[1];
      uint64_t length = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
      if (value.empty() || error != std::errc() || end != value.data() + value.size())
        return Fail(ErrorCode::kInvalidInput, "malformed Content-Length");
      head.content_length = length;
    }
    if (name == "transfer-encoding") {
      ++seen[2];
      if (Lower(value) != "chunked")
        return Fail(ErrorCode::kUnsupported, "the only transfer coding is chunked");
      head.chunked = true;
    }
  }
  if (std::ranges::any_of(seen, [](int count) { return count > 1; }))
    return Fail(ErrorCode::kInvalidInput, "repeated Host, Content-Length or Transfer-Encoding");
  if (seen[1] + seen[2] > 1)
    return Fail(ErrorCode::kInvalidInput, "both Content-Length and Transfer-Encoding");
  if (head.http_1_0 && head.chunked)
    return Fail(ErrorCode::kInvalidInput, "Transfer-Encoding in HTTP/1.0");
  if (!head.http_1_0 && seen[0] == 0) return Fail(ErrorCode::kInvalidInput, "Host is missing");
  const std::string connection = Lower(head.header("connection"));
  head.keep_alive = head.http_1_0 ? connection.find("keep-alive") != std::string::npos
                                  : connection.find("close") == std::string::npos;
  head.expects_continue = Lower(head.header("expect")) == "100-continue";
  return {};
}

}  // namespace

std::string_view HttpHead::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return value;
  return {};
}

bool HttpHead::has_parameter(std::string_view name) const {
  return std::ranges::any_of(parameters, [&](const auto& pair) { return pair.first == name; });
}

std::string_view HttpHead::header(std::string_view lower_name) const {
  for (const auto& [key, value] : headers)
    if (key == lower_name) return value;
  return {};
}

Result<HttpHead> ParseHead(std::string_view bytes) {
  HttpHead head;
  const size_t line_end = bytes.find("\r\n");
  if (line_end == bytes.npos) return Fail(ErrorCode::kInvalidInput, "malformed request line");
  TRY(ReadRequestLine(bytes.substr(0, line_end), head));
  bytes.remove_prefix(line_end + 2);
  if (bytes.size() > kHeaderBytesMax)
    return Fail(ErrorCode::kLimitExceeded, "more than 64 KiB of headers");
  while (bytes != "\r\n") {
    const size_t end = bytes.find("\r\n");
    if (end == bytes.npos) return Fail(ErrorCode::kInvalidInput, "malformed header");
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    const size_t colon = line.find(':');
    if (colon == line.npos || !IsToken(line.substr(0, colon)))
      return Fail(ErrorCode::kInvalidInput, "malformed header");
    const std::string_view value = Trim(line.substr(colon + 1));
    const bool control = std::ranges::any_of(value, [](char c) {
      return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
    });
    if (control) return Fail(ErrorCode::kInvalidInput, "control character in a header");
    if (head.headers.size() == kHeaderCountMax)
      return Fail(ErrorCode::kLimitExceeded, "more than 100 headers");
    head.headers.emplace_back(Lower(line.substr(0, colon)), value);
  }
  TRY(ReadFraming(head));
  return head;
}

std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = HexValue(text[i + 1]);
      const int low = HexValue(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_blank ? ' ' : text[i];
    }
  }
  return out;
}

std::optional<uint64_t> ParseChunkSize(std::string_view line) {
  const std::string_view digits = line.substr(0, line.find_first_of(" \t;"));
  if (digits.empty() || digits.size() > 15) return std::nullopt;
  uint64_t size = 0;
  for (const char c : digits) {
    const int value = HexValue(c);
    if (value < 0) return std::nullopt;
    size = size * 16 + static_cast<uint64_t>(value);
  }
  return size;
}

}  // namespace vitrine::engine
