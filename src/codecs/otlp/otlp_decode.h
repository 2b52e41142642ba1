// Decoders of OTLP export requests: protobuf and JSON, traces and logs.
// Owner: the result borrows from `body`; keep it alive. Threads: free functions; one result per
// thread, used again and again (its memory is kept). Source: OTLP 1.11.0 (opentelemetry-proto);
// what is tolerated beyond it is listed in tests/golden/otlp/SOURCE.md.
#pragma once

#include <string_view>

#include "base/result.h"
#include "codecs/otlp/otlp_data.h"

namespace vitrine::codecs {

/// Decodes one ExportTraceServiceRequest; `traces` is emptied first.
/// Shape:    flat arrays, wire order kept. Repeated singular fields merge as protobuf says; unknown
/// fields are skipped. Units:    times in UTC epoch ns; 0 where none was sent. Partial:  spans
/// without valid ids are left out, and issues.rejected says how many. What was mended (strings that
/// are not
///           UTF-8, ids in base64, enum names, old field names) is counted in issues.repaired.
/// Errors:   kInvalidInput (byte offset given), also where the body is a logs or metrics request;
/// kLimitExceeded
///           (limits.h). `traces` is empty then.
/// Lifetime: text borrows from `body` or from traces.arena.
Result<void> DecodeTracesProtobuf(std::string_view body, OtlpTraces& traces);

/// The same for OTLP/JSON.
Result<void> DecodeTracesJson(std::string_view body, OtlpTraces& traces);

/// Decodes one ExportLogsServiceRequest; `logs` is emptied first. As DecodeTracesProtobuf, but no
/// record is left out: an id that is no id reads as "not correlated" and is counted as repaired.
Result<void> DecodeLogsProtobuf(std::string_view body, OtlpLogs& logs);

/// The same for OTLP/JSON.
Result<void> DecodeLogsJson(std::string_view body, OtlpLogs& logs);

}  // namespace vitrine::codecs
