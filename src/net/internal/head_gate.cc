#include "net/internal/head_gate.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace vitrine::net::internal {
namespace {

template <typename T>
using Gate = std::expected<T, HeadRefusal>;

std::unexpected<HeadRefusal> Refuse(std::string reason, int status = 400) {
  return std::unexpected(HeadRefusal{status, std::move(reason)});
}

constexpr uint8_t kTokenChar = 1;
constexpr uint8_t kTargetChar = 2;
constexpr uint8_t kHostChar = 4;

/// What each byte may be part of.
constexpr std::array<uint8_t, 256> MakeCharTable() {
  std::array<uint8_t, 256> table{};
  const auto mark = [&table](std::string_view chars, uint8_t bit) {
    for (const char c : chars) table[static_cast<uint8_t>(c)] |= bit;
  };
  for (int c = 0; c < 256; ++c) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const auto at = static_cast<size_t>(c);
    if (alnum) table[at] |= kTokenChar | kHostChar;
    // RFC 3986 allows fewer, but real clients send brackets, braces and bars unescaped. What could
    // be read as a fragment, another path separator or markup stays out.
    if (c > 0x20 && c < 0x7F) table[at] |= kTargetChar;
  }
  for (const char c : std::string_view("#\\\"<>^`")) {
    table[static_cast<uint8_t>(c)] &= static_cast<uint8_t>(~kTargetChar);
  }
  mark("!#$%&'*+-.^_`|~", kTokenChar);
  mark("-._~!$&'()*+,;=%:[]", kHostChar);
  return table;
}
constexpr std::array<uint8_t, 256> kChars = MakeCharTable();

bool AllAre(std::string_view text, uint8_t bit) {
  return std::all_of(text.begin(), text.end(),
                     [bit](char c) { return (kChars[static_cast<uint8_t>(c)] & bit) != 0; });
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes the next line off `rest`, without its CRLF. FindHeadEnd has checked the line ends, but
/// this function stands on its own: a bare CR or LF makes the caller's character checks fail.
std::string_view TakeLine(std::string_view& rest) {
  const size_t end = rest.find("\r\n");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  return line;
}

/// "HTTP/1.0" or "HTTP/1.1" to 0 or 1.
Gate<int> ParseVersion(std::string_view version) {
  if (version == "HTTP/1.1") return 1;
  if (version == "HTTP/1.0") return 0;
  if (version.size() == 8 && version.starts_with("HTTP/") && IsDigit(version[5]) &&
      version[6] == '.' && IsDigit(version[7])) {
    return Refuse("only HTTP/1.0 and HTTP/1.1 are spoken here", 505);
  }
  return Refuse("the start line does not end in an HTTP version");
}

/// True for "host", "host:80", "[::1]:80"; no user information, nothing empty.
bool IsHost(std::string_view host) {
  if (host.empty() || !AllAre(host, kHostChar)) return false;
  std::string_view port;
  if (host.front() == '[') {
    const size_t close = host.find(']');
    if (close == std::string_view::npos) return false;
    const std::string_view address = host.substr(1, close - 1);
    if (address.find(':') == std::string_view::npos ||
        address.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) {
      return false;
    }
    port = host.substr(close + 1);
    if (port.empty()) return true;
    if (port.front() != ':') return false;
    port.remove_prefix(1);
  } else {
    if (host.find_first_of("[],;()*'!$&=+") != std::string_view::npos) return false;
    const size_t colon = host.find(':');
    if (colon == 0) return false;
    if (colon == std::string_view::npos) return true;
    port = host.substr(colon + 1);
  }
  return !port.empty() && port.size() <= 5 && std::all_of(port.begin(), port.end(), IsDigit);
}

Gate<HttpHeaders> ParseFields(std::string_view rest, const HeadLimits& limits) {
  HttpHeaders headers;
  headers.Reserve(16, rest.size());  // Most heads have fewer.
  for (;;) {
    if (rest.empty()) return Refuse("the head has no end");
    const std::string_view line = TakeLine(rest);
    if (line.empty()) break;
    if (headers.size() == limits.header_count_max) {
      return Refuse("more than " + std::to_string(limits.header_count_max) + " header fields", 431);
    }
    if (line.front() == ' ' || line.front() == '\t') return Refuse("folded header lines");
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return Refuse("a header line without a colon");
    const std::string_view name = line.substr(0, colon);
    if (!IsToken(name)) return Refuse("invalid characters in a header name");
    const std::string_view value = TrimBlanks(line.substr(colon + 1));
    if (!IsFieldValue(value)) return Refuse("invalid characters in a header value");
    headers.Add(name, value);
  }
  if (!rest.empty()) return Refuse("bytes after the head");
  return headers;
}

struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
  bool names_framing = false;
};

