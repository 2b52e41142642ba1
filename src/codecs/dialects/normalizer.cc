#include "codecs/dialects/normalizer.h"

#include <algorithm>

#include "codecs/content/pace.h"
#include "codecs/dialects/internal/content.h"
#include "codecs/dialects/internal/events.h"
#include "codecs/dialects/internal/kind.h"
#include "codecs/dialects/internal/params.h"
#include "codecs/dialects/internal/resolve.h"
#include "codecs/dialects/internal/usage.h"
#include "codecs/dialects/token_timeline.h"

namespace vitrine::codecs {

namespace {

using namespace dialects;  // NOLINT: this file is the face of that namespace.

Nanos ToNanos(uint64_t unix_nano) {
  // Beyond the year 2262 a time does not fit; the sender's clock is nonsense then.
  constexpr auto kMax = static_cast<uint64_t>(INT64_MAX);
  return {static_cast<int64_t>(std::min(unix_nano, kMax))};
}

template <typename T>
std::span<const T> Slice(const std::vector<T>& all, Range range) {
  return std::span<const T>(all).subspan(range.begin, range.size());
}

/// Traceloop's JavaScript instrumentation never reads the usage of a stream and writes its own
/// estimate in its place (WIRE-FORMATS 10.7). It counts the texts alone, while OpenAI adds at least
/// three tokens for each message and three for the answer's start: less than that is an estimate.
bool IsEstimatedUsage(const ScopeFacts& scope, const model::Span& span) {
  if (!scope.name.starts_with("@traceloop/") || span.provider != "openai") return false;
  if (span.kind != model::SpanKind::kLlm || !span.usage.input_tokens) return false;
  if (span.stream.value_or(false)) return true;
  return *span.usage.input_tokens < 3 * span.input_messages.size() + 3;
}

/// The moment and the parent that Logfire's early "pending" span stands for: it has an id of its
/// own and hangs below the real span, which comes later. It becomes a fragment of that one.
void MakePendingFragment(SpanWork& work, model::Span& span) {
  span.is_fragment = true;
  span.span_id = span.parent_span_id;
  span.parent_span_id = SpanId::FromHex(work.Text(Field::kLogfireParent)).value_or(SpanId{});
}

/// Langfuse says cost 0 where a call failed and nobody knows what it cost.
void ForgetCostOfFailure(model::Span& span) {
  bool failed = span.status == model::SpanStatus::kError && !span.usage.has_any();
  if (failed && span.cost.reported == Money{}) span.cost.reported.reset();
}

class TraceNormalizer {
 public:
  TraceNormalizer(const OtlpTraces& traces, model::SpanBatch& batch)
      : traces_(traces),
        batch_(batch),
        work_(batch.arena),
        reader_(batch.arena),
        content_(work_, reader_),
        events_(work_, reader_) {
    for (const OtlpResource& resource : traces.resources) {
      resources_.push_back(ReadResource(Slice(traces.attributes, resource.attributes), work_));
    }
    for (const OtlpScope& scope : traces.scopes) scopes_.push_back(ReadScope(scope));
  }

  void Append(const OtlpSpan& sent) {
    const OtlpScope& scope = traces_.scopes[sent.scope];
    const ScopeFacts& scope_facts = scopes_[sent.scope];
    const ResourceFacts& resource = resources_[scope.resource];
    model::Span& span = batch_.spans.emplace_back();
    reader_.ReleaseDocuments();
    work_.Sort(Slice(traces_.attributes, sent.attributes));
    work_.AddDialects(scope_facts.dialects);
    CopyIdentity(sent, span);
    facts_.Clear();
    ReadEvents(sent, span);
    KindVerdict verdict = ClassifyKind(sent, work_, resource, scope_facts);
    span.kind = verdict.kind;
    bool is_plain = IsPlain();
    if (!is_plain) ResolveModelSide(verdict, scope_facts, span);
    ResolveWhose(work_, resource, reader_, span);
    ResolveError(sent, work_, facts_.exception, span);
    ForgetCostOfFailure(span);
    SetOperation(span);
    if (!is_plain) ResolveSpeedAndPlace(span);
    Keep(sent, scope, resource, span);
    AppendScores(work_, span, batch_.scores);
    AppendEventScores(span);
  }

 private:
  /// Nothing on the span speaks of models, agents or content: an HTTP request, a database call, a
  /// function. Most spans of an application are.
  bool IsPlain() {
    constexpr uint32_t kPlainBits =
        DialectBit(Dialect::kPlain) | DialectBit(Dialect::kHttp) | DialectBit(Dialect::kDb);
    const EventContent& content = facts_.content;
    return (work_.dialects() & ~kPlainBits) == 0 && !work_.HasCollected(Field::kInputContent) &&
           !work_.HasCollected(Field::kOutputContent) && content.input.empty() &&
           content.output.empty() && content.documents.empty();
  }

