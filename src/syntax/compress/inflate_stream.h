// InflateStream: content encodings undone while the bytes come in, for bodies that are watched as
// they pass. What Inflate does in one step; here also brotli, which servers send to clients that
// ask for it.
// Owner: holds one decoder. Not thread-safe; one for each body.
// Source: RFC 1952 (gzip), RFC 1950 (zlib), RFC 8878 (zstd), RFC 7932 (brotli), RFC 9110 section
// 8.4.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vitrine::compress {

class InflateStream {
 public:
  /// `content_encoding` as in the header: gzip, x-gzip, deflate, zstd, br or identity; "" is
  /// identity. At most `output_bytes_max` come out in all.
  /// Errors: kUnsupported (another encoding, or a list of several), kInternal.
  static Result<InflateStream> Open(std::string_view content_encoding, size_t output_bytes_max);
  ~InflateStream();
  InflateStream(InflateStream&&) noexcept;
  InflateStream& operator=(InflateStream&&) noexcept;

  /// Appends to `out` what `bytes` add. Several gzip members or zstd frames may follow one another;
  /// what stands behind the end of any other content is an error.
  /// Errors: kInvalidInput (corrupt, or bytes behind the end), kLimitExceeded. `out` holds what
  /// came before the fault, and the stream takes no more.
  Result<void> Feed(std::string_view bytes, std::string& out);
  /// True where the content came to its end: nothing is missing.
  bool is_complete() const;

 private:
  class Decoder;
  class Identity;
  class Zlib;
  class Zstd;
  class Brotli;
  explicit InflateStream(std::unique_ptr<Decoder> decoder);

  std::unique_ptr<Decoder> decoder_;
};

}  // namespace vitrine::compress
