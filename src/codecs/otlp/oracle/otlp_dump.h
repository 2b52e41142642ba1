// One line of text for each thing in a decoded request, for golden files and for comparing with the
// oracle. Test support: included by tests, benches and fuzzers only.
#pragma once

#include <cinttypes>
#include <cstdio>
#include <string>
#include <vector>

#include "codecs/otlp/internal/any_value_json.h"
#include "codecs/otlp/otlp_data.h"
#include "syntax/base64.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs::testing {

inline void DumpField(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out.append(" ").append(name).append("=");
  syntax::AppendJsonString(out, text);
}

inline void DumpField(std::string& out, std::string_view name, uint64_t number) {
  if (number != 0) out.append(" ").append(name).append("=").append(std::to_string(number));
}

template <typename Id>
inline void DumpId(std::string& out, std::string_view name, const Id& id) {
  if (id) out.append(" ").append(name).append("=").append(id.ToHex());
}

inline std::string DumpValue(const model::Value& value) {
  std::string out(1, model::ValueTypeLetter(value.type));
  out += ' ';
  switch (value.type) {
    case model::ValueType::kNull: break;
    case model::ValueType::kString: syntax::AppendJsonString(out, value.text); break;
    case model::ValueType::kBool: out += value.boolean ? "true" : "false"; break;
    case model::ValueType::kInt: out += std::to_string(value.integer); break;
    case model::ValueType::kDouble: internal::AppendAnyDouble(out, value.number); break;
    case model::ValueType::kJson: out += value.text; break;
    case model::ValueType::kBytes: out += syntax::Base64Encode(value.text); break;
  }
  return out;
}

inline void DumpAttributes(std::string& out, std::string_view indent,
                           const std::vector<model::Attribute>& attributes, Range range) {
  for (uint32_t i = range.begin; i < range.end; ++i) {
    out.append(indent);
    syntax::AppendJsonString(out, attributes[i].key);
    out.append(": ").append(DumpValue(attributes[i].value)).append("\n");
  }
}

template <typename Decoded>
inline void DumpResource(std::string& out, const Decoded& decoded, uint32_t index) {
  const OtlpResource& resource = decoded.resources[index];
  out += "resource";
  DumpField(out, "schema_url", resource.schema_url);
  DumpField(out, "dropped_attributes", resource.dropped_attributes_count);
  out += '\n';
  DumpAttributes(out, "  ", decoded.attributes, resource.attributes);
}

template <typename Decoded>
inline void DumpScope(std::string& out, const Decoded& decoded, uint32_t index) {
  const OtlpScope& scope = decoded.scopes[index];
  out += "  scope";
  DumpField(out, "name", scope.name);
  DumpField(out, "version", scope.version);
  DumpField(out, "schema_url", scope.schema_url);
  DumpField(out, "dropped_attributes", scope.dropped_attributes_count);
  out += '\n';
  DumpAttributes(out, "    ", decoded.attributes, scope.attributes);
}

inline void DumpSpan(std::string& out, const OtlpTraces& traces, const OtlpSpan& span) {
  out += "    span";
  DumpId(out, "trace_id", span.trace_id);
  DumpId(out, "span_id", span.span_id);
  DumpId(out, "parent", span.parent_span_id);
  DumpField(out, "trace_state", span.trace_state);
  DumpField(out, "name", span.name);
  DumpField(out, "kind", span.kind);
  DumpField(out, "start", span.start_unix_nano);
  DumpField(out, "end", span.end_unix_nano);
  DumpField(out, "status", span.status_code);
  DumpField(out, "status_message", span.status_message);
  DumpField(out, "flags", span.flags);
  DumpField(out, "dropped_attributes", span.dropped_attributes_count);
  DumpField(out, "dropped_events", span.dropped_events_count);
  DumpField(out, "dropped_links", span.dropped_links_count);
  out += '\n';
  DumpAttributes(out, "      ", traces.attributes, span.attributes);
  for (uint32_t i = span.events.begin; i < span.events.end; ++i) {
    const OtlpEvent& event = traces.events[i];
    out += "      event";
    DumpField(out, "name", event.name);
    DumpField(out, "time", event.time_unix_nano);
    DumpField(out, "dropped_attributes", event.dropped_attributes_count);
    out += '\n';
    DumpAttributes(out, "        ", traces.attributes, event.attributes);
  }
  for (uint32_t i = span.links.begin; i < span.links.end; ++i) {
    const OtlpLink& link = traces.links[i];
    out += "      link";
    DumpId(out, "trace_id", link.trace_id);
    DumpId(out, "span_id", link.span_id);
    DumpField(out, "trace_state", link.trace_state);
    DumpField(out, "flags", link.flags);
    DumpField(out, "dropped_attributes", link.dropped_attributes_count);
    out += '\n';
    DumpAttributes(out, "        ", traces.attributes, link.attributes);
  }
}

inline void DumpRecord(std::string& out, const OtlpLogs& logs, const OtlpLogRecord& record) {
  out += "    log";
  DumpId(out, "trace_id", record.trace_id);
  DumpId(out, "span_id", record.span_id);
  DumpField(out, "event_name", record.event_name);
  DumpField(out, "time", record.time_unix_nano);
  DumpField(out, "observed", record.observed_time_unix_nano);
  DumpField(out, "severity", record.severity_number);
  DumpField(out, "severity_text", record.severity_text);
  DumpField(out, "flags", record.flags);
  DumpField(out, "dropped_attributes", record.dropped_attributes_count);
  out.append(" body=").append(DumpValue(record.body)).append("\n");
  DumpAttributes(out, "      ", logs.attributes, record.attributes);
}

inline std::string DumpIssues(const OtlpIssues& issues) {
  return "rejected " + std::to_string(issues.rejected) + ", repaired " +
         std::to_string(issues.repaired) + ": " + issues.message + "\n";
}

/// Everything but the issues, resources and scopes in order.
inline std::string Dump(const OtlpTraces& traces) {
  std::string out;
  size_t scope = 0, span = 0;
  for (uint32_t resource = 0; resource < traces.resources.size(); ++resource) {
    DumpResource(out, traces, resource);
    for (; scope < traces.scopes.size() && traces.scopes[scope].resource == resource; ++scope) {
      DumpScope(out, traces, static_cast<uint32_t>(scope));
      for (; span < traces.spans.size() && traces.spans[span].scope == scope; ++span) {
        DumpSpan(out, traces, traces.spans[span]);
      }
    }
  }
  return out;
}

inline std::string Dump(const OtlpLogs& logs) {
  std::string out;
  size_t scope = 0, record = 0;
  for (uint32_t resource = 0; resource < logs.resources.size(); ++resource) {
    DumpResource(out, logs, resource);
    for (; scope < logs.scopes.size() && logs.scopes[scope].resource == resource; ++scope) {
      DumpScope(out, logs, static_cast<uint32_t>(scope));
      for (; record < logs.records.size() && logs.records[record].scope == scope; ++record) {
        DumpRecord(out, logs, logs.records[record]);
      }
    }
  }
  return out;
}

}  // namespace vitrine::codecs::testing
