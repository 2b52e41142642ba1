#include "syntax/compress/inflate_stream.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstdint>

#include "syntax/compress/compress.h"

namespace vitrine::compress {

namespace {

/// What one step of a decoder may put out; larger pieces take several.
constexpr size_t kStepBytes = 32 * 1024;
/// zlib: 15 bits of window; 16 more for a gzip header, negative for none.
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kZlibWindowBits = 15;
constexpr int kRawWindowBits = -15;

bool LooksLikeZlib(unsigned char method, unsigned char flags) {
  return (method & 0x0F) == 8 && (method >> 4) <= 7 && (method * 256 + flags) % 31 == 0;
}

}  // namespace

class InflateStream::Decoder {
 public:
  explicit Decoder(size_t bytes_max) : left_(bytes_max) {}
  virtual ~Decoder() = default;
  virtual Result<void> Feed(std::string_view bytes, std::string& out) = 0;
  virtual bool is_complete() const = 0;

 protected:
  Result<void> Put(std::string_view bytes, std::string& out) {
    const size_t taken = std::min(left_, bytes.size());
    out.append(bytes.substr(0, taken));
    left_ -= taken;
    if (taken == bytes.size()) return {};
    return Fail(ErrorCode::kLimitExceeded, "the content inflates to more than is kept");
  }
  static std::unexpected<Error> Corrupt(const char* what) {
    return Fail(ErrorCode::kInvalidInput, std::string("corrupt compressed content: ") + what);
  }

 private:
  size_t left_;
};

class InflateStream::Identity : public Decoder {
 public:
  using Decoder::Decoder;
  Result<void> Feed(std::string_view bytes, std::string& out) override { return Put(bytes, out); }
  bool is_complete() const override { return true; }
};

class InflateStream::Zlib : public Decoder {
 public:
  Zlib(bool is_gzip, size_t bytes_max) : Decoder(bytes_max), is_gzip_(is_gzip) {}
  ~Zlib() override {
    if (is_open_) inflateEnd(&stream_);
  }
  Result<void> Feed(std::string_view bytes, std::string& out) override {
    if (bytes.empty()) return {};
    if (!is_open_ && !is_gzip_ && head_.size() + bytes.size() < 2) {
      head_.append(bytes);  // Whether there is a zlib header takes two bytes to tell.
      return {};
    }
    if (is_open_) return Inflate(bytes, out);
    if (!Open(bytes)) return Fail(ErrorCode::kInternal, "zlib could not start");
    if (!head_.empty()) TRY(Inflate(std::exchange(head_, {}), out));
    return Inflate(bytes, out);
  }
  bool is_complete() const override { return is_ended_; }

 private:
  bool Open(std::string_view bytes) {
    int window_bits = kGzipWindowBits;
    if (!is_gzip_) {
      const auto at = [&](size_t i) {
        return static_cast<unsigned char>(i < head_.size() ? head_[i] : bytes[i - head_.size()]);
      };
      window_bits = LooksLikeZlib(at(0), at(1)) ? kZlibWindowBits : kRawWindowBits;
    }
    is_open_ = inflateInit2(&stream_, window_bits) == Z_OK;
    return is_open_;
  }
  Result<void> Inflate(std::string_view bytes, std::string& out) {
    char step[kStepBytes];
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    for (;;) {
      if (is_ended_ && stream_.avail_in > 0) {
        if (!is_gzip_) return Corrupt("bytes behind its end");
        if (inflateReset(&stream_) != Z_OK) return Corrupt("no second member");
        is_ended_ = false;
      }
      stream_.next_out = reinterpret_cast<Bytef*>(step);
      stream_.avail_out = sizeof(step);
      const int rc = inflate(&stream_, Z_SYNC_FLUSH);
      TRY(Put({step, sizeof(step) - stream_.avail_out}, out));
      if (rc == Z_STREAM_END) {
        is_ended_ = true;
      } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
        return Corrupt(stream_.msg != nullptr ? stream_.msg : "needs a dictionary");
      }
      const bool is_drained = stream_.avail_out > 0 || is_ended_;
      if (stream_.avail_in == 0 && is_drained) return {};
    }
  }

  const bool is_gzip_;
  z_stream stream_{};
  bool is_open_ = false;
  bool is_ended_ = false;
  std::string head_;
};

