#include <span>

#include "codecs/otlp/internal/span_groups.h"
#include "codecs/otlp/limits.h"
#include "codecs/otlp/otlp_encode.h"
#include "syntax/json/json_document.h"
#include "syntax/protobuf/wire_writer.h"

namespace vitrine::codecs {

namespace {

using model::Attribute;
using model::Value;
using model::ValueType;
using syntax::JsonValue;
using syntax::WireWriter;

// What nests deeper is sent as text: a decoder would refuse it.
constexpr syntax::JsonOptions kValueOptions{.depth_max = kAnyValueDepthMax};

class TracesEncoder {
 public:
  explicit TracesEncoder(const OtlpTraces& traces) : traces_(traces), writer_(out_) {}

  std::string Encode();

 private:
  void WriteScopeSpans(const OtlpScope& scope, std::span<const uint32_t> spans);
  void WriteSpan(const OtlpSpan& span);
  void WriteEvent(const OtlpEvent& event);
  void WriteLink(const OtlpLink& link);
  void WriteAttributes(uint32_t field, Range range);
  void WriteAnyValue(const Value& value);
  void WriteJson(JsonValue value);

  void Text(uint32_t field, std::string_view text) {
    if (!text.empty()) writer_.Bytes(field, text);
  }
  void Count(uint32_t field, uint32_t count) {
    if (count != 0) writer_.Varint(field, count);
  }
  template <typename Id>
  void WriteId(uint32_t field, const Id& id) {
    if (id) writer_.Bytes(field, id.AsBytes());
  }

