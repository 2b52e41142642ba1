#include "codecs/content/pace.h"
#include "codecs/dialects/token_timeline.h"

#include <gtest/gtest.h>

#include <random>

namespace vitrine::codecs {
namespace {

using model::TokenTimeline;

TEST(TokenTimeline, TheExampleOfTheFormatPage) {
  uint64_t offsets[] = {38'121'443, 40'000'000, 40'000'999};
  uint32_t sizes[] = {1, 4, 3};
  auto bytes = EncodeTokenTimeline({offsets, sizes});
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, std::string("\x01\x01\x03\xE9\xA9\x02\xD7\x0E\x00\x01\x04\x03", 12));
  Arena arena;
  auto back = DecodeTokenTimeline(*bytes, arena);
  ASSERT_TRUE(back);
  EXPECT_EQ(std::vector(back->offsets_ns.begin(), back->offsets_ns.end()),
            (std::vector<uint64_t>{38'121'000, 40'000'000, 40'000'000}));
  EXPECT_EQ(std::vector(back->sizes.begin(), back->sizes.end()), (std::vector<uint32_t>{1, 4, 3}));
}

TEST(TokenTimeline, SizesMayBeAbsent) {
  uint64_t offsets[] = {0, 1'000'000'000'000};
  auto bytes = EncodeTokenTimeline({offsets, {}});
  ASSERT_TRUE(bytes);
  Arena arena;
  auto back = DecodeTokenTimeline(*bytes, arena);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->offsets_ns.size(), 2u);
  EXPECT_TRUE(back->sizes.empty());
}

TEST(TokenTimeline, RefusesWhatItCannotWrite) {
  uint64_t falling[] = {2'000, 1'000};
  EXPECT_FALSE(EncodeTokenTimeline({falling, {}}));
  uint64_t one[] = {1};
  uint32_t two[] = {1, 2};
  EXPECT_FALSE(EncodeTokenTimeline({one, two}));
}

TEST(TokenTimeline, RefusesDamage) {
  Arena arena;
  auto refused = [&](std::string_view bytes) { return !DecodeTokenTimeline(bytes, arena); };
  using namespace std::string_view_literals;
  EXPECT_TRUE(refused(""sv));
  EXPECT_TRUE(refused("\x02\x00\x00"sv));          // Version
  EXPECT_TRUE(refused("\x01\x02\x00"sv));          // Flags
  EXPECT_TRUE(refused("\x01\x00\x02\x01"sv));      // Fewer than said
  EXPECT_TRUE(refused("\x01\x01\x01\x01"sv));      // Sizes missing
  EXPECT_TRUE(refused("\x01\x00\x01\x01\x00"sv));  // Bytes behind
  EXPECT_TRUE(refused("\x01\x00\x01\x80"sv));      // Cut number
  EXPECT_TRUE(refused("\x01\x00\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"sv));  // Beyond ns
  EXPECT_TRUE(refused("\x01\x01\x01\x00\x80\x80\x80\x80\x10"sv));                  // Size 2^32
  EXPECT_FALSE(refused("\x01\x00\x00"sv));
}

TEST(TokenTimeline, AStallIsLongInItselfAndForItsStream) {
  const auto measured = [](std::vector<uint64_t> offsets_ms) {
    for (uint64_t& offset : offsets_ms) offset *= 1'000'000;
    model::Span span;
    span.timeline.offsets_ns = offsets_ms;
    MeasureStalls(span);
    return std::pair(span.stall_count, span.longest_stall_ns);
  };
  using Known = std::pair<std::optional<uint32_t>, std::optional<int64_t>>;
  EXPECT_EQ(measured({}), Known());
  EXPECT_EQ(measured({900}), Known());
  EXPECT_EQ(measured({0, 20, 40, 60}), Known(0, std::nullopt));
  EXPECT_EQ(measured({0, 20, 40, 289, 309}), Known(0, std::nullopt)) << "249 ms";
  EXPECT_EQ(measured({0, 20, 40, 290, 310, 3000, 3020}), Known(2, 2'690'000'000));
  EXPECT_EQ(measured({0, 400, 800, 1200, 3000}), Known(0, std::nullopt)) << "slow throughout";
}

TEST(TokenTimeline, RoundTripOfRandomTimelines) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 500; ++round) {
    std::vector<uint64_t> offsets;
    std::vector<uint32_t> sizes;
    uint64_t at = 0;
    for (size_t i = random() % 50; i > 0; --i) {
      at += (random() >> (random() % 40 + 24)) * 1000;
      offsets.push_back(at);
      sizes.push_back(static_cast<uint32_t>(random() >> (32 + random() % 32)));
    }
    auto bytes = EncodeTokenTimeline({offsets, sizes});
    ASSERT_TRUE(bytes);
    Arena arena;
    auto back = DecodeTokenTimeline(*bytes, arena);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(std::vector(back->offsets_ns.begin(), back->offsets_ns.end()), offsets);
    EXPECT_EQ(std::vector(back->sizes.begin(), back->sizes.end()), sizes);
  }
}

}  // namespace
}  // namespace vitrine::codecs
