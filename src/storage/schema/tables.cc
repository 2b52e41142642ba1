#include "storage/schema/briefs.h"
#include "storage/schema/schema.h"
#include "storage/schema/span_table_ddl.h"
#include "storage/schema/stored_span.h"

namespace vitrine::storage {

namespace {

// The bloom filters are over the hex form, because that is what the public views show and people
// filter by; eight granules share one, for a look-up pays for each filter (of a million traces 28
// ms instead of 38). Half-filled granules cost a point look-up the reading of a whole one: 512
// halves it against 8192 at no price that could be measured. Wide parts from 16 MiB on: a small
// part of 94 columns is one file instead of hundreds, but reading few of its columns takes seven
// times as long.
constexpr const char* kSmallGranules =
    "index_granularity = 512, min_bytes_for_wide_part = 16777216";

SpanTableDdl DescribeSpans() {
  SpanTableDdl ddl;
  const StoredSpan row;
  DescribeColumns(ddl, row);
  return ddl;
}

// What pages ask of all spans. The map holds texts of all rare fields, and reading it takes twenty
// times as long as such a column; whether a call's price is unknown, which every answer about money
// tells, takes six columns. As settling decides it (settle/facts.h): a call that failed before it
// used tokens cost nothing.
constexpr std::pair<const char*, const char*> kComputedColumns[] = {
    {"rare_stage", "rare_stage LowCardinality(String) MATERIALIZED rare['stage']"},
    {"rare_refusal", "rare_refusal UInt8 MATERIALIZED rare['refusal'] = '1'"},
    {"is_unpriced",
     "is_unpriced UInt8 MATERIALIZED counted = 1 AND kind IN ('llm', 'embedding', 'rerank') AND "
     "isNull(cost_usd) AND NOT (status = 'error' AND isNull(input_tokens) AND "
     "isNull(output_tokens))"}};

// Words are looked for in what is new; in what was said before only where that is asked for.
constexpr const char* kInputIndexes[] = {
    "new_input_hash_bloom new_input_hashes TYPE bloom_filter(0.01) GRANULARITY 4",
    "history_hash_bloom history_hashes TYPE bloom_filter(0.01) GRANULARITY 4"};

std::string SpanRows(const char* name) {
  std::string asked;
  for (const auto& [column, definition] : kComputedColumns)
    asked += std::string(",\n  ") + definition;
  return "CREATE TABLE IF NOT EXISTS vitrine." + std::string(name) + " (\n  " +
         DescribeSpans().columns() + asked + ",\n  " + SpanBriefColumn() +
         R"sql(,
  INDEX trace_id_bloom lower(hex(trace_id)) TYPE bloom_filter(0.001) GRANULARITY 8,
  INDEX session_id_bloom session_id TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX user_id_bloom user_id TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX response_id_bloom response_id TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX )sql" +
         kInputIndexes[0] + ",\n  INDEX " + kInputIndexes[1] + R"sql(,
  INDEX output_hash_bloom output_hashes TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY day
PRIMARY KEY (project, start_time)
ORDER BY (project, start_time, trace_id, span_id)
SETTINGS )sql" +
         kSmallGranules;
}

std::string TraceRows() {
  return std::string(R"sql(CREATE TABLE IF NOT EXISTS vitrine.trace_rows (
  project LowCardinality(String), day Date, start_time DateTime64(9, 'UTC'), trace_id FixedString(16),
  version UInt64, is_deleted UInt8,
  end_time DateTime64(9, 'UTC'), name LowCardinality(String), root_kind LowCardinality(String), has_root UInt8,
  span_count UInt32, error_count UInt32, call_count UInt32, unpriced_count UInt32,
  status LowCardinality(String), service LowCardinality(String),
  services Array(LowCardinality(String)), models Array(LowCardinality(String)), kinds Array(LowCardinality(String)),
  user_id String, session_id String, environment LowCardinality(String), release LowCardinality(String),
  feature LowCardinality(String), experiment LowCardinality(String), tags Array(LowCardinality(String)),
  input_tokens Nullable(UInt64), output_tokens Nullable(UInt64), cached_input_tokens Nullable(UInt64),
  cost_usd Nullable(Decimal(18, 9)), ttft_ns Nullable(Int64),
  input_preview String, output_preview String,
  )sql") +
         TraceBriefColumn() + R"sql(,
  INDEX trace_id_bloom lower(hex(trace_id)) TYPE bloom_filter(0.001) GRANULARITY 8,
  INDEX session_id_bloom session_id TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX user_id_bloom user_id TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY day
PRIMARY KEY (project, start_time)
ORDER BY (project, start_time, trace_id)
SETTINGS )sql" +
         kSmallGranules;
}

