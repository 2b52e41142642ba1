// TraceRow and TracePlaceRow: what trace_rows and trace_place_rows say of one trace, computed from
// the ledger's facts.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "settle/trace_ledger.h"

namespace vitrine::settle {

struct TraceRow {
  std::string_view project;
  TraceId trace_id;
  int32_t day = 0;  ///< Of the span that starts first.
  uint64_t version = 0;
  bool is_deleted = false;
  Nanos start, end;
  std::string_view name, root_kind, status, service;
  bool has_root = false;
  uint32_t span_count = 0, error_count = 0, call_count = 0, unpriced_count = 0;
  std::vector<std::string_view> services, models, kinds, tags;
  std::string_view user_id, session_id, environment, release, feature, experiment;
  model::Count input_tokens, output_tokens, cached_input_tokens;
  std::optional<Money> cost;
  std::optional<int64_t> ttft_ns;
  std::string_view input_preview, output_preview;
};

struct TracePlaceRow {
  std::string_view project;
  uint64_t version = 0;
  storage::TracePlace extent;
};

/// The rows that bring trace_rows up to date: the trace's row, and a tombstone before it where its
/// key moved. Empty while only fragments are known. Remembers the key in the state. Lifetime:
/// borrows from the trace's state.
std::vector<TraceRow> BuildTraceRows(const TraceKey& key, TraceState& trace, uint64_t version);

/// The row that widens the trace's stored place to all that is known of it; nothing where it holds
/// that already. To be written before any other row of the trace. Remembers the place in the state.
std::optional<TracePlaceRow> BuildPlaceRow(const TraceKey& key, TraceState& trace,
                                           uint64_t version);

}  // namespace vitrine::settle
