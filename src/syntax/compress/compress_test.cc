#include "syntax/compress/compress.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <zlib.h>
#include <zstd.h>

#include <chrono>
#include <fstream>
#include <random>
#include <vector>

namespace vitrine::compress {
namespace {

constexpr size_t kMiB = 1024 * 1024;
constexpr size_t kCap = 64 * kMiB;

/// Text that compresses like text: words from a small vocabulary.
std::string Prose(size_t size, uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) text += "word" + std::to_string(random() % 500) + " ";
  text.resize(size);
  return text;
}

std::string ZlibDeflate(std::string_view bytes, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// A zstd stream of `size` zero bytes that does not announce its size, made piece by piece.
std::string ZstdBomb(uint64_t size, int window_log) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  const std::string zeros(4 * kMiB, '\0');
  std::string out;
  std::string buffer(ZSTD_CStreamOutSize(), '\0');
  while (size > 0) {
    ZSTD_inBuffer in{zeros.data(), std::min<uint64_t>(size, zeros.size()), 0};
    size -= in.size;
    const auto mode = size == 0 ? ZSTD_e_end : ZSTD_e_continue;
    size_t left = 1;
    while (mode == ZSTD_e_end ? left != 0 : in.pos < in.size) {
      ZSTD_outBuffer to{buffer.data(), buffer.size(), 0};
      left = ZSTD_compressStream2(context, &to, &in, mode);
      out.append(buffer, 0, to.pos);
    }
  }
  ZSTD_freeCCtx(context);
  return out;
}

// Sanitizers have a memory and a pace of their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMeasures = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kMeasures = false;
#else
constexpr bool kMeasures = true;
#endif
#else
constexpr bool kMeasures = true;
#endif

/// Peak resident memory of this process so far, in bytes.
size_t PeakRssBytes() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) * 1024;
  }
  return 0;
}
void ResetPeakRss() { std::ofstream("/proc/self/clear_refs") << "5"; }

void ExpectPeakGrowthBelow(size_t before, size_t bytes_max) {
  if (kMeasures) {
    EXPECT_LT(PeakRssBytes() - before, bytes_max);
  }
}

void ExpectError(const Result<std::string>& result, ErrorCode code, const std::string& what) {
  ASSERT_FALSE(result.has_value()) << what;
  EXPECT_EQ(result.error().code, code) << what << ": " << result.error().message;
}

TEST(Compress, NamesOfEncodings) {
  EXPECT_EQ(ParseEncoding(""), Encoding::kIdentity);
  EXPECT_EQ(ParseEncoding("identity"), Encoding::kIdentity);
  EXPECT_EQ(ParseEncoding("GZip"), Encoding::kGzip);
  EXPECT_EQ(ParseEncoding("x-gzip"), Encoding::kGzip);
  EXPECT_EQ(ParseEncoding(" zstd "), Encoding::kZstd);
  EXPECT_EQ(ParseEncoding("deflate"), Encoding::kDeflate);
  for (const char* other : {"br", "gzip, gzip", "snappy", "gzip;q=1", "*"}) {
    EXPECT_EQ(ParseEncoding(other), std::nullopt) << other;
    ExpectError(Inflate(other, "x", kCap), ErrorCode::kUnsupported, other);
  }
}

TEST(Compress, RoundTrips) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{1000}, size_t{65536}, 2 * kMiB}) {
    const std::string text = Prose(size);
    for (const Encoding encoding : {Encoding::kIdentity, Encoding::kGzip, Encoding::kZstd}) {
      const auto packed = Deflate(encoding, text);
      ASSERT_TRUE(packed.has_value());
      const auto back = Inflate(encoding, *packed, kCap);
      ASSERT_TRUE(back.has_value()) << back.error().message;
      EXPECT_EQ(*back, text);
      // The cap is exact.
      EXPECT_TRUE(Inflate(encoding, *packed, size).has_value());
      if (size > 0) {
        ExpectError(Inflate(encoding, *packed, size - 1), ErrorCode::kLimitExceeded, "cap - 1");
      }
    }
    EXPECT_EQ(Inflate(Encoding::kDeflate, ZlibDeflate(text, 15), kCap).value(), text);
    EXPECT_EQ(Inflate(Encoding::kDeflate, ZlibDeflate(text, -15), kCap).value(), text);
  }
  EXPECT_FALSE(Deflate(Encoding::kDeflate, "x").has_value());
  EXPECT_FALSE(Deflate(Encoding::kGzip, "x", 42).has_value());
}

