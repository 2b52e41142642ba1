#include <span>

#include "codecs/otlp/internal/any_value_json.h"
#include "codecs/otlp/internal/span_groups.h"
#include "codecs/otlp/limits.h"
#include "codecs/otlp/otlp_encode.h"
#include "syntax/base64.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs {

namespace {

using model::Attribute;
using model::Value;
using model::ValueType;
using syntax::JsonValue;
using syntax::JsonWriter;

// What nests deeper is sent as text: a decoder would refuse it.
constexpr syntax::JsonOptions kValueOptions{.depth_max = kAnyValueDepthMax};

class TracesEncoder {
 public:
  explicit TracesEncoder(const OtlpTraces& traces) : traces_(traces), writer_(out_) {}

  std::string Encode();

 private:
  void WriteScopeSpans(const OtlpScope& scope, std::span<const uint32_t> spans);
  void WriteSpan(const OtlpSpan& span);
  void WriteEvents(Range range);
  void WriteLinks(Range range);
  void WriteAttributes(Range range);
  void WriteAnyValue(const Value& value);
  void WriteJson(JsonValue value);

  void Text(std::string_view key, std::string_view text) {
    if (!text.empty()) writer_.Member(key, text);
  }
  void Number(std::string_view key, uint32_t number) {
    if (number != 0) writer_.Member(key, number);
  }
  void Time(std::string_view key, uint64_t unix_nano) {
    if (unix_nano != 0) writer_.Member(key, std::to_string(unix_nano));
  }
  template <typename Id>
  void WriteId(std::string_view key, const Id& id) {
    if (id) writer_.Member(key, id.ToHex());
  }
  void Integer(int64_t value) { writer_.Member("intValue", std::to_string(value)); }
  void Double(double value) {
    std::string number;
    internal::AppendAnyDouble(number, value);
    writer_.Key("doubleValue").Raw(number);
  }

