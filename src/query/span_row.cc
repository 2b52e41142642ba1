#include "query/span_row.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "syntax/json/json_writer.h"

namespace vitrine::query {
namespace {

using storage::StoredSpan;
using syntax::JsonWriter;

template <typename Id>
std::string HexOrNothing(const Id& id) {
  return id ? id.ToHex() : std::string();
}

std::optional<std::string> TextOf(const std::optional<Money>& money) {
  return money ? std::optional(money->ToString()) : std::nullopt;
}

void WriteTexts(JsonWriter& json, std::string_view name, std::span<const std::string_view> texts) {
  json.Key(name).BeginArray();
  for (const std::string_view text : texts) json.String(text);
  json.EndArray();
}

void WriteHashes(JsonWriter& json, std::string_view name, std::span<const ContentHash> hashes) {
  json.Key(name).BeginArray();
  for (const ContentHash& hash : hashes) json.String(hash.ToHex());
  json.EndArray();
}

void WriteMap(JsonWriter& json, std::string_view name, const storage::StoredAttributes& map) {
  json.Key(name).BeginObject();
  for (size_t i = 0; i < map.keys.size(); ++i) json.Member(map.keys[i], map.values[i]);
  json.EndObject();
}

void WriteIdentity(JsonWriter& json, const StoredSpan& row) {
  const model::Span& s = row.span;
  const bool has_end = s.end >= s.start;
  json.Member("project", row.project);
  json.Member("trace_id", s.trace_id.ToHex());
  json.Member("span_id", s.span_id.ToHex());
  json.Member("parent_span_id", HexOrNothing(s.parent_span_id));
  json.Member("external_trace_id", s.external_trace_id);
  json.Member("external_span_id", s.external_span_id);
  json.Member("session_id", s.session_id);
  json.Member("user_id", s.user_id);
  json.Member("start_time", FormatRfc3339(s.start));
  json.Member("end_time", has_end ? std::optional(FormatRfc3339(s.end)) : std::nullopt);
  json.Member("duration_ns", has_end ? std::optional(s.end - s.start) : std::nullopt);
  json.Member("kind", model::Name(s.kind));
  json.Member("stage", s.stage);
  json.Member("name", s.name);
  json.Member("operation", s.operation);
  json.Member("status", model::Name(s.status));
  json.Member("status_message", s.status_message);
  json.Member("error_type", model::Name(s.error_type));
  json.Member("http_status", s.http_status != 0 ? std::optional(s.http_status) : std::nullopt);
  json.Member("error_text", s.error_text);
  json.Member("service", s.service);
  json.Member("service_version", s.service_version);
  json.Member("environment", s.environment);
  json.Member("release", s.release);
  json.Member("feature", s.feature);
  json.Member("experiment", s.experiment);
  json.Member("flags", s.flags);
  json.Member("request_id", s.request_id);
  WriteTexts(json, "tags", s.tags);
  json.Member("capture", model::Name(row.capture));
  json.Member("dialect", s.dialect);
}

void WriteCall(JsonWriter& json, const model::Span& s) {
  const std::string_view finish = model::Name(s.finish_reason);
  json.Member("provider", s.provider);
  json.Member("deployment_id", s.deployment_id);
  json.Member("region", s.region);
  json.Member("service_tier", s.service_tier);
  json.Member("request_model", s.request_model);
  json.Member("response_model", s.response_model);
  json.Member("system_fingerprint", s.system_fingerprint);
  json.Member("response_id", s.response_id);
  json.Member("previous_response_id", s.previous_response_id);
  json.Member("conversation_id", s.conversation_id);
  json.Member("stream", s.stream);
  json.Member("finish_reason", finish.empty() ? std::nullopt : std::optional(finish));
  WriteTexts(json, "finish_reasons_raw", s.finish_reasons_raw);
  json.Member("refusal", s.refusal);
  json.Member("temperature", s.temperature);
  json.Member("top_p", s.top_p);
  json.Member("max_tokens", s.max_tokens);
  json.Member("seed", s.seed);
  json.Member("params", s.params);
}

void WriteUsageDetails(JsonWriter& json, const model::Usage& usage) {
  const model::UsageBuckets buckets = model::SplitUsage(usage);
  json.Key("usage_details").BeginObject();
  for (const auto& [name, count] : model::BucketsByName()) {
    if (buckets.*count > 0) json.Member(name, buckets.*count);
  }
  json.EndObject();
}

void WriteUsage(JsonWriter& json, const StoredSpan& row) {
  const model::Usage& u = row.span.usage;
  json.Member("input_tokens", u.input_tokens);
  json.Member("cached_input_tokens", u.cached_input_tokens);
  json.Member("cache_write_tokens", u.cache_write_tokens);
  json.Member("output_tokens", u.output_tokens);
  json.Member("reasoning_tokens", u.reasoning_tokens);
  WriteUsageDetails(json, u);
  json.Member("usage_source", model::Name(u.source));
  json.Member("usage_assumed_exclusive", u.assumed_exclusive);
  json.Member("counted", row.counted);
  json.Member("weight", row.span.weight.value_or(1));
}

void WriteCostAndSpeed(JsonWriter& json, const model::Span& s) {
  json.Member("cost_usd", TextOf(s.cost.total));
  json.Member("input_cost_usd", TextOf(s.cost.input));
  json.Member("cache_read_cost_usd", TextOf(s.cost.cache_read));
  json.Member("cache_write_cost_usd", TextOf(s.cost.cache_write));
  json.Member("output_cost_usd", TextOf(s.cost.output));
  json.Member("saved_cost_usd", TextOf(s.cost.saved));
  json.Member("price_id", s.cost.price_id);
  json.Member("reported_cost_usd", TextOf(s.cost.reported));
  json.Member("ttft_ns", s.ttft_ns);
  json.Member("tpot_ns", s.tpot_ns);
  json.Member("output_tokens_per_second", s.output_tokens_per_second);
  json.Member("queue_ns", s.queue_ns);
  json.Member("stall_count", s.stall_count);
  json.Member("longest_stall_ns", s.longest_stall_ns);
  json.Member("call_id", s.call_id);
  json.Member("attempt", s.attempt);
  json.Member("served", s.served);
  json.Member("cache_status", model::Name(s.cache_status));
}

void WriteContent(JsonWriter& json, const StoredSpan& row) {
  const model::Span& s = row.span;
  json.Member("prompt_name", s.prompt_name);
  json.Member("prompt_version", s.prompt_version);
  json.Member("prompt_variables", s.prompt_variables);
  WriteHashes(json, "input_hashes", row.input_hashes);
  json.Member("input_new_from", row.input_new_from);
  WriteHashes(json, "output_hashes", row.output_hashes);
  json.Key("output_choices").BeginArray();
  for (const uint32_t choice : row.output_choices) json.Uint(choice);
  json.EndArray();
  json.Member("output_finish_reasons", row.output_finish_reasons);
  WriteHashes(json, "tool_definition_hashes", row.tool_definition_hashes);
  json.Member("input_preview", s.input_preview);
  json.Member("output_preview", s.output_preview);
}

void WriteRetrieval(JsonWriter& json, const StoredSpan& row) {
  const model::Span& s = row.span;
  const storage::StoredDocuments& documents = row.documents;
  json.Member("retrieval_query", s.retrieval_query);
  json.Member("retrieval_top_k", s.retrieval_top_k);
  json.Member("retrieval_count", s.retrieval_count);
  json.Member("retrieval_avg_score", s.retrieval_avg_score);
  json.Member("data_source", s.data_source);
  json.Key("retrieval").BeginArray();
  const size_t count =
      std::min({documents.ids.size(), documents.scores.size(), documents.hashes.size(),
                documents.data_sources.size(), documents.metadata.size()});
  for (size_t i = 0; i < count; ++i) {
    json.BeginObject();
    json.Member("id", documents.ids[i]);
    json.Member("score", documents.scores[i]);
    json.Member("hash", HexOrNothing(documents.hashes[i]));
    json.Member("data_source", documents.data_sources[i]);
    json.Member("metadata", documents.metadata[i]);
    json.EndObject();
  }
  json.EndArray();
}

void WriteWork(JsonWriter& json, const StoredSpan& row) {
  const model::Span& s = row.span;
  json.Member("guardrail_name", s.guardrail_name);
  json.Member("guardrail_result", model::Name(s.guardrail_result));
  json.Member("agent_name", s.agent_name);
  json.Member("agent_id", s.agent_id);
  json.Member("workflow_name", s.workflow_name);
  json.Member("tool_name", s.tool_name);
  json.Member("tool_call_id", s.tool_call_id);
  WriteTexts(json, "tool_call_names", row.tool_calls.names);
  WriteTexts(json, "tool_call_arguments", row.tool_calls.arguments);
  WriteTexts(json, "tool_call_ids", row.tool_calls.ids);
  json.Member("embedding_dimensions", s.embedding_dimensions);
  json.Member("embedding_count", s.embedding_count);
}

void WriteAsSent(JsonWriter& json, const StoredSpan& row) {
  const model::Span& s = row.span;
  WriteMap(json, "attributes", row.attributes);
  json.Member("attribute_types", row.attributes.types);
  WriteMap(json, "resource", row.resource);
  json.Member("resource_types", row.resource.types);
  json.Member("scope_name", s.scope_name);
  json.Member("scope_version", s.scope_version);
  json.Member("events", row.events);
  json.Member("links", row.links);
  json.Member("retention", model::Name(s.retention));
  json.Member("redactions", s.redactions);
  json.Member("dropped_attributes_count", s.dropped_attributes_count);
  WriteTexts(json, "malformed", s.malformed);
  json.Member("trace_name", s.trace_name);
  json.Member("trace_state", s.trace_state);
  json.Member("received_time", FormatRfc3339(row.received));
}

}  // namespace

std::string SpanRowJson(const StoredSpan& row) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  WriteIdentity(json, row);
  WriteCall(json, row.span);
  WriteUsage(json, row);
  WriteCostAndSpeed(json, row.span);
  WriteContent(json, row);
  WriteRetrieval(json, row);
  WriteWork(json, row);
  WriteAsSent(json, row);
  json.EndObject();
  return text;
}

}  // namespace vitrine::query
