// ExportTraceServiceRequest from the protobuf wire.
#include <vector>

#include "codecs/otlp/internal/misroute.h"
#include "codecs/otlp/internal/wire_common.h"
#include "codecs/otlp/internal/wire_envelope.h"
#include "codecs/otlp/otlp_decode.h"

namespace vitrine::codecs {

namespace {

using internal::BytesTag;
using internal::Fixed32Tag;
using internal::Fixed64Tag;
using internal::Issue;
using internal::MessageField;
using internal::Signal;
using internal::VarintTag;
using internal::WireCommon;
using syntax::WireReader;

class TracesDecoder {
 public:
  TracesDecoder(std::string_view body, OtlpTraces& traces)
      : traces_(traces), common_(body, traces.attributes, traces.arena) {}

  Result<void> Decode() {
    if (!ReadEnvelope()) {
      Error error = common_.TakeError();
      traces_.Clear();
      NameMisroute(error);
      return std::unexpected(std::move(error));
    }
    // Nothing but items without ids: not unlucky spans, but another kind of request.
    if (span_count_ > 0 && traces_.spans.empty() && idless_count_ == span_count_) {
      traces_.Clear();
      Error error{ErrorCode::kInvalidInput, "no span of the request has a trace id or span id", {}};
      NameMisroute(error);
      return std::unexpected(std::move(error));
    }
    common_.issues.Finish("span", traces_.issues);
    return {};
  }

 private:
  bool ReadEnvelope() {
    const auto read_item = [this](std::string_view message, uint32_t scope) {
      return ReadSpan(message, scope);
    };
    return internal::WireEnvelope(traces_, common_, read_item).Read();
  }
  bool ReadSpan(std::string_view message, uint32_t scope);
  bool ReadSpanFields(std::string_view message, OtlpSpan& span, bool& has_ids);
  bool ReadSpanLists(OtlpSpan& span);
  bool ReadStatus(std::string_view message, OtlpSpan& span);
  bool ReadEvent(std::string_view message);
  bool ReadLink(std::string_view message);

  void NameMisroute(Error& error) {
    Signal found = internal::GuessSignal(common_.body());
    if (found != Signal::kLogs && found != Signal::kMetrics) return;
    error.code = ErrorCode::kInvalidInput;
    error.message = internal::MisrouteMessage(found);
  }

