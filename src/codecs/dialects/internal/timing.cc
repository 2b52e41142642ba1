// First token, rates and the token timeline.
#include "codecs/content/pace.h"
#include "codecs/dialects/internal/readers.h"
#include "codecs/dialects/internal/resolve.h"
#include "codecs/dialects/token_timeline.h"
#include "syntax/base64.h"

namespace vitrine::codecs::dialects {

void ReadTimeline(const model::Value& value, std::string_view key, SpanWork& work,
                  model::Span& span) {
  std::string_view bytes = value.text;
  if (value.type == model::ValueType::kString) {
    auto decoded = syntax::Base64Decode(value.text);
    bytes = decoded ? work.arena().Copy(*decoded) : std::string_view();
  }
  auto timeline = DecodeTokenTimeline(bytes, work.arena());
  if (timeline) {
    span.timeline = *timeline;
    return;
  }
  work.Malformed(key, timeline.error().message);
  work.GiveBack(work.At(Field::kTimeline));
}

void ResolveTiming(SpanWork& work, std::optional<Nanos> first_chunk,
                   std::optional<int64_t> first_chunk_ns, model::Span& span) {
  if (const Taken& taken = work.At(Field::kTimeline)) {
    ReadTimeline(taken.value(), taken.attribute->key, work, span);
  }
  span.ttft_ns = work.Duration(Field::kTimeToFirst);
  // Strands writes 0 where it did not stream.
  const Taken& sent = work.At(Field::kTimeToFirst);
  if (sent && sent.rule->dialect == Dialect::kStrands && span.ttft_ns == 0) {
    span.ttft_ns.reset();
  }
  if (!span.ttft_ns && !span.timeline.offsets_ns.empty()) {
    span.ttft_ns = static_cast<int64_t>(span.timeline.offsets_ns.front() & INT64_MAX);
  }
  if (!span.ttft_ns) span.ttft_ns = first_chunk_ns;
  std::optional<Nanos> first = first_chunk;
  if (const Taken& taken = work.At(Field::kFirstTokenAt)) {
    first = ReadTime(taken.value());
    if (!first) {
      work.Malformed(taken.attribute->key, "not a time");
      work.GiveBack(taken);
    }
  }
  if (!span.ttft_ns && first && *first >= span.start) span.ttft_ns = *first - span.start;
  // Only streams have chunks; a time to first token is sent for whole answers as well.
  bool has_chunks =
      !span.timeline.offsets_ns.empty() || first || first_chunk_ns ||
      (sent && (sent.rule->key.contains("first_chunk") || sent.rule->key.contains("FirstChunk")));
  if (span.ttft_ns && has_chunks && !span.stream && model::IsModelCall(span.kind)) {
    span.stream = true;
  }
  span.queue_ns = work.Duration(Field::kQueueTime);
  span.tpot_ns = work.Duration(Field::kTimePerOutput);
  if (auto rate = work.Number(Field::kTokensPerSecond); rate && *rate >= 0) {
    span.output_tokens_per_second = rate;
  }
  MeasureRates(span);
}

}  // namespace vitrine::codecs::dialects