  void ResolveModelSide(const KindVerdict& verdict, const ScopeFacts& scope_facts,
                        model::Span& span) {
    span.tool_call_id = ToolCallId();
    span.tool_name = work_.Text(Field::kToolName);
    if (span.kind == model::SpanKind::kTool && span.tool_name.empty()) NameTool(span);
    content_.Resolve(facts_.content, span);
    ResolveParams(work_, content_.request(), reader_, span);
    ResolveCall(work_, content_, reader_, span);
    if (span.kind == model::SpanKind::kAgent && span.agent_name.empty()) NameAgent(span);
    ResolveUsageOf(verdict, scope_facts, span);
  }

  void ResolveSpeedAndPlace(model::Span& span) {
    ResolveTiming(work_, facts_.first_chunk, facts_.first_chunk_ns, span);
    TimelineOfChunks(span);
    MeasureStalls(span);
    ResolveRetrievalFacts(span);
    ResolveGuardrail(work_, span);
  }

  void CopyIdentity(const OtlpSpan& sent, model::Span& span) {
    span.trace_id = sent.trace_id;
    span.span_id = sent.span_id;
    span.parent_span_id = sent.parent_span_id;
    span.trace_state = sent.trace_state;
    span.name = sent.name;
    span.start = ToNanos(sent.start_unix_nano);
    span.end = ToNanos(sent.end_unix_nano);
    if (work_.Text(Field::kLogfireSpanType) == "pending_span") MakePendingFragment(work_, span);
  }

  void ReadEvents(const OtlpSpan& sent, model::Span& span) {
    if (sent.events.size() == 0) return;
    kept_events_.clear();
    for (const OtlpEvent& event : Slice(traces_.events, sent.events)) {
      EventView view{event.name,
                     ToNanos(event.time_unix_nano),
                     Slice(traces_.attributes, event.attributes),
                     {}};
      if (events_.Read(view, facts_)) continue;
      kept_events_.push_back(
          {view.time, view.name, view.attributes, event.dropped_attributes_count});
    }
    span.events = batch_.arena.CopyArray(kept_events_);
  }

  void ResolveUsageOf(const KindVerdict& verdict, const ScopeFacts& scope, model::Span& span) {
    if (verdict.drop_usage) {
      for (Field field :
           {Field::kInputTokens, Field::kOutputTokens, Field::kTotalTokens, Field::kCacheReadTokens,
            Field::kCacheWriteTokens, Field::kReasoningTokens, Field::kCostTotal}) {
        work_.GiveBack(work_.At(field));
      }
      return;
    }
    ResolveUsage(work_, scope, content_.answer(), reader_, span);
    if (!span.usage.has_any()) return;
    span.usage_is_aggregate |= verdict.is_aggregate || !model::IsModelCall(span.kind);
    if (IsEstimatedUsage(scope, span)) span.usage.source = model::UsageSource::kEstimated;
  }

  /// Microsoft's agent framework sends the run's id and the call's in one array.
  std::string_view ToolCallId() {
    const Taken& taken = work_.At(Field::kToolCallId);
    if (!taken || taken.value().type != model::ValueType::kJson) {
      return work_.Text(Field::kToolCallId);
    }
    std::vector<std::string_view> ids;
    AppendTags(taken.value(), batch_.arena, ids);
    return ids.empty() ? std::string_view() : ids.back();
  }

  /// Traceloop's entity, else the span's own name: Langfuse and OpenInference name no tool besides.
  void NameTool(model::Span& span) {
    if (work_.Speaks(Dialect::kOpenllmetry)) span.tool_name = work_.Text(Field::kStage);
    if (!span.tool_name.empty()) return;
    span.tool_name = span.name;
    for (std::string_view prefix : {"execute_tool ", "running tool: ", "tools/call "}) {
      if (span.name.starts_with(prefix)) span.tool_name = span.name.substr(prefix.size());
    }
  }

  void NameAgent(model::Span& span) {
    if (work_.Speaks(Dialect::kOpenllmetry)) {
      span.agent_name = work_.Text(Field::kStage);
    } else if (work_.Speaks(Dialect::kLangfuse) || work_.Speaks(Dialect::kOpeninference)) {
      span.agent_name = span.name;
    }
  }

