// ExportTraceServiceRequest in OTLP/JSON.
#include "codecs/otlp/internal/json_common.h"
#include "codecs/otlp/internal/json_envelope.h"
#include "codecs/otlp/limits.h"
#include "codecs/otlp/otlp_decode.h"

namespace vitrine::codecs {

namespace {

using internal::Issue;
using internal::JsonCommon;
using internal::JsonField;
using internal::Signal;
using syntax::JsonValue;

constexpr std::string_view kSpanKinds[] = {"UNSPECIFIED", "INTERNAL", "SERVER",
                                           "CLIENT",      "PRODUCER", "CONSUMER"};
constexpr std::string_view kStatusCodes[] = {"UNSET", "OK", "ERROR"};

enum : uint8_t {
  kTraceId = 1,
  kSpanId,
  kTraceState,
  kParentSpanId,
  kName,
  kKind,
  kStart,
  kEnd,
  kAttributes,
  kDroppedAttributes,
  kEvents,
  kDroppedEvents,
  kLinks,
  kDroppedLinks,
  kStatus,
  kFlags,
  kTime,
  kMessage,
  kCode,
};

constexpr internal::JsonEnvelopeNames kEnvelope{Signal::kTraces, "scopeSpans",
                                                "instrumentationLibrarySpans", "spans", "span"};
constexpr JsonField kSpanFields[] = {{"traceId", kTraceId},
                                     {"spanId", kSpanId},
                                     {"parentSpanId", kParentSpanId},
                                     {"name", kName},
                                     {"kind", kKind},
                                     {"startTimeUnixNano", kStart},
                                     {"endTimeUnixNano", kEnd},
                                     {"attributes", kAttributes},
                                     {"droppedAttributesCount", kDroppedAttributes},
                                     {"events", kEvents},
                                     {"droppedEventsCount", kDroppedEvents},
                                     {"links", kLinks},
                                     {"droppedLinksCount", kDroppedLinks},
                                     {"status", kStatus},
                                     {"flags", kFlags},
                                     {"traceState", kTraceState}};
constexpr JsonField kEventFields[] = {{"timeUnixNano", kTime},
                                      {"name", kName},
                                      {"attributes", kAttributes},
                                      {"droppedAttributesCount", kDroppedAttributes}};
constexpr JsonField kLinkFields[] = {{"traceId", kTraceId},
                                     {"spanId", kSpanId},
                                     {"traceState", kTraceState},
                                     {"attributes", kAttributes},
                                     {"droppedAttributesCount", kDroppedAttributes},
                                     {"flags", kFlags}};
constexpr JsonField kStatusFields[] = {{"message", kMessage}, {"code", kCode}};

class TracesDecoder {
 public:
  explicit TracesDecoder(OtlpTraces& traces)
      : traces_(traces), common_(traces.attributes, traces.arena) {}

  Result<void> Decode(std::string_view body) {
    const auto read_item = [this](JsonValue value, uint32_t scope) { ReadSpan(value, scope); };
    return internal::JsonEnvelope(kEnvelope, traces_, common_, read_item).Decode(body);
  }

 private:
  void ReadSpan(JsonValue value, uint32_t scope);
  void ReadSpanField(uint8_t field, JsonValue value, OtlpSpan& span);
  void ReadStatus(JsonValue value, OtlpSpan& span);
  Range ReadEvents(JsonValue list);
  Range ReadLinks(JsonValue list);

