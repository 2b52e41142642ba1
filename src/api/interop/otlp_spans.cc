#include "api/interop/otlp_spans.h"

#include <charconv>
#include <map>
#include <string>

#include "base/time.h"
#include "syntax/base64.h"
#include "syntax/json/json_document.h"

namespace vitrine::api {
namespace {

using model::Value;
using query::OtelAttribute;
using query::OtelSpan;
using syntax::JsonValue;

/// A value of the stored type; a text where it does not read as such.
Value ValueOf(char type, std::string_view text, Arena& arena) {
  switch (type) {
    case 'n': return Value::Null();
    case 'b': return Value::Bool(text == "true");
    case 'j': return Value::Json(text);
    case 'i': {
      int64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error == std::errc() && end == text.data() + text.size()) return Value::Int(number);
      return Value::String(text);
    }
    case 'd': {
      double number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error == std::errc() && end == text.data() + text.size()) return Value::Double(number);
      return Value::String(text);
    }
    case 'y': {
      const auto bytes = syntax::Base64Decode(text);
      return bytes ? Value::Bytes(arena.Copy(*bytes)) : Value::String(text);
    }
    default: return Value::String(text);
  }
}

class Builder {
 public:
  explicit Builder(codecs::OtlpTraces& out) : out_(out) {}

  void Add(const OtelSpan& span) {
    codecs::OtlpSpan made;
    made.trace_id = span.trace_id;
    made.span_id = span.span_id;
    made.parent_span_id = span.parent_span_id;
    made.scope = ScopeOf(span);
    made.name = span.name;
    made.status_message = span.status_message;
    made.start_unix_nano = static_cast<uint64_t>(span.start_ns);
    made.end_unix_nano = static_cast<uint64_t>(span.end_ns);
    const bool is_call = span.kind == "llm" || span.kind == "embedding" || span.kind == "rerank";
    made.kind = is_call ? 3 : 1;
    made.status_code = span.status == "error" ? 2 : span.status == "ok" ? 1 : 0;
    made.attributes = AddAttributes(span.attributes);
    made.events = AddEvents(span);
    made.links = AddLinks(span);
    out_.spans.push_back(made);
  }

 private:
  uint32_t Size(size_t size) const { return static_cast<uint32_t>(size); }

  codecs::Range AddAttributes(const std::vector<OtelAttribute>& attributes) {
    const uint32_t begin = Size(out_.attributes.size());
    for (const OtelAttribute& attribute : attributes) {
      out_.attributes.push_back(
          {attribute.key, ValueOf(attribute.type, attribute.text, out_.arena)});
    }
    return {begin, Size(out_.attributes.size())};
  }

  /// Attributes as the API has them: [{"key","type","value"}]. Copied, for their tree goes away.
  codecs::Range AddApiAttributes(JsonValue attributes) {
    const uint32_t begin = Size(out_.attributes.size());
    for (const JsonValue attribute : attributes.Elements()) {
      const JsonValue value = attribute["value"];
      const char type = attribute["type"].text().empty() ? 's' : attribute["type"].text()[0];
      const std::string_view text = value.is_string() ? value.text() : value.raw();
      out_.attributes.push_back({out_.arena.Copy(attribute["key"].text()),
                                 ValueOf(type, out_.arena.Copy(text), out_.arena)});
    }
    return {begin, Size(out_.attributes.size())};
  }

  codecs::Range AddEvents(const OtelSpan& span) {
    const uint32_t begin = Size(out_.events.size());
    Arena arena;
    syntax::JsonDocument document;
    if (span.events.empty() || document.Parse(span.events, arena) != syntax::JsonStatus::kOk)
      return {begin, begin};
    for (const JsonValue event : document.root().Elements()) {
      codecs::OtlpEvent made;
      const auto time = ParseRfc3339(event["time"].text());
      made.time_unix_nano = static_cast<uint64_t>(time ? time->since_epoch : span.start_ns);
      made.name = out_.arena.Copy(event["name"].text());
      made.attributes = AddApiAttributes(event["attributes"]);
      out_.events.push_back(made);
    }
    return {begin, Size(out_.events.size())};
  }

  codecs::Range AddLinks(const OtelSpan& span) {
    const uint32_t begin = Size(out_.links.size());
    Arena arena;
    syntax::JsonDocument document;
    if (span.links.empty() || document.Parse(span.links, arena) != syntax::JsonStatus::kOk)
      return {begin, begin};
    for (const JsonValue link : document.root().Elements()) {
      const auto trace_id = TraceId::FromHex(link["trace_id"].text());
      const auto span_id = SpanId::FromHex(link["span_id"].text());
      if (!trace_id || !span_id) continue;
      codecs::OtlpLink made;
      made.trace_id = *trace_id;
      made.span_id = *span_id;
      made.trace_state = out_.arena.Copy(link["trace_state"].text());
      made.attributes = AddApiAttributes(link["attributes"]);
      out_.links.push_back(made);
    }
    return {begin, Size(out_.links.size())};
  }

  uint32_t ScopeOf(const OtelSpan& span) {
    std::string key;
    for (const OtelAttribute& attribute : span.resource)
      ((key += attribute.key + '\0') += attribute.text) += '\0';
    const auto [resource, is_new] = resources_.try_emplace(key, Size(out_.resources.size()));
    if (is_new) {
      codecs::OtlpResource made;
      made.attributes = AddAttributes(span.resource);
      out_.resources.push_back(made);
    }
    const auto [scope, is_new_scope] = scopes_.try_emplace(
        {resource->second, span.scope_name, span.scope_version}, Size(out_.scopes.size()));
    if (is_new_scope) {
      codecs::OtlpScope made;
      made.resource = resource->second;
      made.name = span.scope_name;
      made.version = span.scope_version;
      out_.scopes.push_back(made);
    }
    return scope->second;
  }

  codecs::OtlpTraces& out_;
  std::map<std::string, uint32_t> resources_;
  std::map<std::tuple<uint32_t, std::string, std::string>, uint32_t> scopes_;
};

}  // namespace

void ToOtlp(const std::vector<OtelSpan>& spans, codecs::OtlpTraces& traces) {
  Builder builder(traces);
  for (const OtelSpan& span : spans) builder.Add(span);
}

}  // namespace vitrine::api
