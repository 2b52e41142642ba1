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

TEST_F(Merge, FragmentsThatHoldAllOfASpansMessagesAndMoreCompleteIt) {
  StoredSpan span;
  span.input_hashes = Hashes({1});
  for (bool late : {false, true}) {
    auto merge = [&](const StoredSpan& fragment) {
      return late ? MergeRows(span, fragment, arena_) : MergeRows(fragment, span, arena_);
    };
    EXPECT_EQ(merge(Fragment(10, {1, 2}, {3})).input_hashes.size(), 2u) << "system prompt alone";
    EXPECT_EQ(merge(Fragment(10, {2, 3}, {})).input_hashes.size(), 1u) << "something else";
    EXPECT_EQ(merge(Fragment(10, {1, 1}, {})).input_hashes.size(), 1u) << "the same, sent again";
  }
}

TEST_F(Merge, WhereTheNewBeginsIsTakenWithItsList) {
  StoredSpan span;
  span.input_hashes = Hashes({1});
  StoredSpan other = Fragment(10, {2, 3, 4}, {});
  other.input_new_from = 2;
  for (bool late : {false, true}) {
    const auto merge = [&](const StoredSpan& of) {
      return late ? MergeRows(of, other, arena_) : MergeRows(other, of, arena_);
    };
    const StoredSpan kept = merge(span), filled = merge(StoredSpan());
    EXPECT_EQ(kept.input_hashes.size(), 1u);
    EXPECT_EQ(kept.input_new_from, 0u) << "of a list that was not taken";
    EXPECT_EQ(filled.input_hashes.size(), 3u);
    EXPECT_EQ(filled.input_new_from, 2u);
  }
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

TEST_F(Merge, WhatWentWellAfterAllHasNoErrorOfBefore) {
  StoredSpan older, newer;
  older.project = newer.project = "p";
  older.span.status = model::SpanStatus::kError;
  older.span.error_type = model::ErrorType::kPartial;
  older.span.status_message = "the upstream cut its answer off";
  newer.span.status = model::SpanStatus::kOk;
  newer.version = 2;
  Arena arena;
  StoredSpan merged = MergeRows(older, newer, arena);
  EXPECT_EQ(merged.span.status, model::SpanStatus::kOk);
  EXPECT_EQ(merged.span.error_type, model::ErrorType::kNone);
  EXPECT_TRUE(merged.span.status_message.empty());
  newer.span.status = model::SpanStatus::kUnset;
  merged = MergeRows(older, newer, arena);
  EXPECT_EQ(merged.span.error_type, model::ErrorType::kPartial) << "it says nothing of it";
}

TEST_F(Merge, AnUnknownLengthIsInNoSumOfLengths) {
  StoredSpan row;
  row.project = "p";
  row.span.start = Nanos{1'000};
  row.span.end = UnknownEnd(row.span.start);
  RollupDelta delta;
  delta.Add(row, +1);
  const auto rows = delta.Finish();
  ASSERT_EQ(rows.size(), 1u);
  const RollupSums& sums = rows.begin()->second;
  EXPECT_EQ(sums.spans, 1);
  EXPECT_EQ(sums.duration_ns, 0);
  EXPECT_TRUE(sums.duration_histogram.empty());
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

TEST_F(Merge, ALateFragmentCompletesAndOverridesNothing) {
  StoredSpan span;
  span.span.start = Nanos{5};
  span.span.kind = model::SpanKind::kLlm;
  span.span.scope_name = "lib";
  span.span.served = false;
  span.span.usage_is_aggregate = true;
  span.input_hashes = Hashes({1, 2});
  StoredSpan fragment = Fragment(9, {1, 2, 1, 2}, {3});
  fragment.span.scope_name = "logs";
  fragment.span.request_model = "m";
  fragment.version = 7;
  const StoredSpan late = MergeRows(span, fragment, arena_);
  const StoredSpan early = MergeRows(fragment, span, arena_);
  EXPECT_EQ(late.version, 7u);
  for (const StoredSpan* merged : {&late, &early}) {
    EXPECT_EQ(merged->span.scope_name, "lib");
    EXPECT_EQ(merged->span.request_model, "m");
    EXPECT_EQ(merged->span.start, Nanos{5});
    EXPECT_FALSE(merged->span.served);
    EXPECT_TRUE(merged->span.usage_is_aggregate);
    EXPECT_FALSE(merged->span.is_fragment);
    EXPECT_EQ(merged->input_hashes.size(), 2u) << "events sent twice do not beat the span's own";
    EXPECT_EQ(merged->output_hashes.size(), 1u);
  }
}

TEST_F(Merge, PartsStayWithTheirTotal) {
  StoredSpan older, newer;
  older.span.usage.input_tokens = 100;
  older.span.usage.cached_input_tokens = 80;
  older.span.usage.billed_cached_input_tokens = 90;
  older.span.usage.largest_pass_tokens = 70;
  older.span.usage.output_tokens = 5;
  older.span.cost.total = Money{50};
  older.span.cost.cache_read = Money{40};
  older.span.cost.reported = Money{51};
  newer.span.usage.input_tokens = 120;
  newer.span.cost.total = Money{90};
  const StoredSpan merged = MergeRows(older, newer, arena_);
  EXPECT_EQ(merged.span.usage.input_tokens, 120u);
  EXPECT_EQ(merged.span.usage.cached_input_tokens, std::nullopt);
  EXPECT_EQ(merged.span.usage.billed_cached_input_tokens, std::nullopt);
  EXPECT_EQ(merged.span.usage.largest_pass_tokens, std::nullopt);
  EXPECT_EQ(merged.span.usage.output_tokens, 5u);
  EXPECT_EQ(merged.span.cost.total, Money{90});
  EXPECT_EQ(merged.span.cost.cache_read, std::nullopt);
  EXPECT_EQ(merged.span.cost.reported, Money{51});
}

TEST_F(Merge, PiecesStayWithTheTokensAndTheCost) {
  StoredSpan older, newer;
  older.span.usage.input_tokens = 100;
  older.span.usage.output_tokens = 5;
  older.span.usage.web_search_requests = 2;
  older.span.usage.output_images = 1;
  older.span.cost.total = Money{70};
  newer.span.usage.input_tokens = 120;
  newer.span.usage.output_tokens = 6;
  newer.span.cost.total = Money{50};
  StoredSpan merged = MergeRows(older, newer, arena_);
  EXPECT_EQ(merged.span.cost.total, Money{50});
  EXPECT_EQ(merged.span.usage.web_search_requests, std::nullopt);
  EXPECT_EQ(merged.span.usage.output_images, std::nullopt);

  newer.span.usage = {};
  newer.span.cost = {};
  merged = MergeRows(older, newer, arena_);
  EXPECT_EQ(merged.span.usage.web_search_requests, 2u) << "who says nothing takes nothing away";
  newer.span.usage.pages = 3;
  merged = MergeRows(older, newer, arena_);
  EXPECT_EQ(merged.span.usage.pages, 3u);
  EXPECT_EQ(merged.span.usage.output_images, std::nullopt) << "pieces are one statement";
  EXPECT_EQ(merged.span.usage.web_search_requests, 2u);
}

}  // namespace
}  // namespace vitrine::settle
