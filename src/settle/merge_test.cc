#include "settle/merge.h"

#include <gtest/gtest.h>

#include "settle/rollups.h"
#include "settle/row_builder.h"

namespace vitrine::settle {
namespace {

using storage::StoredSpan;

class Merge : public testing::Test {
 protected:
  ContentHash Hash(uint8_t n) {
    ContentHash hash;
    hash.bytes[0] = n;
    return hash;
  }
  std::span<const ContentHash> Hashes(std::initializer_list<uint8_t> list) {
    std::vector<ContentHash> hashes;
    for (uint8_t n : list) hashes.push_back(Hash(n));
    return arena_.CopyArray(hashes);
  }
  StoredSpan Fragment(int64_t time, std::initializer_list<uint8_t> in,
                      std::initializer_list<uint8_t> out) {
    StoredSpan row;
    row.span.is_fragment = true;
    row.span.start = row.span.end = Nanos{time};
    row.input_hashes = Hashes(in);
    row.output_hashes = Hashes(out);
    return row;
  }
  Arena arena_;
};

TEST_F(Merge, SetFieldsWinOverUnsetAndNewerOverOlder) {
  StoredSpan older, newer;
  older.span.request_model = "a";
  older.span.user_id = "u";
  older.span.usage.input_tokens = 5;
  newer.span.request_model = "b";
  newer.span.usage.output_tokens = 6;
  StoredSpan merged = MergeRows(older, newer, arena_);
  EXPECT_EQ(merged.span.request_model, "b");
  EXPECT_EQ(merged.span.user_id, "u");
  EXPECT_EQ(merged.span.usage.input_tokens, 5u);
  EXPECT_EQ(merged.span.usage.output_tokens, 6u);
}

TEST_F(Merge, FragmentsFollowOneAnotherByTimeWhateverTheirArrival) {
  StoredSpan late = Fragment(30, {}, {3}), early = Fragment(10, {1, 2}, {});
  StoredSpan merged = MergeRows(late, early, arena_);
  EXPECT_EQ(merged.input_hashes.size(), 2u);
  EXPECT_EQ(merged.output_hashes.size(), 1u);
  StoredSpan again = MergeRows(merged, early, arena_);
  EXPECT_EQ(again.input_hashes.size(), 2u) << "a log request that was sent again adds nothing";
}

TEST_F(Merge, ASpanTakesTheContentOfItsFragments) {
  StoredSpan span;
  span.span.name = "chat";
  span.span.start = Nanos{5};
  span.span.end = Nanos{50};
  StoredSpan merged = MergeRows(Fragment(10, {1, 2}, {3}), span, arena_);
  EXPECT_FALSE(merged.span.is_fragment);
  EXPECT_EQ(merged.span.start, Nanos{5});
  EXPECT_EQ(merged.input_hashes.size(), 2u);
  StoredSpan other_order = MergeRows(span, Fragment(10, {1, 2}, {3}), arena_);
  EXPECT_FALSE(other_order.span.is_fragment);
  EXPECT_EQ(other_order.span.start, Nanos{5});
  EXPECT_EQ(other_order.span.name, "chat");
  EXPECT_EQ(other_order.input_hashes.size(), 2u);
}

TEST_F(Merge, RollupsOfAReplacedRowCancelOut) {
  StoredSpan row;
  row.project = "p";
  row.counted = true;
  row.span.kind = model::SpanKind::kLlm;
  row.span.usage.input_tokens = 12;
  row.span.cost.total = Money{77};
  row.span.weight = 1.0 / 3;
  row.span.end = Nanos{123456};
  RollupDelta delta;
  delta.Add(row, +1);
  delta.Add(row, -1);
  EXPECT_TRUE(delta.Finish().empty());
  delta.Add(row, +1);
  ASSERT_EQ(delta.Finish().size(), 1u);
  EXPECT_EQ(delta.Finish().begin()->second.unpriced_calls, 0);
}

TEST(PartitionDay, IsClampedAroundTheArrivalExceptForImports) {
  Nanos received{20'000 * kNanosPerDay + 5};
  EXPECT_EQ(PartitionDay(Nanos{0}, received, model::Capture::kOtlpHttp), 19'993);
  EXPECT_EQ(PartitionDay(Nanos{30'000 * kNanosPerDay}, received, model::Capture::kOtlpHttp),
            20'001);
  EXPECT_EQ(PartitionDay(received, received, model::Capture::kOtlpHttp), 20'000);
  EXPECT_EQ(PartitionDay(Nanos{10'000 * kNanosPerDay}, received, model::Capture::kImport), 10'000);
}

TEST(Histogram, BucketsGrowByTwoPercent) {
  EXPECT_EQ(HistogramBucket(0), kZeroBucket);
  EXPECT_EQ(HistogramBucket(1), 0);
  EXPECT_EQ(HistogramBucket(1.03), 1);
  EXPECT_EQ(HistogramBucket(-5), kZeroBucket);
}

}  // namespace
}  // namespace vitrine::settle
