#include "storage/schema/schema.h"
#include "storage/schema/span_table_ddl.h"
#include "storage/schema/stored_span.h"

namespace vitrine::storage {

namespace {

/// The table with its rare fields as columns.
std::string SpansWithRareFields() {
  return "(SELECT *" + RareFieldColumns() + "\nFROM vitrine.span_rows";
}

constexpr const char* kSpans = R"sql(SELECT
  project, lower(hex(trace_id)) AS trace_id, lower(hex(span_id)) AS span_id,
  if(parent_span_id = toFixedString('', 8), '', lower(hex(parent_span_id))) AS parent_span_id,
  external_trace_id, external_span_id, session_id, user_id,
  start_time, if(end_time >= start_time, end_time, NULL) AS end_time,
  toUnixTimestamp64Nano(end_time) - toUnixTimestamp64Nano(start_time) AS duration_ns,
  kind, stage, name, operation, status, status_message, error_type, nullIf(http_status, 0) AS http_status, error_text,
  service, service_version, environment, release, feature, experiment, flags, request_id, tags,
  capture, dialect,
  provider, deployment_id, region, service_tier, request_model, response_model, system_fingerprint,
  response_id, previous_response_id, conversation_id, CAST(stream, 'Nullable(Bool)') AS stream,
  nullIf(CAST(finish_reason, 'String'), '') AS finish_reason, finish_reasons_raw, CAST(refusal, 'Bool') AS refusal,
  temperature, top_p, max_tokens, seed, params,
  input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
  mapFilter((k, v) -> v > 0, map(
    'input', input_after_cache - input_heard - input_seen,
    'cache_read', least(toInt64(ifNull(input_tokens, 0)) AS whole_input, toInt64(ifNull(cached_input_tokens, 0))) AS input_read,
    'cache_write_5m', input_written - written_1h,
    'cache_write_1h', least(least(whole_input - input_read, toInt64(ifNull(cache_write_tokens, 0))) AS input_written, toInt64(ifNull(cache_write_1h_tokens, 0))) AS written_1h,
    'input_audio', least(whole_input - input_read - input_written AS input_after_cache,
      greatest(toInt64(ifNull(audio_input_tokens, 0)) - toInt64(ifNull(cached_audio_tokens, 0)), 0)) AS input_heard,
    'input_image', least(input_after_cache - input_heard, toInt64(ifNull(image_input_tokens, 0))) AS input_seen,
    'output', whole_output - output_thought - output_spoken - output_drawn,
    'reasoning', least(toInt64(ifNull(output_tokens, 0)) AS whole_output, toInt64(ifNull(reasoning_tokens, 0))) AS output_thought,
    'output_audio', least(whole_output - output_thought, toInt64(ifNull(audio_output_tokens, 0))) AS output_spoken,
    'output_image', least(whole_output - output_thought - output_spoken, toInt64(ifNull(image_output_tokens, 0))) AS output_drawn
  )) AS usage_details,
  usage_source, CAST(usage_assumed_exclusive, 'Bool') AS usage_assumed_exclusive, CAST(counted, 'Bool') AS counted, ifNull(weight, 1) AS weight,
  cost_usd, input_cost_usd, cache_read_cost_usd, cache_write_cost_usd, output_cost_usd, saved_cost_usd,
  price_id, reported_cost_usd,
  ttft_ns, tpot_ns, output_tokens_per_second, queue_ns, stall_count, longest_stall_ns,
  call_id, attempt, CAST(served, 'Bool') AS served, cache_status,
  prompt_name, prompt_version, prompt_variables,
  arrayMap(h -> lower(hex(h)), arrayConcat(history_hashes, new_input_hashes)) AS input_hashes, toUInt32(length(history_hashes)) AS input_new_from,
  arrayMap(h -> lower(hex(h)), output_hashes) AS output_hashes, output_choices, output_finish_reasons,
  arrayMap(h -> lower(hex(h)), tool_definition_hashes) AS tool_definition_hashes,
  input_preview, output_preview,
  retrieval_query, retrieval_top_k, retrieval_count, retrieval_avg_score, data_source,
  arrayMap((i, s, h, d, m) -> CAST((i, if(isNaN(s), NULL, s), if(h = toFixedString('', 16), '', lower(hex(h))), d, m),
    'Tuple(id String, score Nullable(Float64), hash String, data_source String, metadata String)'),
    document_ids, document_scores, document_hashes, document_sources, document_metadata) AS retrieval,
  guardrail_name, guardrail_result, agent_name, agent_id, workflow_name, tool_name, tool_call_id,
  tool_call_names, tool_call_arguments, tool_call_ids,
  embedding_dimensions, embedding_count,
  attributes, attribute_types, resource, resource_types, scope_name, scope_version, events, links,
  retention, redactions, dropped_attributes_count, malformed, trace_name, trace_state, received_time
FROM )sql";

constexpr const char* kCalls = R"sql(CREATE OR REPLACE VIEW vitrine.calls AS
SELECT * FROM vitrine.spans WHERE kind IN ('llm', 'embedding', 'rerank') AND counted)sql";

