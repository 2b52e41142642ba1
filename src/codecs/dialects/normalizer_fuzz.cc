// Fuzzer: mutated OTLP/JSON through the decoder and the normaliser, and raw bytes through the
// readers below it. Checks what must hold of every span whatever was sent.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codecs/content/content_reader.h"
#include "codecs/content/message_builder.h"
#include "codecs/dialects/internal/rules.h"
#include "codecs/dialects/normalizer.h"
#include "codecs/dialects/token_timeline.h"
#include "codecs/otlp/otlp_decode.h"

namespace {

using namespace vitrine;
using namespace vitrine::codecs;

void CheckMessages(std::span<const model::Message> messages) {
  for (const model::Message& message : messages) {
    std::vector<std::string> names(message.attachments.size(), "h");
    VITRINE_CHECK(PartsJson(message, names).has_value());
  }
}

void CheckBatch(const model::SpanBatch& batch) {
  for (const model::Span& span : batch.spans) {
    CheckMessages(span.input_messages);
    CheckMessages(span.output_messages);
    CheckMessages(span.tool_definitions);
    VITRINE_CHECK(span.input_preview.size() <= 256 && span.output_preview.size() <= 256);
    const model::Usage& usage = span.usage;
    if (usage.input_tokens && usage.cached_input_tokens && !span.usage_is_aggregate) {
      VITRINE_CHECK(*usage.cached_input_tokens <= *usage.input_tokens);
    }
    VITRINE_CHECK(span.timeline.sizes.empty() ||
                  span.timeline.sizes.size() == span.timeline.offsets_ns.size());
  }
}

/// Spans whose keys are those of the rule tables and whose values are cut out of the input: the way
/// into the readers that mutated JSON finds only by luck.
void RunStructured(std::string_view data) {
  std::vector<const dialects::Rule*> rules;
  for (auto table : dialects::AllRuleTables()) {
    for (const dialects::Rule& rule : table) rules.push_back(&rule);
  }
  OtlpTraces traces;
  traces.resources.emplace_back();
  traces.scopes.emplace_back();
  OtlpSpan span;
  size_t at = 0;
  while (at + 4 <= data.size() && traces.attributes.size() < 64) {
    auto byte = [&](size_t i) { return static_cast<uint8_t>(data[at + i]); };
    const dialects::Rule& rule =
        *rules[static_cast<size_t>(byte(0) | (byte(1) << 8)) % rules.size()];
    std::string_view key = rule.key;
    if (key.ends_with('*')) {
      constexpr std::string_view kTails[] = {"0.message.content",
                                             "0.role",
                                             "1.message.tool_calls.0.tool_call.function.name",
                                             "0.contents.2.message_content.type",
                                             "0.embedding.vector",
                                             "0.document.score",
                                             "0.annotation.name",
                                             "0.tool.json_schema",
                                             "x"};
      key = traces.arena.Copy(std::string(key.substr(0, key.size() - 1)) +
                              std::string(kTails[byte(3) % std::size(kTails)]));
    }
    size_t size = std::min<size_t>(byte(2), data.size() - at - 4);
    std::string_view text = data.substr(at + 4, size);
    model::Value value = byte(3) % 8 == 0   ? model::Value::Int(static_cast<int64_t>(size) - 9)
                         : byte(3) % 8 == 1 ? model::Value::Bytes(text)
                         : byte(3) % 8 == 2
                             ? model::Value::Double(1e300 * static_cast<double>(size))
                             : model::Value::String(text);
    traces.attributes.push_back({key, value});
    at += 4 + size;
  }
  span.attributes = {0, static_cast<uint32_t>(traces.attributes.size())};
  traces.spans.push_back(span);
  model::SpanBatch batch;
  Normalizer::AppendTraces(traces, batch);
  CheckBatch(batch);
}

void RunReaders(std::string_view data) {
  Arena arena;
  ContentReader reader(arena);
  for (std::string_view role : {"user", "assistant"}) {
    Conversation conversation;
    reader.Read(model::Value::String(data), {role, role}, conversation);
    CheckMessages(conversation.messages);
    CheckMessages(conversation.tools);
  }
  if (auto timeline = DecodeTokenTimeline(data, arena)) {
    auto again = EncodeTokenTimeline(*timeline);
    VITRINE_CHECK(again.has_value());
    auto back = DecodeTokenTimeline(*again, arena);
    VITRINE_CHECK(back && back->offsets_ns.size() == timeline->offsets_ns.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: RunStructured(input); return 0;
    case 1: RunReaders(input); return 0;
    case 2: {
      OtlpLogs logs;
      if (!DecodeLogsJson(input, logs)) return 0;
      model::SpanBatch batch;
      Normalizer::AppendLogs(logs, batch);
      CheckBatch(batch);
      return 0;
    }
    default: {
      OtlpTraces traces;
      if (!DecodeTracesJson(input, traces)) return 0;
      model::SpanBatch batch;
      Normalizer::AppendTraces(traces, batch);
      CheckBatch(batch);
      return 0;
    }
  }
}