class InflateStream::Zstd : public Decoder {
 public:
  explicit Zstd(size_t bytes_max) : Decoder(bytes_max), context_(ZSTD_createDCtx()) {}
  bool Open() {
    return context_ != nullptr && ZSTD_isError(ZSTD_DCtx_setParameter(
                                      context_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax)) == 0;
  }
  Result<void> Feed(std::string_view bytes, std::string& out) override {
    char step[kStepBytes];
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer room{step, sizeof(step), 0};
      wanted_ = ZSTD_decompressStream(context_.get(), &room, &in);
      if (ZSTD_isError(wanted_)) return Corrupt(ZSTD_getErrorName(wanted_));
      TRY(Put({step, room.pos}, out));
      if (in.pos == in.size && (room.pos < room.size || wanted_ == 0)) return {};
    }
  }
  bool is_complete() const override { return wanted_ == 0; }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_;
  size_t wanted_ = 1;  ///< 0 between frames.
};

class InflateStream::Brotli : public Decoder {
 public:
  explicit Brotli(size_t bytes_max)
      : Decoder(bytes_max), state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {}
  bool Open() { return state_ != nullptr; }
  Result<void> Feed(std::string_view bytes, std::string& out) override {
    uint8_t step[kStepBytes];
    const auto* in = reinterpret_cast<const uint8_t*>(bytes.data());
    size_t in_size = bytes.size();
    for (;;) {
      if (is_complete()) return in_size == 0 ? Result<void>{} : Corrupt("bytes behind its end");
      uint8_t* to = step;
      size_t room = sizeof(step);
      const auto rc =
          BrotliDecoderDecompressStream(state_.get(), &in_size, &in, &room, &to, nullptr);
      TRY(Put({reinterpret_cast<char*>(step), sizeof(step) - room}, out));
      if (rc == BROTLI_DECODER_RESULT_ERROR) {
        return Corrupt(BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state_.get())));
      }
      if (rc == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) return {};
    }
  }
  bool is_complete() const override { return BrotliDecoderIsFinished(state_.get()) != 0; }

 private:
  struct Free {
    void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
  };
  std::unique_ptr<BrotliDecoderState, Free> state_;
};

InflateStream::InflateStream(std::unique_ptr<Decoder> decoder) : decoder_(std::move(decoder)) {}
InflateStream::~InflateStream() = default;
InflateStream::InflateStream(InflateStream&&) noexcept = default;
InflateStream& InflateStream::operator=(InflateStream&&) noexcept = default;

Result<InflateStream> InflateStream::Open(std::string_view content_encoding,
                                          size_t output_bytes_max) {
  while (content_encoding.starts_with(' ')) content_encoding.remove_prefix(1);
  while (content_encoding.ends_with(' ')) content_encoding.remove_suffix(1);
  const bool is_brotli = content_encoding.size() == 2 && (content_encoding[0] | 0x20) == 'b' &&
                         (content_encoding[1] | 0x20) == 'r';
  if (is_brotli) {
    auto brotli = std::make_unique<Brotli>(output_bytes_max);
    if (!brotli->Open()) return Fail(ErrorCode::kInternal, "brotli could not start");
    return InflateStream(std::move(brotli));
  }
  const auto encoding = ParseEncoding(content_encoding);
  if (!encoding) {
    return Fail(ErrorCode::kUnsupported,
                "content encoding \"" + std::string(content_encoding) +
                    "\"; gzip, deflate, zstd, br and identity are understood");
  }
  switch (*encoding) {
    case Encoding::kIdentity: return InflateStream(std::make_unique<Identity>(output_bytes_max));
    case Encoding::kGzip: return InflateStream(std::make_unique<Zlib>(true, output_bytes_max));
    case Encoding::kDeflate: return InflateStream(std::make_unique<Zlib>(false, output_bytes_max));
    case Encoding::kZstd: break;
  }
  auto zstd = std::make_unique<Zstd>(output_bytes_max);
  if (!zstd->Open()) return Fail(ErrorCode::kInternal, "zstd could not start");
  return InflateStream(std::move(zstd));
}

Result<void> InflateStream::Feed(std::string_view bytes, std::string& out) {
  return decoder_->Feed(bytes, out);
}

bool InflateStream::is_complete() const { return decoder_->is_complete(); }

}  // namespace vitrine::compress
