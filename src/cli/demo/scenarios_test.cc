#include "cli/demo/scenarios.h"

#include <gtest/gtest.h>

#include <set>

#include "codecs/dialects/normalizer.h"
#include "codecs/otlp/otlp_encode.h"

namespace vitrine::cli {
namespace {

constexpr int64_t kEnd = 1'795'224'667'000'000'000;

std::string Encode(uint64_t seed, uint64_t number, bool is_new_release = false) {
  codecs::OtlpTraces request;
  auto traces = MakeStory(seed, number, {kEnd, is_new_release});
  for (const auto& trace : traces) trace->AppendTo(request);
  return codecs::EncodeTracesProtobuf(request);
}

TEST(Scenarios, TheSameSeedMakesTheSameBytes) {
  for (uint64_t number = 0; number < 20; ++number) {
    EXPECT_EQ(Encode(7, number), Encode(7, number));
    EXPECT_NE(Encode(7, number), Encode(8, number));
  }
}

TEST(Scenarios, EverySpanHangsInItsTraceAndEndsAfterItBegan) {
  for (uint64_t number = 0; number < 60; ++number) {
    for (const auto& trace : MakeStory(3, number, {kEnd, false})) {
      std::set<SpanId> ids;
      for (const DemoSpan& span : trace->spans()) {
        EXPECT_TRUE(!span.parent || ids.contains(span.parent)) << span.name;
        EXPECT_TRUE(ids.insert(span.id).second);
        EXPECT_LE(span.start_ns, span.end_ns) << span.name;
        EXPECT_LE(span.end_ns, kEnd) << span.name;
      }
    }
  }
}

TEST(Scenarios, WhatIsSentIsUnderstood) {
  std::set<model::SpanKind> kinds;
  for (uint64_t number = 0; number < 60; ++number) {
    auto traces = MakeStory(5, number, {kEnd, number % 2 == 0});
    codecs::OtlpTraces request;
    for (const auto& trace : traces) trace->AppendTo(request);
    model::SpanBatch batch;
    codecs::Normalizer::AppendTraces(request, batch);
    for (const model::Span& span : batch.spans) {
      kinds.insert(span.kind);
      if (span.kind != model::SpanKind::kLlm) continue;
      EXPECT_FALSE(span.request_model.empty() && span.response_model.empty()) << span.name;
      EXPECT_FALSE(span.input_messages.empty()) << span.name;
      if (span.status == model::SpanStatus::kError) continue;
      EXPECT_TRUE(span.usage.input_tokens) << span.name << " " << span.dialect;
      EXPECT_LE(span.usage.cached_input_tokens.value_or(0), span.usage.input_tokens.value_or(0));
    }
  }
  using enum model::SpanKind;
  EXPECT_EQ(kinds, (std::set<model::SpanKind>{kLlm, kEmbedding, kRetrieval, kTool, kAgent,
                                              kWorkflow, kGuardrail}));
}

TEST(Scenarios, TheNewReleaseBreaksThePromptCacheWithItsFirstMessage) {
  size_t seen = 0;
  std::set<std::string> first;
  for (uint64_t number = 0; number < 60; ++number) {
    codecs::OtlpTraces request;
    const auto traces = MakeStory(5, number, {kEnd, true});
    for (const auto& trace : traces) trace->AppendTo(request);
    model::SpanBatch batch;
    codecs::Normalizer::AppendTraces(request, batch);
    for (const model::Span& span : batch.spans) {
      if (span.kind != model::SpanKind::kLlm || span.status == model::SpanStatus::kError) continue;
      ++seen;
      EXPECT_EQ(span.usage.cached_input_tokens, 0) << span.name << " " << span.dialect;
      ASSERT_GT(span.input_messages.size(), 2u);
      EXPECT_TRUE(first.emplace(span.input_messages[0].texts).second) << span.name;
      EXPECT_FALSE(span.input_messages[1].texts.starts_with("Request"));
    }
  }
  EXPECT_GT(seen, 100u);
}

}  // namespace
}  // namespace vitrine::cli
