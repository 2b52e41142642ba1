#include "syntax/compress/inflate_stream.h"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "syntax/compress/compress.h"

namespace vitrine::compress {
namespace {

std::string Zlib(std::string_view text, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Brotli(std::string_view text) {
  size_t size = BrotliEncoderMaxCompressedSize(text.size()) + 64;
  std::string out(size, '\0');
  BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, text.size(),
                        reinterpret_cast<const uint8_t*>(text.data()), &size,
                        reinterpret_cast<uint8_t*>(out.data()));
  out.resize(size);
  return out;
}

std::string SomeText(size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size)
    text += "data: {\"delta\":\"" + std::to_string(random() % 5000) + "\"}\n\n";
  return text;
}

struct Packed {
  std::string encoding, bytes;
};
std::vector<Packed> PackAll(std::string_view text) {
  return {{"gzip", *Deflate(Encoding::kGzip, text)},
          {"X-GZIP", *Deflate(Encoding::kGzip, text)},
          {"deflate", Zlib(text, 15)},
          {"deflate", Zlib(text, -15)},
          {" zstd ", *Deflate(Encoding::kZstd, text)},
          {"br", Brotli(text)},
          {"", std::string(text)},
          {"identity", std::string(text)}};
}

TEST(InflateStream, EveryEncodingInPiecesOfAnySize) {
  const std::string text = SomeText(200'000);
  for (const Packed& packed : PackAll(text)) {
    for (size_t piece : {size_t{1}, size_t{7}, size_t{4096}, packed.bytes.size()}) {
      auto stream = InflateStream::Open(packed.encoding, text.size());
      ASSERT_TRUE(stream.has_value()) << packed.encoding;
      std::string out;
      for (size_t at = 0; at < packed.bytes.size(); at += piece) {
        auto fed = stream->Feed(std::string_view(packed.bytes).substr(at, piece), out);
        ASSERT_TRUE(fed.has_value()) << packed.encoding << ": " << fed.error().message;
      }
      EXPECT_TRUE(stream->is_complete()) << packed.encoding << " in pieces of " << piece;
      EXPECT_EQ(out, text) << packed.encoding << " in pieces of " << piece;
    }
  }
}

TEST(InflateStream, TextComesOutAsSoonAsItsBytesAreIn) {
  // A server that flushes each event: everything of a piece is there before the next one.
  z_stream deflater{};
  deflateInit2(&deflater, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  auto stream = InflateStream::Open("gzip", 1 << 20);
  for (int i = 0; i < 20; ++i) {
    std::string event = "data: " + std::to_string(i) + "\n\n", packed(256, '\0'), out;
    deflater.next_in = reinterpret_cast<Bytef*>(event.data());
    deflater.avail_in = static_cast<uInt>(event.size());
    deflater.next_out = reinterpret_cast<Bytef*>(packed.data());
    deflater.avail_out = static_cast<uInt>(packed.size());
    deflate(&deflater, Z_SYNC_FLUSH);
    packed.resize(packed.size() - deflater.avail_out);
    ASSERT_TRUE(stream->Feed(packed, out).has_value());
    EXPECT_EQ(out, event);
  }
  EXPECT_FALSE(stream->is_complete());
  deflateEnd(&deflater);
}

TEST(InflateStream, MembersAndFramesFollowOneAnother) {
  for (const auto encoding : {Encoding::kGzip, Encoding::kZstd}) {
    const std::string twice = *Deflate(encoding, "one ") + *Deflate(encoding, "two");
    auto stream = InflateStream::Open(encoding == Encoding::kGzip ? "gzip" : "zstd", 100);
    std::string out;
    ASSERT_TRUE(stream->Feed(twice, out).has_value());
    EXPECT_EQ(out, "one two");
    EXPECT_TRUE(stream->is_complete());
  }
}

TEST(InflateStream, WhatIsMissingOrTooMuchIsSaid) {
  const std::string text = SomeText(50'000);
  for (const Packed& packed : PackAll(text)) {
    if (packed.encoding.empty() || packed.encoding == "identity") continue;
    auto cut = InflateStream::Open(packed.encoding, text.size());
    std::string out;
    ASSERT_TRUE(cut->Feed(std::string_view(packed.bytes).substr(0, packed.bytes.size() / 2), out));
    EXPECT_FALSE(cut->is_complete()) << packed.encoding;
    EXPECT_TRUE(text.starts_with(out));

    auto small = InflateStream::Open(packed.encoding, 1000);
    out.clear();
    auto over = small->Feed(packed.bytes, out);
    ASSERT_FALSE(over.has_value());
    EXPECT_EQ(over.error().code, ErrorCode::kLimitExceeded);
    EXPECT_EQ(out, text.substr(0, 1000));
  }
}

TEST(InflateStream, RefusesWhatItDoesNotKnow) {
  for (const char* encoding : {"gzip, br", "compress", "b"}) {
    auto stream = InflateStream::Open(encoding, 1);
    ASSERT_FALSE(stream.has_value()) << encoding;
    EXPECT_EQ(stream.error().code, ErrorCode::kUnsupported);
  }
  std::string out;
  for (const char* encoding : {"gzip", "br", "zstd", "deflate"}) {
    EXPECT_FALSE(InflateStream::Open(encoding, 99)->Feed("{\"no\":\"compression\"}", out))
        << encoding;
  }
}

}  // namespace
}  // namespace vitrine::compress