// By id: where the rows of a trace lie, in time and in partitions. Written before them, and never
// narrower than what an earlier version says.
std::string TracePlaceRows() {
  return std::string(R"sql(CREATE TABLE IF NOT EXISTS vitrine.trace_place_rows (
  project LowCardinality(String), trace_id FixedString(16), day Date, last_day Date, version UInt64,
  first DateTime64(9, 'UTC'), last DateTime64(9, 'UTC')
) ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (project, trace_id)
SETTINGS )sql") +
         kSmallGranules;
}

// Not replacing: a row comes twice only after a crash or when its hash was forgotten, and only a
// table that keeps every row merges its indexes of words instead of reading all texts again (half
// the price of a merge). Readers take one row of a hash.
std::string MessageRows(const char* name) {
  return std::string("CREATE TABLE IF NOT EXISTS vitrine.") + name + R"sql( (
  project LowCardinality(String), day Date, retention LowCardinality(String), hash FixedString(16),
  role LowCardinality(String), name LowCardinality(String), parts_template String CODEC(ZSTD(1)),
  texts String CODEC(ZSTD(3)),
  INDEX texts_words lower(texts) TYPE text(tokenizer = splitByNonAlpha)
) ENGINE = MergeTree
PARTITION BY (day, retention)
ORDER BY (project, hash)
SETTINGS )sql" +
         kSmallGranules + ", text_index_posting_list_codec = 'bitpacking'";
}

std::string AttachmentRows() {
  return std::string(R"sql(CREATE TABLE IF NOT EXISTS vitrine.attachment_rows (
  project LowCardinality(String), day Date, retention LowCardinality(String), hash FixedString(16),
  media_type LowCardinality(String), bytes String CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree
PARTITION BY (day, retention)
ORDER BY (project, hash)
SETTINGS index_granularity = 16)sql");
}

std::string TimelineRows() {
  return std::string(R"sql(CREATE TABLE IF NOT EXISTS vitrine.timeline_rows (
  project LowCardinality(String), day Date, trace_id FixedString(16), span_id FixedString(8), version UInt64,
  offsets_us Array(UInt64) CODEC(Delta, ZSTD(1)), sizes Array(UInt32) CODEC(ZSTD(1)),
  INDEX trace_id_bloom lower(hex(trace_id)) TYPE bloom_filter(0.001) GRANULARITY 1
) ENGINE = ReplacingMergeTree(version)
PARTITION BY day
ORDER BY (project, trace_id, span_id)
SETTINGS )sql") +
         kSmallGranules;
}

// Bodies refer to what calls share, so rows are small; the few large ones are read alone. Calls of
// a trace lie together, and one compressed block holds many: each turn repeats the skeleton and the
// list of the turn before, which ZSTD sees only within a block.
std::string ExchangeRows() {
  return R"sql(CREATE TABLE IF NOT EXISTS vitrine.exchange_rows (
  project LowCardinality(String), day Date, retention LowCardinality(String), start_time DateTime64(9, 'UTC'),
  trace_id FixedString(16), span_id FixedString(8), version UInt64,
  method LowCardinality(String), url String CODEC(ZSTD(3)), status UInt16,
  request_header_names Array(LowCardinality(String)), request_header_values Array(String) CODEC(ZSTD(3)),
  response_header_names Array(LowCardinality(String)), response_header_values Array(String) CODEC(ZSTD(3)),
  request_skeleton String CODEC(ZSTD(3)), request_size UInt64,
  request_content_encoding LowCardinality(String), request_left_out LowCardinality(String),
  response_skeleton String CODEC(ZSTD(3)), response_size UInt64,
  response_content_encoding LowCardinality(String), response_left_out LowCardinality(String),
  content_hashes Array(FixedString(16)) CODEC(ZSTD(3)),
  piece_ends Array(UInt64) CODEC(Delta, ZSTD(3)), piece_offsets_us Array(UInt64) CODEC(Delta, ZSTD(3)),
  INDEX trace_id_bloom lower(hex(trace_id)) TYPE bloom_filter(0.001) GRANULARITY 4
) ENGINE = ReplacingMergeTree(version)
PARTITION BY (day, retention)
ORDER BY (project, trace_id, span_id)
SETTINGS index_granularity = 64, min_compress_block_size = 1048576)sql";
}

