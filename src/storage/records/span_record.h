// Span records: a model::SpanBatch as the payload of one log record, and back.
// Format: docs/formats/span_record.md. Versioned and field-tagged: new fields can be added, old records stay readable.
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/span.h"

namespace vitrine::records {

/// Encodes everything a batch holds. Only fields that are set are written.
std::string EncodeSpanBatch(const model::SpanBatch& batch);

/// Decodes one record.
/// Errors:   kCorrupt (byte offset given), kUnsupported (a newer format version).
/// Lifetime: the batch borrows from `payload`; keep its buffer alive.
Result<model::SpanBatch> DecodeSpanBatch(std::string_view payload);

}  // namespace vitrine::records