  const OtlpTraces& traces_;
  std::string out_;
  JsonWriter writer_;
};

std::string TracesEncoder::Encode() {
  internal::SpanGroups groups(traces_);
  writer_.BeginObject().Key("resourceSpans").BeginArray();
  for (size_t i = 0; i < traces_.resources.size(); ++i) {
    const OtlpResource& resource = traces_.resources[i];
    writer_.BeginObject().Key("resource").BeginObject();
    WriteAttributes(resource.attributes);
    Number("droppedAttributesCount", resource.dropped_attributes_count);
    writer_.EndObject().Key("scopeSpans").BeginArray();
    for (uint32_t scope : groups.scopes_of_resource[i]) {
      WriteScopeSpans(traces_.scopes[scope], groups.spans_of_scope[scope]);
    }
    writer_.EndArray();
    Text("schemaUrl", resource.schema_url);
    writer_.EndObject();
  }
  writer_.EndArray().EndObject();
  return std::move(out_);
}

void TracesEncoder::WriteScopeSpans(const OtlpScope& scope, std::span<const uint32_t> spans) {
  writer_.BeginObject().Key("scope").BeginObject();
  Text("name", scope.name);
  Text("version", scope.version);
  WriteAttributes(scope.attributes);
  Number("droppedAttributesCount", scope.dropped_attributes_count);
  writer_.EndObject().Key("spans").BeginArray();
  for (uint32_t span : spans) WriteSpan(traces_.spans[span]);
  writer_.EndArray();
  Text("schemaUrl", scope.schema_url);
  writer_.EndObject();
}

void TracesEncoder::WriteSpan(const OtlpSpan& span) {
  writer_.BeginObject();
  WriteId("traceId", span.trace_id);
  WriteId("spanId", span.span_id);
  Text("traceState", span.trace_state);
  WriteId("parentSpanId", span.parent_span_id);
  Text("name", span.name);
  Number("kind", span.kind);
  Time("startTimeUnixNano", span.start_unix_nano);
  Time("endTimeUnixNano", span.end_unix_nano);
  WriteAttributes(span.attributes);
  Number("droppedAttributesCount", span.dropped_attributes_count);
  WriteEvents(span.events);
  Number("droppedEventsCount", span.dropped_events_count);
  WriteLinks(span.links);
  Number("droppedLinksCount", span.dropped_links_count);
  writer_.Key("status").BeginObject();
  Text("message", span.status_message);
  Number("code", span.status_code);
  writer_.EndObject();
  Number("flags", span.flags);
  writer_.EndObject();
}

void TracesEncoder::WriteEvents(Range range) {
  if (range.size() == 0) return;
  writer_.Key("events").BeginArray();
  for (uint32_t i = range.begin; i < range.end; ++i) {
    const OtlpEvent& event = traces_.events[i];
    writer_.BeginObject();
    Time("timeUnixNano", event.time_unix_nano);
    Text("name", event.name);
    WriteAttributes(event.attributes);
    Number("droppedAttributesCount", event.dropped_attributes_count);
    writer_.EndObject();
  }
  writer_.EndArray();
}

void TracesEncoder::WriteLinks(Range range) {
  if (range.size() == 0) return;
  writer_.Key("links").BeginArray();
  for (uint32_t i = range.begin; i < range.end; ++i) {
    const OtlpLink& link = traces_.links[i];
    writer_.BeginObject();
    WriteId("traceId", link.trace_id);
    WriteId("spanId", link.span_id);
    Text("traceState", link.trace_state);
    WriteAttributes(link.attributes);
    Number("droppedAttributesCount", link.dropped_attributes_count);
    Number("flags", link.flags);
    writer_.EndObject();
  }
  writer_.EndArray();
}

void TracesEncoder::WriteAttributes(Range range) {
  if (range.size() == 0) return;
  writer_.Key("attributes").BeginArray();
  for (uint32_t i = range.begin; i < range.end; ++i) {
    const Attribute& attribute = traces_.attributes[i];
    writer_.BeginObject().Member("key", attribute.key).Key("value");
    WriteAnyValue(attribute.value);
    writer_.EndObject();
  }
  writer_.EndArray();
}

void TracesEncoder::WriteAnyValue(const Value& value) {
  if (value.type == ValueType::kJson) {
    syntax::JsonDocument document;
    Arena arena;
    bool parsed = document.Parse(value.text, arena, kValueOptions) == syntax::JsonStatus::kOk;
    if (parsed && (document.root().is_array() || document.root().is_object())) {
      WriteJson(document.root());
      return;
    }
  }
  writer_.BeginObject();
  switch (value.type) {
    case ValueType::kNull: break;
    case ValueType::kString:
    case ValueType::kJson: writer_.Member("stringValue", value.text); break;
    case ValueType::kBool: writer_.Member("boolValue", value.boolean); break;
    case ValueType::kInt: Integer(value.integer); break;
    case ValueType::kDouble: Double(value.number); break;
    case ValueType::kBytes: writer_.Member("bytesValue", syntax::Base64Encode(value.text)); break;
  }
  writer_.EndObject();
}

void TracesEncoder::WriteJson(JsonValue value) {
  writer_.BeginObject();
  switch (value.kind()) {
    case syntax::JsonKind::kMissing:
    case syntax::JsonKind::kNull: break;
    case syntax::JsonKind::kBool:
      writer_.Member("boolValue", value.AsBool().value_or(false));
      break;
    case syntax::JsonKind::kInt: Integer(value.AsInt().value_or(0)); break;
    case syntax::JsonKind::kDouble: Double(value.AsDouble().value_or(0)); break;
    case syntax::JsonKind::kString: writer_.Member("stringValue", value.text()); break;
    case syntax::JsonKind::kArray:
      writer_.Key("arrayValue").BeginObject().Key("values").BeginArray();
      for (JsonValue element : value.Elements()) WriteJson(element);
      writer_.EndArray().EndObject();
      break;
    case syntax::JsonKind::kObject:
      writer_.Key("kvlistValue").BeginObject().Key("values").BeginArray();
      for (const JsonValue::Member& member : value.Members()) {
        writer_.BeginObject().Member("key", member.key).Key("value");
        WriteJson(member.value);
        writer_.EndObject();
      }
      writer_.EndArray().EndObject();
      break;
  }
  writer_.EndObject();
}

}  // namespace

std::string EncodeTracesJson(const OtlpTraces& traces) { return TracesEncoder(traces).Encode(); }

}  // namespace vitrine::codecs
