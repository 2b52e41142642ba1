#include "engine/internal/content_coding.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "base/check.h"
#include "engine/limits.h"

namespace vitrine::engine {
namespace {

constexpr int kGzipWindowBits = 15 + 16;  // 15 is the largest window; +16 asks for gzip framing.
constexpr int kZlibWindowBits = 15;
// Result bytes cross a loopback or a local network: the fastest levels win there.
constexpr int kGzipLevel = 1;
constexpr int kZstdLevel = 1;

class ZlibInflater : public Inflater {
 public:
  explicit ZlibInflater(int window_bits) {
    VITRINE_CHECK(inflateInit2(&stream_, window_bits) == Z_OK);
  }
  ~ZlibInflater() override { inflateEnd(&stream_); }

  void SetInput(std::string_view bytes) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    full_ = false;
  }
  bool needs_input() const override { return stream_.avail_in == 0 && !full_; }
  bool complete() const override { return complete_; }

  Result<void> Step(std::string& out) override {
    out.resize(kIoBufferBytes);
    if (complete_ && stream_.avail_in > 0) inflateReset(&stream_);  // The next member.
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    full_ = stream_.avail_out == 0;
    out.resize(out.size() - stream_.avail_out);
    complete_ = status == Z_STREAM_END;
    if (complete_) full_ = false;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      return Fail(ErrorCode::kInvalidInput, "the body is not valid gzip or deflate");
    return {};
  }

 private:
  z_stream stream_{};
  bool complete_ = false;
  bool full_ = false;
};

class ZstdInflater : public Inflater {
 public:
  ZstdInflater() : stream_(ZSTD_createDStream()) { VITRINE_CHECK(stream_ != nullptr); }
  ~ZstdInflater() override { ZSTD_freeDStream(stream_); }

  void SetInput(std::string_view bytes) override {
    in_ = {bytes.data(), bytes.size(), 0};
    full_ = false;
  }
  bool needs_input() const override { return in_.pos == in_.size && !full_; }
  bool complete() const override { return complete_; }

  Result<void> Step(std::string& out) override {
    out.resize(kIoBufferBytes);
    ZSTD_outBuffer buffer{out.data(), out.size(), 0};
    const size_t status = ZSTD_decompressStream(stream_, &buffer, &in_);
    if (ZSTD_isError(status)) return Fail(ErrorCode::kInvalidInput, "the body is not valid zstd");
    complete_ = status == 0;
    full_ = buffer.pos == out.size() && !complete_;
    out.resize(buffer.pos);
    return {};
  }

 private:
  ZSTD_DStream* stream_;
  ZSTD_inBuffer in_{};
  bool complete_ = false;
  bool full_ = false;
};

class ZlibDeflater : public Deflater {
 public:
  explicit ZlibDeflater(int window_bits) {
    VITRINE_CHECK(
        deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  }
  ~ZlibDeflater() override { deflateEnd(&stream_); }

  void Feed(std::string_view bytes, std::string& out) override { Run(bytes, Z_NO_FLUSH, out); }
  void Flush(bool end, std::string& out) override { Run({}, end ? Z_FINISH : Z_SYNC_FLUSH, out); }

 private:
  void Run(std::string_view bytes, int mode, std::string& out) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      const size_t old_size = out.size();
      out.resize(old_size + kIoBufferBytes);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + old_size);
      stream_.avail_out = static_cast<uInt>(kIoBufferBytes);
      deflate(&stream_, mode);
      out.resize(out.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  z_stream stream_{};
};

class ZstdDeflater : public Deflater {
 public:
  ZstdDeflater() : stream_(ZSTD_createCCtx()) {
    VITRINE_CHECK(stream_ != nullptr);
    ZSTD_CCtx_setParameter(stream_, ZSTD_c_compressionLevel, kZstdLevel);
  }
  ~ZstdDeflater() override { ZSTD_freeCCtx(stream_); }

  void Feed(std::string_view bytes, std::string& out) override { Run(bytes, ZSTD_e_continue, out); }
  void Flush(bool end, std::string& out) override { Run({}, end ? ZSTD_e_end : ZSTD_e_flush, out); }

 private:
  void Run(std::string_view bytes, ZSTD_EndDirective mode, std::string& out) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    size_t left = 0;
    do {
      const size_t old_size = out.size();
      out.resize(old_size + kIoBufferBytes);
      ZSTD_outBuffer buffer{out.data() + old_size, kIoBufferBytes, 0};
      left = ZSTD_compressStream2(stream_, &buffer, &in, mode);
      VITRINE_CHECK(!ZSTD_isError(left));
      out.resize(old_size + buffer.pos);
    } while (mode == ZSTD_e_continue ? in.pos < in.size : left > 0);
  }

  ZSTD_CCtx* stream_;
};

std::string LowerTrimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t");
  if (from == text.npos) return {};
  std::string lower(text.substr(from, text.find_last_not_of(" \t") - from + 1));
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return lower;
}

}  // namespace

Result<Coding> ParseCoding(std::string_view content_encoding) {
  const std::string name = LowerTrimmed(content_encoding);
  if (name.empty() || name == "identity") return Coding::kIdentity;
  if (name == "gzip" || name == "x-gzip") return Coding::kGzip;
  if (name == "deflate") return Coding::kDeflate;
  if (name == "zstd") return Coding::kZstd;
  return Fail(ErrorCode::kUnsupported,
              "Content-Encoding " + name + " is not known here: use gzip, zstd or deflate");
}

Coding ChooseCoding(std::string_view accept_encoding) {
  const std::string accepted = LowerTrimmed(accept_encoding);
  for (const Coding coding : {Coding::kZstd, Coding::kGzip, Coding::kDeflate})
    if (accepted.find(CodingName(coding)) != std::string::npos) return coding;
  return Coding::kIdentity;
}

std::string_view CodingName(Coding coding) {
  switch (coding) {
    case Coding::kGzip: return "gzip";
    case Coding::kDeflate: return "deflate";
    case Coding::kZstd: return "zstd";
    case Coding::kIdentity: break;
  }
  return {};
}

std::unique_ptr<Inflater> Inflater::Make(Coding coding) {
  if (coding == Coding::kZstd) return std::make_unique<ZstdInflater>();
  return std::make_unique<ZlibInflater>(coding == Coding::kGzip ? kGzipWindowBits
                                                                : kZlibWindowBits);
}

std::unique_ptr<Deflater> Deflater::Make(Coding coding) {
  if (coding == Coding::kZstd) return std::make_unique<ZstdDeflater>();
  return std::make_unique<ZlibDeflater>(coding == Coding::kGzip ? kGzipWindowBits
                                                                : kZlibWindowBits);
}

Result<RequestBody> RequestBody::Open(HttpSocket& socket, const HttpHead& head) {
  TRY_ASSIGN(const Coding coding, ParseCoding(head.header("content-encoding")));
  RequestBody body(socket);
  if (coding != Coding::kIdentity) body.inflater_ = Inflater::Make(coding);
  return body;
}

Result<std::string_view> RequestBody::Next() {
  if (!inflater_) return socket_->ReadBody();
  while (true) {
    if (inflater_->needs_input()) {
      TRY_ASSIGN(const std::string_view coded, socket_->ReadBody());
      if (coded.empty()) {
        if (!inflater_->complete())
          return Fail(ErrorCode::kInvalidInput, "the compressed body is cut short");
        return std::string_view();
      }
      inflater_->SetInput(coded);
    }
    TRY(inflater_->Step(plain_));
    if (!plain_.empty()) return std::string_view(plain_);
  }
}

}  // namespace vitrine::engine