  OtlpTraces& traces_;
  JsonCommon common_;
};

void TracesDecoder::ReadSpan(JsonValue value, uint32_t scope) {
  if (!value.is_object()) {
    common_.issues.Add(Issue::kWrongItem);
    return;
  }
  size_t attribute_count = traces_.attributes.size();
  size_t event_count = traces_.events.size();
  size_t link_count = traces_.links.size();
  OtlpSpan span;
  span.scope = scope;
  std::optional<TraceId> trace_id;
  std::optional<SpanId> span_id;
  for (const JsonValue::Member& member : value.Members()) {
    uint8_t field = common_.FieldId(kSpanFields, member.key);
    switch (field) {
      case kTraceId: trace_id = common_.ReadId<TraceId>(member.value); break;
      case kSpanId: span_id = common_.ReadId<SpanId>(member.value); break;
      default: ReadSpanField(field, member.value, span); break;
    }
  }
  bool has_trace_id = trace_id && !trace_id->is_zero();
  if (!has_trace_id || !span_id || span_id->is_zero()) {
    common_.issues.Add(has_trace_id ? Issue::kSpanId : Issue::kTraceId);
    traces_.attributes.resize(attribute_count);
    traces_.events.resize(event_count);
    traces_.links.resize(link_count);
    return;
  }
  span.trace_id = *trace_id;
  span.span_id = *span_id;
  if (common_.IsFull(traces_.spans.size(), kOtlpSpansMax, "spans")) return;
  traces_.spans.push_back(span);
}

void TracesDecoder::ReadSpanField(uint8_t field, JsonValue value, OtlpSpan& span) {
  switch (field) {
    case kTraceState: span.trace_state = common_.Text(value); break;
    case kParentSpanId:
      span.parent_span_id = common_.OptionalId<SpanId>(value, Issue::kParentId);
      break;
    case kName: span.name = common_.Text(value); break;
    case kKind: span.kind = common_.Enum(value, {"SPAN_KIND_", kSpanKinds}); break;
    case kStart: span.start_unix_nano = common_.Uint64(value); break;
    case kEnd: span.end_unix_nano = common_.Uint64(value); break;
    case kAttributes: span.attributes = common_.ReadAttributes(value); break;
    case kDroppedAttributes: span.dropped_attributes_count = common_.Uint32(value); break;
    case kEvents: span.events = ReadEvents(value); break;
    case kDroppedEvents: span.dropped_events_count = common_.Uint32(value); break;
    case kLinks: span.links = ReadLinks(value); break;
    case kDroppedLinks: span.dropped_links_count = common_.Uint32(value); break;
    case kStatus: ReadStatus(value, span); break;
    case kFlags: span.flags = common_.Uint32(value); break;
    default: break;
  }
}

void TracesDecoder::ReadStatus(JsonValue value, OtlpSpan& span) {
  if (!value.is_object() && !value.is_nothing()) common_.issues.Add(Issue::kWrongType);
  for (const JsonValue::Member& member : value.Members()) {
    switch (common_.FieldId(kStatusFields, member.key)) {
      case kMessage: span.status_message = common_.Text(member.value); break;
      case kCode:
        span.status_code = common_.Enum(member.value, {"STATUS_CODE_", kStatusCodes});
        break;
      default: break;
    }
  }
}

Range TracesDecoder::ReadEvents(JsonValue list) {
  auto begin = static_cast<uint32_t>(traces_.events.size());
  for (JsonValue element : common_.List(list)) {
    if (!element.is_object()) {
      common_.issues.Add(Issue::kWrongType);
      continue;
    }
    OtlpEvent event;
    for (const JsonValue::Member& member : element.Members()) {
      switch (common_.FieldId(kEventFields, member.key)) {
        case kTime: event.time_unix_nano = common_.Uint64(member.value); break;
        case kName: event.name = common_.Text(member.value); break;
        case kAttributes: event.attributes = common_.ReadAttributes(member.value); break;
        case kDroppedAttributes:
          event.dropped_attributes_count = common_.Uint32(member.value);
          break;
        default: break;
      }
    }
    if (common_.IsFull(traces_.events.size(), kOtlpEventsMax, "events")) break;
    traces_.events.push_back(event);
  }
  return {begin, static_cast<uint32_t>(traces_.events.size())};
}

Range TracesDecoder::ReadLinks(JsonValue list) {
  auto begin = static_cast<uint32_t>(traces_.links.size());
  for (JsonValue element : common_.List(list)) {
    if (!element.is_object()) {
      common_.issues.Add(Issue::kWrongType);
      continue;
    }
    OtlpLink link;
    for (const JsonValue::Member& member : element.Members()) {
      switch (common_.FieldId(kLinkFields, member.key)) {
        case kTraceId:
          link.trace_id = common_.OptionalId<TraceId>(member.value, Issue::kReferenceId);
          break;
        case kSpanId:
          link.span_id = common_.OptionalId<SpanId>(member.value, Issue::kReferenceId);
          break;
        case kTraceState: link.trace_state = common_.Text(member.value); break;
        case kAttributes: link.attributes = common_.ReadAttributes(member.value); break;
        case kDroppedAttributes:
          link.dropped_attributes_count = common_.Uint32(member.value);
          break;
        case kFlags: link.flags = common_.Uint32(member.value); break;
        default: break;
      }
    }
    if (common_.IsFull(traces_.links.size(), kOtlpLinksMax, "links")) break;
    traces_.links.push_back(link);
  }
  return {begin, static_cast<uint32_t>(traces_.links.size())};
}

}  // namespace

Result<void> DecodeTracesJson(std::string_view body, OtlpTraces& traces) {
  traces.Clear();
  return TracesDecoder(traces).Decode(body);
}

}  // namespace vitrine::codecs
