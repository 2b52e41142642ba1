// SpanFacts: what the trace ledger remembers of a span so that counting, inheriting and trace
// totals need not read it back. Owner: plain values; text is interned in the TraceState. Units:
// nanoseconds, tokens, nano US dollars.
#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"
#include "model/span.h"

namespace vitrine::settle {

/// Values a span has itself and values the trace gave it, as indexes into the trace's text pool; 0
/// is "none".
struct OwnershipIds {
  uint32_t user = 0, session = 0, feature = 0, release = 0, environment = 0, experiment = 0,
           tags = 0;
  bool operator==(const OwnershipIds&) const = default;
};

struct SpanFacts {
  SpanId id;
  SpanId parent;
  Nanos start, end;
  int32_t day = 0;       ///< The row's partition.
  uint64_t version = 0;  ///< Sealed batch that wrote the stored row; 0: not stored yet.
  uint64_t digest = 0;   ///< Of everything the sender sent; equal means an identical re-send.
  model::SpanKind kind = model::SpanKind::kOther;
  model::SpanStatus status = model::SpanStatus::kUnset;
  model::Capture capture = model::Capture::kOtlpHttp;
  bool is_fragment = false;
  bool is_trace_root = false;
  bool usage_is_aggregate = false;
  bool served = true;
  bool counted = false;        ///< As stored; recomputed when the trace is decided.
  uint32_t counted_in = 0;     ///< Text pool: id of the trace whose span stands for this call.
  uint64_t scope_hash = 0;     ///< Of the instrumentation scope's name.
  uint64_t response_hash = 0;  ///< Of the response id; 0: none.
  uint64_t model_hash = 0;     ///< Of the response model, else the request model; 0: none.
  uint64_t request_model_hash = 0;
  model::Count input_tokens, output_tokens, cached_input_tokens;
  std::optional<Money> cost;
  std::optional<int64_t> ttft_ns;
  OwnershipIds own;                           ///< What the sender gave this span.
  OwnershipIds effective;                     ///< As stored, inherited values included.
  uint32_t service = 0, model = 0, name = 0;  ///< Text pool.

  bool has_usage() const { return input_tokens || output_tokens; }
};

}  // namespace vitrine::settle