constexpr const char* kRollupSums = R"sql(
  batch SimpleAggregateFunction(max, UInt64),
  spans SimpleAggregateFunction(sum, Float64), errors SimpleAggregateFunction(sum, Float64),
  calls SimpleAggregateFunction(sum, Float64), unpriced_calls SimpleAggregateFunction(sum, Float64),
  usage_missing_calls SimpleAggregateFunction(sum, Float64),
  input_tokens SimpleAggregateFunction(sum, Float64), cached_input_tokens SimpleAggregateFunction(sum, Float64),
  cache_write_tokens SimpleAggregateFunction(sum, Float64), output_tokens SimpleAggregateFunction(sum, Float64),
  reasoning_tokens SimpleAggregateFunction(sum, Float64),
  retries SimpleAggregateFunction(sum, Float64), refusals SimpleAggregateFunction(sum, Float64),
  llm_spans SimpleAggregateFunction(sum, Float64), tool_spans SimpleAggregateFunction(sum, Float64),
  tool_errors SimpleAggregateFunction(sum, Float64),
  priced_calls SimpleAggregateFunction(sum, Float64), saved_calls SimpleAggregateFunction(sum, Float64),
  token_spans SimpleAggregateFunction(sum, Float64),
  input_calls SimpleAggregateFunction(sum, Float64),
  cached_input_calls SimpleAggregateFunction(sum, Float64), cache_write_calls SimpleAggregateFunction(sum, Float64),
  output_calls SimpleAggregateFunction(sum, Float64), reasoning_calls SimpleAggregateFunction(sum, Float64),
  duration_ns SimpleAggregateFunction(sum, Int64), ttft_ns SimpleAggregateFunction(sum, Int64),
  tpot_ns SimpleAggregateFunction(sum, Int64),
  cost_nano_usd SimpleAggregateFunction(sum, Int64), saved_nano_usd SimpleAggregateFunction(sum, Int64))sql";

// `minute` is where the row's minute, or in a table of hours its hour, begins.
std::string RollupRows(const char* name) {
  return std::string("CREATE TABLE IF NOT EXISTS vitrine.") + name + R"sql( (
  project LowCardinality(String), minute DateTime('UTC'), kind LowCardinality(String),
  provider LowCardinality(String), model LowCardinality(String), service LowCardinality(String),
  environment LowCardinality(String), release LowCardinality(String), feature LowCardinality(String),
  error_type LowCardinality(String), request_model LowCardinality(String),
  prompt_name LowCardinality(String), prompt_version LowCardinality(String),
  counted UInt8,)sql" +
         kRollupSums + R"sql(,
  duration_histogram SimpleAggregateFunction(sumMap, Map(Int16, Float64)),
  ttft_histogram SimpleAggregateFunction(sumMap, Map(Int16, Float64)),
  tpot_histogram SimpleAggregateFunction(sumMap, Map(Int16, Float64))
) ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
PRIMARY KEY (project, minute)
ORDER BY (project, minute, kind, provider, model, service, environment, release, feature, error_type, request_model, prompt_name, prompt_version, counted)
SETTINGS index_granularity = 1024)sql";
}

std::string UserRollupRows(const char* name) {
  return "CREATE TABLE IF NOT EXISTS vitrine." + std::string(name) +
         std::string(
             " (\n"
             "  project LowCardinality(String), minute DateTime('UTC'), kind "
             "LowCardinality(String), user_id String,") +
         kRollupSums + R"sql(
) ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
PRIMARY KEY (project, minute)
ORDER BY (project, minute, user_id, kind)
SETTINGS index_granularity = 1024)sql";
}