  OtlpTraces& traces_;
  WireCommon common_;
  // Events and links of the span at hand: read after its attributes, so that each range is
  // contiguous.
  std::vector<std::string_view> events_, links_;
  size_t span_count_ = 0;    // Rejected ones included.
  size_t idless_count_ = 0;  // Spans without a well-formed trace id or span id, and without a time.
};

bool TracesDecoder::ReadSpan(std::string_view message, uint32_t scope) {
  ++span_count_;
  uint32_t attribute_count = common_.attribute_count();
  OtlpSpan span;
  span.scope = scope;
  bool has_ids = true;
  // A span without ids is read to its end nevertheless: a malformed request is refused whole.
  if (!ReadSpanFields(message, span, has_ids) || !ReadSpanLists(span)) return false;
  if (!has_ids) [[unlikely]] {
    traces_.events.resize(span.events.begin);
    traces_.links.resize(span.links.begin);
    traces_.attributes.resize(attribute_count);
    return true;
  }
  if (traces_.spans.size() >= kOtlpSpansMax) {
    return common_.FailLimit("spans", kOtlpSpansMax, message.data());
  }
  traces_.spans.push_back(span);
  return true;
}

bool TracesDecoder::ReadSpanFields(std::string_view message, OtlpSpan& span, bool& has_ids) {
  std::string_view trace_id, span_id, parent_span_id, trace_state, name;
  MessageField status;
  events_.clear();
  links_.clear();
  span.attributes.begin = common_.attribute_count();
  WireReader reader(message);
  while (reader.Next()) {
    switch (reader.tag()) {
      case BytesTag(1): trace_id = reader.bytes(); break;
      case BytesTag(2): span_id = reader.bytes(); break;
      case BytesTag(3): trace_state = reader.bytes(); break;
      case BytesTag(4): parent_span_id = reader.bytes(); break;
      case BytesTag(5): name = reader.bytes(); break;
      case VarintTag(6): span.kind = common_.Enum(reader.scalar(), 5); break;
      case Fixed64Tag(7): span.start_unix_nano = reader.scalar(); break;
      case Fixed64Tag(8): span.end_unix_nano = reader.scalar(); break;
      case BytesTag(9):
        if (!common_.ReadAttribute(reader.bytes())) return false;
        break;
      case VarintTag(10):
        span.dropped_attributes_count = static_cast<uint32_t>(reader.scalar());
        break;
      case BytesTag(11): events_.push_back(reader.bytes()); break;
      case VarintTag(12): span.dropped_events_count = static_cast<uint32_t>(reader.scalar()); break;
      case BytesTag(13): links_.push_back(reader.bytes()); break;
      case VarintTag(14): span.dropped_links_count = static_cast<uint32_t>(reader.scalar()); break;
      case BytesTag(15): status.Add(reader.bytes()); break;
      case Fixed32Tag(16): span.flags = static_cast<uint32_t>(reader.scalar()); break;
      default: break;
    }
  }
  span.attributes.end = common_.attribute_count();
  if (!common_.Finished(reader)) return false;
  auto trace = TraceId::FromBytes(trace_id);
  auto own = SpanId::FromBytes(span_id);
  if (!trace && !own && span.start_unix_nano == 0) ++idless_count_;
  if (!trace || trace->is_zero() || !own || own->is_zero()) {
    common_.issues.Add(!trace || trace->is_zero() ? Issue::kTraceId : Issue::kSpanId);
    has_ids = false;
  } else {
    span.trace_id = *trace;
    span.span_id = *own;
  }
  span.parent_span_id = common_.OptionalId<SpanId>(parent_span_id, Issue::kParentId);
  span.trace_state = common_.Text(trace_state);
  span.name = common_.Text(name);
  std::string_view merged;
  return common_.Merge(message, BytesTag(15), status, merged) && ReadStatus(merged, span);
}

bool TracesDecoder::ReadSpanLists(OtlpSpan& span) {
  if (traces_.events.size() + events_.size() > kOtlpEventsMax) {
    return common_.FailLimit("events", kOtlpEventsMax, events_.back().data());
  }
  span.events.begin = static_cast<uint32_t>(traces_.events.size());
  for (std::string_view event : events_) {
    if (!ReadEvent(event)) return false;
  }
  span.events.end = static_cast<uint32_t>(traces_.events.size());
  if (traces_.links.size() + links_.size() > kOtlpLinksMax) {
    return common_.FailLimit("links", kOtlpLinksMax, links_.back().data());
  }
  span.links.begin = static_cast<uint32_t>(traces_.links.size());
  for (std::string_view link : links_) {
    if (!ReadLink(link)) return false;
  }
  span.links.end = static_cast<uint32_t>(traces_.links.size());
  return true;
}

bool TracesDecoder::ReadStatus(std::string_view message, OtlpSpan& span) {
  WireReader reader(message);
  while (reader.Next()) {
    switch (reader.tag()) {
      case BytesTag(2): span.status_message = common_.Text(reader.bytes()); break;
      case VarintTag(3): span.status_code = common_.Enum(reader.scalar(), 2); break;
      default: break;
    }
  }
  return common_.Finished(reader);
}

bool TracesDecoder::ReadEvent(std::string_view message) {
  OtlpEvent event;
  event.attributes.begin = common_.attribute_count();
  WireReader reader(message);
  while (reader.Next()) {
    switch (reader.tag()) {
      case Fixed64Tag(1): event.time_unix_nano = reader.scalar(); break;
      case BytesTag(2): event.name = common_.Text(reader.bytes()); break;
      case BytesTag(3):
        if (!common_.ReadAttribute(reader.bytes())) return false;
        break;
      case VarintTag(4):
        event.dropped_attributes_count = static_cast<uint32_t>(reader.scalar());
        break;
      default: break;
    }
  }
  event.attributes.end = common_.attribute_count();
  traces_.events.push_back(event);
  return common_.Finished(reader);
}

bool TracesDecoder::ReadLink(std::string_view message) {
  OtlpLink link;
  std::string_view trace_id, span_id;
  link.attributes.begin = common_.attribute_count();
  WireReader reader(message);
  while (reader.Next()) {
    switch (reader.tag()) {
      case BytesTag(1): trace_id = reader.bytes(); break;
      case BytesTag(2): span_id = reader.bytes(); break;
      case BytesTag(3): link.trace_state = common_.Text(reader.bytes()); break;
      case BytesTag(4):
        if (!common_.ReadAttribute(reader.bytes())) return false;
        break;
      case VarintTag(5):
        link.dropped_attributes_count = static_cast<uint32_t>(reader.scalar());
        break;
      case Fixed32Tag(6): link.flags = static_cast<uint32_t>(reader.scalar()); break;
      default: break;
    }
  }
  link.attributes.end = common_.attribute_count();
  link.trace_id = common_.OptionalId<TraceId>(trace_id, Issue::kReferenceId);
  link.span_id = common_.OptionalId<SpanId>(span_id, Issue::kReferenceId);
  traces_.links.push_back(link);
  return common_.Finished(reader);
}

}  // namespace

Result<void> DecodeTracesProtobuf(std::string_view body, OtlpTraces& traces) {
  traces.Clear();
  return TracesDecoder(body, traces).Decode();
}

}  // namespace vitrine::codecs
