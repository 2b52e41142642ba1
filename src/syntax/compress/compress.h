// Inflate and Deflate: content encodings, with a hard cap on what comes out.
// Threads: free functions, no shared state. Streaming inside: resident memory is the output so far
// plus the decoder's window, never more than the cap plus 20 MiB, whatever the input claims.
// Callers should not copy identity content through here; a view of it is as good.
// Source: RFC 1952 (gzip), RFC 1950 (zlib), RFC 8878 (zstd), RFC 9110 section 8.4.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vitrine::compress {

enum class Encoding { kIdentity, kGzip, kDeflate, kZstd };

/// The encoding of a Content-Encoding value: "gzip", "x-gzip", "deflate", "zstd", "identity" and
/// "" (without case, blanks around it ignored). Nothing for others, lists included.
std::optional<Encoding> ParseEncoding(std::string_view content_encoding);

/// Inflates `bytes` completely.
/// Shape:  gzip and zstd may be several members or frames, one after the other; deflate may come
///         with the zlib header or without it, as senders really do.
/// Errors: kInvalidInput (corrupt, truncated, bytes after the end; offset into `bytes`),
///         kLimitExceeded (more than `output_bytes_max`, or a zstd window beyond
///         kZstdWindowLogMax).
Result<std::string> Inflate(Encoding encoding, std::string_view bytes, size_t output_bytes_max);
/// As above from a Content-Encoding value. Errors: also kUnsupported.
Result<std::string> Inflate(std::string_view content_encoding, std::string_view bytes,
                            size_t output_bytes_max);

/// Compresses. `level` as the library counts it; unset means its default (gzip 6, zstd 3).
/// Errors: kUnsupported for kDeflate (ambiguous on the web, so never sent), kInternal.
Result<std::string> Deflate(Encoding encoding, std::string_view bytes,
                            std::optional<int> level = std::nullopt);

/// 8 MiB: what RFC 8878 asks every decoder to support, and what every sender's default stays under.
inline constexpr int kZstdWindowLogMax = 23;

}  // namespace vitrine::compress