// By time, so that parts hardly overlap: by id, FINAL had to merge all scores there are for each
// question (130 ms of 700,000, now 13). The key has all that questions look for, so that what does
// not meet their conditions is left out before versions are compared. In one partition; a score
// that says another time, name or thing than an earlier one of its id is written with that one's
// removal. A thousand ids are looked for at once, so each may err once in a million. At rest it is
// left as it is: a few scores after an hour would have all written again.
std::string ScoreRows(const char* name) {
  return std::string("CREATE TABLE IF NOT EXISTS vitrine.") + name + R"sql( (
  project LowCardinality(String), day Date, score_id FixedString(16), version UInt64, is_deleted UInt8,
  trace_id FixedString(16), span_id FixedString(8), session_id String, response_id String,
  name LowCardinality(String), value Nullable(Float64), label String, source LowCardinality(String),
  author LowCardinality(String), evaluator_version LowCardinality(String), judge_model LowCardinality(String),
  judge_latency_ms Nullable(Float64), judge_cost_usd Nullable(Decimal(18, 9)), comment String,
  time DateTime64(9, 'UTC'),
  subject LowCardinality(String) MATERIALIZED multiIf(span_id != toFixedString('', 8), 'span',
    trace_id != toFixedString('', 16), 'trace', response_id != '', 'response', 'session'),
  INDEX trace_id_bloom lower(hex(trace_id)) TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX score_id_bloom lower(hex(score_id)) TYPE bloom_filter(0.000001) GRANULARITY 4
) ENGINE = ReplacingMergeTree(version, is_deleted)
PRIMARY KEY (project, time)
ORDER BY (project, time, name, trace_id, span_id, session_id, response_id, score_id)
SETTINGS index_granularity = 512, min_bytes_for_wide_part = 1048576, min_age_to_force_merge_seconds = 0)sql";
}

// `batch` as in the rollups: the largest number of an addition (ADR 0004).
std::string IngestRows() {
  return R"sql(CREATE TABLE IF NOT EXISTS vitrine.ingest_ledger_rows (
  project LowCardinality(String), minute DateTime('UTC'), door LowCardinality(String), reason LowCardinality(String),
  batch SimpleAggregateFunction(max, UInt64),
  accepted SimpleAggregateFunction(sum, UInt64), rejected SimpleAggregateFunction(sum, UInt64),
  dropped SimpleAggregateFunction(sum, UInt64), quarantined SimpleAggregateFunction(sum, UInt64)
) ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (project, minute, door, reason)
SETTINGS index_granularity = 1024)sql";
}

// Rows are appended, never edited: an id means the same rates for ever. Rates are USD: `rates` for a
// million tokens, `unit_rates` for a piece.
std::string PriceRows() {
  return R"sql(CREATE TABLE IF NOT EXISTS vitrine.price_table_rows (
  price_id String, provider LowCardinality(String), model String, region LowCardinality(String),
  effective_from Nullable(DateTime64(9, 'UTC')), mode LowCardinality(String), above_input_tokens UInt64,
  rates Map(LowCardinality(String), Decimal(18, 6)), unit_rates Map(LowCardinality(String), Decimal(18, 12)),
  is_free UInt8, is_override UInt8, sources Array(String)
) ENGINE = ReplacingMergeTree ORDER BY price_id)sql";
}

// Which number the batches of a log begin at: versions must grow even when the log is a new one.
std::string LogEpochs() {
  return R"sql(CREATE TABLE IF NOT EXISTS vitrine.log_epochs (
  log_id String, base UInt64, opened_at DateTime DEFAULT now()
) ENGINE = MergeTree ORDER BY (log_id, base))sql";
}

std::string Versions() {
  return R"sql(CREATE TABLE IF NOT EXISTS vitrine.schema_versions (
  version UInt32, applied_at DateTime DEFAULT now()
) ENGINE = ReplacingMergeTree ORDER BY version)sql";
}

}  // namespace

std::vector<std::string> TableStatements() {
  return {"CREATE DATABASE IF NOT EXISTS vitrine",
          SpanRows("span_rows"),
          TraceRows(),
          TracePlaceRows(),
          MessageRows("message_rows"),
          AttachmentRows(),
          TimelineRows(),
          ExchangeRows(),
          RollupRows("rollup_rows"),
          RollupRows("hour_rollup_rows"),
          UserRollupRows("user_rollup_rows"),
          ScoreRows("score_rows"),
          IngestRows(),
          PriceRows(),
          LogEpochs(),
          Versions()};
}

namespace {

// No text of a field; it stands for "not in the map".
constexpr const char* kNoText = "'\\x01'";

/// The text of a rare field, from its column.
std::string RareText(const RareNames::Field& field) {
  const std::string none = std::string(", ") + kNoText + ", ";
  if (field.is_own) return "if(" + field.name + " = " + field.effective + none + field.name + ")";
  if (field.type.starts_with("Nullable"))
    return "ifNull(toString(" + field.name + "), " + kNoText + ")";
  if (field.type.starts_with("UInt"))
    return "if(" + field.name + " = 0" + none + "toString(" + field.name + "))";
  if (field.type.starts_with("FixedString")) {
    return "if(" + field.name + " = defaultValueOfTypeName('" + field.type + "')" + none +
           "lower(hex(" + field.name + ")))";
  }
  return "if(" + field.name + " = ''" + none + field.name + ")";
}

}  // namespace

