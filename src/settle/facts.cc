#include "settle/facts.h"

#include <functional>

namespace vitrine::settle {

uint64_t HashOrZero(std::string_view text) {
  return text.empty() ? 0 : std::hash<std::string_view>()(text) | 1;
}

namespace {

bool Unpriced(bool is_counted_call, bool has_cost, bool failed, bool has_usage) {
  return is_counted_call && !has_cost && !(failed && !has_usage);
}

}  // namespace

SpanFacts FactsOf(const storage::StoredSpan& row, TraceState& trace) {
  const model::Span& span = row.span;
  TextPool& texts = trace.texts();
  SpanFacts facts;
  facts.id = span.span_id;
  facts.parent = span.parent_span_id;
  facts.start = span.start;
  facts.end = span.end;
  facts.day = row.day;
  facts.version = row.version;
  facts.digest = row.digest;
  facts.kind = span.kind;
  facts.status = span.status;
  facts.capture = row.capture;
  facts.is_fragment = span.is_fragment;
  facts.is_trace_root = span.is_trace_root;
  facts.usage_is_aggregate = span.usage_is_aggregate;
  facts.served = span.served;
  facts.counted = row.counted;
  if (row.counted_in) facts.counted_in = texts.Intern(row.counted_in.AsBytes());
  facts.scope_hash = HashOrZero(span.scope_name);
  facts.response_hash = HashOrZero(span.response_id);
  facts.model_hash =
      HashOrZero(span.response_model.empty() ? span.request_model : span.response_model);
  facts.request_model_hash = HashOrZero(span.request_model);
  facts.input_tokens = span.usage.input_tokens;
  facts.output_tokens = span.usage.output_tokens;
  facts.cached_input_tokens = span.usage.cached_input_tokens;
  facts.cost = span.cost.total;
  facts.ttft_ns = span.ttft_ns;
  facts.own = {texts.Intern(row.own_user_id),       texts.Intern(row.own_session_id),
               texts.Intern(row.own_feature),       texts.Intern(row.own_release),
               texts.Intern(row.own_environment),   texts.Intern(row.own_experiment),
               texts.Intern(JoinTags(row.own_tags))};
  facts.effective = {texts.Intern(span.user_id),       texts.Intern(span.session_id),
                     texts.Intern(span.feature),       texts.Intern(span.release),
                     texts.Intern(span.environment),   texts.Intern(span.experiment),
                     texts.Intern(JoinTags(span.tags))};
  facts.service = texts.Intern(span.service);
  facts.model =
      texts.Intern(span.response_model.empty() ? span.request_model : span.response_model);
  facts.name = texts.Intern(span.name);
  return facts;
}

void ApplyOwnership(const OwnershipIds& effective, const TraceState& trace, Arena& arena,
                    storage::StoredSpan& row) {
  const TextPool& texts = trace.texts();
  row.span.user_id = texts.Text(effective.user);
  row.span.session_id = texts.Text(effective.session);
  row.span.feature = texts.Text(effective.feature);
  row.span.release = texts.Text(effective.release);
  row.span.environment = texts.Text(effective.environment);
  row.span.experiment = texts.Text(effective.experiment);
  row.span.tags = arena.CopyArray(SplitTags(texts.Text(effective.tags)));
}

bool IsUnpriced(bool counted, const SpanFacts& facts) {
  return Unpriced(counted && model::IsModelCall(facts.kind), facts.cost.has_value(),
                  facts.status == model::SpanStatus::kError, facts.has_usage());
}

bool IsUnpriced(const storage::StoredSpan& row) {
  const model::Span& span = row.span;
  return Unpriced(row.counted && model::IsModelCall(span.kind), span.cost.total.has_value(),
                  span.status == model::SpanStatus::kError, span.usage.has_any());
}

}  // namespace vitrine::settle
