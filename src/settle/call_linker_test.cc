#include "settle/call_linker.h"

#include <gtest/gtest.h>

namespace vitrine::settle {
namespace {

constexpr uint64_t kResponse = 77, kOuterScope = 1, kNativeScope = 2;

TraceId Trace(uint8_t n) {
  TraceId id;
  id.bytes[0] = n;
  return id;
}

SpanFacts Call(uint8_t id, uint64_t scope) {
  SpanFacts facts;
  facts.id.bytes[0] = id;
  facts.start = Nanos{1000};
  facts.end = Nanos{2000};
  facts.kind = model::SpanKind::kLlm;
  facts.response_hash = kResponse;
  facts.scope_hash = scope;
  facts.model_hash = facts.request_model_hash = 7;
  facts.input_tokens = 42;
  facts.output_tokens = 17;
  return facts;
}

/// Batches over a ledger whose stored traces come back when they are asked for.
class Linker : public testing::Test {
 protected:
  TraceState& Store(uint8_t trace, const SpanFacts& facts) {
    TraceState& state = ledger_.Open({"p", Trace(trace)});
    state.Upsert(facts);
    return state;
  }

  /// A batch that writes `written` of each of these traces and applies what was decided.
  std::vector<CallVerdict> Settle(std::initializer_list<uint8_t> traces, bool written = true) {
    CallLinker linker(ledger_, recent_, ++batch_,
                      [&](std::string_view, std::span<const TraceId> ids) -> Result<void> {
                        loaded_.insert(loaded_.end(), ids.begin(), ids.end());
                        if (on_load_) on_load_();
                        return {};
                      });
    for (uint8_t n : traces) {
      TraceKey key{"p", Trace(n)};
      TraceState& state = ledger_.Open(key);
      linker.Add(key, state, CountTrace(state.spans()), [&](SpanId) { return written; });
    }
    asked_ = linker.has_questions();
    auto verdicts = linker.Decide();
    EXPECT_TRUE(verdicts);
    for (uint8_t n : traces) {
      TraceState& state = ledger_.Open({"p", Trace(n)});
      std::vector<bool> counted = CountTrace(state.spans());
      for (size_t i = 0; i < counted.size(); ++i) state.spans()[i].counted = counted[i];
    }
    for (const CallVerdict& verdict : *verdicts) {
      TraceState& state = ledger_.Open({"p", verdict.trace});
      SpanFacts& facts = state.spans()[*state.Find(verdict.span)];
      facts.counted = verdict.counted;
      facts.counted_in =
          verdict.counted_in ? state.texts().Intern(verdict.counted_in.AsBytes()) : 0;
    }
    return *verdicts;
  }

  bool Counted(uint8_t trace) { return ledger_.Open({"p", Trace(trace)}).spans()[0].counted; }