ConnectionOptions ReadConnection(const HttpHeaders& headers) {
  ConnectionOptions options;
  ForEachConnectionOption(headers, [&options](std::string_view option) {
    if (EqualsIgnoringCase(option, "close")) options.close = true;
    if (EqualsIgnoringCase(option, "keep-alive")) options.keep_alive = true;
    // A proxy that obeys would delete the field that frames the body.
    if (EqualsIgnoringCase(option, "content-length") ||
        EqualsIgnoringCase(option, "transfer-encoding") || EqualsIgnoringCase(option, "host")) {
      options.names_framing = true;
    }
  });
  return options;
}

Gate<uint64_t> ParseContentLength(std::string_view text) {
  // 18 digits cannot overflow, and are a million terabytes.
  if (text.empty() || text.size() > 18 || !std::all_of(text.begin(), text.end(), IsDigit)) {
    return Refuse("Content-Length is not a plain number");
  }
  uint64_t value = 0;
  for (const char c : text) value = value * 10 + static_cast<uint64_t>(c - '0');
  return value;
}

/// Codings have no case, and servers write "Chunked". A request stays with the one spelling that
/// every program in front of us and behind us knows.
enum class CodingCase : uint8_t { kLower, kAny };

Gate<Framing> ReadFraming(const HttpHeaders& headers, int version_minor, CodingCase coding_case) {
  Framing framing;
  for (const HttpHeader& field : headers) {
    if (EqualsIgnoringCase(field.name, "content-length")) {
      if (framing.content_length) return Refuse("more than one Content-Length");
      auto length = ParseContentLength(field.value);
      if (!length) return std::unexpected(std::move(length).error());
      framing.content_length = *length;
    } else if (EqualsIgnoringCase(field.name, "transfer-encoding")) {
      if (framing.chunked) return Refuse("more than one Transfer-Encoding");
      const bool is_chunked = coding_case == CodingCase::kAny
                                  ? EqualsIgnoringCase(field.value, "chunked")
                                  : field.value == "chunked";
      if (!is_chunked) return Refuse("a Transfer-Encoding other than chunked");
      framing.chunked = true;
    } else if (EqualsIgnoringCase(field.name, "content_length") ||
               EqualsIgnoringCase(field.name, "transfer_encoding")) {
      // CGI-like programs cannot tell these from the real ones.
      return Refuse("a framing header written with an underscore");
    }
  }
  if (framing.chunked && framing.content_length) {
    return Refuse("Content-Length together with Transfer-Encoding");
  }
  if (framing.chunked && version_minor == 0) return Refuse("Transfer-Encoding in HTTP/1.0");
  return framing;
}

