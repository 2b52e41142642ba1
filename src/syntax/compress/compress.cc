#include "syntax/compress/compress.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace vitrine::compress {
namespace {

/// First output buffer, and the least by which it grows: a typical export is a few hundred KiB.
constexpr size_t kGrowBytesMin = 64 * 1024;
/// zlib: 15 bits of window (all there is) and 16 for "gzip header"; negative for "no header".
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kZlibWindowBits = 15;
constexpr int kRawWindowBits = -15;

std::unexpected<Error> FailTooLarge(size_t output_bytes_max) {
  return Fail(ErrorCode::kLimitExceeded,
              "the content inflates to more than " + std::to_string(output_bytes_max) + " bytes");
}

/// From here on the output is reserved up to the cap at once: pages that are never written cost
/// nothing, while growing by copying would hold old and new together, well over the cap.
constexpr size_t kGrowBytesMax = 8 * 1024 * 1024;
/// Caps beyond this are not reserved at once; such outputs grow by half.
constexpr size_t kReserveBytesMax = size_t{1} << 30;

/// The output. It never passes the cap by more than the one byte that proves the content too large.
class Output {
 public:
  Output(size_t input_size, size_t bytes_max) : bytes_max_(bytes_max) {
    // Text shrinks to a quarter or less; a first guess that fits saves the copies of growing.
    Grow(std::max(kGrowBytesMin, std::min(input_size, bytes_max_) * 4));
  }

  char* free_space() { return bytes_.data() + used_; }
  size_t free_size() const { return bytes_.size() - used_; }
  void Use(size_t size) { used_ += size; }
  bool over_limit() const { return used_ > bytes_max_; }
  void MakeRoom() {
    if (free_size() == 0) Grow(bytes_.size() + std::max(kGrowBytesMin, bytes_.size() / 2));
  }
  std::string Take() {
    bytes_.resize(used_);
    // Bodies live until they are decoded; half-empty ones are worth a copy.
    if (bytes_.capacity() > 2 * used_ + kGrowBytesMin) bytes_.shrink_to_fit();
    return std::move(bytes_);
  }

 private:
  void Grow(size_t wanted) {
    const size_t size_max = bytes_max_ == SIZE_MAX ? bytes_max_ : bytes_max_ + 1;
    if (wanted > kGrowBytesMax && size_max <= kReserveBytesMax) wanted = size_max;
    const size_t size = std::min(wanted, size_max);
    if (size <= bytes_.size()) return;
    bytes_.reserve(size);
    bytes_.resize_and_overwrite(size, [](char*, size_t n) { return n; });
  }

  const size_t bytes_max_;
  std::string bytes_;
  size_t used_ = 0;
};

/// One zlib inflate stream, ended when it goes out of scope.
class ZlibInflater {
 public:
  explicit ZlibInflater(int window_bits) { ready_ = inflateInit2(&stream_, window_bits) == Z_OK; }
  ~ZlibInflater() {
    if (ready_) inflateEnd(&stream_);
  }
  ZlibInflater(const ZlibInflater&) = delete;
  ZlibInflater& operator=(const ZlibInflater&) = delete;

