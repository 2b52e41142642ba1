#include "query/call_json.h"

#include "syntax/json/json_writer.h"

namespace vitrine::query {
namespace {

using syntax::JsonWriter;

void TextOrNull(JsonWriter& json, std::string_view key, std::string_view text) {
  text.empty() ? json.Key(key).Null() : json.Member(key, text);
}

template <typename T>
void PositiveOrNull(JsonWriter& json, std::string_view key, T number) {
  number == 0 ? json.Key(key).Null() : json.Member(key, number);
}

template <typename Id>
void IdOrNull(JsonWriter& json, std::string_view key, const Id& id) {
  id ? json.Member(key, id.ToHex()) : json.Key(key).Null();
}

void WriteIdentity(JsonWriter& json, const model::Span& span) {
  json.Member("trace_id", span.trace_id.ToHex()).Member("span_id", span.span_id.ToHex());
  IdOrNull(json, "parent_span_id", span.parent_span_id);
  json.Member("start_time", FormatRfc3339(span.start))
      .Member("duration_ns", LengthOf(span.start, span.end));
  json.Member("name", span.name).Member("kind", model::Name(span.kind));
  TextOrNull(json, "operation", span.operation);
  json.Member("status", model::Name(span.status));
  TextOrNull(json, "status_message", span.status_message);
  TextOrNull(json, "error_type", model::Name(span.error_type));
  PositiveOrNull(json, "http_status", span.http_status);
  TextOrNull(json, "provider", span.provider);
  TextOrNull(json, "request_model", span.request_model);
  TextOrNull(json, "response_model", span.response_model);
}

void WriteOwnership(JsonWriter& json, const model::Span& span) {
  json.Member("service", span.service);
  TextOrNull(json, "user_id", span.user_id);
  TextOrNull(json, "session_id", span.session_id);
  TextOrNull(json, "feature", span.feature);
  TextOrNull(json, "environment", span.environment);
  TextOrNull(json, "release", span.release);
  json.Key("tags").BeginArray();
  for (const std::string_view tag : span.tags) json.String(tag);
  json.EndArray();
}

void WriteOutcome(JsonWriter& json, const model::Span& span) {
  json.Member("stream", span.stream);
  TextOrNull(json, "finish_reason", model::Name(span.finish_reason));
  json.Member("input_tokens", span.usage.input_tokens);
  json.Member("cached_input_tokens", span.usage.cached_input_tokens);
  json.Member("cache_write_tokens", span.usage.cache_write_tokens);
  json.Member("output_tokens", span.usage.output_tokens);
  json.Member("reasoning_tokens", span.usage.reasoning_tokens);
  const auto& cost = span.cost.total;
  json.Member("cost_usd", cost ? std::optional(cost->ToString()) : std::nullopt);
  json.Member("ttft_ns", span.ttft_ns).Member("tpot_ns", span.tpot_ns);
  json.Member("output_tokens_per_second", span.output_tokens_per_second);
  json.Member("stall_count", span.stall_count).Member("longest_stall_ns", span.longest_stall_ns);
  TextOrNull(json, "call_id", span.call_id);
  PositiveOrNull(json, "attempt", span.attempt);
  json.Member("served", span.served);
  TextOrNull(json, "cache_status", model::Name(span.cache_status));
  TextOrNull(json, "input_preview", span.input_preview);
  TextOrNull(json, "output_preview", span.output_preview);
}

}  // namespace

void AppendCallJson(std::string& out, const model::Span& span, model::Capture capture,
                    CallShape shape) {
  JsonWriter json(out);
  json.BeginObject();
  WriteIdentity(json, span);
  WriteOwnership(json, span);
  json.Member("capture", model::Name(capture));
  WriteOutcome(json, span);
  if (shape == CallShape::kSpan) {
    TextOrNull(json, "tool_name", span.tool_name);
    TextOrNull(json, "agent_name", span.agent_name);
  }
  json.EndObject();
}

}  // namespace vitrine::query
