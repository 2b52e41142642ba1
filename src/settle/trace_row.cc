#include "settle/trace_row.h"

#include <algorithm>

#include "settle/facts.h"
#include "settle/row_builder.h"

namespace vitrine::settle {

namespace {

void AddUnique(std::vector<std::string_view>& list, std::string_view value) {
  if (!value.empty() && std::find(list.begin(), list.end(), value) == list.end())
    list.push_back(value);
}

void AddTo(model::Count& sum, const model::Count& value) {
  if (value) sum = sum.value_or(0) + *value;
}

void AddCounted(const SpanFacts& span, TraceRow& row) {
  if (model::IsModelCall(span.kind)) ++row.call_count;
  if (IsUnpriced(span.counted, span)) ++row.unpriced_count;
  AddTo(row.input_tokens, span.input_tokens);
  AddTo(row.output_tokens, span.output_tokens);
  AddTo(row.cached_input_tokens, span.cached_input_tokens);
  if (span.cost) row.cost = row.cost.value_or(Money{}) + *span.cost;
}

bool Earlier(const SpanFacts& a, const SpanFacts* b) {
  return b == nullptr || std::pair(a.start, a.id) < std::pair(b->start, b->id);
}

/// The span that gives the trace its name, and whether it is a root.
const SpanFacts* Head(const TraceState& trace, bool& has_root) {
  const SpanFacts* root = nullptr;
  const SpanFacts* first = nullptr;
  for (const SpanFacts& span : trace.spans()) {
    if (span.is_fragment) continue;
    bool is_root = !span.parent || span.is_trace_root;
    if (is_root && Earlier(span, root)) root = &span;
    if (Earlier(span, first)) first = &span;
  }
  has_root = root != nullptr;
  return has_root ? root : first;
}

void Describe(const SpanFacts& head, const TraceState& trace, TraceRow& row) {
  const TextPool& texts = trace.texts();
  row.name = trace.trace_name.empty() ? texts.Text(head.name) : std::string_view(trace.trace_name);
  row.root_kind = model::Name(head.kind);
  row.service = texts.Text(head.service);
  row.user_id = texts.Text(head.effective.user);
  row.session_id = texts.Text(head.effective.session);
  row.environment = texts.Text(head.effective.environment);
  row.release = texts.Text(head.effective.release);
  row.feature = texts.Text(head.effective.feature);
  row.experiment = texts.Text(head.effective.experiment);
  row.tags = SplitTags(texts.Text(head.effective.tags));
  row.input_preview = trace.input_preview();
  row.output_preview = trace.output_preview();
}

void Total(const TraceState& trace, TraceRow& row) {
  const SpanFacts* first_token = nullptr;
  bool any = false, is_end_known = false;
  Nanos last;
  for (const SpanFacts& span : trace.spans()) {
    if (span.is_fragment) continue;
    if (!any || span.start < row.start) {
      row.start = span.start;
      row.day = span.day;
    }
    is_end_known = is_end_known || span.end >= span.start;
    // A span whose end is not known yet, or before its start, began within the trace all the same.
    const Nanos end = std::max(span.start, span.end);
    last = any ? std::max(last, end) : end;
    any = true;
    ++row.span_count;
    if (span.status == model::SpanStatus::kError) ++row.error_count;
    if (span.counted) AddCounted(span, row);
    if (span.ttft_ns && Earlier(span, first_token)) first_token = &span;
    AddUnique(row.services, trace.texts().Text(span.service));
    if (model::IsModelCall(span.kind)) AddUnique(row.models, trace.texts().Text(span.model));
    AddUnique(row.kinds, model::Name(span.kind));
  }
  row.end = is_end_known ? last : UnknownEnd(row.start);
  row.status = row.error_count > 0 ? "error" : "ok";
  if (first_token != nullptr) row.ttft_ns = first_token->ttft_ns;
}

}  // namespace

std::vector<TraceRow> BuildTraceRows(const TraceKey& key, TraceState& trace, uint64_t version) {
  bool has_root = false;
  const SpanFacts* head = Head(trace, has_root);
  if (head == nullptr) return {};
  TraceRow row;
  row.project = key.project;
  row.trace_id = key.trace_id;
  row.version = version;
  row.has_root = has_root;
  Total(trace, row);
  Describe(*head, trace, row);
  std::vector<TraceRow> rows;
  TraceState::StoredKey place{row.start, row.day};
  for (const TraceState::StoredKey& stored : trace.stored_keys) {
    if (stored == place) continue;
    TraceRow tombstone;
    tombstone.project = key.project;
    tombstone.trace_id = key.trace_id;
    tombstone.version = version;
    tombstone.is_deleted = true;
    tombstone.start = tombstone.end = stored.start;
    tombstone.day = stored.day;
    rows.push_back(std::move(tombstone));
  }
  trace.stored_keys = {place};
  rows.push_back(std::move(row));
  return rows;
}

std::optional<TracePlaceRow> BuildPlaceRow(const TraceKey& key, TraceState& trace,
                                           uint64_t version) {
  std::optional<storage::TracePlace> place = trace.place;
  for (const SpanFacts& span : trace.spans()) {
    const storage::TimeRange times{span.start, std::max(span.start, span.end)};
    if (!place) place = {key.trace_id, times, span.day, span.day};
    place->Widen(times, span.day, span.day);
  }
  if (place == trace.place) return std::nullopt;
  trace.place = place;
  return TracePlaceRow{key.project, version, *place};
}

}  // namespace vitrine::settle
