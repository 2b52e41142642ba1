#include "settle/trace_state.h"

#include <gtest/gtest.h>

#include "settle/trace_row.h"

namespace vitrine::settle {
namespace {

SpanFacts Span(TraceState& trace, uint8_t id, uint8_t parent, std::string_view user) {
  SpanFacts facts;
  facts.id.bytes[7] = id;
  facts.parent.bytes[7] = parent;
  facts.start = Nanos{id * 100};
  facts.end = Nanos{id * 100 + 50};
  facts.own.user = trace.texts().Intern(user);
  return facts;
}

TEST(Ownership, TheNearestAncestorGivesItsValue) {
  TraceState trace;
  trace.Upsert(Span(trace, 1, 0, "root"));
  trace.Upsert(Span(trace, 2, 1, ""));
  trace.Upsert(Span(trace, 3, 2, "inner"));
  trace.Upsert(Span(trace, 4, 3, ""));
  auto ownership = InheritOwnership(trace);
  EXPECT_EQ(trace.texts().Text(ownership[1].user), "root");
  EXPECT_EQ(trace.texts().Text(ownership[2].user), "inner");
  EXPECT_EQ(trace.texts().Text(ownership[3].user), "inner");
}

TEST(Ownership, AValueOnlyAChildHasReachesTheWholeTrace) {
  TraceState trace;
  trace.Upsert(Span(trace, 1, 0, ""));
  trace.Upsert(Span(trace, 2, 1, "child"));
  trace.Upsert(Span(trace, 3, 9, ""));
  for (const OwnershipIds& ids : InheritOwnership(trace))
    EXPECT_EQ(trace.texts().Text(ids.user), "child");
}

TEST(Ownership, TagsAreUnited) {
  TraceState trace;
  std::vector<std::string_view> first = {"b", "a"}, second = {"c", "a"};
  SpanFacts one = Span(trace, 1, 0, ""), two = Span(trace, 2, 1, "");
  one.own.tags = trace.texts().Intern(JoinTags(first));
  two.own.tags = trace.texts().Intern(JoinTags(second));
  trace.Upsert(one);
  trace.Upsert(two);
  auto tags = SplitTags(trace.texts().Text(InheritOwnership(trace)[0].tags));
  EXPECT_EQ(tags, (std::vector<std::string_view>{"a", "b", "c"}));
}

TEST(Ownership, ACycleOfParentsEnds) {
  TraceState trace;
  trace.Upsert(Span(trace, 1, 2, ""));
  trace.Upsert(Span(trace, 2, 1, "u"));
  EXPECT_EQ(InheritOwnership(trace).size(), 2u);
}

TEST(TraceRow, UnknownStaysUnknownAndAMovedStartLeavesATombstone) {
  TraceState trace;
  SpanFacts child = Span(trace, 5, 1, "");
  child.kind = model::SpanKind::kLlm;
  child.counted = true;
  child.start = Nanos{20 * kNanosPerDay + 500};
  child.end = Nanos{20 * kNanosPerDay + 600};
  trace.first_received = Nanos{20 * kNanosPerDay + 700};
  trace.Upsert(child);
  TraceKey key{"p", *TraceId::FromHex("0af7651916cd43dd8448eb211c80319c")};
  auto rows = BuildTraceRows(key, trace, 1);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].input_tokens, std::nullopt);
  EXPECT_EQ(rows[0].cost, std::nullopt);
  EXPECT_EQ(rows[0].unpriced_count, 1u);
  EXPECT_FALSE(rows[0].has_root);
  SpanFacts root = Span(trace, 1, 0, "");
  root.start = Nanos{20 * kNanosPerDay + 100};
  trace.Upsert(root);
  rows = BuildTraceRows(key, trace, 2);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(rows[0].is_deleted);
  EXPECT_EQ(rows[0].start, child.start);
  EXPECT_TRUE(rows[1].has_root);
  EXPECT_EQ(rows[1].span_count, 2u);
}

TEST(TraceRow, IsAsLongAsIsKnown) {
  TraceState trace;
  SpanFacts first = Span(trace, 1, 0, ""), second = Span(trace, 2, 1, "");
  first.start = second.start = Nanos{500};
  first.end = second.end = UnknownEnd(first.start);
  trace.Upsert(first);
  trace.Upsert(second);
  const TraceKey key{"p", *TraceId::FromHex("0af7651916cd43dd8448eb211c80319c")};
  EXPECT_EQ(LengthOf(Nanos{500}, BuildTraceRows(key, trace, 1).back().end), std::nullopt);
  second.start = Nanos{600};
  second.end = Nanos{700};
  trace.Upsert(second);
  EXPECT_EQ(LengthOf(Nanos{500}, BuildTraceRows(key, trace, 2).back().end), 200);
}

}  // namespace
}  // namespace vitrine::settle
