// OtelWriter against Normalizer: what one writes, the other reads back as the same span.
#include "codecs/dialects/otel_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "codecs/dialects/internal/span_printer.h"
#include "codecs/dialects/normalizer.h"
#include "codecs/otlp/otlp_decode.h"
#include "codecs/otlp/otlp_encode.h"
#include "support/spans/random_spans.h"

namespace vitrine::codecs {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

/// A batch and everything it borrows from.
struct Read {
  std::string bytes;
  OtlpTraces traces;
  model::SpanBatch batch;
};

std::unique_ptr<Read> ReadBack(std::string bytes) {
  auto read = std::make_unique<Read>();
  read->bytes = std::move(bytes);
  const auto decoded = DecodeTracesProtobuf(read->bytes, read->traces);
  EXPECT_TRUE(decoded) << decoded.error().message;
  Normalizer::AppendTraces(read->traces, read->batch);
  return read;
}

std::string Written(const model::SpanBatch& batch, OtelContent content = OtelContent::kAll) {
  OtlpTraces traces;
  OtelWriter writer(traces, content);
  for (const model::Span& span : batch.spans) {
    const auto appended = writer.Append(span);
    EXPECT_TRUE(appended) << appended.error().message;
  }
  return EncodeTracesProtobuf(traces);
}

/// As printed, without what the way through the conventions changes: which words a sender chose.
std::string Comparable(model::Span span) {
  span.dialect = {};
  span.operation = {};
  // What could not be read stays as it was sent, and is read in vain only once.
  span.malformed = {};
  return dialects::PrintSpan(span);
}

/// What is known to come back as something else.
void LeaveOutKnown(const fs::path& folder, const model::Span& sent, model::Span& back) {
  // The conventions have one attribute for whether it was a stream, and it is a parameter.
  if (sent.stream && sent.params.find("\"stream\"") == std::string_view::npos)
    back.params = sent.params;
  // They demand an error.type; ours stands where the sender had none.
  if (sent.error_text.empty() && back.error_text == model::Name(sent.error_type))
    back.error_text = {};
  // A doubt about the sender's counting that is settled by then.
  back.usage.assumed_exclusive = sent.usage.assumed_exclusive;
  // They have no word for a tool that the provider runs.
  if (folder.filename() == "parts") {
    back.input_messages = sent.input_messages;
    back.tool_calls = sent.tool_calls;
  }
  // What went into a ranking is left over, and read before what came out of it.
  if (sent.kind == model::SpanKind::kRerank && folder.filename() == "other-kinds") {
    back.documents = sent.documents;
    back.attributes = sent.attributes;
  }
}

std::unique_ptr<Read> ReadCase(const fs::path& folder) {
  std::ifstream in(folder / "input.json", std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  auto read = std::make_unique<Read>();
  read->bytes = text.str();
  if (!DecodeTracesJson(read->bytes, read->traces)) return nullptr;  // Log events.
  Normalizer::AppendTraces(read->traces, read->batch);
  return read;
}

std::vector<fs::path> Cases() {
  std::vector<fs::path> cases;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(VITRINE_SOURCE_DIR) / "tests/golden/dialects")) {
    if (entry.path().filename() == "input.json") cases.push_back(entry.path().parent_path());
  }
  std::ranges::sort(cases);
  return cases;
}

TEST(OtelWriter, EverySpanOfEveryDialectReadsBackTheSame) {
  size_t spans = 0;
  for (const fs::path& folder : Cases()) {
    const auto sent = ReadCase(folder);
    if (sent == nullptr) continue;
    const auto back = ReadBack(Written(sent->batch));
    ASSERT_EQ(back->batch.spans.size(), sent->batch.spans.size()) << folder;
    for (size_t i = 0; i < sent->batch.spans.size(); ++i) {
      if (sent->batch.spans[i].is_fragment) continue;
      LeaveOutKnown(folder, sent->batch.spans[i], back->batch.spans[i]);
      EXPECT_EQ(Comparable(back->batch.spans[i]), Comparable(sent->batch.spans[i])) << folder;
      ++spans;
    }
  }
  EXPECT_GE(spans, 90u);
}

