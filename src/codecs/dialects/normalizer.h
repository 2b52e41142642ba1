// Normalizer: decoded telemetry in any vocabulary -> model::Span.
// Threads: const and shared; one Normalizer serves every thread. Rules are tables
// (internal/rules.h). Source: WIRE-FORMATS 2-6 and 10; DESIGN 3 and 4.
#pragma once

#include <memory>

#include "codecs/otlp/otlp_data.h"
#include "model/span.h"

namespace vitrine::codecs {

class Normalizer {
 public:
  /// Appends one row per span of `traces` to `batch`, wire order kept. A span that a sender exports
  /// while it still runs (Logfire's pending spans) becomes a fragment of the one to come.
  /// Units:    times in UTC epoch ns; absent token counts stay null, not 0; costs only as reported
  /// by
  ///           the sender.
  /// Content:  system prompt first. Roles are those of the conversation; text without one is `user`
  ///           and `assistant` on model calls, `input` and `output` on other spans. A tool span has
  ///           one `input` message with its call and one `tool` message with its response.
  /// Errors:   none; what cannot be understood stays in `attributes` and is named in `malformed`.
  /// Lifetime: rows borrow from the request body and from `traces`, its arrays as well as its
  /// arena:
  ///           keep both until the batch is encoded.
  static void AppendTraces(const OtlpTraces& traces, model::SpanBatch& batch);

  /// Appends a fragment for the GenAI log events that belong to one span and follow one another,
  /// and a score for each evaluation event. Returns how many records were taken; the others are not
  /// GenAI events. A fragment's start and end are the times of its first and last event. Lifetime:
  /// as AppendTraces.
  static size_t AppendLogs(const OtlpLogs& logs, model::SpanBatch& batch);
};

}  // namespace vitrine::codecs