/// Takes "http://authority" off an absolute-form target; it must name the same host as Host.
Gate<std::string> ReduceTarget(std::string_view target, std::string_view method,
                               std::optional<std::string_view> host) {
  if (target.front() == '/') return std::string(target);
  if (target == "*") {
    if (method != "OPTIONS") return Refuse("target * with a method other than OPTIONS");
    return std::string(target);
  }
  const size_t mark = target.find("://");
  if (mark == std::string_view::npos) return Refuse("the target does not begin with a slash");
  const std::string_view scheme = target.substr(0, mark);
  if (!EqualsIgnoringCase(scheme, "http") && !EqualsIgnoringCase(scheme, "https")) {
    return Refuse("the target has a foreign scheme");
  }
  std::string_view rest = target.substr(mark + 3);
  const size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  if (!host || !EqualsIgnoringCase(authority, *host)) {
    return Refuse("the target names another host than the Host header");
  }
  rest.remove_prefix(end);
  if (rest.empty() || rest.front() == '?') return "/" + std::string(rest);
  return std::string(rest);
}

/// Host: exactly one and well-formed in HTTP/1.1, at most one in HTTP/1.0.
Gate<std::optional<std::string_view>> CheckHost(const HttpHeaders& headers, int version_minor) {
  const auto hosts = headers.All("host");
  if (hosts.size() > 1) return Refuse("more than one Host");
  if (hosts.empty()) {
    if (version_minor == 1) return Refuse("no Host");
    return std::nullopt;
  }
  if (!IsHost(hosts.front())) return Refuse("the Host header is not a host");
  return hosts.front();
}

struct RequestLine {
  std::string_view method;
  std::string_view target;
  int version_minor = 1;
};

Gate<RequestLine> ParseRequestLine(std::string_view line) {
  RequestLine parts;
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Refuse("the request line is not method, target, version");
  }
  parts.method = line.substr(0, first);
  parts.target = line.substr(first + 1, last - first - 1);
  if (!IsToken(parts.method) || parts.method.size() > kMethodBytesMax) {
    return Refuse("invalid method");
  }
  if (parts.target.empty() || !AllAre(parts.target, kTargetChar)) {
    return Refuse("invalid characters in the target");
  }
  auto version = ParseVersion(line.substr(last + 1));
  if (!version) return std::unexpected(std::move(version).error());
  parts.version_minor = *version;
  if (parts.method == "CONNECT") return Refuse("CONNECT is for proxies");
  return parts;
}

}  // namespace