namespace {

constexpr const char* kAlterSpans = "ALTER TABLE vitrine.span_rows ";

}  // namespace

// Settings of a column that is added are ignored without a word (26.7); so they come in a statement
// of their own.
std::vector<std::string> AddSplitInputs() {
  std::string added;
  std::vector<std::string> statements;
  for (const auto& [name, type, codec, settings] : DescribeSpans().list()) {
    const char* const part = name == "history_hashes"     ? "1, input_new_from"
                             : name == "new_input_hashes" ? "input_new_from + 1"
                                                          : nullptr;
    if (part == nullptr) continue;
    added += "ADD COLUMN IF NOT EXISTS " + name + " " + type +
             " DEFAULT arraySlice(input_hashes, " + part + ")" + codec + ", ";
    if (!settings.empty())
      statements.push_back(kAlterSpans + ("MODIFY COLUMN " + name) + " MODIFY SETTING " + settings);
  }
  for (const char* index : kInputIndexes)
    added += std::string("ADD INDEX IF NOT EXISTS ") + index + ", ";
  added.resize(added.size() - 2);
  statements.insert(statements.begin(), kAlterSpans + added);
  return statements;
}

std::vector<std::string> RewriteSplitInputs() {
  return {std::string(kAlterSpans) +
          "MATERIALIZE COLUMN history_hashes, MATERIALIZE COLUMN new_input_hashes SETTINGS "
          "mutations_sync = 1"};
}

// The indexes are not waited for: where one is missing the part is read.
std::vector<std::string> FinishSplitInputs() {
  return {std::string(kAlterSpans) +
              "MATERIALIZE INDEX history_hash_bloom, MATERIALIZE INDEX new_input_hash_bloom "
              "SETTINGS mutations_sync = 0",
          std::string(kAlterSpans) +
              "MODIFY COLUMN history_hashes REMOVE DEFAULT, MODIFY COLUMN new_input_hashes REMOVE "
              "DEFAULT"};
}

std::vector<std::string> DropWholeInputs() {
  return {std::string(kAlterSpans) +
          "DROP INDEX IF EXISTS input_hash_bloom, DROP COLUMN input_hashes, DROP COLUMN "
          "input_new_from SETTINGS mutations_sync = 0"};
}

std::vector<std::string> MoveRareFields() {
  const SpanTableDdl ddl = DescribeSpans();
  std::string lacking, texts;
  for (const auto& [name, type, codec, settings] : ddl.list()) {
    if (name == "rare") continue;
    lacking += (lacking.empty() ? "" : ", ") + ("ADD COLUMN IF NOT EXISTS `" + name + "` " + type);
  }
  for (const RareNames::Field& field : ddl.rare_fields()) {
    lacking += ", ADD COLUMN IF NOT EXISTS `" + field.name + "` " + field.type;
    texts +=
        (texts.empty() ? "'" : ", '") + field.name + "', CAST(" + RareText(field) + ", 'String')";
  }
  std::string columns = ddl.names();
  columns.resize(columns.rfind(", `rare`"));
  return {"ALTER TABLE vitrine.span_rows " + lacking,
          "DROP TABLE IF EXISTS vitrine.span_rows_next SYNC", SpanRows("span_rows_next"),
          "INSERT INTO vitrine.span_rows_next (" + ddl.names() + ") SELECT " + columns +
              ", mapFilter((name, text) -> text != " + kNoText + ", map(" + texts +
              ")) FROM vitrine.span_rows SETTINGS max_partitions_per_insert_block = 0, "
              "optimize_on_insert = 0, max_threads = 1, max_insert_threads = 1, "
              "max_block_size = 4096, min_insert_block_size_bytes = 67108864",
          "EXCHANGE TABLES vitrine.span_rows_next AND vitrine.span_rows"};
}

namespace {

// Where one span is counted in the rollups, and what it adds, as settle/rollups.cc has it, in the
// order of the columns. A batch that was cut off before the upgrade is settled again and computes
// its sums from the stored spans, as this does; so no sums of its may seem to be there: batch 0.
constexpr const char* kMinuteOfSpan =
    R"sql(toDateTime(intDiv(least(greatest(toUnixTimestamp64Nano(start_time),
    if(capture = 'import', 0, greatest(0, intDiv(toUnixTimestamp64Nano(received_time), 86400000000000) - 400) * 86400000000000)),
    (if(capture = 'import', 49709, least(49709, intDiv(toUnixTimestamp64Nano(received_time), 86400000000000) + 2)) + 1) * 86400000000000 - 1),
    60000000000) * 60, 'UTC'))sql";
