// OtlpTraces and OtlpLogs: one decoded OTLP export request as flat arrays.
// Owner: text and bytes borrow from the request body or from `arena`; keep both alive.
// A range [begin, end) indexes the flat array it names. Wire order is kept.
// Source: OTLP 1.11.0; field meanings as in opentelemetry/proto.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/ids.h"
#include "model/value.h"

namespace vitrine::codecs {

/// A half-open range of indexes into one of the flat arrays.
struct Range {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t size() const { return end - begin; }
};

struct OtlpResource {
  Range attributes;
  std::string_view schema_url;
  uint32_t dropped_attributes_count = 0;
};

struct OtlpScope {
  uint32_t resource = 0;  ///< Index into resources.
  std::string_view name, version, schema_url;
  Range attributes;
  uint32_t dropped_attributes_count = 0;
};

struct OtlpEvent {
  uint64_t time_unix_nano = 0;
  std::string_view name;
  Range attributes;
  uint32_t dropped_attributes_count = 0;
};

struct OtlpLink {
  TraceId trace_id;
  SpanId span_id;
  std::string_view trace_state;
  Range attributes;
  uint32_t flags = 0;
  uint32_t dropped_attributes_count = 0;
};

struct OtlpSpan {
  TraceId trace_id;
  SpanId span_id;
  SpanId parent_span_id;  ///< Zero: none sent.
  uint32_t scope = 0;     ///< Index into scopes.
  std::string_view trace_state, name, status_message;
  uint64_t start_unix_nano = 0, end_unix_nano = 0;
  uint8_t kind = 0;  ///< 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer.
  uint8_t status_code = 0;  ///< 0 unset, 1 ok, 2 error.
  uint32_t flags = 0;
  Range attributes, events, links;
  uint32_t dropped_attributes_count = 0, dropped_events_count = 0, dropped_links_count = 0;
};

/// What was refused or repaired while decoding; becomes partial_success and the doctor's list.
struct OtlpIssues {
  uint32_t rejected = 0;  ///< Items not in the arrays (no valid id and the like).
  uint32_t repaired = 0;  ///< Items taken although malformed (base64 ids, enum names, old names …).
  std::string message;    ///< The first reasons, for people; empty when all is well.
};

struct OtlpTraces {
  std::vector<OtlpResource> resources;
  std::vector<OtlpScope> scopes;
  std::vector<OtlpSpan> spans;
  std::vector<OtlpEvent> events;
  std::vector<OtlpLink> links;
  std::vector<model::Attribute> attributes;
  Arena arena;
  OtlpIssues issues;

  /// Empties the arrays and keeps their memory, so that one object serves many requests.
  void Clear();
};

struct OtlpLogRecord {
  TraceId trace_id;  ///< Zero: not correlated.
  SpanId span_id;
  uint32_t scope = 0;
  uint64_t time_unix_nano = 0, observed_time_unix_nano = 0;
  uint8_t severity_number = 0;
  std::string_view severity_text,
      event_name;     ///< event_name: field 12, else attribute `event.name`.
  model::Value body;  ///< A kvlist or array body is kJson.
  Range attributes;
  uint32_t dropped_attributes_count = 0;
  uint32_t flags = 0;
};

struct OtlpLogs {
  std::vector<OtlpResource> resources;
  std::vector<OtlpScope> scopes;
  std::vector<OtlpLogRecord> records;
  std::vector<model::Attribute> attributes;
  Arena arena;
  OtlpIssues issues;

  void Clear();
};

}  // namespace vitrine::codecs
