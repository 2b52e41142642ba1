// Span records: one model::SpanBatch as the payload of one log record.
// Owner: see each function. Threads: none; functions only.
// Format: docs/formats/span_record.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/span.h"

namespace vitrine::records {

/// The version this build writes. Older ones are read.
inline constexpr uint8_t kSpanRecordVersion = 1;

/// Encodes a whole batch. Unset fields take no bytes; strings that repeat are stored once.
std::string EncodeSpanBatch(const model::SpanBatch& batch);

/// Decodes one payload.
/// Errors:   kCorrupt (byte offset given), kUnsupported (written by a newer version).
/// Lifetime: the batch borrows from `payload`; keep its buffer alive, or give it as `owner`, which
///           is then kept in the batch's `bodies`.
Result<model::SpanBatch> DecodeSpanBatch(std::string_view payload,
                                         std::shared_ptr<const std::string> owner = nullptr);

/// Spans of a payload, read from its head; nothing for a payload that does not decode.
std::optional<uint64_t> CountSpans(std::string_view payload);

}  // namespace vitrine::records
