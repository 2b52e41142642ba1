#include "cli/demo/demo_trace.h"

#include <map>

#include "syntax/json/json_writer.h"

namespace vitrine::cli {

namespace {

using codecs::OtlpTraces;
using codecs::Range;
using model::Attribute;
using model::Value;

Range AppendAttributes(const std::vector<Attribute>& attributes, OtlpTraces& out) {
  Range range;
  range.begin = static_cast<uint32_t>(out.attributes.size());
  out.attributes.insert(out.attributes.end(), attributes.begin(), attributes.end());
  range.end = static_cast<uint32_t>(out.attributes.size());
  return range;
}

uint32_t AppendResource(std::string_view service, std::string_view release,
                        std::string_view environment, OtlpTraces& out) {
  codecs::OtlpResource resource;
  resource.attributes =
      AppendAttributes({{"service.name", Value::String(service)},
                        {"service.version", Value::String(release)},
                        {"deployment.environment.name", Value::String(environment)},
                        {"telemetry.sdk.language", Value::String("python")},
                        {"telemetry.sdk.name", Value::String("opentelemetry")}},
                       out);
  out.resources.push_back(resource);
  return static_cast<uint32_t>(out.resources.size() - 1);
}

void AppendSpan(const DemoSpan& span, TraceId trace_id, uint32_t scope, OtlpTraces& out) {
  codecs::OtlpSpan encoded;
  encoded.trace_id = trace_id;
  encoded.span_id = span.id;
  encoded.parent_span_id = span.parent;
  encoded.scope = scope;
  encoded.name = span.name;
  encoded.kind = span.kind;
  encoded.start_unix_nano = static_cast<uint64_t>(span.start_ns);
  encoded.end_unix_nano = static_cast<uint64_t>(span.end_ns);
  encoded.status_code = span.status;
  encoded.status_message = span.status_message;
  encoded.attributes = AppendAttributes(span.attributes, out);
  encoded.events.begin = static_cast<uint32_t>(out.events.size());
  for (const DemoEvent& event : span.events) {
    codecs::OtlpEvent e;
    e.time_unix_nano = static_cast<uint64_t>(event.time_ns);
    e.name = event.name;
    e.attributes = AppendAttributes(event.attributes, out);
    out.events.push_back(e);
  }
  encoded.events.end = static_cast<uint32_t>(out.events.size());
  out.spans.push_back(encoded);
}

}  // namespace

DemoTrace::DemoTrace(DemoRandom& random, std::string release, std::string environment)
    : random_(random), release_(std::move(release)), environment_(std::move(environment)) {
  uint64_t high = random.Next(), low = random.Next() | 1;
  std::memcpy(id_.bytes.data(), &high, 8);
  std::memcpy(id_.bytes.data() + 8, &low, 8);
}

DemoSpan& DemoTrace::Add(const DemoSpan* parent, std::string name, std::string service,
                         std::string scope, int64_t start_ns) {
  DemoSpan& span = spans_.emplace_back();
  uint64_t id = random_.Next() | 1;
  std::memcpy(span.id.bytes.data(), &id, 8);
  if (parent != nullptr) span.parent = parent->id;
  span.name = std::move(name);
  span.service = std::move(service);
  span.scope = std::move(scope);
  span.start_ns = span.end_ns = start_ns;
  return span;
}

std::string_view DemoTrace::Keep(std::string text) { return texts_.emplace_back(std::move(text)); }

void DemoTrace::Set(DemoSpan& span, std::string_view key, std::string text) {
  span.attributes.push_back({key, Value::String(Keep(std::move(text)))});
}
void DemoTrace::Set(DemoSpan& span, std::string_view key, int64_t value) {
  span.attributes.push_back({key, Value::Int(value)});
}
void DemoTrace::Set(DemoSpan& span, std::string_view key, double value) {
  span.attributes.push_back({key, Value::Double(value)});
}
void DemoTrace::Set(DemoSpan& span, std::string_view key, bool value) {
  span.attributes.push_back({key, Value::Bool(value)});
}
void DemoTrace::SetBytes(DemoSpan& span, std::string_view key, std::string bytes) {
  span.attributes.push_back({key, Value::Bytes(Keep(std::move(bytes)))});
}
void DemoTrace::SetList(DemoSpan& span, std::string_view key,
                        const std::vector<std::string>& values) {
  std::string json;
  syntax::JsonWriter writer(json);
  writer.BeginArray();
  for (const std::string& value : values) writer.String(value);
  writer.EndArray();
  span.attributes.push_back({key, Value::Json(Keep(std::move(json)))});
}

void DemoTrace::Fail(DemoSpan& span, std::string error_type, std::string message, int http_status) {
  span.status = 2;
  span.status_message = message;
  DemoEvent event;
  event.name = "exception";
  event.time_ns = span.end_ns;
  event.attributes = {{"exception.type", Value::String(Keep(error_type))},
                      {"exception.message", Value::String(Keep(std::move(message)))}};
  span.events.push_back(std::move(event));
  Set(span, "error.type", std::move(error_type));
  if (http_status != 0) Set(span, "http.response.status_code", static_cast<int64_t>(http_status));
}

void DemoTrace::AppendTo(OtlpTraces& out) const {
  std::map<std::string_view, uint32_t> resources;
  std::map<std::pair<std::string_view, std::string_view>, uint32_t> scopes;
  for (const DemoSpan& span : spans_) {
    auto [resource, new_resource] = resources.try_emplace(span.service, 0);
    if (new_resource) resource->second = AppendResource(span.service, release_, environment_, out);
    auto [scope, new_scope] = scopes.try_emplace({span.service, span.scope}, 0);
    if (new_scope) {
      codecs::OtlpScope encoded;
      encoded.resource = resource->second;
      encoded.name = span.scope;
      out.scopes.push_back(encoded);
      scope->second = static_cast<uint32_t>(out.scopes.size() - 1);
    }
    AppendSpan(span, id_, scope->second, out);
  }
}

}  // namespace vitrine::cli