constexpr const char* kAllAtOnce =
    " SETTINGS max_partitions_per_insert_block = 0, max_threads = 1, max_insert_threads = 1";

/// Each with ", " before it, here and below.
std::string NamesOfSpan() {
  std::string names;
  for (const RollupName& name : RollupNamesOfSpan()) names += ", " + std::string(name.of_span);
  return names;
}

std::string SumsOfSpan() {
  std::string sums;
  for (const RollupSum& sum : RollupSumsOfSpan()) sums += ", " + std::string(sum.of_span);
  return sums;
}

std::string HistogramsOfSpan() {
  std::string histograms;
  for (const RollupSum& histogram : RollupHistogramsOfSpan())
    histograms += ", " + std::string(histogram.of_span);
  return histograms;
}

std::string NamesOfRollups() {
  std::string names;
  for (const RollupName& name : RollupNamesOfSpan()) names += ", " + std::string(name.name);
  return names;
}

std::string NamesOfSums() {
  std::string names;
  for (const RollupSum& sum : RollupSumsOfSpan()) names += ", " + std::string(sum.name);
  return names;
}

}  // namespace

std::vector<std::string> RemakeEmptyTables() {
  return {"DROP TABLE IF EXISTS vitrine.ingest_ledger_rows SYNC", IngestRows(),
          "DROP TABLE IF EXISTS vitrine.price_table_rows SYNC", PriceRows()};
}

std::vector<std::string> KeepAllMessages() {
  return {"DROP TABLE IF EXISTS vitrine.message_rows_next SYNC", MessageRows("message_rows_next"),
          "ALTER TABLE vitrine.message_rows_next ATTACH PARTITION ALL FROM vitrine.message_rows",
          "EXCHANGE TABLES vitrine.message_rows_next AND vitrine.message_rows"};
}

std::vector<std::string> OrderScoresByTime(bool is_by_id) {
  const std::string newest = is_by_id ? "FINAL"
                                      : "WHERE is_deleted = 0 ORDER BY version DESC LIMIT 1 BY "
                                        "project, score_id";
  return {"DROP TABLE IF EXISTS vitrine.score_rows_next SYNC", ScoreRows("score_rows_next"),
          "INSERT INTO vitrine.score_rows_next SELECT * FROM vitrine.score_rows " + newest +
              " SETTINGS max_threads = 1, max_insert_threads = 1",
          "EXCHANGE TABLES vitrine.score_rows_next AND vitrine.score_rows"};
}

std::span<const RollupSum> RollupSumsOfSpan() {
  static constexpr RollupSum sums[] = {
      {"spans", "w"},
      {"errors", "w * (status = 'error')"},
      {"calls", "w * is_call"},
      {"unpriced_calls",
       "w * (is_call AND isNull(cost_usd) AND NOT (status = 'error' AND isNull(input_tokens) AND "
       "isNull(output_tokens)))"},
      {"usage_missing_calls", "w * (is_call AND isNull(input_tokens) AND isNull(output_tokens))"},
      {"input_tokens", "w * counted * ifNull(input_tokens, 0)"},
      {"cached_input_tokens", "w * counted * ifNull(cached_input_tokens, 0)"},
      {"cache_write_tokens", "w * counted * ifNull(cache_write_tokens, 0)"},
      {"output_tokens", "w * counted * ifNull(output_tokens, 0)"},
      {"reasoning_tokens", "w * counted * ifNull(reasoning_tokens, 0)"},
      {"retries", "w * (attempt > 0)"},
      {"refusals", "w * (rare_refusal = 1)"},
      {"llm_spans", "w * (kind = 'llm')"},
      {"tool_spans", "w * (kind = 'tool')"},
      {"tool_errors", "w * (kind = 'tool' AND status = 'error')"},
      {"priced_calls", "w * (counted AND isNotNull(cost_usd))"},
      {"saved_calls", "w * (counted AND isNotNull(saved_cost_usd))"},
      {"token_spans", "w * (counted AND (isNotNull(input_tokens) OR isNotNull(output_tokens)))"},
      {"input_calls", "w * (counted AND isNotNull(input_tokens))"},
      {"cached_input_calls", "w * (counted AND isNotNull(cached_input_tokens))"},
      {"cache_write_calls", "w * (counted AND isNotNull(cache_write_tokens))"},
      {"output_calls", "w * (counted AND isNotNull(output_tokens))"},
      {"reasoning_calls", "w * (counted AND isNotNull(reasoning_tokens))"},
      {"duration_ns", "toInt64(round(w * length))"},
      {"ttft_ns", "toInt64(round(w * greatest(least(ifNull(ttft_ns, 0), 31622400000000000), 0)))"},
      {"tpot_ns", "toInt64(round(w * greatest(least(ifNull(tpot_ns, 0), 31622400000000000), 0)))"},
      {"cost_nano_usd",
       "counted * toInt64(round(w * toInt64(toDecimal128(ifNull(cost_usd, 0), 9) * 1000000000)))"},
      {"saved_nano_usd",
       "counted * toInt64(round(w * toInt64(toDecimal128(ifNull(saved_cost_usd, 0), 9) * "
       "1000000000)))"},
  };
  return sums;
}