TEST(OtelWriter, WhatAnythingHoldsCanBeSent) {
  platform::SeededRandom random(7);
  for (int i = 0; i < 200; ++i) {
    model::SpanBatch batch = test_spans::RandomBatch(random);
    for (model::Span& span : batch.spans) span.trace_id.bytes[0] = span.span_id.bytes[0] = 1;
    OtlpTraces traces;
    OtelWriter writer(traces, OtelContent::kAll);
    size_t appended = 0;
    for (const model::Span& span : batch.spans) appended += writer.Append(span) ? 1 : 0;
    ASSERT_EQ(traces.spans.size(), appended);
    OtlpTraces read;
    const std::string bytes = EncodeTracesProtobuf(traces);
    const auto decoded = DecodeTracesProtobuf(bytes, read);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(read.spans.size(), appended);
  }
}

model::Span Call(Arena& arena, std::string_view said) {
  model::Span span;
  span.trace_id.bytes[0] = span.span_id.bytes[0] = 1;
  span.name = "chat m";
  span.kind = model::SpanKind::kLlm;
  span.request_model = "m";
  span.usage.input_tokens = 7;
  model::Message message;
  message.role = "user";
  message.parts_template = "[{\"type\":\"text\",\"content\":\x1F}]";
  message.texts = said;
  span.input_messages = arena.CopyArray(std::vector{message});
  span.output_messages = span.input_messages;
  return span;
}

TEST(OtelWriter, WithoutContentNothingSaidGoesAlong) {
  model::SpanBatch batch;
  model::Span span = Call(batch.arena, "SECRET-MESSAGE");
  span.retrieval_query = span.prompt_variables = "SECRET-QUERY";
  span.tool_definitions = span.input_messages;
  model::RetrievedDocument document;
  document.content = "SECRET-DOCUMENT";
  span.documents = batch.arena.CopyArray(std::vector{document});
  const std::vector<model::Attribute> left_over = {
      {"input.value", model::Value::String("SECRET-LOST")},
      {"llm.input_messages.3.message.content", model::Value::String("SECRET-NUMBERED")},
      {"gen_ai.prompt.0.content", model::Value::String("SECRET-OLD")},
      {"user.query", model::Value::String("SECRET-HAND")},
      {"shop.basket", model::Value::Int(3)}};
  span.attributes = left_over;
  const std::vector<model::Attribute> told = {
      {"content", model::Value::String("SECRET-EVENT")},
      {"exception.message", model::Value::String("SECRET-EXCEPTION")},
      {"exception.type", model::Value::String("ValueError")}};
  model::SpanEvent event;
  event.name = "gen_ai.user.message";
  event.attributes = told;
  span.events = batch.arena.CopyArray(std::vector{event});
  batch.spans.push_back(span);

  const std::string without = Written(batch, OtelContent::kNone);
  EXPECT_THAT(without, Not(HasSubstr("SECRET")));
  EXPECT_THAT(without, HasSubstr("shop.basket"));
  EXPECT_THAT(without, HasSubstr("ValueError"));
  EXPECT_THAT(without, HasSubstr("gen_ai.usage.input_tokens"));
  const std::string with = Written(batch);
  for (const char* secret :
       {"MESSAGE", "QUERY", "DOCUMENT", "LOST", "NUMBERED", "OLD", "HAND", "EVENT", "EXCEPTION"}) {
    EXPECT_THAT(with, HasSubstr("SECRET-" + std::string(secret)));
  }
}

TEST(OtelWriter, ResourcesAndScopesThatAreAlikeAreSentOnce) {
  model::SpanBatch batch;
  const std::vector<model::Attribute> shop = {{"service.name", model::Value::String("shop")}};
  const std::vector<model::Attribute> shop_as_number = {{"service.name", model::Value::Int(1)}};
  for (int i = 0; i < 6; ++i) {
    model::Span span = Call(batch.arena, "hello");
    span.resource = i < 4 ? shop : shop_as_number;
    span.scope_name = i % 2 == 0 ? "a" : "b";
    batch.spans.push_back(span);
  }
  OtlpTraces traces;
  OtelWriter writer(traces, OtelContent::kAll);
  for (const model::Span& span : batch.spans) ASSERT_TRUE(writer.Append(span));
  EXPECT_EQ(traces.resources.size(), 2u);
  EXPECT_EQ(traces.scopes.size(), 4u);
}

TEST(OtelWriter, ADamagedMessageIsAnErrorAndAddsNothing) {
  model::SpanBatch batch;
  model::Span span = Call(batch.arena, "two\x1Ftexts");
  OtlpTraces traces;
  OtelWriter writer(traces, OtelContent::kAll);
  const auto appended = writer.Append(span);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(traces.spans.empty());
}

}  // namespace
}  // namespace vitrine::codecs