constexpr const char* kTraces = R"sql(SELECT
  project, lower(hex(trace_id)) AS trace_id, name, root_kind, CAST(has_root, 'Bool') AS has_root,
  start_time, if(end_time >= start_time, end_time, NULL) AS end_time,
  toUnixTimestamp64Nano(end_time) - toUnixTimestamp64Nano(start_time) AS duration_ns,
  span_count, error_count, call_count, unpriced_count, status, service, services, models, kinds,
  user_id, session_id, environment, release, feature, experiment, tags,
  input_tokens, output_tokens, cached_input_tokens, cost_usd, ttft_ns, input_preview, output_preview
FROM )sql";

constexpr const char* kSessions = R"sql(CREATE OR REPLACE VIEW vitrine.sessions AS SELECT
  project, session_id, min(start_time) AS start_time, max(ifNull(traces.end_time, traces.start_time)) AS end_time, count() AS trace_count,
  sum(span_count) AS span_count, sum(error_count) AS error_count, sum(call_count) AS call_count,
  sum(unpriced_count) AS unpriced_count, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
  sum(cost_usd) AS cost_usd, groupUniqArrayArray(models) AS models, anyLast(user_id) AS user_id
FROM vitrine.traces WHERE session_id != '' GROUP BY project, session_id)sql";

// The byte 0x1F stands between texts and in their places in the template: model/message.h. In order
// of the table one row of a hash is found while reading: out of order, the hashes of all messages
// would be kept, which beyond some ten million do not fit into a question's memory.
constexpr const char* kMessages = R"sql(CREATE OR REPLACE VIEW vitrine.messages AS SELECT
  project, lower(hex(hash)) AS hash, role, name,
  arrayStringConcat(arrayMap((piece, i) -> if(i = 1, piece, concat(toJSONString(fills[i - 1]), piece)),
    splitByChar('\x1F', parts_template) AS pieces, arrayEnumerate(pieces))) AS parts,
  texts AS text
FROM (SELECT *, splitByChar('\x1F', texts) AS fills FROM vitrine.message_rows
  ORDER BY project, hash LIMIT 1 BY project, hash))sql";

// `place` counts from 1, and is not called position: where both were, the one that is selected would
// be taken.
constexpr const char* kCallMessages = R"sql(CREATE OR REPLACE VIEW vitrine.call_messages AS
SELECT project, lower(hex(trace_id)) AS trace_id, lower(hex(span_id)) AS span_id, start_time, 'input' AS direction,
  toUInt32(0) AS choice, toUInt32(place - 1) AS position, lower(hex(message_hash)) AS hash,
  CAST(place > length(history_hashes), 'Bool') AS is_new, '' AS finish_reason
FROM (SELECT *, arrayConcat(history_hashes, new_input_hashes) AS said FROM vitrine.span_rows FINAL WHERE is_fragment = 0)
ARRAY JOIN said AS message_hash, arrayEnumerate(said) AS place
UNION ALL
SELECT project, lower(hex(trace_id)) AS trace_id, lower(hex(span_id)) AS span_id, start_time, 'output' AS direction,
  output_choices[place] AS choice, toUInt32(place - 1) AS position, lower(hex(message_hash)) AS hash,
  CAST(1, 'Bool') AS is_new, splitByChar(',', rare['output_finish_reasons'])[place] AS finish_reason