std::span<const RollupSum> RollupHistogramsOfSpan() {
  static constexpr RollupSum histograms[] = {
      {"duration_histogram",
       "mapFilter((k, v) -> is_known, map(if(length > 0, toInt16(floor(log(length) / log(1.02))), "
       "toInt16(-32768)), w))"},
      {"ttft_histogram",
       "mapFilter((k, v) -> isNotNull(ttft_ns), map(if(assumeNotNull(ttft_ns) > 0, "
       "toInt16(floor(log(assumeNotNull(ttft_ns)) / log(1.02))), toInt16(-32768)), w))"},
      {"tpot_histogram",
       "mapFilter((k, v) -> isNotNull(tpot_ns), map(if(assumeNotNull(tpot_ns) > 0, "
       "toInt16(floor(log(assumeNotNull(tpot_ns)) / log(1.02))), toInt16(-32768)), w))"},
  };
  return histograms;
}

std::span<const RollupName> RollupNamesOfSpan() {
  static constexpr RollupName names[] = {
      {"kind", "kind"},
      {"provider", "provider"},
      {"model", "if(response_model = '', request_model, response_model)"},
      {"service", "service"},
      {"environment", "environment"},
      {"release", "release"},
      {"feature", "feature"},
      {"error_type", "if(status = 'error', if(error_type = '', 'other', error_type), '')"},
      {"request_model", "request_model"},
      {"prompt_name", "prompt_name"},
      {"prompt_version", "prompt_version"},
      {"counted", "counted"},
  };
  return names;
}

std::vector<std::string> RebuildRollups() {
  const std::string words(kRollupWords);
  const std::string of_spans =
      " FROM vitrine.span_rows FINAL WHERE is_fragment = 0 AND is_deleted = 0";
  const std::string a_day_at_once = ", do_not_merge_across_partitions_select_final = 1";
  std::vector<std::string> statements = DropNextRollups();
  // Beside the old ones, which answer until all three are whole.
  for (const std::string& made :
       {RollupRows("rollup_rows_next"),
        "INSERT INTO vitrine.rollup_rows_next " + words + " SELECT project, " + kMinuteOfSpan +
            NamesOfSpan() + ", 0" + SumsOfSpan() + HistogramsOfSpan() + of_spans + kAllAtOnce +
            a_day_at_once,
        RollupRows("hour_rollup_rows_next"),
        "INSERT INTO vitrine.hour_rollup_rows_next SELECT project, toStartOfHour(minute)" +
            NamesOfRollups() + ", 0" + NamesOfSums() +
            ", duration_histogram, ttft_histogram, tpot_histogram FROM vitrine.rollup_rows_next" +
            kAllAtOnce,
        UserRollupRows("user_rollup_rows_next"),
        "INSERT INTO vitrine.user_rollup_rows_next " + words + " SELECT project, toStartOfHour(" +
            kMinuteOfSpan + "), kind, user_id, 0" + SumsOfSpan() + of_spans +
            " AND counted = 1 AND kind IN ('llm', 'embedding', 'rerank')" + kAllAtOnce +
            a_day_at_once})
    statements.push_back(made);
  for (const std::string table : {"rollup_rows", "hour_rollup_rows", "user_rollup_rows"})
    statements.push_back("EXCHANGE TABLES vitrine." + table + "_next AND vitrine." + table);
  return statements;
}