  /// The sender's own word for what the span is.
  void SetOperation(model::Span& span) {
    for (Field field :
         {Field::kOperation, Field::kAiOperation, Field::kTraceloopKind, Field::kLangfuseType,
          Field::kOpeninferenceKind, Field::kLangsmithKind, Field::kMlflowType, Field::kSpringKind,
          Field::kLmnrType, Field::kGenkitType, Field::kRequestType, Field::kMcpMethod,
          Field::kRpcMethod}) {
      if (!span.operation.empty()) return;
      span.operation = work_.UnquotedText(field);
      if (field == Field::kAiOperation) {
        span.operation = span.operation.substr(0, span.operation.find(' '));
        SetAiStream(span);
      }
    }
  }

  static void SetAiStream(model::Span& span) {
    if (span.stream || span.kind != model::SpanKind::kLlm) return;
    if (span.operation.ends_with(".doStream")) span.stream = true;
    if (span.operation.ends_with(".doGenerate")) span.stream = false;
  }

  /// Traceloop's chunk events are moments and nothing else: a timeline in long hand.
  void TimelineOfChunks(model::Span& span) {
    if (facts_.chunk_times.empty() || !span.timeline.offsets_ns.empty()) return;
    std::vector<uint64_t> offsets;
    for (Nanos time : facts_.chunk_times) {
      int64_t offset = time.since_epoch - span.start.since_epoch;
      uint64_t floor = offsets.empty() ? 0 : offsets.back();
      offsets.push_back(std::max(floor, offset < 0 ? 0 : static_cast<uint64_t>(offset)));
    }
    span.timeline.offsets_ns = batch_.arena.CopyArray(offsets);
  }

  void ResolveRetrievalFacts(model::Span& span) {
    if (span.retrieval_query.empty()) span.retrieval_query = work_.Text(Field::kQuery);
    span.data_source = work_.Text(Field::kDataSource);
    auto to_u32 = [](std::optional<uint64_t> count) -> std::optional<uint32_t> {
      if (!count || *count > UINT32_MAX) return std::nullopt;
      return static_cast<uint32_t>(*count);
    };
    span.retrieval_top_k = to_u32(work_.Count(Field::kTopK));
    if (!span.retrieval_top_k) span.retrieval_top_k = to_u32(work_.Count(Field::kVectorTopK));
    span.retrieval_count = to_u32(work_.Count(Field::kChunkCount));
    if (!span.retrieval_count && !span.documents.empty()) {
      span.retrieval_count = static_cast<uint32_t>(span.documents.size());
    }
    span.retrieval_avg_score = work_.Number(Field::kAverageScore);
    if (span.retrieval_avg_score || span.documents.empty()) return;
    double sum = 0;
    for (const model::RetrievedDocument& document : span.documents) {
      if (!document.score) return;
      sum += *document.score;
    }
    span.retrieval_avg_score = sum / static_cast<double>(span.documents.size());
  }

  void Keep(const OtlpSpan& sent, const OtlpScope& scope, const ResourceFacts& resource,
            model::Span& span) {
    span.resource = resource.attributes;
    span.scope_name = scope.name;
    span.scope_version = scope.version;
    span.dropped_attributes_count = sent.dropped_attributes_count;
    if (sent.links.size() > 0) {
      std::vector<model::SpanLink> links;
      for (const OtlpLink& link : Slice(traces_.links, sent.links)) {
        links.push_back({link.trace_id, link.span_id, link.trace_state,
                         Slice(traces_.attributes, link.attributes), link.flags});
      }
      span.links = batch_.arena.CopyArray(links);
    }
    span.dialect = DialectNames(work_.dialects(), batch_.arena);
    span.attributes = work_.Rest();
    span.malformed = work_.malformed();
  }

  void AppendEventScores(const model::Span& span) {
    for (model::Score score : facts_.scores) {
      score.trace_id = span.trace_id;
      score.span_id = span.span_id;
      score.session_id = span.session_id;
      batch_.scores.push_back(score);
    }
  }

  const OtlpTraces& traces_;
  model::SpanBatch& batch_;
  SpanWork work_;
  ContentReader reader_;
  ContentResolver content_;
  EventReader events_;
  EventFacts facts_;
  std::vector<model::SpanEvent> kept_events_;
  std::vector<ResourceFacts> resources_;
  std::vector<ScopeFacts> scopes_;
};

}  // namespace

void Normalizer::AppendTraces(const OtlpTraces& traces, model::SpanBatch& batch) {
  if (traces.spans.empty()) return;
  batch.spans.reserve(batch.spans.size() + traces.spans.size());
  TraceNormalizer normalizer(traces, batch);
  for (const OtlpSpan& span : traces.spans) normalizer.Append(span);
}

}  // namespace vitrine::codecs