FROM (SELECT * FROM vitrine.span_rows FINAL WHERE is_fragment = 0)
ARRAY JOIN output_hashes AS message_hash, arrayEnumerate(output_hashes) AS place)sql";

// The condition on a trace reaches both sides, for they have its id by the same name. Of all traces
// millions of tools do not fit into a question's memory: that join is made in parts, on disk, and
// leaves rows in no order. `position` is the place among what a call asked for, from 0.
constexpr const char* kToolCalls = R"sql(CREATE OR REPLACE VIEW vitrine.tool_calls AS
SELECT asked.project AS project, asked.trace_id AS trace_id, asked.span_id AS span_id, asked.start_time AS start_time,
  toUInt32(asked.position - 1) AS position, asked.call_name AS name, asked.call_arguments AS arguments, asked.call_id AS id,
  if(ran.executing = toFixedString('', 8), '', lower(hex(ran.executing))) AS executing_span_id
FROM (
  SELECT project, lower(hex(trace_id)) AS trace_id, lower(hex(span_id)) AS span_id, start_time,
    position, call_name, call_arguments, call_id, sipHash64(project, call_id) AS asked_key
  FROM (SELECT * FROM vitrine.span_rows FINAL WHERE is_fragment = 0 AND counted = 1 AND notEmpty(tool_call_names))
  ARRAY JOIN tool_call_names AS call_name, arrayEnumerate(tool_call_names) AS position, tool_call_arguments AS call_arguments, tool_call_ids AS call_id
) AS asked LEFT ANY JOIN (
  SELECT lower(hex(trace_id)) AS trace_id, sipHash64(project, tool_call_id) AS ran_key, span_id AS executing
  FROM vitrine.span_rows FINAL WHERE is_fragment = 0 AND kind = 'tool' AND tool_call_id != ''
) AS ran ON asked.trace_id = ran.trace_id AND asked_key = ran_key
SETTINGS join_algorithm = 'grace_hash', grace_hash_join_initial_buckets = 4)sql";

constexpr const char* kAttachments = R"sql(CREATE OR REPLACE VIEW vitrine.attachments AS SELECT
  project, lower(hex(hash)) AS hash, media_type, length(bytes) AS size, bytes
FROM vitrine.attachment_rows FINAL)sql";

constexpr const char* kTimelines = R"sql(CREATE OR REPLACE VIEW vitrine.token_timeline AS SELECT
  project, lower(hex(trace_id)) AS trace_id, lower(hex(span_id)) AS span_id,
  arrayMap(o -> o * 1000, offsets_us) AS offsets_ns, sizes
FROM vitrine.timeline_rows FINAL)sql";

// A body is its skeleton with the texts of content_hashes in it: docs/formats/exchange_skeleton.md.
constexpr const char* kExchanges = R"sql(CREATE OR REPLACE VIEW vitrine.exchanges AS SELECT
  project, lower(hex(trace_id)) AS trace_id, lower(hex(span_id)) AS span_id, start_time,
  method, url, nullIf(status, 0) AS status,
  arrayMap((n, v) -> CAST((n, v), 'Tuple(name String, value String)'), request_header_names, request_header_values) AS request_headers,
  arrayMap((n, v) -> CAST((n, v), 'Tuple(name String, value String)'), response_header_names, response_header_values) AS response_headers,
  request_skeleton, request_size, request_content_encoding, request_left_out,
  response_skeleton, response_size, response_content_encoding, response_left_out,
  arrayMap(h -> lower(hex(h)), content_hashes) AS content_hashes,
  piece_ends, arrayMap(o -> o * 1000, piece_offsets_us) AS piece_offsets_ns
FROM vitrine.exchange_rows FINAL)sql";

constexpr const char* kScores = R"sql(CREATE OR REPLACE VIEW vitrine.scores AS SELECT
  lower(hex(score_id)) AS score_id, project,
  if(trace_id = toFixedString('', 16), '', lower(hex(trace_id))) AS trace_id,
  if(span_id = toFixedString('', 8), '', lower(hex(span_id))) AS span_id,
  session_id, response_id, name, value, label, source, author, evaluator_version, judge_model, judge_latency_ms,
  judge_cost_usd, comment, time
FROM vitrine.score_rows FINAL)sql";

