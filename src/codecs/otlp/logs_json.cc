// ExportLogsServiceRequest in OTLP/JSON.
#include "codecs/otlp/internal/json_common.h"
#include "codecs/otlp/internal/json_envelope.h"
#include "codecs/otlp/internal/log_event_name.h"
#include "codecs/otlp/limits.h"
#include "codecs/otlp/otlp_decode.h"

namespace vitrine::codecs {

namespace {

using internal::Issue;
using internal::JsonCommon;
using internal::JsonField;
using internal::Signal;
using syntax::JsonValue;

constexpr std::string_view kSeverities[] = {
    "UNSPECIFIED", "TRACE",  "TRACE2", "TRACE3", "TRACE4", "DEBUG",  "DEBUG2", "DEBUG3", "DEBUG4",
    "INFO",        "INFO2",  "INFO3",  "INFO4",  "WARN",   "WARN2",  "WARN3",  "WARN4",  "ERROR",
    "ERROR2",      "ERROR3", "ERROR4", "FATAL",  "FATAL2", "FATAL3", "FATAL4"};
static_assert(std::size(kSeverities) == 25, "SeverityNumber runs from 0 to 24");

enum : uint8_t {
  kTime = 1,
  kObservedTime,
  kSeverityNumber,
  kSeverityText,
  kBody,
  kAttributes,
  kDroppedAttributes,
  kFlags,
  kTraceId,
  kSpanId,
  kEventName,
};

constexpr internal::JsonEnvelopeNames kEnvelope{
    Signal::kLogs, "scopeLogs", "instrumentationLibraryLogs", "logRecords", "log record"};
constexpr JsonField kRecordFields[] = {{"timeUnixNano", kTime},
                                       {"observedTimeUnixNano", kObservedTime},
                                       {"severityNumber", kSeverityNumber},
                                       {"severityText", kSeverityText},
                                       {"body", kBody},
                                       {"attributes", kAttributes},
                                       {"droppedAttributesCount", kDroppedAttributes},
                                       {"flags", kFlags},
                                       {"traceId", kTraceId},
                                       {"spanId", kSpanId},
                                       {"eventName", kEventName}};

class LogsDecoder {
 public:
  explicit LogsDecoder(OtlpLogs& logs) : logs_(logs), common_(logs.attributes, logs.arena) {}

  Result<void> Decode(std::string_view body) {
    const auto read_item = [this](JsonValue value, uint32_t scope) { ReadRecord(value, scope); };
    return internal::JsonEnvelope(kEnvelope, logs_, common_, read_item).Decode(body);
  }

 private:
  void ReadRecord(JsonValue value, uint32_t scope);
  void ReadRecordField(uint8_t field, JsonValue value, OtlpLogRecord& record);

  OtlpLogs& logs_;
  JsonCommon common_;
};

void LogsDecoder::ReadRecord(JsonValue value, uint32_t scope) {
  if (!value.is_object()) {
    common_.issues.Add(Issue::kWrongItem);
    return;
  }
  OtlpLogRecord record;
  record.scope = scope;
  for (const JsonValue::Member& member : value.Members()) {
    ReadRecordField(common_.FieldId(kRecordFields, member.key), member.value, record);
  }
  internal::FillEventName(logs_.attributes, record);
  if (common_.IsFull(logs_.records.size(), kOtlpLogRecordsMax, "log records")) return;
  logs_.records.push_back(record);
}

void LogsDecoder::ReadRecordField(uint8_t field, JsonValue value, OtlpLogRecord& record) {
  switch (field) {
    case kTime: record.time_unix_nano = common_.Uint64(value); break;
    case kObservedTime: record.observed_time_unix_nano = common_.Uint64(value); break;
    case kSeverityNumber:
      record.severity_number = common_.Enum(value, {"SEVERITY_NUMBER_", kSeverities});
      break;
    case kSeverityText: record.severity_text = common_.Text(value); break;
    case kBody: record.body = common_.ReadAnyValue(value); break;
    case kAttributes: record.attributes = common_.ReadAttributes(value); break;
    case kDroppedAttributes: record.dropped_attributes_count = common_.Uint32(value); break;
    case kFlags: record.flags = common_.Uint32(value); break;
    case kTraceId: record.trace_id = common_.OptionalId<TraceId>(value, Issue::kReferenceId); break;
    case kSpanId: record.span_id = common_.OptionalId<SpanId>(value, Issue::kReferenceId); break;
    case kEventName: record.event_name = common_.Text(value); break;
    default: break;
  }
}

}  // namespace

Result<void> DecodeLogsJson(std::string_view body, OtlpLogs& logs) {
  logs.Clear();
  return LogsDecoder(logs).Decode(body);
}

}  // namespace vitrine::codecs
