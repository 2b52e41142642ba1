#include "query/filter/span_match.h"

#include <gtest/gtest.h>

#include "query/filter/filter.h"

namespace vitrine::query {
namespace {

constexpr std::string_view kTags[] = {"beta", "x"};
const model::Attribute kAttributes[] = {{"k", model::Value::String("v")},
                                        {"n", model::Value::Int(7)},
                                        {"deep", model::Value::Bool(true)}};
const model::Attribute kResource[] = {{"k", model::Value::String("of the resource")},
                                      {"host", model::Value::String("h1")}};
constexpr model::ToolCall kToolCalls[] = {{"refund", "{}", "1", false}};

model::Span Example() {
  model::Span span;
  span.trace_id = *TraceId::FromHex("4bf92f3577b34da6a3ce929d0e0e4736");
  span.span_id = *SpanId::FromHex("00f067aa0ba902b7");
  span.start = Nanos{1'700'000'000'000'000'000};
  span.end = span.start + 1'500'000'000;
  span.kind = model::SpanKind::kLlm;
  span.status = model::SpanStatus::kError;
  span.error_type = model::ErrorType::kRateLimit;
  span.http_status = 429;
  span.name = "chat gpt";
  span.request_model = "gpt-4o";
  span.response_model = "gpt-4o-2024";
  span.usage.input_tokens = 1200;
  span.cost.total = Money{50'000'000};
  span.stream = true;
  span.ttft_ns = 250'000'000;
  span.tags = kTags;
  span.attributes = kAttributes;
  span.resource = kResource;
  span.tool_calls = kToolCalls;
  span.user_id = "u-17";
  return span;
}

TEST(SpanMatchTest, ASpanMeetsWhatItHas) {
  const std::pair<const char*, bool> cases[] = {
      {"", true},
      {"kind:llm", true},
      {"kind:tool", false},
      {"-kind:tool", true},
      {"status:error", true},
      {"status:ok", false},
      {"model:gpt-4o", true},
      {"model:*2024", true},
      {"model:g*4*4", true},
      {"model:g*5*", false},
      {"request_model:*2024", false},
      {"http_status:(500 or 400..429)", true},
      {"http_status:430..499", false},
      {"duration:1s500ms", true},
      {"duration<=1.5s", true},
      {"duration>1.5s", false},
      {"ttft:..250ms", true},
      {"cost>=0.05", true},
      {"cost>0.05", false},
      {"input_tokens>1k", true},
      {"total_tokens>1", false},
      {"-total_tokens>1", true},
      {"stream:true", true},
      {"stream:false", false},
      {"served:true", true},
      {"tag:beta", true},
      {"tag:(y or x)", true},
      {"tag:y", false},
      {"tool_call:refund", true},
      {"attr.k:v", true},
      {"attr.k:\"of the resource\"", false},
      {"attr.host:h*", true},
      {"attr.n>6", true},
      {"attr.n<6", false},
      {"attr.k>1", false},
      {"attr.deep:true", true},
      {"has:attr.host", true},
      {"has:attr.x", false},
      {"has:(score.x or cost)", true},
      {"has:user", true},
      {"has:session", false},
      {"has:error has:tool_call has:cost", true},
      {"has:partial or has:stall or has:retry or has:parent or has:attachment", false},
      {"time:2023-11-14", true},
      {"time>2023-11-14", false},
      {"time>=2023-11-14", true},
      {"time<2023-11-14T22:13:20Z", false},
      {"trace_id:4bf9* span_id:00f067aa0ba902b7", true},
      {"parent_id:*", false},
      {"capture:gateway", true},
      {"capture:sdk", false},
      {"user:u-17 (name:x or name:chat*)", true},
  };
  const model::Span span = Example();
  for (const auto& [text, met] : cases) {
    const auto filter = ReadFilter(text, FilterUnit::kSpans);
    ASSERT_TRUE(filter) << text << ": " << filter.error().message;
    if (std::string_view(text).find("score") != std::string_view::npos) {
      EXPECT_FALSE(CheckSpanMatch(*filter)) << text;
      continue;
    }
    ASSERT_TRUE(CheckSpanMatch(*filter)) << text;
    EXPECT_EQ(MatchesSpan(*filter, span, model::Capture::kGateway), met) << text;
  }
}

TEST(SpanMatchTest, EveryFieldIsKnownOrRefused) {
  const model::Span span;
  for (const FilterField& field : FilterFields()) {
    const auto filter = ReadFilter(field.example, FilterUnit::kSpans);
    ASSERT_TRUE(filter);
    if (CheckSpanMatch(*filter)) MatchesSpan(*filter, span, model::Capture::kSdk);
    const bool is_keyed = field.type == FieldType::kScore || field.type == FieldType::kAttribute;
    if (is_keyed || field.type == FieldType::kHas) continue;
    const auto has = ReadFilter("has:" + std::string(field.name), FilterUnit::kSpans);
    if (has && CheckSpanMatch(*has)) MatchesSpan(*has, span, model::Capture::kSdk);
  }
  for (const HasWord& word : HasWords()) {
    const auto has = ReadFilter("has:" + std::string(word.name), FilterUnit::kSpans);
    ASSERT_TRUE(has);
    if (!CheckSpanMatch(*has)) continue;
    EXPECT_FALSE(MatchesSpan(*has, span, model::Capture::kSdk)) << word.name;
  }
}

TEST(SpanMatchTest, WhatOneSpanDoesNotSayIsRefusedWhereItStands) {
  const std::pair<const char*, const char*> cases[] = {
      {"kind:llm refund", "refund"},    {"kind:llm {status:error}", "{status:error}"},
      {"agent > tool", "agent > tool"}, {"status:error or llm.count>1", "llm.count>1"},
      {"span.count>1", "span.count>1"}, {"score.f<1", "score.f<1"},
      {"-has:score", "has:score"},      {"counted:true", "counted:true"},
      {"has:unpriced", "has:unpriced"},
  };
  for (const auto& [text, wrong] : cases) {
    const auto filter = ReadFilter(text, FilterUnit::kSpans);
    ASSERT_TRUE(filter) << text;
    const auto checked = CheckSpanMatch(*filter);
    ASSERT_FALSE(checked) << text;
    const FilterProblem& problem = checked.error();
    EXPECT_EQ(std::string_view(text).substr(problem.from, problem.to - problem.from), wrong);
    EXPECT_NE(problem.message.find("a live tail sees each span alone"), std::string::npos);
  }
}

}  // namespace
}  // namespace vitrine::query