std::vector<std::string> DropNextRollups() {
  return {"DROP TABLE IF EXISTS vitrine.rollup_rows_next SYNC",
          "DROP TABLE IF EXISTS vitrine.hour_rollup_rows_next SYNC",
          "DROP TABLE IF EXISTS vitrine.user_rollup_rows_next SYNC"};
}

// All versions, removals too, for a place may be too wide; and the spans themselves, for of a batch
// that was cut off there are spans whose trace has no row.
std::vector<std::string> PlaceTraces() {
  return {
      "DROP TABLE IF EXISTS vitrine.trace_place_rows SYNC", TracePlaceRows(),
      "INSERT INTO vitrine.trace_place_rows (project, trace_id, day, last_day, version, first, "
      "last) SELECT project, trace_id, min(day), max(day), max(version), min(start_time), "
      "max(greatest(start_time, end_time)) FROM (SELECT project, trace_id, day, version, "
      "start_time, end_time FROM vitrine.trace_rows UNION ALL SELECT project, trace_id, day, "
      "version, start_time, end_time FROM vitrine.span_rows) GROUP BY project, trace_id SETTINGS "
      "max_partitions_per_insert_block = 0, max_threads = 1, max_insert_threads = 1, "
      "max_bytes_before_external_group_by = 268435456"};
}

std::vector<std::string> EaseReadingOfRows() {
  std::vector<std::string> statements;
  for (const auto& [column, definition] : kComputedColumns) {
    statements.push_back(std::string("ALTER TABLE vitrine.span_rows ADD COLUMN IF NOT EXISTS ") +
                         definition);
    // Not waited for, as below.
    statements.push_back(std::string("ALTER TABLE vitrine.span_rows MATERIALIZE COLUMN ") + column +
                         " SETTINGS mutations_sync = 0");
  }
  for (const char* table :
       {"span_rows", "trace_rows", "trace_place_rows", "message_rows", "timeline_rows"}) {
    statements.push_back(std::string("ALTER TABLE vitrine.") + table +
                         " MODIFY SETTING min_bytes_for_wide_part = 16777216");
  }
  return statements;
}

std::vector<std::string> LeftoverStatements() {
  return {"DROP TABLE IF EXISTS vitrine.span_rows_next SYNC",
          "DROP TABLE IF EXISTS vitrine.message_rows_next SYNC",
          "ALTER TABLE vitrine.rollup_rows ADD COLUMN IF NOT EXISTS batch "
          "SimpleAggregateFunction(max, UInt64)",
          "ALTER TABLE vitrine.span_rows ADD COLUMN IF NOT EXISTS " + SpanBriefColumn(),
          "ALTER TABLE vitrine.trace_rows ADD COLUMN IF NOT EXISTS " + TraceBriefColumn(),
          // Not waited for: until a part has the column, it is made as rows are read.
          "ALTER TABLE vitrine.span_rows MATERIALIZE COLUMN brief SETTINGS mutations_sync = 0",
          "ALTER TABLE vitrine.trace_rows MATERIALIZE COLUMN brief SETTINGS mutations_sync = 0"};
}

const std::vector<LaterColumn>& LaterColumns() {
  static const std::vector<LaterColumn> columns = {{"span_rows", "brief"},
                                                   {"span_rows", "rare"},
                                                   {"span_rows", "rare_stage"},
                                                   {"span_rows", "rare_refusal"},
                                                   {"span_rows", "is_unpriced"},
                                                   {"span_rows", "history_hashes"},
                                                   {"span_rows", "new_input_hashes"},
                                                   {"score_rows", "subject"},
                                                   {"rollup_rows", "prompt_name"},
                                                   {"rollup_rows", "prompt_version"},
                                                   {"rollup_rows", "retries"},
                                                   {"rollup_rows", "refusals"},
                                                   {"rollup_rows", "llm_spans"},
                                                   {"rollup_rows", "tool_spans"},
                                                   {"rollup_rows", "tool_errors"},
                                                   {"rollup_rows", "token_spans"},
                                                   {"rollup_rows", "saved_calls"}};
  return columns;
}

const std::vector<std::string>& ProjectTables() {
  static const std::vector<std::string> tables = {
      "span_rows",     "trace_rows",       "message_rows",     "attachment_rows",
      "timeline_rows", "rollup_rows",      "score_rows",       "ingest_ledger_rows",
      "exchange_rows", "trace_place_rows", "hour_rollup_rows", "user_rollup_rows"};
  return tables;
}

}  // namespace vitrine::storage