TEST(Compress, SeveralMembers) {
  const std::string a = Prose(100'000, 1);
  const std::string b = Prose(50'000, 2);
  for (const Encoding encoding : {Encoding::kGzip, Encoding::kZstd}) {
    const std::string joined =
        *Deflate(encoding, a) + *Deflate(encoding, "") + *Deflate(encoding, b);
    EXPECT_EQ(Inflate(encoding, joined, kCap).value(), a + b);
    // The cap is over all of them together.
    ExpectError(Inflate(encoding, joined, a.size() + b.size() - 1), ErrorCode::kLimitExceeded,
                "sum");
    ExpectError(Inflate(encoding, joined + "garbage", kCap), ErrorCode::kInvalidInput, "garbage");
  }
  ExpectError(Inflate(Encoding::kDeflate, ZlibDeflate(a, 15) + "x", kCap), ErrorCode::kInvalidInput,
              "bytes after zlib");
}

TEST(Compress, EveryTruncationIsAnError) {
  const std::string text = Prose(3000);
  const std::vector<std::pair<Encoding, std::string>> cases = {
      {Encoding::kGzip, *Deflate(Encoding::kGzip, text)},
      {Encoding::kZstd, *Deflate(Encoding::kZstd, text)},
      {Encoding::kDeflate, ZlibDeflate(text, 15)},
      {Encoding::kDeflate, ZlibDeflate(text, -15)},
  };
  for (const auto& [encoding, packed] : cases) {
    for (size_t size = 0; size < packed.size(); ++size) {
      ExpectError(Inflate(encoding, packed.substr(0, size), kCap), ErrorCode::kInvalidInput,
                  "cut at " + std::to_string(size));
    }
  }
}

TEST(Compress, FlippedBitsNeverGiveOtherText) {
  const std::string text = Prose(3000);
  const std::string packed = *Deflate(Encoding::kGzip, text);
  size_t refused = 0;
  for (size_t bit = 0; bit < packed.size() * 8; ++bit) {
    std::string bad = packed;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto result = Inflate(Encoding::kGzip, bad, kCap);
    // Flips in the header's time, system and flag bytes leave the text as it is.
    if (result) {
      EXPECT_EQ(*result, text) << bit;
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, packed.size() * 8 - 10 * 8);
}

TEST(Compress, TenGigabytesOfZstdCostTheCap) {
  const std::string gigabyte = ZstdBomb(1024 * kMiB, 21);
  std::string bomb;
  for (int i = 0; i < 10; ++i) bomb += gigabyte;
  ASSERT_LT(bomb.size(), 2 * kMiB);
  malloc_trim(0);
  ResetPeakRss();
  const size_t before = PeakRssBytes();
  const auto begin = std::chrono::steady_clock::now();
  ExpectError(Inflate(Encoding::kZstd, bomb, kCap), ErrorCode::kLimitExceeded, "bomb");
  if (kMeasures) {
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  }
  ExpectPeakGrowthBelow(before, kCap + 20 * kMiB);
}

TEST(Compress, GzipBombsCostTheCap) {
  std::string bomb = ZlibDeflate(std::string(100 * kMiB, '\0'), 15 + 16);
  ASSERT_LT(bomb.size(), kMiB);
  malloc_trim(0);
  ResetPeakRss();
  const size_t before = PeakRssBytes();
  ExpectError(Inflate(Encoding::kGzip, bomb, kCap), ErrorCode::kLimitExceeded, "bomb");
  ExpectPeakGrowthBelow(before, kCap + 20 * kMiB);
  // Many members that are small one by one.
  const std::string member = ZlibDeflate(std::string(kMiB, '\0'), 15 + 16);
  std::string members;
  for (int i = 0; i < 100; ++i) members += member;
  ExpectError(Inflate(Encoding::kGzip, members, kCap), ErrorCode::kLimitExceeded, "members");
}

TEST(Compress, LargeZstdWindowsAreRefusedBeforeMemoryIsTaken) {
  const std::string largest_allowed = ZstdBomb(20 * kMiB, kZstdWindowLogMax);
  EXPECT_TRUE(Inflate(Encoding::kZstd, largest_allowed, kCap).has_value());
  const std::string too_large = ZstdBomb(200 * kMiB, 27);
  malloc_trim(0);
  ResetPeakRss();
  const size_t before = PeakRssBytes();
  ExpectError(Inflate(Encoding::kZstd, too_large, kCap), ErrorCode::kLimitExceeded, "window");
  ExpectPeakGrowthBelow(before, 16 * kMiB);
}

TEST(Compress, SmallInputsTakeLittleMemory) {
  malloc_trim(0);
  ResetPeakRss();
  const size_t before = PeakRssBytes();
  const std::string packed = *Deflate(Encoding::kGzip, "hello");
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(Inflate(Encoding::kGzip, packed, kCap).value(), "hello");
  ExpectPeakGrowthBelow(before, 4 * kMiB);
  EXPECT_LT(Inflate(Encoding::kGzip, packed, kCap)->capacity(), 70'000u);
}

}  // namespace
}  // namespace vitrine::compress