  const OtlpTraces& traces_;
  std::string out_;
  WireWriter writer_;
};

std::string TracesEncoder::Encode() {
  internal::SpanGroups groups(traces_);
  for (size_t i = 0; i < traces_.resources.size(); ++i) {
    const OtlpResource& resource = traces_.resources[i];
    size_t resource_spans = writer_.BeginMessage(1);
    size_t message = writer_.BeginMessage(1);
    WriteAttributes(1, resource.attributes);
    Count(2, resource.dropped_attributes_count);
    writer_.EndMessage(message);
    for (uint32_t scope : groups.scopes_of_resource[i]) {
      WriteScopeSpans(traces_.scopes[scope], groups.spans_of_scope[scope]);
    }
    Text(3, resource.schema_url);
    writer_.EndMessage(resource_spans);
  }
  return std::move(out_);
}

void TracesEncoder::WriteScopeSpans(const OtlpScope& scope, std::span<const uint32_t> spans) {
  size_t scope_spans = writer_.BeginMessage(2);
  size_t message = writer_.BeginMessage(1);
  Text(1, scope.name);
  Text(2, scope.version);
  WriteAttributes(3, scope.attributes);
  Count(4, scope.dropped_attributes_count);
  writer_.EndMessage(message);
  for (uint32_t span : spans) WriteSpan(traces_.spans[span]);
  Text(3, scope.schema_url);
  writer_.EndMessage(scope_spans);
}

void TracesEncoder::WriteSpan(const OtlpSpan& span) {
  size_t message = writer_.BeginMessage(2);
  WriteId(1, span.trace_id);
  WriteId(2, span.span_id);
  Text(3, span.trace_state);
  WriteId(4, span.parent_span_id);
  Text(5, span.name);
  Count(6, span.kind);
  if (span.start_unix_nano != 0) writer_.Fixed64(7, span.start_unix_nano);
  if (span.end_unix_nano != 0) writer_.Fixed64(8, span.end_unix_nano);
  WriteAttributes(9, span.attributes);
  Count(10, span.dropped_attributes_count);
  for (uint32_t i = span.events.begin; i < span.events.end; ++i) WriteEvent(traces_.events[i]);
  Count(12, span.dropped_events_count);
  for (uint32_t i = span.links.begin; i < span.links.end; ++i) WriteLink(traces_.links[i]);
  Count(14, span.dropped_links_count);
  if (span.status_code != 0 || !span.status_message.empty()) {
    size_t status = writer_.BeginMessage(15);
    Text(2, span.status_message);
    Count(3, span.status_code);
    writer_.EndMessage(status);
  }
  if (span.flags != 0) writer_.Fixed32(16, span.flags);
  writer_.EndMessage(message);
}

void TracesEncoder::WriteEvent(const OtlpEvent& event) {
  size_t message = writer_.BeginMessage(11);
  if (event.time_unix_nano != 0) writer_.Fixed64(1, event.time_unix_nano);
  Text(2, event.name);
  WriteAttributes(3, event.attributes);
  Count(4, event.dropped_attributes_count);
  writer_.EndMessage(message);
}

void TracesEncoder::WriteLink(const OtlpLink& link) {
  size_t message = writer_.BeginMessage(13);
  WriteId(1, link.trace_id);
  WriteId(2, link.span_id);
  Text(3, link.trace_state);
  WriteAttributes(4, link.attributes);
  Count(5, link.dropped_attributes_count);
  if (link.flags != 0) writer_.Fixed32(6, link.flags);
  writer_.EndMessage(message);
}

void TracesEncoder::WriteAttributes(uint32_t field, Range range) {
  for (uint32_t i = range.begin; i < range.end; ++i) {
    const Attribute& attribute = traces_.attributes[i];
    size_t message = writer_.BeginMessage(field);
    Text(1, attribute.key);
    size_t value = writer_.BeginMessage(2);
    WriteAnyValue(attribute.value);
    writer_.EndMessage(value);
    writer_.EndMessage(message);
  }
}

/// Writes the one member of the oneof that is set; that one also where it is a default.
void TracesEncoder::WriteAnyValue(const Value& value) {
  switch (value.type) {
    case ValueType::kNull: return;
    case ValueType::kString: writer_.Bytes(1, value.text); return;
    case ValueType::kBool: writer_.Varint(2, value.boolean ? 1 : 0); return;
    case ValueType::kInt: writer_.Int(3, value.integer); return;
    case ValueType::kDouble: writer_.Double(4, value.number); return;
    case ValueType::kBytes: writer_.Bytes(7, value.text); return;
    case ValueType::kJson: break;
  }
  syntax::JsonDocument document;
  Arena arena;
  bool parsed = document.Parse(value.text, arena, kValueOptions) == syntax::JsonStatus::kOk;
  if (parsed && (document.root().is_array() || document.root().is_object())) {
    WriteJson(document.root());
  } else {
    writer_.Bytes(1, value.text);
  }
}

void TracesEncoder::WriteJson(JsonValue value) {
  switch (value.kind()) {
    case syntax::JsonKind::kMissing:
    case syntax::JsonKind::kNull: return;
    case syntax::JsonKind::kBool: writer_.Varint(2, value.AsBool().value_or(false) ? 1 : 0); return;
    case syntax::JsonKind::kInt: writer_.Int(3, value.AsInt().value_or(0)); return;
    case syntax::JsonKind::kDouble: writer_.Double(4, value.AsDouble().value_or(0)); return;
    case syntax::JsonKind::kString: writer_.Bytes(1, value.text()); return;
    case syntax::JsonKind::kArray:
    case syntax::JsonKind::kObject: break;
  }
  size_t list = writer_.BeginMessage(value.is_array() ? 5 : 6);
  for (JsonValue element : value.Elements()) {
    size_t message = writer_.BeginMessage(1);
    WriteJson(element);
    writer_.EndMessage(message);
  }
  for (const JsonValue::Member& member : value.Members()) {
    size_t message = writer_.BeginMessage(1);
    Text(1, member.key);
    size_t nested = writer_.BeginMessage(2);
    WriteJson(member.value);
    writer_.EndMessage(nested);
    writer_.EndMessage(message);
  }
  writer_.EndMessage(list);
}

}  // namespace

std::string EncodeTracesProtobuf(const OtlpTraces& traces) {
  return TracesEncoder(traces).Encode();
}

}  // namespace vitrine::codecs
