// ExportLogsServiceRequest in OTLP/JSON.
#include "codecs/otlp/internal/json_common.h"
#include "codecs/otlp/internal/log_event_name.h"
#include "codecs/otlp/internal/misroute.h"
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
  kResourceLogs = 1,
  kResourceSpans,
  kResourceMetrics,
  kResource,
  kScopeLogs,
  kOldScopeLogs,
  kSchemaUrl,
  kScope,
  kOldScope,
  kLogRecords,
  kTime,
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

constexpr JsonField kRequestFields[] = {{"resourceLogs", kResourceLogs},
                                        {"resourceSpans", kResourceSpans},
                                        {"resourceMetrics", kResourceMetrics}};
constexpr JsonField kResourceLogsFields[] = {{"resource", kResource},
                                             {"scopeLogs", kScopeLogs},
                                             {"instrumentationLibraryLogs", kOldScopeLogs},
                                             {"schemaUrl", kSchemaUrl}};
constexpr JsonField kScopeLogsFields[] = {{"scope", kScope},
                                          {"instrumentationLibrary", kOldScope},
                                          {"logRecords", kLogRecords},
                                          {"schemaUrl", kSchemaUrl}};
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
    // Its node memory is worth keeping; the tree itself is done with when this returns.
    thread_local syntax::JsonDocument document;
    auto root = common_.ReadBody(body, document);
    Signal found = Signal::kUnknown;
    if (root) found = ReadRequest(*root);
    document.Clear();
    if (!root || found != Signal::kUnknown || common_.failed()) {
      Error error = !root ? std::move(root).error()
                    : common_.failed()
                        ? common_.TakeError()
                        : Error{ErrorCode::kInvalidInput, internal::MisrouteMessage(found), {}};
      logs_.Clear();
      return std::unexpected(std::move(error));
    }
    common_.issues.Finish("log record", logs_.issues);
    return {};
  }

 private:
  /// What the request is where it is not logs.
  Signal ReadRequest(JsonValue request);
  void ReadResourceLogs(JsonValue value);
  void ReadScopeLogs(JsonValue value, uint32_t resource);
  void ReadRecord(JsonValue value, uint32_t scope);
  void ReadRecordField(uint8_t field, JsonValue value, OtlpLogRecord& record);

  OtlpLogs& logs_;
  JsonCommon common_;
};

Signal LogsDecoder::ReadRequest(JsonValue request) {
  bool known = request.empty();
  Signal other = Signal::kUnknown;
  for (const JsonValue::Member& member : request.Members()) {
    switch (common_.FieldId(kRequestFields, member.key)) {
      case kResourceLogs:
        known = true;
        for (JsonValue element : common_.List(member.value)) ReadResourceLogs(element);
        break;
      case kResourceSpans: other = Signal::kTraces; break;
      case kResourceMetrics: other = Signal::kMetrics; break;
      default: break;
    }
  }
  if (known) return Signal::kUnknown;
  if (other == Signal::kUnknown) common_.issues.Add(Issue::kNothingKnown);
  return other;
}

void LogsDecoder::ReadResourceLogs(JsonValue value) {
  if (common_.IsFull(logs_.resources.size(), kOtlpResourcesMax, "resources")) return;
  auto index = static_cast<uint32_t>(logs_.resources.size());
  logs_.resources.emplace_back();
  if (!value.is_object()) common_.issues.Add(Issue::kWrongType);
  for (const JsonValue::Member& member : value.Members()) {
    uint8_t field = common_.FieldId(kResourceLogsFields, member.key);
    switch (field) {
      case kResource: common_.ReadResource(member.value, logs_.resources[index]); break;
      case kScopeLogs:
      case kOldScopeLogs:
        if (field == kOldScopeLogs) common_.issues.Add(Issue::kOldName);
        for (JsonValue element : common_.List(member.value)) ReadScopeLogs(element, index);
        break;
      case kSchemaUrl: logs_.resources[index].schema_url = common_.Text(member.value); break;
      default: break;
    }
  }
}

void LogsDecoder::ReadScopeLogs(JsonValue value, uint32_t resource) {
  if (common_.IsFull(logs_.scopes.size(), kOtlpScopesMax, "scopes")) return;
  auto index = static_cast<uint32_t>(logs_.scopes.size());
  logs_.scopes.emplace_back().resource = resource;
  if (!value.is_object()) common_.issues.Add(Issue::kWrongType);
  for (const JsonValue::Member& member : value.Members()) {
    uint8_t field = common_.FieldId(kScopeLogsFields, member.key);
    switch (field) {
      case kScope:
      case kOldScope:
        if (field == kOldScope) common_.issues.Add(Issue::kOldName);
        common_.ReadScope(member.value, logs_.scopes[index]);
        break;
      case kLogRecords:
        for (JsonValue element : common_.List(member.value)) ReadRecord(element, index);
        break;
      case kSchemaUrl: logs_.scopes[index].schema_url = common_.Text(member.value); break;
      default: break;
    }
  }
}

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
