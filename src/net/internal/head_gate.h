// The strict gate: reads a request or response head, or refuses it.
//
// It stands in front of every other parser. A head passes only if there is one way to read it:
// CRLF line ends, no folding, no blanks around names, one Host, one Content-Length or exactly
// "Transfer-Encoding: chunked". Everything else is refused, because the next program on the way
// (or the parser behind us) might read it differently, and that is request smuggling.
//
// Threads: free functions. Owner: results own their bytes. Source: RFC 9112, RFC 9110.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_types.h"
#include "net/limits.h"

namespace vitrine::net::internal {

struct HeadLimits {
  size_t bytes_max = kHeadBytesMax;
  size_t header_count_max = kHeaderCountMax;
};

/// Why a head was refused: the status to answer and one sentence.
struct HeadRefusal {
  int status = 400;
  std::string reason;
};

/// How the body is framed.
struct Framing {
  std::optional<uint64_t> content_length;
  bool chunked = false;
};

struct RequestHead {
  std::string method;
  std::string target;  ///< Origin form or "*"; an absolute form is reduced to its path.
  int version_minor = 1;
  HttpHeaders headers;
  Framing framing;
  bool keep_alive = true;
  bool expects_continue = false;
};

struct ResponseHead {
  int status = 0;
  std::string reason;  ///< The phrase after the status, as it came; may be empty.
  int version_minor = 1;
  HttpHeaders headers;
  Framing framing;
  bool keep_alive = true;
};

/// Looks for the end of a head in the bytes received so far.
/// Shape: the head's size, blank line included; nothing while more is needed. `scanned` is where
///        the search goes on next time; start with 0. Refuses as soon as a line ends without CRLF
///        or the limit is passed, so that nobody waits for the rest of a bad head.
std::expected<std::optional<size_t>, HeadRefusal> FindHeadEnd(std::string_view bytes,
                                                              size_t& scanned,
                                                              const HeadLimits& limits);

/// Reads exactly one head, blank line included.
std::expected<RequestHead, HeadRefusal> ParseRequestHead(std::string_view head,
                                                         const HeadLimits& limits);
std::expected<ResponseHead, HeadRefusal> ParseResponseHead(std::string_view head,
                                                           const HeadLimits& limits);

/// Reads the trailer section of a chunked body, blank line included. Refuses fields that frame,
/// route or authenticate a message: a receiver that merges trailers into the head would read
/// another one.
std::expected<HttpHeaders, HeadRefusal> ParseTrailers(std::string_view block);

/// Calls `visit` with each element of the Connection fields.
void ForEachConnectionOption(const HttpHeaders& headers,
                             const std::function<void(std::string_view option)>& visit);

/// True when the target can stand in a request line.
bool IsTarget(std::string_view text);
/// RFC 9110 token: what a method and a field name are made of.
bool IsToken(std::string_view text);
/// No control characters but tab: what may stand in a field value.
bool IsFieldValue(std::string_view text);

}  // namespace vitrine::net::internal