  bool ready() const { return ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

/// zlib counts in 32 bits; inputs are fed in pieces of at most this.
constexpr size_t kZlibPieceMax = size_t{1} << 30;

/// Runs one member to its end. Returns the position after it.
Result<size_t> InflateMember(ZlibInflater& inflater, std::string_view bytes, size_t at,
                             Output& output, size_t output_bytes_max) {
  z_stream& stream = inflater.stream();
  for (;;) {
    output.MakeRoom();
    const size_t in_size = std::min(bytes.size() - at, kZlibPieceMax);
    const size_t out_size = std::min(output.free_size(), kZlibPieceMax);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())) + at;
    stream.avail_in = static_cast<uInt>(in_size);
    stream.next_out = reinterpret_cast<Bytef*>(output.free_space());
    stream.avail_out = static_cast<uInt>(out_size);
    const int rc = inflate(&stream, Z_NO_FLUSH);
    at += in_size - stream.avail_in;
    output.Use(out_size - stream.avail_out);
    if (output.over_limit()) return FailTooLarge(output_bytes_max);
    if (rc == Z_STREAM_END) return at;
    if (rc != Z_OK && rc != Z_BUF_ERROR) {
      const char* reason = stream.msg != nullptr ? stream.msg : "needs a dictionary";
      return Fail(ErrorCode::kInvalidInput, std::string("corrupt compressed content: ") + reason,
                  at);
    }
    // Output left over and all input taken: the end is missing.
    if (stream.avail_out > 0 && at == bytes.size()) {
      return Fail(ErrorCode::kInvalidInput, "truncated compressed content", at);
    }
  }
}

Result<std::string> InflateGzip(std::string_view bytes, size_t output_bytes_max) {
  ZlibInflater inflater(kGzipWindowBits);
  if (!inflater.ready()) return Fail(ErrorCode::kInternal, "zlib could not start");
  Output output(bytes.size(), output_bytes_max);
  size_t at = 0;
  do {
    TRY_ASSIGN(at, InflateMember(inflater, bytes, at, output, output_bytes_max));
    if (inflateReset(&inflater.stream()) != Z_OK) return Fail(ErrorCode::kInternal, "zlib reset");
  } while (at < bytes.size());
  return output.Take();
}

/// True for a zlib header: method 8, window up to 32 KiB, check bits right, no dictionary.
bool HasZlibHeader(std::string_view bytes) {
  if (bytes.size() < 2) return false;
  const auto cmf = static_cast<unsigned char>(bytes[0]);
  const auto flags = static_cast<unsigned char>(bytes[1]);
  return (cmf & 0x0F) == 8 && (cmf >> 4) <= 7 && (cmf * 256 + flags) % 31 == 0;
}

Result<std::string> InflateDeflate(std::string_view bytes, size_t output_bytes_max) {
  // A raw stream could begin with bytes that look like a header; none that a compressor makes
  // does, because its first block would be a stored one with a length that does not check.
  ZlibInflater inflater(HasZlibHeader(bytes) ? kZlibWindowBits : kRawWindowBits);
  if (!inflater.ready()) return Fail(ErrorCode::kInternal, "zlib could not start");
  Output output(bytes.size(), output_bytes_max);
  TRY_ASSIGN(const size_t end, InflateMember(inflater, bytes, 0, output, output_bytes_max));
  if (end != bytes.size()) {
    return Fail(ErrorCode::kInvalidInput, "bytes after the end of the compressed content", end);
  }
  return output.Take();
}

struct FreeZstdDecoder {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

std::unexpected<Error> FailZstd(size_t rc, size_t at) {
  if (ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge) {
    return Fail(ErrorCode::kLimitExceeded,
                "the zstd window is larger than " +
                    std::to_string((size_t{1} << kZstdWindowLogMax) >> 20) + " MiB",
                at);
  }
  return Fail(ErrorCode::kInvalidInput,
              std::string("corrupt zstd content: ") + ZSTD_getErrorName(rc), at);
}

Result<std::string> InflateZstd(std::string_view bytes, size_t output_bytes_max) {
  const std::unique_ptr<ZSTD_DCtx, FreeZstdDecoder> context(ZSTD_createDCtx());
  if (!context ||
      ZSTD_isError(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax))) {
    return Fail(ErrorCode::kInternal, "zstd could not start");
  }
  Output output(bytes.size(), output_bytes_max);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  size_t wanted = 1;  // 0 between frames.
  while (in.pos < in.size || wanted != 0) {
    output.MakeRoom();
    ZSTD_outBuffer out{output.free_space(), output.free_size(), 0};
    const size_t in_before = in.pos;
    wanted = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(wanted)) return FailZstd(wanted, in.pos);
    output.Use(out.pos);
    if (output.over_limit()) return FailTooLarge(output_bytes_max);
    if (wanted != 0 && in.pos == in.size && in.pos == in_before && out.pos < out.size) {
      return Fail(ErrorCode::kInvalidInput, "truncated zstd content", in.pos);
    }
  }
  return output.Take();
}