void ForEachConnectionOption(const HttpHeaders& headers,
                             const std::function<void(std::string_view option)>& visit) {
  for (const HttpHeader& field : headers) {
    if (!EqualsIgnoringCase(field.name, "connection")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(','), rest.size());
      visit(TrimBlanks(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
}

bool IsTarget(std::string_view text) { return !text.empty() && AllAre(text, kTargetChar); }
bool IsToken(std::string_view text) { return !text.empty() && AllAre(text, kTokenChar); }

bool IsFieldValue(std::string_view text) {
  // Without a look-up and without an early end, so that the compiler takes many bytes at once: all
  // headers of a call pass here two times.
  bool is_good = true;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    is_good &= (byte >= 0x20 || byte == '\t') && byte != 0x7F;
  }
  return is_good;
}

Gate<std::optional<size_t>> FindHeadEnd(std::string_view bytes, size_t& scanned,
                                        const HeadLimits& limits) {
  while (scanned < bytes.size()) {
    const void* found = std::memchr(bytes.data() + scanned, '\n', bytes.size() - scanned);
    const size_t line_end =
        found ? static_cast<size_t>(static_cast<const char*>(found) - bytes.data()) : bytes.size();
    if (line_end >= limits.bytes_max) {
      return Refuse("a head of more than " + std::to_string(limits.bytes_max) + " bytes", 431);
    }
    if (!found) {
      scanned = bytes.size();
      break;
    }
    if (line_end == 0 || bytes[line_end - 1] != '\r') return Refuse("a line that ends without CR");
    if (line_end == 1) return Refuse("an empty line before the start line");
    if (line_end >= 3 && bytes[line_end - 2] == '\n') return line_end + 1;
    scanned = line_end + 1;
  }
  return std::nullopt;
}

Gate<HttpHeaders> ParseTrailers(std::string_view block) {
  // RFC 9110 section 6.5.1: framing, routing, modifiers, authentication, and how content is read.
  static constexpr auto kNeverTrailers = std::to_array<std::string_view>({"content-length",
                                                                          "transfer-encoding",
                                                                          "content_length",
                                                                          "transfer_encoding",
                                                                          "host",
                                                                          "connection",
                                                                          "upgrade",
                                                                          "te",
                                                                          "trailer",
                                                                          "expect",
                                                                          "authorization",
                                                                          "proxy-authorization",
                                                                          "cookie",
                                                                          "set-cookie",
                                                                          "www-authenticate",
                                                                          "proxy-authenticate",
                                                                          "content-type",
                                                                          "content-encoding",
                                                                          "content-range",
                                                                          "range",
                                                                          "max-forwards",
                                                                          "cache-control",
                                                                          "location"});
  auto fields = ParseFields(block, {});
  if (!fields) return fields;
  for (const HttpHeader& field : *fields) {
    for (const std::string_view never : kNeverTrailers) {
      if (EqualsIgnoringCase(field.name, never)) return Refuse("a field that may not be a trailer");
    }
  }
  return fields;
}

Gate<RequestHead> ParseRequestHead(std::string_view head, const HeadLimits& limits) {
  std::string_view rest = head;
  const auto line = ParseRequestLine(TakeLine(rest));
  if (!line) return std::unexpected(line.error());
  auto headers = ParseFields(rest, limits);
  if (!headers) return std::unexpected(std::move(headers).error());
  const auto host = CheckHost(*headers, line->version_minor);
  if (!host) return std::unexpected(host.error());
  auto target = ReduceTarget(line->target, line->method, *host);
  if (!target) return std::unexpected(std::move(target).error());
  const auto framing = ReadFraming(*headers, line->version_minor, CodingCase::kLower);
  if (!framing) return std::unexpected(framing.error());
  const ConnectionOptions connection = ReadConnection(*headers);
  if (connection.names_framing) return Refuse("Connection names a framing header");

  RequestHead request;
  for (const std::string_view expectation : headers->All("expect")) {
    if (!EqualsIgnoringCase(expectation, "100-continue")) {
      return Refuse("an expectation other than 100-continue", 417);
    }
    request.expects_continue = line->version_minor == 1;
  }
  request.method = line->method;
  request.target = std::move(*target);
  request.version_minor = line->version_minor;
  request.framing = *framing;
  request.keep_alive = !connection.close && (line->version_minor == 1 || connection.keep_alive);
  request.headers = std::move(*headers);
  return request;
}

Gate<ResponseHead> ParseResponseHead(std::string_view head, const HeadLimits& limits) {
  std::string_view rest = head;
  const std::string_view line = TakeLine(rest);
  // "HTTP/1.1 200 OK"; the phrase may be empty. RFC 9112 section 4 wants the blank before it even
  // then, but many servers leave it out, and nothing else can be meant.
  const auto version = ParseVersion(line.substr(0, 8));
  if (!version) return std::unexpected(version.error());
  if (line.size() < 12 || line[8] != ' ' || !std::all_of(&line[9], &line[9] + 3, IsDigit) ||
      line[9] < '1' || line[9] > '5' || (line.size() > 12 && line[12] != ' ') ||
      !IsFieldValue(line)) {
    return Refuse("the status line is malformed");
  }
  auto headers = ParseFields(rest, limits);
  if (!headers) return std::unexpected(std::move(headers).error());
  const auto framing = ReadFraming(*headers, *version, CodingCase::kAny);
  if (!framing) return std::unexpected(framing.error());
  const ConnectionOptions connection = ReadConnection(*headers);
  if (connection.names_framing) return Refuse("Connection names a framing header");

  ResponseHead response;
  response.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  response.reason = line.substr(std::min<size_t>(line.size(), 13));
  response.version_minor = *version;
  response.framing = *framing;
  response.keep_alive = !connection.close && (*version == 1 || connection.keep_alive);
  response.headers = std::move(*headers);
  return response;
}

}  // namespace vitrine::net::internal