constexpr const char* kIngestLedger = R"sql(CREATE OR REPLACE VIEW vitrine.ingest_ledger AS SELECT
  project, minute AS time, door, reason, sum(accepted) AS accepted, sum(rejected) AS rejected,
  sum(dropped) AS dropped, sum(quarantined) AS quarantined
FROM vitrine.ingest_ledger_rows GROUP BY project, minute, door, reason)sql";

constexpr const char* kCountsOfRollups[] = {"spans",
                                            "errors",
                                            "calls",
                                            "unpriced_calls",
                                            "usage_missing_calls",
                                            "input_tokens",
                                            "cached_input_tokens",
                                            "cache_write_tokens",
                                            "output_tokens",
                                            "reasoning_tokens",
                                            "retries",
                                            "refusals",
                                            "llm_spans",
                                            "tool_spans",
                                            "tool_errors",
                                            "priced_calls",
                                            "saved_calls",
                                            "token_spans",
                                            "input_calls",
                                            "cached_input_calls",
                                            "cache_write_calls",
                                            "output_calls",
                                            "reasoning_calls"};

// FINAL adds up what has the same key as it reads, which takes a fiftieth of what GROUP BY does.
std::string RollupsView() {
  std::string sql = R"sql(CREATE OR REPLACE VIEW vitrine.rollups AS SELECT
  project, minute, kind, provider, model, service, environment, release, feature, error_type, request_model,
  prompt_name, prompt_version, CAST(counted, 'Bool') AS counted,)sql";
  const auto add = [&](const std::string& column, const char* type) {
    sql += " CAST(" + column + ", '" + type + "') AS " + column + ",";
  };
  for (const char* column : kCountsOfRollups) add(column, "Float64");
  for (const char* column : {"duration_ns", "ttft_ns", "tpot_ns"}) add(column, "Int64");
  for (const char* column : {"duration_histogram", "ttft_histogram", "tpot_histogram"})
    add(column, "Map(Int16, Float64)");
  return sql + R"sql(
  CAST(toDecimal128(cost_nano_usd, 9) / 1000000000, 'Decimal(18, 9)') AS cost_usd,
  CAST(toDecimal128(saved_nano_usd, 9) / 1000000000, 'Decimal(18, 9)') AS saved_cost_usd
FROM vitrine.rollup_rows FINAL)sql";
}

constexpr const char* kPriceRows = R"sql(CREATE OR REPLACE VIEW vitrine.price_rows AS
SELECT price_id, provider, model, region, effective_from, mode, above_input_tokens, rates, unit_rates,
  CAST(is_free, 'Bool') AS is_free, CAST(is_override, 'Bool') AS is_override, sources
FROM vitrine.price_table_rows FINAL)sql";

}  // namespace

std::string RareFieldColumns() {
  SpanTableDdl ddl;
  const StoredSpan row;
  DescribeColumns(ddl, row);
  std::string sql;
  for (const RareNames::Field& field : ddl.rare_fields()) {
    if (!field.is_own) sql += ",\n  " + field.sql + " AS " + field.name;
  }
  return sql;
}

const ViewSelect& SpansSelect() {
  static const ViewSelect select = {kSpans + SpansWithRareFields() + " FINAL WHERE is_fragment = 0",
                                    ")"};
  return select;
}

const ViewSelect& TracesSelect() {
  static const ViewSelect select = {
      std::string(kTraces) + "(SELECT * FROM vitrine.trace_rows FINAL WHERE 1", ")"};
  return select;
}

std::vector<std::string> ViewStatements() {
  const std::string view = "CREATE OR REPLACE VIEW vitrine.";
  return {view + "spans AS " + SpansSelect().before + SpansSelect().after,
          kCalls,
          view + "traces AS " + kTraces + "vitrine.trace_rows FINAL",
          kSessions,
          kMessages,
          kCallMessages,
          kToolCalls,
          kAttachments,
          kTimelines,
          kExchanges,
          kScores,
          kIngestLedger,
          RollupsView(),
          kPriceRows};
}

const std::vector<std::string>& PublicViews() {
  static const std::vector<std::string> views = {
      "spans",         "calls",      "traces",      "sessions",       "messages",
      "call_messages", "tool_calls", "attachments", "token_timeline", "scores",
      "ingest_ledger", "rollups",    "price_rows",  "exchanges"};
  return views;
}

}  // namespace vitrine::storage
