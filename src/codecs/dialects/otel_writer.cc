#include "codecs/dialects/otel_writer.h"

#include <bit>

#include "codecs/dialects/forward_mark.h"
#include "codecs/dialects/internal/otel_attributes.h"

namespace vitrine::codecs {

namespace {

using dialects::IsContentKey;
using dialects::OtelAttributes;
using model::Attribute;

/// OpenTelemetry's numbers for kinds and states.
constexpr uint8_t kInternal = 1, kClient = 3;
constexpr uint8_t kOk = 1, kError = 2;

uint8_t StatusOf(model::SpanStatus status) {
  switch (status) {
    case model::SpanStatus::kOk: return kOk;
    case model::SpanStatus::kError: return kError;
    case model::SpanStatus::kUnset: break;
  }
  return 0;
}

uint32_t Size(size_t size) { return static_cast<uint32_t>(size); }

/// Bytes that two values share when and only when they are the same.
void AppendIdentity(const model::Value& value, std::string& to) {
  to.push_back(model::ValueTypeLetter(value.type));
  switch (value.type) {
    case model::ValueType::kBool: to.push_back(value.boolean ? '1' : '0'); break;
    case model::ValueType::kInt: to.append(std::to_string(value.integer)); break;
    case model::ValueType::kDouble:
      to.append(std::to_string(std::bit_cast<uint64_t>(value.number)));
      break;
    default: to.append(std::to_string(value.text.size())).append(":").append(value.text);
  }
  to.push_back('\0');
}

/// Appends what may go along.
Range Copy(std::span<const Attribute> from, OtelContent content, std::vector<Attribute>& to) {
  const uint32_t begin = Size(to.size());
  for (const Attribute& attribute : from) {
    if (content == OtelContent::kNone && IsContentKey(attribute.key)) continue;
    to.push_back(attribute);
  }
  return {begin, Size(to.size())};
}

}  // namespace

uint32_t OtelWriter::ScopeOf(const model::Span& span) {
  std::string key;
  for (const Attribute& attribute : span.resource) {
    key.append(attribute.key).push_back('\0');
    AppendIdentity(attribute.value, key);
  }
  const bool names_service = span.resource.empty() && !span.service.empty();
  if (names_service) key.append(span.service);
  const auto [resource, is_new] = resources_.try_emplace(key, Size(traces_.resources.size()));
  if (is_new) {
    OtlpResource made;
    made.attributes = Copy(span.resource, content_, traces_.attributes);
    if (names_service) {
      // The gateway's calls have no resource; backends file spans by this name.
      traces_.attributes.push_back({"service.name", model::Value::String(span.service)});
      made.attributes.end = Size(traces_.attributes.size());
    }
    if (!server_id_.empty()) AddMark(span.resource, made.attributes);
    traces_.resources.push_back(made);
  }
  const auto [scope, is_new_scope] = scopes_.try_emplace(
      {resource->second, std::string(span.scope_name), std::string(span.scope_version)},
      Size(traces_.scopes.size()));
  if (is_new_scope) {
    OtlpScope made;
    made.resource = resource->second;
    made.name = span.scope_name;
    made.version = span.scope_version;
    traces_.scopes.push_back(made);
  }
  return scope->second;
}

/// `attributes` are the resource's, the last that were appended.
void OtelWriter::AddMark(std::span<const Attribute> resource, Range& attributes) {
  const model::Value mark =
      model::Value::String(traces_.arena.Copy(NextForwardMark(resource, server_id_)));
  for (uint32_t i = attributes.begin; i < attributes.end; ++i) {
    if (traces_.attributes[i].key != kForwardedByKey) continue;
    traces_.attributes[i].value = mark;
    return;
  }
  traces_.attributes.push_back({kForwardedByKey, mark});
  attributes.end = Size(traces_.attributes.size());
}

Result<void> OtelWriter::Append(const model::Span& span) {
  std::vector<Attribute> attributes;
  OtelAttributes words(traces_.arena, attributes);
  words.AddFacts(span);
  if (content_ == OtelContent::kAll) TRY(words.AddContent(span));

  OtlpSpan made;
  made.trace_id = span.trace_id;
  made.span_id = span.span_id;
  made.parent_span_id = span.parent_span_id;
  made.scope = ScopeOf(span);
  made.trace_state = span.trace_state;
  made.name = span.name;
  made.status_message = span.status_message;
  made.start_unix_nano = static_cast<uint64_t>(span.start.since_epoch);
  // OpenTelemetry has no unknown end, and receivers refuse one before the start.
  made.end_unix_nano = static_cast<uint64_t>(std::max(span.start, span.end).since_epoch);
  made.kind = model::IsModelCall(span.kind) ? kClient : kInternal;
  made.status_code = StatusOf(span.status);
  made.dropped_attributes_count = span.dropped_attributes_count;
  made.attributes.begin = Size(traces_.attributes.size());
  traces_.attributes.insert(traces_.attributes.end(), attributes.begin(), attributes.end());
  Copy(span.attributes, content_, traces_.attributes);
  made.attributes.end = Size(traces_.attributes.size());
  made.events.begin = Size(traces_.events.size());
  for (const model::SpanEvent& event : span.events) {
    OtlpEvent to;
    to.time_unix_nano = static_cast<uint64_t>(event.time.since_epoch);
    to.name = event.name;
    to.attributes = Copy(event.attributes, content_, traces_.attributes);
    to.dropped_attributes_count = event.dropped_attributes_count;
    traces_.events.push_back(to);
  }
  made.events.end = Size(traces_.events.size());
  made.links.begin = Size(traces_.links.size());
  for (const model::SpanLink& link : span.links) {
    OtlpLink to;
    to.trace_id = link.trace_id;
    to.span_id = link.span_id;
    to.trace_state = link.trace_state;
    to.flags = link.flags;
    to.attributes = Copy(link.attributes, content_, traces_.attributes);
    traces_.links.push_back(to);
  }
  made.links.end = Size(traces_.links.size());
  traces_.spans.push_back(made);
  return {};
}

}  // namespace vitrine::codecs
