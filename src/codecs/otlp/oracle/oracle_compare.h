// What libprotobuf reads from a request, put into our shape; and whether both readings of the same
// bytes agree. Test support: included by tests, benches and fuzzers only.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <optional>
#include <string>
#include <string_view>

#include "codecs/otlp/oracle/otlp_dump.h"
#include "codecs/otlp/otlp_decode.h"
#include "codecs/otlp/otlp_encode.h"
#include "otlp_oracle.pb.h"
#include "otlp_oracle_bytes.pb.h"
#include "syntax/json/utf8.h"

namespace vitrine::codecs::testing {

namespace oracle = vitrine::otlp_oracle;
/// The same messages with every string as bytes: reads text that is not UTF-8, which we mend and
/// libprotobuf refuses.
namespace oracle_bytes = vitrine::otlp_oracle_bytes;

template <typename Any>
inline void OracleJson(std::string& out, const Any& any) {
  switch (any.value_case()) {
    case Any::kStringValue: syntax::AppendJsonString(out, any.string_value()); break;
    case Any::kBoolValue: out += any.bool_value() ? "true" : "false"; break;
    case Any::kIntValue: out += std::to_string(any.int_value()); break;
    case Any::kDoubleValue: internal::AppendAnyDouble(out, any.double_value()); break;
    case Any::kBytesValue:
      syntax::AppendJsonString(out, syntax::Base64Encode(any.bytes_value()));
      break;
    case Any::kArrayValue: {
      std::string_view separator = "[";
      for (const auto& element : any.array_value().values()) {
        out += separator;
        OracleJson(out, element);
        separator = ",";
      }
      out += any.array_value().values_size() == 0 ? "[]" : "]";
      break;
    }
    case Any::kKvlistValue: {
      std::string_view separator = "{";
      for (const auto& pair : any.kvlist_value().values()) {
        out += separator;
        syntax::AppendJsonString(out, pair.key());
        out += ':';
        OracleJson(out, pair.value());
        separator = ",";
      }
      out += any.kvlist_value().values_size() == 0 ? "{}" : "}";
      break;
    }
    case Any::VALUE_NOT_SET: out += "null"; break;
  }
}

/// `text` with what is not UTF-8 replaced, in the arena.
inline std::string_view OracleText(const std::string& text, Arena& arena) {
  std::string repaired;
  syntax::AppendUtf8Repaired(repaired, text);
  return arena.Copy(repaired);
}

template <typename Any>
inline model::Value OracleValue(const Any& any, Arena& arena) {
  switch (any.value_case()) {
    case Any::kStringValue: return model::Value::String(OracleText(any.string_value(), arena));
    case Any::kBoolValue: return model::Value::Bool(any.bool_value());
    case Any::kIntValue: return model::Value::Int(any.int_value());
    case Any::kDoubleValue: return model::Value::Double(any.double_value());
    case Any::kBytesValue: return model::Value::Bytes(any.bytes_value());
    case Any::VALUE_NOT_SET: return model::Value::Null();
    case Any::kArrayValue:
    case Any::kKvlistValue: break;
  }
  std::string json;
  OracleJson(json, any);
  return model::Value::Json(arena.Copy(json));
}

/// Builds our arrays from the oracle's messages. The result borrows from them.
template <typename Decoded>
class FromOracle {
 public:
  explicit FromOracle(Decoded& out) : out_(out) {}

  template <typename Pairs>
  Range Attributes(const Pairs& pairs) {
    Range range;
    range.begin = static_cast<uint32_t>(out_.attributes.size());
    for (const auto& pair : pairs) {
      out_.attributes.push_back({Text(pair.key()), OracleValue(pair.value(), out_.arena)});
    }
    range.end = static_cast<uint32_t>(out_.attributes.size());
    return range;
  }

  template <typename Item>
  void Resource(const Item& item) {
    OtlpResource resource;
    resource.attributes = Attributes(item.resource().attributes());
    resource.dropped_attributes_count = item.resource().dropped_attributes_count();
    resource.schema_url = Text(item.schema_url());
    out_.resources.push_back(resource);
  }