Result<std::string> DeflateGzip(std::string_view bytes, int level) {
  z_stream stream{};
  // 8 is zlib's default memory level.
  if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindowBits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return Fail(ErrorCode::kInvalidInput, "gzip levels are 0 to 9");
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  size_t in_at = 0;
  size_t out_at = 0;
  int rc = Z_OK;
  while (rc == Z_OK) {
    const size_t in_size = std::min(bytes.size() - in_at, kZlibPieceMax);
    const size_t out_size = std::min(out.size() - out_at, kZlibPieceMax);
    const bool last = in_at + in_size == bytes.size();
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())) + in_at;
    stream.avail_in = static_cast<uInt>(in_size);
    stream.next_out = reinterpret_cast<Bytef*>(out.data()) + out_at;
    stream.avail_out = static_cast<uInt>(out_size);
    rc = deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
    in_at += in_size - stream.avail_in;
    out_at += out_size - stream.avail_out;
  }
  deflateEnd(&stream);
  if (rc != Z_STREAM_END) return Fail(ErrorCode::kInternal, "zlib could not finish");
  out.resize(out_at);
  return out;
}

Result<std::string> DeflateZstd(std::string_view bytes, int level) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
  if (ZSTD_isError(size)) return Fail(ErrorCode::kInternal, ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

std::optional<Encoding> ParseEncoding(std::string_view content_encoding) {
  while (content_encoding.starts_with(' ')) content_encoding.remove_prefix(1);
  while (content_encoding.ends_with(' ')) content_encoding.remove_suffix(1);
  std::string name(content_encoding);
  std::transform(name.begin(), name.end(), name.begin(), LowerAscii);
  if (name.empty() || name == "identity") return Encoding::kIdentity;
  if (name == "gzip" || name == "x-gzip") return Encoding::kGzip;
  if (name == "deflate") return Encoding::kDeflate;
  if (name == "zstd") return Encoding::kZstd;
  return std::nullopt;
}

Result<std::string> Inflate(Encoding encoding, std::string_view bytes, size_t output_bytes_max) {
  switch (encoding) {
    case Encoding::kIdentity:
      if (bytes.size() > output_bytes_max) return FailTooLarge(output_bytes_max);
      return std::string(bytes);
    case Encoding::kGzip: return InflateGzip(bytes, output_bytes_max);
    case Encoding::kDeflate: return InflateDeflate(bytes, output_bytes_max);
    case Encoding::kZstd: return InflateZstd(bytes, output_bytes_max);
  }
  return Fail(ErrorCode::kInternal, "no such encoding");
}

Result<std::string> Inflate(std::string_view content_encoding, std::string_view bytes,
                            size_t output_bytes_max) {
  const auto encoding = ParseEncoding(content_encoding);
  if (!encoding) {
    return Fail(ErrorCode::kUnsupported, "content encoding \"" + std::string(content_encoding) +
                                             "\"; gzip, zstd, deflate and identity are understood");
  }
  return Inflate(*encoding, bytes, output_bytes_max);
}

Result<std::string> Deflate(Encoding encoding, std::string_view bytes, std::optional<int> level) {
  switch (encoding) {
    case Encoding::kIdentity: return std::string(bytes);
    case Encoding::kGzip: return DeflateGzip(bytes, level.value_or(Z_DEFAULT_COMPRESSION));
    case Encoding::kZstd: return DeflateZstd(bytes, level.value_or(ZSTD_CLEVEL_DEFAULT));
    case Encoding::kDeflate: break;
  }
  return Fail(ErrorCode::kUnsupported, "deflate means two things on the web and is not sent");
}

}  // namespace vitrine::compress
