// Log records that speak for spans: message events, details events, exceptions, evaluations.
#include <algorithm>

#include "codecs/dialects/internal/content.h"
#include "codecs/dialects/internal/events.h"
#include "codecs/dialects/internal/kind.h"
#include "codecs/dialects/internal/params.h"
#include "codecs/dialects/internal/resolve.h"
#include "codecs/dialects/internal/usage.h"
#include "codecs/dialects/normalizer.h"

namespace vitrine::codecs {

namespace {

using namespace dialects;  // NOLINT: this file is part of the face of that namespace.

/// Records of one span that follow one another become one fragment.
class LogNormalizer {
 public:
  LogNormalizer(const OtlpLogs& logs, model::SpanBatch& batch)
      : logs_(logs),
        batch_(batch),
        work_(batch.arena),
        reader_(batch.arena),
        content_(work_, reader_),
        events_(work_, reader_) {
    for (const OtlpResource& resource : logs.resources) {
      resources_.push_back(ReadResource(Attributes(resource.attributes), work_));
    }
    work_.Sort({});
  }

  bool Append(const OtlpLogRecord& record) {
    if (!EventReader::IsGenAiEvent(record.event_name)) return false;
    bool is_score = record.event_name.starts_with("gen_ai.evaluation");
    if (!is_score && (!record.trace_id || !record.span_id)) return false;
    if (is_score) return AppendScore(record);
    if (open_ && (open_->trace_id != record.trace_id || open_->span_id != record.span_id ||
                  open_->scope != record.scope)) {
      Close();
    }
    if (!open_) Open(record);
    EventView view = ViewOf(record);
    bool attributes_are_content = record.event_name == "gen_ai.client.inference.operation.details";
    events_.Read(view, facts_);
    if (!attributes_are_content) {
      for (const model::Attribute& attribute : view.attributes) {
        bool is_content = attribute.key == "event.name" || attribute.key == "content" ||
                          attribute.key == "gen_ai.event.content" || attribute.key == "message" ||
                          attribute.key == "role" || attribute.key == "index" ||
                          attribute.key == "finish_reason";
        if (!is_content) work_.Add(attribute);
      }
    }
    end_ = std::max(end_, view.time);
    return true;
  }

  void Close() {
    if (!open_) return;
    model::Span& span = batch_.spans.emplace_back();
    const OtlpScope& scope = logs_.scopes[open_->scope];
    span.is_fragment = true;
    span.trace_id = open_->trace_id;
    span.span_id = open_->span_id;
    span.start = start_;
    span.end = end_;
    work_.AddDialects(ReadScope(scope).dialects);
    OtlpSpan nameless;
    nameless.status_code = facts_.exception.type.empty() ? 0 : 2;
    span.kind = model::SpanKind::kLlm;  // Roles of messages; what the span is, it says itself.
    content_.Resolve(facts_.content, span);
    ResolveParams(work_, content_.request(), reader_, span);
    ResolveCall(work_, content_, reader_, span);
    ResolveUsage(work_, ReadScope(scope), content_.answer(), reader_, span);
    ResolveWhose(work_, resources_[scope.resource], reader_, span);
    ResolveError(nameless, work_, facts_.exception, span);
    ResolveTiming(work_, {}, {}, span);
    span.operation = work_.Text(Field::kOperation);
    span.kind = ClassifyKind(nameless, work_, {}, {}).kind;
    span.resource = resources_[scope.resource].attributes;
    span.scope_name = scope.name;
    span.scope_version = scope.version;
    span.dialect = DialectNames(work_.dialects(), batch_.arena);
    span.attributes = work_.Rest();
    span.malformed = work_.malformed();
    open_ = nullptr;
    facts_.Clear();
    work_.Sort({});
    reader_.ReleaseDocuments();
  }

 private:
  std::span<const model::Attribute> Attributes(Range range) const {
    return std::span(logs_.attributes).subspan(range.begin, range.size());
  }

  EventView ViewOf(const OtlpLogRecord& record) const {
    uint64_t time = record.time_unix_nano;
    if (time == 0) time = record.observed_time_unix_nano;
    auto fits = static_cast<int64_t>(std::min(time, static_cast<uint64_t>(INT64_MAX)));
    return {record.event_name, Nanos{fits}, Attributes(record.attributes), record.body};
  }

  void Open(const OtlpLogRecord& record) {
    open_ = &record;
    start_ = end_ = ViewOf(record).time;
    if (start_.since_epoch == 0) start_ = end_ = batch_.received;
  }

  bool AppendScore(const OtlpLogRecord& record) {
    EventFacts facts;
    events_.Read(ViewOf(record), facts);
    for (model::Score score : facts.scores) {
      score.trace_id = record.trace_id;
      score.span_id = record.span_id;
      if (score.time.since_epoch == 0) score.time = batch_.received;
      batch_.scores.push_back(score);
    }
    return !facts.scores.empty();
  }

  const OtlpLogs& logs_;
  model::SpanBatch& batch_;
  SpanWork work_;
  ContentReader reader_;
  ContentResolver content_;
  EventReader events_;
  EventFacts facts_;
  std::vector<ResourceFacts> resources_;
  const OtlpLogRecord* open_ = nullptr;
  Nanos start_, end_;
};

}  // namespace

size_t Normalizer::AppendLogs(const OtlpLogs& logs, model::SpanBatch& batch) {
  if (logs.records.empty()) return 0;
  LogNormalizer normalizer(logs, batch);
  size_t taken = 0;
  for (const OtlpLogRecord& record : logs.records) taken += normalizer.Append(record) ? 1 : 0;
  normalizer.Close();
  return taken;
}

}  // namespace vitrine::codecs
