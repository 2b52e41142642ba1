#include "settle/counting.h"

#include <gtest/gtest.h>

namespace vitrine::settle {
namespace {

SpanId Id(uint8_t n) {
  SpanId id;
  id.bytes[7] = n;
  return id;
}

SpanFacts Llm(uint8_t id, uint8_t parent, uint64_t response, uint64_t scope,
              model::Count input = 42, model::Count output = 17) {
  SpanFacts facts;
  facts.id = Id(id);
  facts.parent = parent == 0 ? SpanId{} : Id(parent);
  facts.start = Nanos{1000};
  facts.end = Nanos{2000};
  facts.kind = model::SpanKind::kLlm;
  facts.response_hash = response;
  facts.scope_hash = scope;
  facts.model_hash = facts.request_model_hash = 7;
  facts.input_tokens = input;
  facts.output_tokens = output;
  return facts;
}

SpanFacts Agent(uint8_t id, uint8_t parent, model::Count input) {
  SpanFacts facts = Llm(id, parent, 0, 1, input, input);
  facts.kind = model::SpanKind::kAgent;
  facts.usage_is_aggregate = true;
  return facts;
}

TEST(Counting, AWrapperAndTheNativeSpanBelowAreOneCall) {
  std::vector<SpanFacts> spans = {Llm(1, 0, 0, 1), Llm(2, 1, 9, 2)};
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{false, true}));
  std::swap(spans[0], spans[1]);
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{true, false}));
}

TEST(Counting, ThreeLayersAreOneCall) {
  std::vector<SpanFacts> spans = {Llm(1, 0, 9, 1), Llm(2, 1, 9, 2), Llm(3, 0, 9, 3)};
  spans[2].capture = model::Capture::kGateway;
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{false, false, true}));
}

TEST(Counting, RepeatedResponseIdsOfOneLayerStayApart) {
  std::vector<SpanFacts> spans = {Llm(1, 0, 9, 1), Llm(2, 0, 9, 1), Llm(3, 0, 9, 1)};
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{true, true, true}));
}

TEST(Counting, TwoInstrumentationsSideBySideAreOneCall) {
  std::vector<SpanFacts> spans = {Llm(1, 0, 9, 1), Llm(2, 0, 9, 2)};
  auto counted = CountTrace(spans);
  EXPECT_NE(counted[0], counted[1]);
}

TEST(Counting, OtherTokensOrOtherTimesAreOtherCalls) {
  std::vector<SpanFacts> spans = {Llm(1, 0, 9, 1), Llm(2, 1, 9, 2, 43)};
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{true, true}));
  spans = {Llm(1, 0, 9, 1), Llm(2, 0, 9, 2)};
  spans[1].start = Nanos{3000};
  spans[1].end = Nanos{4000};
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{true, true}));
}

TEST(Counting, AWrapperWithoutUsageGivesWayToTheSpanThatHasIt) {
  std::vector<SpanFacts> spans = {Llm(1, 0, 9, 1, std::nullopt, std::nullopt), Llm(2, 1, 9, 2)};
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{false, true}));
  spans = {Llm(1, 0, 9, 1), Llm(2, 1, 9, 2, std::nullopt, std::nullopt)};
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{true, false}));
}

TEST(Counting, AgentsCountOnlyWhereNothingBelowReportsUsage) {
  std::vector<SpanFacts> spans = {Agent(1, 0, 84), Llm(2, 1, 8, 2), Llm(3, 1, 9, 2)};
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{false, true, true}));
  spans = {Agent(1, 0, 84), Agent(2, 1, 84)};
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{false, true}));
  spans = {Agent(1, 0, 84)};
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{true}));
  spans = {Agent(1, 0, 84), Llm(2, 1, 8, 2, std::nullopt, std::nullopt)};
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{true, true})) << "a call that reports no usage";
}

/// An agent's call through the gateway, below span 1 of a library, with one of its steps; and what
/// the library made of the same step.
std::vector<SpanFacts> AgentSeenTwice() {
  constexpr uint64_t kGateway = 5, kLibrary = 6;
  SpanFacts caller = Agent(1, 0, std::nullopt);
  SpanFacts call = Agent(2, 1, std::nullopt);
  call.capture = model::Capture::kGateway;
  SpanFacts step = Llm(3, 2, 0, kGateway);
  step.capture = model::Capture::kGateway;
  SpanFacts read = Llm(4, 1, 0, kLibrary);
  read.start = Nanos{1700};
  step.end = Nanos{1500};
  return {caller, call, step, read};
}

TEST(Counting, AStepOfAnAgentThatALibraryReadsTooIsOneCall) {
  const std::vector<SpanFacts> seen_twice = AgentSeenTwice();
  EXPECT_EQ(CountTrace(seen_twice), (std::vector<bool>{false, false, true, false}));
  std::vector<SpanFacts> spans = seen_twice;
  spans.push_back(spans[3]);
  spans[4].id = Id(5);
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{false, false, true, true, false}))
      << "the library saw two, and the gateway one of them";
  spans.push_back(spans[2]);
  spans[5].id = Id(6);
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{false, false, true, false, false, true}));
  SpanFacts other = seen_twice[3];
  other.output_tokens = 18;
  const SpanFacts& step = seen_twice[2];
  EXPECT_EQ(CountTrace(std::vector{seen_twice[0], seen_twice[1], step, other}),
            (std::vector<bool>{false, false, true, true}));
  other = seen_twice[3];
  other.model_hash = other.request_model_hash = 8;
  EXPECT_EQ(CountTrace(std::vector{seen_twice[0], seen_twice[1], step, other}),
            (std::vector<bool>{false, false, true, true}));
  other = seen_twice[3];
  other.start = Nanos{2001};
  other.end = Nanos{2002};
  EXPECT_EQ(CountTrace(std::vector{seen_twice[0], seen_twice[1], step, other}),
            (std::vector<bool>{false, false, true, true}))
      << "after the agent's call";
}

TEST(Counting, ASpanAroundCallsOfItsOwnScopeIsAWrapper) {
  SpanFacts wrapper = Llm(1, 0, 0, 1, std::nullopt, std::nullopt);
  std::vector<SpanFacts> spans = {wrapper, Llm(2, 1, 0, 1), Llm(3, 1, 0, 1)};
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{false, true, true}));
  for (SpanFacts& span : spans) span.input_tokens = span.output_tokens = std::nullopt;
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{false, true, true})) << "failed calls as well";
  spans = {Llm(1, 0, 8, 1, std::nullopt, std::nullopt), Llm(2, 1, 9, 1)};
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{true, true})) << "its own response: a call";
}

TEST(Counting, FragmentsNeverCount) {
  std::vector<SpanFacts> spans = {Llm(1, 0, 9, 1)};
  spans[0].is_fragment = true;
  EXPECT_EQ(CountTrace(spans), (std::vector<bool>{false}));
}

TEST(Counting, ACycleOfParentsEnds) {
  std::vector<SpanFacts> spans = {Llm(1, 2, 0, 1), Llm(2, 3, 0, 1), Llm(3, 1, 0, 1)};
  EXPECT_EQ(CountTrace(spans).size(), 3u);
}

}  // namespace
}  // namespace vitrine::settle
