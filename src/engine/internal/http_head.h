// HttpHead: the request line and headers of one HTTP/1.1 request, read strictly.
//
// Whatever two parsers could read in two ways is refused: repeated Host, Content-Length or
// Transfer-Encoding, both length headers, folded lines, blanks before a colon, bare line feeds.
// Threads: free functions and values. Source: RFC 9112.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vitrine::engine {

struct HttpHead {
  std::string method;
  std::string path;                                             ///< Decoded, without the query.
  std::vector<std::pair<std::string, std::string>> parameters;  ///< Decoded, in order.
  std::vector<std::pair<std::string, std::string>> headers;     ///< Names in lower case.
  bool http_1_0 = false;
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
  std::optional<uint64_t> content_length;

  /// The first parameter or header of that name; empty when there is none.
  std::string_view parameter(std::string_view name) const;
  bool has_parameter(std::string_view name) const;
  std::string_view header(std::string_view lower_name) const;
};

/// Reads a head: everything up to and including the empty line.
/// Errors: kInvalidInput, kLimitExceeded (limits.h), kUnsupported (a transfer coding).
Result<HttpHead> ParseHead(std::string_view bytes);

/// Decodes %XX, and "+" as a blank when `plus_is_blank`. Nothing on a broken escape.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_blank);

/// Reads the size of a chunk from its line (without CRLF). Nothing on malformed text or overflow.
std::optional<uint64_t> ParseChunkSize(std::string_view line);

}  // namespace vitrine::engine
