#include "api/interop/jaeger_json.h"

#include <map>
#include <span>

#include "base/arena.h"
#include "base/time.h"
#include "syntax/json/json_document.h"

namespace vitrine::api {
namespace {

using query::OtelAttribute;
using query::OtelSpan;
using syntax::JsonValue;
using syntax::JsonWriter;

void WriteTag(JsonWriter& json, std::string_view key, char type, std::string_view text) {
  json.BeginObject().Member("key", key);
  switch (type) {
    case 'b':
      json.Member("type", "bool").Key("value").Raw(text == "true" ? "true" : "false");
      break;
    case 'i': json.Member("type", "int64").Key("value").Raw(text); break;
    case 'd': {
      const bool is_number =
          !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
      json.Member("type", is_number ? "float64" : "string").Key("value");
      is_number ? json.Raw(text) : json.String(text);
      break;
    }
    default: json.Member("type", "string").Member("value", text);
  }
  json.EndObject();
}

void WriteTags(JsonWriter& json, const std::vector<OtelAttribute>& attributes) {
  for (const OtelAttribute& attribute : attributes)
    WriteTag(json, attribute.key, attribute.type, attribute.text);
}

/// Attributes as the API has them: [{"key","type","value"}].
void WriteApiTags(JsonWriter& json, JsonValue attributes) {
  for (const JsonValue attribute : attributes.Elements()) {
    const JsonValue value = attribute["value"];
    const char type = attribute["type"].text().empty() ? 's' : attribute["type"].text()[0];
    const bool is_bare = value.is_number() || value.is_bool();
    WriteTag(json, attribute["key"].text(), is_bare ? type : 's',
             value.is_string() ? value.text() : value.raw());
  }
}

void WriteReference(JsonWriter& json, const char* type, std::string_view trace,
                    std::string_view span) {
  json.BeginObject().Member("refType", type).Member("traceID", trace).Member("spanID", span);
  json.EndObject();
}

void WriteReferences(JsonWriter& json, const OtelSpan& span) {
  json.Key("references").BeginArray();
  if (span.parent_span_id)
    WriteReference(json, "CHILD_OF", span.trace_id.ToHex(), span.parent_span_id.ToHex());
  Arena arena;
  syntax::JsonDocument document;
  if (!span.links.empty() && document.Parse(span.links, arena) == syntax::JsonStatus::kOk) {
    for (const JsonValue link : document.root().Elements())
      WriteReference(json, "FOLLOWS_FROM", link["trace_id"].text(), link["span_id"].text());
  }
  json.EndArray();
}

void WriteLogs(JsonWriter& json, const OtelSpan& span) {
  json.Key("logs").BeginArray();
  Arena arena;
  syntax::JsonDocument document;
  if (!span.events.empty() && document.Parse(span.events, arena) == syntax::JsonStatus::kOk) {
    for (const JsonValue event : document.root().Elements()) {
      const auto time = ParseRfc3339(event["time"].text());
      json.BeginObject().Member("timestamp", (time ? time->since_epoch : span.start_ns) / 1'000);
      json.Key("fields").BeginArray();
      WriteTag(json, "event", 's', event["name"].text());
      WriteApiTags(json, event["attributes"]);
      json.EndArray().EndObject();
    }
  }
  json.EndArray();
}

void WriteSpan(JsonWriter& json, const OtelSpan& span, const std::string& process) {
  json.BeginObject()
      .Member("traceID", span.trace_id.ToHex())
      .Member("spanID", span.span_id.ToHex());
  json.Member("flags", 1).Member("operationName", span.name);
  WriteReferences(json, span);
  json.Member("startTime", span.start_ns / 1'000);
  json.Member("duration", (span.end_ns - span.start_ns) / 1'000).Key("tags").BeginArray();
  WriteTags(json, span.attributes);
  const bool is_call = span.kind == "llm" || span.kind == "embedding" || span.kind == "rerank";
  WriteTag(json, "span.kind", 's', is_call ? "client" : "internal");
  if (span.status == "error") {
    WriteTag(json, "error", 'b', "true");
    WriteTag(json, "otel.status_code", 's', "ERROR");
    if (!span.status_message.empty())
      WriteTag(json, "otel.status_description", 's', span.status_message);
  } else if (span.status == "ok") {
    WriteTag(json, "otel.status_code", 's', "OK");
  }
  if (!span.scope_name.empty()) WriteTag(json, "otel.scope.name", 's', span.scope_name);
  json.EndArray();
  WriteLogs(json, span);
  json.Member("processID", process).Key("warnings").Null().EndObject();
}

/// Spans whose resources are the same are of one process.
std::string ProcessKey(const OtelSpan& span) {
  std::string key = span.service;
  for (const OtelAttribute& attribute : span.resource)
    ((key += '\0') += attribute.key + '\0') += attribute.text;
  return key;
}

void WriteTrace(JsonWriter& json, std::span<const OtelSpan> spans) {
  std::map<std::string, std::pair<std::string, const OtelSpan*>> processes;
  json.BeginObject().Member("traceID", spans[0].trace_id.ToHex()).Key("spans").BeginArray();
  for (const OtelSpan& span : spans) {
    const auto [process, is_new] =
        processes.try_emplace(ProcessKey(span), "p" + std::to_string(processes.size() + 1), &span);
    WriteSpan(json, span, process->second.first);
  }
  json.EndArray().Key("processes").BeginObject();
  for (const auto& [key, process] : processes) {
    json.Key(process.first).BeginObject().Member("serviceName", process.second->service);
    json.Key("tags").BeginArray();
    WriteTags(json, process.second->resource);
    json.EndArray().EndObject();
  }
  json.EndObject().Key("warnings").Null().EndObject();
}

}  // namespace

void WriteJaegerTraces(JsonWriter& json, const std::vector<OtelSpan>& spans) {
  json.BeginArray();
  for (size_t begin = 0; begin < spans.size();) {
    size_t end = begin;
    while (end < spans.size() && spans[end].trace_id == spans[begin].trace_id) ++end;
    WriteTrace(json, std::span(spans).subspan(begin, end - begin));
    begin = end;
  }
  json.EndArray();
}

}  // namespace vitrine::api
