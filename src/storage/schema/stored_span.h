// StoredSpan: a span as it lies in span_rows: scalars of model::Span, content as hashes, the rest
// as text ready for its column. DescribeColumns names every field once; the table, the writer, the
// reader and the public view are made from it. Owner: text and arrays borrow from the settle
// batch's arena.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/ids.h"
#include "model/span.h"

namespace vitrine::storage {

/// Attribute maps as columns: keys and values of equal length, one letter of `types` per entry.
struct StoredAttributes {
  std::span<const std::string_view> keys;
  std::span<const std::string_view> values;
  std::string_view types;
};

struct StoredToolCalls {
  std::span<const std::string_view> names, arguments, ids;
};

struct StoredDocuments {
  std::span<const std::string_view> ids, data_sources, metadata;
  std::span<const double> scores;  ///< NaN where none was sent.
  std::span<const ContentHash> hashes;
};

struct StoredSpan {
  model::Span span;  ///< Scalars; its content arrays are not read from here.
  std::string_view project;
  model::Capture capture = model::Capture::kOtlpHttp;
  Nanos received;
  int32_t day = 0;       ///< Days since the epoch; the partition.
  uint64_t version = 0;  ///< Number of the sealed batch that wrote it.
  uint64_t digest = 0;   ///< Over everything the sender sent; recognises an identical re-send.
  bool is_deleted = false;
  bool counted = false;
  TraceId counted_in;  ///< Trace of the span that stands for this call, where that is another one.
  /// What the sender gave this span itself, before the trace's values were inherited.
  std::string_view own_user_id, own_session_id, own_feature, own_release, own_environment,
      own_experiment;
  std::span<const std::string_view> own_tags;
  StoredAttributes attributes, resource;
  StoredToolCalls tool_calls;
  StoredDocuments documents;
  std::string_view events, links;  ///< JSON arrays, or empty.
  std::span<const ContentHash> input_hashes, output_hashes, tool_definition_hashes;
  uint32_t input_new_from = 0;  ///< Input messages from this index on are new in this call.
  std::span<const uint32_t> output_choices;
  std::string_view output_finish_reasons;  ///< Comma-joined, one per output message.
};

/// Fields that few spans have lie together in the map column `rare`: a column costs every insert,
/// merge and question something, also where it is empty. A visitor that treats them apart has
/// rare(); it returns another visitor.
template <typename Visitor>
auto& Rare(Visitor& v) {
  if constexpr (requires { v.rare(); }) {
    return v.rare();
  } else {
    return v;
  }
}

/// What the sender gave the span itself; mostly the same as what holds for it.
template <typename Visitor, typename Text>
void Own(Visitor& v, const char* name, Text& own, Text& effective) {
  if constexpr (requires { v.rare(); }) {
    v.rare().Own(name, own, effective);
  } else {
    v.Str(name, own);
  }
}

/// The input's hashes and where the new ones begin. A table keeps the history apart from what is
/// new: InputHashes(hashes, new_from) of its visitors.
template <typename Visitor, typename Hashes, typename Count>
void Inputs(Visitor& v, Hashes& hashes, Count& new_from) {
  if constexpr (requires { v.InputHashes(hashes, new_from); }) {
    v.InputHashes(hashes, new_from);
  } else {
    v.HashArray("input_hashes", hashes);
    v.U32("input_new_from", new_from);
  }
}

/// Calls one method of `v` for each field; columns come in table order, `rare` is the last one.
/// `Row` is StoredSpan or const StoredSpan. The methods: Lc (LowCardinality(String)), Str, U64, ...
/// as SpanTableWriter has them.
template <typename Visitor, typename Row>
void DescribeIdentity(Visitor& v, Row& row) {
  auto& s = row.span;
  v.Lc("project", row.project);
  v.Day("day", row.day);
  v.Time("start_time", s.start);
  v.Id("trace_id", s.trace_id);
  v.Id("span_id", s.span_id);
  v.U64("version", row.version);
  v.U64("digest", row.digest);
  v.Bool("is_deleted", row.is_deleted);
  v.Bool("is_fragment", s.is_fragment);
  Rare(v).Bool("is_trace_root", s.is_trace_root);
  v.Id("parent_span_id", s.parent_span_id);
  Rare(v).Str("external_trace_id", s.external_trace_id);
  Rare(v).Str("external_span_id", s.external_span_id);
  Rare(v).Str("trace_state", s.trace_state);
  v.Time("end_time", s.end);
  v.Time("received_time", row.received);
  v.Enum("kind", s.kind);
  v.Enum("status", s.status);
  v.Enum("error_type", s.error_type);
  Rare(v).U16("http_status", s.http_status);
  v.Lc("name", s.name);
  v.Lc("operation", s.operation);
  Rare(v).Lc("stage", s.stage);
  v.Str("status_message", s.status_message);
  Rare(v).Str("error_text", s.error_text);
  v.Lc("dialect", s.dialect);
  v.Enum("capture", row.capture);
}

template <typename Visitor, typename Row>
void DescribeOwnership(Visitor& v, Row& row) {
  auto& s = row.span;
  v.Str("session_id", s.session_id);
  v.Str("user_id", s.user_id);
  v.Lc("service", s.service);
  v.Lc("service_version", s.service_version);
  v.Lc("environment", s.environment);
  v.Lc("release", s.release);
  v.Lc("feature", s.feature);
  v.Lc("experiment", s.experiment);
  Own(v, "own_session_id", row.own_session_id, s.session_id);
  Own(v, "own_user_id", row.own_user_id, s.user_id);
  Own(v, "own_environment", row.own_environment, s.environment);
  Own(v, "own_release", row.own_release, s.release);
  Own(v, "own_feature", row.own_feature, s.feature);
  Own(v, "own_experiment", row.own_experiment, s.experiment);
  Rare(v).Str("request_id", s.request_id);
  Rare(v).Str("flags", s.flags);
  Rare(v).Str("trace_name", s.trace_name);
  v.LcArray("tags", s.tags);
  v.LcArray("own_tags", row.own_tags);
}

template <typename Visitor, typename Row>
void DescribeCall(Visitor& v, Row& row) {
  auto& s = row.span;
  v.Lc("provider", s.provider);
  Rare(v).Lc("deployment_id", s.deployment_id);
  Rare(v).Lc("region", s.region);
  Rare(v).Lc("service_tier", s.service_tier);
  v.Lc("request_model", s.request_model);
  v.Lc("response_model", s.response_model);
  Rare(v).Lc("system_fingerprint", s.system_fingerprint);
  v.Str("response_id", s.response_id);
  Rare(v).Str("previous_response_id", s.previous_response_id);
  Rare(v).Str("conversation_id", s.conversation_id);
  v.OptBool("stream", s.stream);
  v.Enum("finish_reason", s.finish_reason);
  v.LcArray("finish_reasons_raw", s.finish_reasons_raw);
  Rare(v).Bool("refusal", s.refusal);
  Rare(v).OptF64("temperature", s.temperature);
  Rare(v).OptF64("top_p", s.top_p);
  Rare(v).OptI64("max_tokens", s.max_tokens);
  Rare(v).OptI64("seed", s.seed);
  Rare(v).Str("params", s.params);
  Rare(v).Bool("is_batch", s.is_batch);
  Rare(v).Lc("speed", s.speed);
  Rare(v).Lc("inference_geo", s.inference_geo);
  Rare(v).Lc("price_model", s.price_model);
}

template <typename Visitor, typename Row>
void DescribeUsage(Visitor& v, Row& row) {
  auto& u = row.span.usage;
  v.OptU64("input_tokens", u.input_tokens);
  v.OptU64("cached_input_tokens", u.cached_input_tokens);
  v.OptU64("cache_write_tokens", u.cache_write_tokens);
  Rare(v).OptU64("cache_write_1h_tokens", u.cache_write_1h_tokens);
  v.OptU64("output_tokens", u.output_tokens);
  v.OptU64("reasoning_tokens", u.reasoning_tokens);
  Rare(v).OptU64("audio_input_tokens", u.audio_input_tokens);
  Rare(v).OptU64("audio_output_tokens", u.audio_output_tokens);
  Rare(v).OptU64("image_input_tokens", u.image_input_tokens);
  Rare(v).OptU64("image_output_tokens", u.image_output_tokens);
  Rare(v).OptU64("web_search_requests", u.web_search_requests);
  Rare(v).OptU64("billed_input_tokens", u.billed_input_tokens);
  Rare(v).OptU64("billed_output_tokens", u.billed_output_tokens);
  Rare(v).OptU64("cached_audio_tokens", u.cached_audio_tokens);
  Rare(v).OptU64("input_seconds", u.input_seconds);
  Rare(v).OptU64("input_characters", u.input_characters);
  Rare(v).OptU64("output_images", u.output_images);
  Rare(v).OptU64("pages", u.pages);
  Rare(v).OptU64("search_units", u.search_units);
  Rare(v).OptU64("billed_cached_input_tokens", u.billed_cached_input_tokens);
  Rare(v).OptU64("billed_cache_write_tokens", u.billed_cache_write_tokens);
  Rare(v).OptU64("billed_cache_write_1h_tokens", u.billed_cache_write_1h_tokens);
  Rare(v).OptU64("largest_pass_tokens", u.largest_pass_tokens);
  Rare(v).OptU64("smallest_pass_tokens", u.smallest_pass_tokens);
  v.Enum("usage_source", u.source);
  Rare(v).Bool("usage_assumed_exclusive", u.assumed_exclusive);
  Rare(v).Bool("usage_is_aggregate", row.span.usage_is_aggregate);
  v.Bool("counted", row.counted);
  Rare(v).Id("counted_in_trace", row.counted_in);
  Rare(v).OptF64("weight", row.span.weight);
}

template <typename Visitor, typename Row>
void DescribeCost(Visitor& v, Row& row) {
  auto& s = row.span;
  v.OptMoney("cost_usd", s.cost.total);
  v.OptMoney("input_cost_usd", s.cost.input);
  v.OptMoney("cache_read_cost_usd", s.cost.cache_read);
  v.OptMoney("cache_write_cost_usd", s.cost.cache_write);
  v.OptMoney("output_cost_usd", s.cost.output);
  v.OptMoney("saved_cost_usd", s.cost.saved);
  v.OptMoney("reported_cost_usd", s.cost.reported);
  v.Lc("price_id", s.cost.price_id);
  v.OptI64("ttft_ns", s.ttft_ns);
  v.OptI64("tpot_ns", s.tpot_ns);
  Rare(v).OptI64("queue_ns", s.queue_ns);
  v.OptF64("output_tokens_per_second", s.output_tokens_per_second);
  Rare(v).OptU32("stall_count", s.stall_count);
  Rare(v).OptI64("longest_stall_ns", s.longest_stall_ns);
  Rare(v).Str("call_id", s.call_id);
  v.U16("attempt", s.attempt);
  v.Bool("served", s.served);
  v.Enum("cache_status", s.cache_status);
}

template <typename Visitor, typename Row>
void DescribeContent(Visitor& v, Row& row) {
  auto& s = row.span;
  v.Lc("prompt_name", s.prompt_name);
  v.Lc("prompt_version", s.prompt_version);
  Rare(v).Str("prompt_variables", s.prompt_variables);
  Inputs(v, row.input_hashes, row.input_new_from);
  v.HashArray("output_hashes", row.output_hashes);
  v.U32Array("output_choices", row.output_choices);
  Rare(v).Lc("output_finish_reasons", row.output_finish_reasons);
  v.HashArray("tool_definition_hashes", row.tool_definition_hashes);
  v.Str("input_preview", s.input_preview);
  v.Str("output_preview", s.output_preview);
  v.StrArray("tool_call_names", row.tool_calls.names);
  v.StrArray("tool_call_arguments", row.tool_calls.arguments);
  v.StrArray("tool_call_ids", row.tool_calls.ids);
}

template <typename Visitor, typename Row>
void DescribeWork(Visitor& v, Row& row) {
  auto& s = row.span;
  v.Lc("agent_name", s.agent_name);
  Rare(v).Str("agent_id", s.agent_id);
  Rare(v).Lc("workflow_name", s.workflow_name);
  v.Lc("tool_name", s.tool_name);
  v.Str("tool_call_id", s.tool_call_id);
  v.Lc("guardrail_name", s.guardrail_name);
  v.Enum("guardrail_result", s.guardrail_result);
  Rare(v).Str("retrieval_query", s.retrieval_query);
  v.Lc("data_source", s.data_source);
  Rare(v).OptU32("retrieval_top_k", s.retrieval_top_k);
  v.OptU32("retrieval_count", s.retrieval_count);
  v.OptF64("retrieval_avg_score", s.retrieval_avg_score);
  v.StrArray("document_ids", row.documents.ids);
  v.F64Array("document_scores", row.documents.scores);
  v.HashArray("document_hashes", row.documents.hashes);
  v.StrArray("document_sources", row.documents.data_sources);
  v.StrArray("document_metadata", row.documents.metadata);
  Rare(v).OptU32("embedding_dimensions", s.embedding_dimensions);
  Rare(v).OptU32("embedding_count", s.embedding_count);
}

template <typename Visitor, typename Row>
void DescribeAsSent(Visitor& v, Row& row) {
  auto& s = row.span;
  v.Map("attributes", row.attributes.keys, row.attributes.values);
  v.Str("attribute_types", row.attributes.types);
  v.Map("resource", row.resource.keys, row.resource.values);
  v.Lc("resource_types", row.resource.types);
  v.Lc("scope_name", s.scope_name);
  v.Lc("scope_version", s.scope_version);
  v.Str("events", row.events);
  Rare(v).Str("links", row.links);
  v.U32("dropped_attributes_count", s.dropped_attributes_count);
  v.StrArray("malformed", s.malformed);
  v.Enum("retention", s.retention);
  Rare(v).U32("redactions", s.redactions);
}

template <typename Visitor, typename Row>
void DescribeColumns(Visitor& v, Row& row) {
  DescribeIdentity(v, row);
  DescribeOwnership(v, row);
  DescribeCall(v, row);
  DescribeUsage(v, row);
  DescribeCost(v, row);
  DescribeContent(v, row);
  DescribeWork(v, row);
  DescribeAsSent(v, row);
  if constexpr (requires { v.EndRow(); }) v.EndRow();
}

}  // namespace vitrine::storage
