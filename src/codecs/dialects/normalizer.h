// Normalizer: decoded telemetry in any vocabulary -> model::Span.
// Threads: const and shared; one Normalizer serves every thread. Rules are tables (rules.h).
// Source: WIRE-FORMATS 2-6 and 10; DESIGN 3 and 4.
#pragma once

#include <memory>

#include "codecs/otlp/otlp_data.h"
#include "model/span.h"

namespace vitrine::codecs {

class Normalizer {
 public:
  /// Appends one row per span of `traces` to `batch`, wire order kept.
  /// Units:    times in UTC epoch ns; absent token counts stay null, not 0; costs only as reported
  /// by the sender. Lifetime: rows borrow from the request body and from `traces.arena`, which is
  /// moved into nothing: the caller keeps
  ///           both alive as long as the batch (or encodes the batch before letting go).
  /// Errors:   none; what cannot be understood stays in `attributes` and is named in `malformed`.
  static void AppendTraces(const OtlpTraces& traces, model::SpanBatch& batch);

  /// Appends a fragment for each GenAI log event that belongs to a span, and a score for each
  /// evaluation event. Returns how many records were taken; the others are not GenAI events.
  static size_t AppendLogs(const OtlpLogs& logs, model::SpanBatch& batch);
};

}  // namespace vitrine::codecs