  template <typename Item>
  void Scope(const Item& item) {
    OtlpScope scope;
    scope.resource = static_cast<uint32_t>(out_.resources.size() - 1);
    scope.name = Text(item.scope().name());
    scope.version = Text(item.scope().version());
    scope.attributes = Attributes(item.scope().attributes());
    scope.dropped_attributes_count = item.scope().dropped_attributes_count();
    scope.schema_url = Text(item.schema_url());
    out_.scopes.push_back(scope);
  }

  std::string_view Text(const std::string& text) { return OracleText(text, out_.arena); }
  static uint8_t Enum(int value, int max) {
    return value >= 0 && value <= max ? static_cast<uint8_t>(value) : uint8_t{0};
  }
  uint32_t scope() const { return static_cast<uint32_t>(out_.scopes.size() - 1); }

 private:
  Decoded& out_;
};

template <typename Span>
inline void SpanFromOracle(const Span& from, OtlpTraces& out) {
  FromOracle<OtlpTraces> build(out);
  auto trace_id = TraceId::FromBytes(from.trace_id());
  auto span_id = SpanId::FromBytes(from.span_id());
  if (!trace_id || trace_id->is_zero() || !span_id || span_id->is_zero()) {
    ++out.issues.rejected;
    return;
  }
  OtlpSpan span;
  span.trace_id = *trace_id;
  span.span_id = *span_id;
  span.parent_span_id = SpanId::FromBytes(from.parent_span_id()).value_or(SpanId());
  span.scope = build.scope();
  span.trace_state = build.Text(from.trace_state());
  span.name = build.Text(from.name());
  span.status_message = build.Text(from.status().message());
  span.status_code = build.Enum(from.status().code(), 2);
  span.kind = build.Enum(from.kind(), 5);
  span.start_unix_nano = from.start_time_unix_nano();
  span.end_unix_nano = from.end_time_unix_nano();
  span.flags = from.flags();
  span.dropped_attributes_count = from.dropped_attributes_count();
  span.dropped_events_count = from.dropped_events_count();
  span.dropped_links_count = from.dropped_links_count();
  span.attributes = build.Attributes(from.attributes());
  span.events.begin = static_cast<uint32_t>(out.events.size());
  for (const auto& item : from.events()) {
    OtlpEvent event;
    event.time_unix_nano = item.time_unix_nano();
    event.name = build.Text(item.name());
    event.dropped_attributes_count = item.dropped_attributes_count();
    event.attributes = build.Attributes(item.attributes());
    out.events.push_back(event);
  }
  span.events.end = static_cast<uint32_t>(out.events.size());
  span.links.begin = static_cast<uint32_t>(out.links.size());
  for (const auto& item : from.links()) {
    OtlpLink link;
    link.trace_id = TraceId::FromBytes(item.trace_id()).value_or(TraceId());
    link.span_id = SpanId::FromBytes(item.span_id()).value_or(SpanId());
    link.trace_state = build.Text(item.trace_state());
    link.flags = item.flags();
    link.dropped_attributes_count = item.dropped_attributes_count();
    link.attributes = build.Attributes(item.attributes());
    out.links.push_back(link);
  }
  span.links.end = static_cast<uint32_t>(out.links.size());
  out.spans.push_back(span);
}

template <typename Request>
inline void Convert(const Request& request, OtlpTraces& out) {
  FromOracle<OtlpTraces> build(out);
  for (const auto& resource : request.resource_spans()) {
    build.Resource(resource);
    for (const auto& scope : resource.scope_spans()) {
      build.Scope(scope);
      for (const auto& span : scope.spans()) SpanFromOracle(span, out);
    }
  }
}

template <typename Record>
inline void RecordFromOracle(const Record& from, OtlpLogs& out) {
  FromOracle<OtlpLogs> build(out);
  OtlpLogRecord record;
  record.trace_id = TraceId::FromBytes(from.trace_id()).value_or(TraceId());
  record.span_id = SpanId::FromBytes(from.span_id()).value_or(SpanId());
  record.scope = build.scope();
  record.time_unix_nano = from.time_unix_nano();
  record.observed_time_unix_nano = from.observed_time_unix_nano();
  record.severity_number = build.Enum(from.severity_number(), 24);
  record.severity_text = build.Text(from.severity_text());
  record.event_name = build.Text(from.event_name());
  record.flags = from.flags();
  record.dropped_attributes_count = from.dropped_attributes_count();
  record.body = OracleValue(from.body(), out.arena);
  record.attributes = build.Attributes(from.attributes());
  for (const auto& pair : from.attributes()) {
    if (!record.event_name.empty()) break;
    if (pair.key() == "event.name" && pair.value().has_string_value())
      record.event_name = build.Text(pair.value().string_value());
  }
  out.records.push_back(record);
}

template <typename Request>
inline void Convert(const Request& request, OtlpLogs& out) {
  FromOracle<OtlpLogs> build(out);
  for (const auto& resource : request.resource_logs()) {
    build.Resource(resource);
    for (const auto& scope : resource.scope_logs()) {
      build.Scope(scope);
      for (const auto& record : scope.log_records()) RecordFromOracle(record, out);
    }
  }
}

/// libprotobuf's parse with a nesting limit above ours.
template <typename Message>
bool OracleParse(std::string_view body, Message& message) {
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(body.data()),
                                                static_cast<int>(body.size()));
  stream.SetRecursionLimit(5000);
  return message.ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

/// Refusals that are ours alone, as limits.h and otlp_decode.h say.
inline bool IsOwnRefusal(const Error& error) {
  return error.code == ErrorCode::kLimitExceeded || error.message.starts_with("this is a ") ||
         error.message.starts_with("no span of the request has") ||
         error.message.find("groups") != std::string::npos;
}

/// Decodes `body` both ways. Nothing when they agree, else what is wrong.
template <typename Decoded, typename Message>
std::optional<std::string> Disagreement(std::string_view body, Decoded& ours,
                                        const Result<void>& result) {
  Message message;
  bool accepted = OracleParse(body, message);
  if (!result) {
    if (accepted && !IsOwnRefusal(result.error()))
      return "only we refuse: " + result.error().message;
    if (!ours.resources.empty()) return "arrays are left after a failure";
    return std::nullopt;
  }
  if (!accepted) {
    // Strings that are not UTF-8 are mended, and values that are overwritten are not looked at;
    // both are counted.
    if (ours.issues.repaired == 0) return "only we accept";
    return std::nullopt;
  }
  // The oracle does not know the names of before OTLP 0.19.
  if (ours.issues.message.find("before OTLP 0.19") != std::string::npos) return std::nullopt;
  Decoded theirs;
  Convert(message, theirs);
  std::string ours_text = Dump(ours), theirs_text = Dump(theirs);
  if (ours_text != theirs_text) return "ours:\n" + ours_text + "theirs:\n" + theirs_text;
  if (ours.issues.rejected != theirs.issues.rejected) return "rejected counts differ";
  return std::nullopt;
}

/// Encodes what was decoded in both encodings, and decodes it again.
inline std::optional<std::string> RoundTripFault(const OtlpTraces& traces) {
  std::string before = Dump(traces);
  OtlpTraces again;
  std::string wire = EncodeTracesProtobuf(traces);
  if (auto result = DecodeTracesProtobuf(wire, again); !result)
    return "own protobuf refused: " + result.error().message;
  if (std::string after = Dump(again); after != before)
    return "protobuf before:\n" + before + "after:\n" + after;
  if (again.issues.repaired + again.issues.rejected != 0)
    return "own protobuf has issues: " + again.issues.message;
  oracle::ExportTraceServiceRequest message;
  if (!OracleParse(wire, message)) return "the oracle refuses our protobuf";
  std::string json = EncodeTracesJson(traces);
  if (auto result = DecodeTracesJson(json, again); !result)
    return "own JSON refused: " + result.error().message;
  if (std::string after = Dump(again); after != before)
    return "JSON before:\n" + before + "after:\n" + after;
  if (again.issues.repaired + again.issues.rejected != 0)
    return "own JSON has issues: " + again.issues.message;
  return std::nullopt;
}

inline std::optional<std::string> TracesFault(std::string_view body) {
  OtlpTraces ours;
  auto result = DecodeTracesProtobuf(body, ours);
  if (auto fault =
          Disagreement<OtlpTraces, oracle_bytes::ExportTraceServiceRequest>(body, ours, result))
    return fault;
  return result ? RoundTripFault(ours) : std::nullopt;
}

inline std::optional<std::string> LogsFault(std::string_view body) {
  OtlpLogs ours;
  auto result = DecodeLogsProtobuf(body, ours);
  return Disagreement<OtlpLogs, oracle_bytes::ExportLogsServiceRequest>(body, ours, result);
}

}  // namespace vitrine::codecs::testing