  TraceLedger ledger_{1 << 20, 1 << 16};
  RecentCalls recent_{1000};
  uint64_t batch_ = 0;
  std::vector<TraceId> loaded_;
  std::function<void()> on_load_;
  bool asked_ = false;
};

TEST_F(Linker, OneCallInTwoTracesCountsOnceWhicheverComesFirst) {
  for (bool reversed : {false, true}) {
    SetUp();
    ledger_.Clear();
    recent_ = RecentCalls(1000);
    uint8_t first = reversed ? 2 : 1, second = reversed ? 1 : 2;
    Store(first, Call(first, first));
    EXPECT_TRUE(Settle({first}).empty());
    EXPECT_TRUE(Counted(first));
    Store(second, Call(second, second));
    auto verdicts = Settle({second});
    ASSERT_EQ(verdicts.size(), 2u);
    EXPECT_FALSE(Counted(1));
    EXPECT_TRUE(Counted(2)) << "the larger id, as nothing else tells them apart";
    for (const CallVerdict& verdict : verdicts)
      EXPECT_EQ(verdict.counted_in, verdict.counted ? TraceId{} : Trace(2));
  }
}

TEST_F(Linker, TwoTracesOfOneBatchFindOneAnother) {
  Store(1, Call(1, kOuterScope));
  Store(2, Call(2, kNativeScope));
  EXPECT_EQ(Settle({1, 2}).size(), 2u);
  EXPECT_NE(Counted(1), Counted(2));
}

TEST_F(Linker, TheSpanThatKnowsItsUserCounts) {
  SpanFacts known = Call(1, kOuterScope);
  known.effective.user = 5;
  Store(1, known);
  Store(2, Call(2, kNativeScope));
  Settle({2});
  Settle({1});
  EXPECT_TRUE(Counted(1));
  EXPECT_FALSE(Counted(2));
}

TEST_F(Linker, OtherTokensTimesModelsAndEqualLayersAreOtherCalls) {
  auto differs = [&](const SpanFacts& other) {
    ledger_.Clear();
    recent_ = RecentCalls(1000);
    Store(1, Call(1, kOuterScope));
    Store(2, other);
    Settle({1, 2});
    return Counted(1) && Counted(2);
  };
  SpanFacts other = Call(2, kNativeScope);
  EXPECT_FALSE(differs(other));
  other.output_tokens = 18;
  EXPECT_TRUE(differs(other));
  other = Call(2, kNativeScope);
  other.start = Nanos{3000};
  other.end = Nanos{4000};
  EXPECT_TRUE(differs(other));
  other = Call(2, kNativeScope);
  other.model_hash = other.request_model_hash = 8;
  EXPECT_TRUE(differs(other));
  EXPECT_TRUE(differs(Call(2, kOuterScope))) << "a cache's answer, or a constant id";
}

TEST_F(Linker, WhatWasFoundOnceIsKeptWhenTheHintsAreGone) {
  Store(1, Call(1, kOuterScope));
  Store(2, Call(2, kNativeScope));
  Settle({1, 2});
  ASSERT_FALSE(Counted(1));
  recent_ = RecentCalls(1000);
  // Something else of trace 1 arrives: its call did not change and still counts in trace 2.
  SpanFacts root = Call(9, 3);
  root.kind = model::SpanKind::kAgent;
  root.response_hash = 0;
  root.input_tokens = root.output_tokens = std::nullopt;
  Store(1, root);
  EXPECT_EQ(Settle({1}, false).size(), 2u);
  EXPECT_FALSE(Counted(1));
  EXPECT_TRUE(Counted(2));
}

TEST_F(Linker, ATraceTheLedgerForgotIsReadBack) {
  Store(1, Call(1, kOuterScope));
  Settle({1});
  ledger_.Clear();
  on_load_ = [&] {
    SpanFacts stored = Call(1, kOuterScope);
    stored.counted = true;
    stored.version = 1;
    Store(1, stored);
  };
  Store(2, Call(2, kNativeScope));
  EXPECT_EQ(Settle({2}).size(), 2u);
  EXPECT_EQ(loaded_, std::vector{Trace(1)});
  EXPECT_FALSE(Counted(1));
}

TEST_F(Linker, AStoredCallThatDidNotChangeAsksNothing) {
  Store(1, Call(1, kOuterScope));
  Settle({1});
  EXPECT_TRUE(asked_);
  Settle({1}, false);
  EXPECT_FALSE(asked_);
  SpanFacts without_id = Call(2, kOuterScope);
  without_id.response_hash = 0;
  Store(2, without_id);
  Settle({2});
  EXPECT_FALSE(asked_);
}

TEST_F(Linker, ThreeLayersInThreeTracesAreOneCallTwoOfOneLayerAreTwo) {
  Store(1, Call(1, kOuterScope));
  Store(2, Call(2, kNativeScope));
  SpanFacts gateway = Call(0, 3);
  gateway.capture = model::Capture::kGateway;
  Store(3, gateway);
  Settle({1});
  Settle({2});
  Settle({3});
  EXPECT_FALSE(Counted(1));
  EXPECT_FALSE(Counted(2));
  EXPECT_TRUE(Counted(3));
  Store(4, Call(4, kOuterScope));
  Settle({4});
  EXPECT_EQ(Counted(1) + Counted(4), 1) << "one of them is the gateway's call, one is another";
  EXPECT_TRUE(Counted(3));
}

}  // namespace
}  // namespace vitrine::settle
