// Schema: the tables and public views in the engine's database `vitrine`, and how to bring a
// database up to date. Owner: settle writes the `_rows` tables, query reads the views. Names of
// views and their columns are a contract (DESIGN 4).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::storage {

/// Raised with every change of a table; the number a database was made with is kept in
/// vitrine.schema_versions.
inline constexpr uint32_t kSchemaVersion = 13;
/// The last version that changed a table that was there before; LeftoverStatements bring it about.
inline constexpr uint32_t kLastTableChange = 5;

/// Statements that create the database and every table; harmless to repeat.
std::vector<std::string> TableStatements();
/// Statements of upgrades, each list to be run from its start when it was cut off.
/// Until version 12 span_rows had one column for all input, history and new. Taken apart before the
/// other upgrades, which know only these columns: adds them, computed as they are read,
std::vector<std::string> AddSplitInputs();
/// writes them where a part lacks them; all of it again where it is repeated,
std::vector<std::string> RewriteSplitInputs();
/// takes their defaults away, and, once the views do not name it, drops the one they came from.
std::vector<std::string> FinishSplitInputs();
std::vector<std::string> DropWholeInputs();
/// Until version 3 span_rows had no column `rare`, but one for each field in it: copies the table.
std::vector<std::string> MoveRareFields();
/// Until version 2 message_rows was a ReplacingMergeTree. Parts are linked, not copied.
std::vector<std::string> KeepAllMessages();
/// The last version that changed what a span adds to the rollups.
inline constexpr uint32_t kLastRollupChange = 11;
/// Until version 7 rollups did not tell counted spans from others, nor what was asked for from what
/// answered; until 8 a span of unknown length was one of no length; until 11 they had no prompts
/// and no sums of refusals, retries and tools: makes them again from the stored spans.
std::vector<std::string> RebuildRollups();
/// Drops what it leaves: the tables that were there before, or, cut off, its unfinished ones.
std::vector<std::string> DropNextRollups();
/// "WITH …": names that the expressions of RollupSum use.
inline constexpr std::string_view kRollupWords =
    "WITH greatest(1, round(ifNull(toFloat64OrNull(rare['weight']), 1) * 1024)) / 1024 AS w, "
    "counted AND kind IN ('llm', 'embedding', 'rerank') AS is_call, end_time >= start_time AS "
    "is_known, if(is_known, least(reinterpretAsInt64(end_time) - reinterpretAsInt64(start_time), "
    "31622400000000000), 0) AS length";
/// A sum of the rollup tables: its column, and what a span adds to it, over span_rows.
struct RollupSum {
  const char* name;
  const char* of_span;
};
/// All but the histograms, in the order of the tables.
std::span<const RollupSum> RollupSumsOfSpan();
std::span<const RollupSum> RollupHistogramsOfSpan();
/// A name by which sums are kept: its column, and what it is of a span, over span_rows.
struct RollupName {
  const char* name;
  const char* of_span;
};
/// In the order of `rollup_rows`.
std::span<const RollupName> RollupNamesOfSpan();
/// Until version 10 scores lay by their ids, and until 7 by day and name, where a changed one did
/// not replace itself: keeps the newest of each id.
std::vector<std::string> OrderScoresByTime(bool is_by_id);
/// The last version that changed what the places of traces are.
inline constexpr uint32_t kLastPlaceChange = 9;
/// Until version 8 a trace was looked for by its id alone, and until 9 its place did not cover
/// fragments and had no days: notes the places of all.
std::vector<std::string> PlaceTraces();
/// Columns that older tables get while questions are asked already.
struct LaterColumn {
  std::string table, name;
};
const std::vector<LaterColumn>& LaterColumns();
/// Every column of span_rows that questions use: what is computed when a row is stored is not in
/// the asterisk.
inline constexpr const char* kAllOfSpanRows = "*, rare_stage, rare_refusal, is_unpriced";
/// The last version that changed how rows are read.
inline constexpr uint32_t kLastReadingChange = 10;
/// Until version 10 parts were wide from 64 MiB on, and no rare field of a span had a column of its
/// own. Harmless to repeat.
std::vector<std::string> EaseReadingOfRows();
/// What a cut-off upgrade may have left, and columns that came before version 2 or with version 5.
/// Harmless to repeat.
std::vector<std::string> LeftoverStatements();
/// Until version 13 nothing wrote the ledger of what came in, nor the prices, and their tables had
/// other columns.
inline constexpr uint32_t kFirstWithLedger = 13;
std::vector<std::string> RemakeEmptyTables();
/// Statements that create or replace every public view.
std::vector<std::string> ViewStatements();
/// The SELECT of a view, cut where conditions on the rows of its table may stand: what is put
/// between begins with " AND ". Needs no FINAL and no condition on versions.
struct ViewSelect {
  std::string before, after;
};
/// The view `spans`, over columns of `span_rows`.
const ViewSelect& SpansSelect();
/// The view `traces`, over columns of `trace_rows`.
const ViewSelect& TracesSelect();
/// ", … AS name" for each rare field of `span_rows`, to be selected beside its columns.
std::string RareFieldColumns();
/// The public views, for SQL users and the schema tree.
const std::vector<std::string>& PublicViews();
/// Every physical table that has a `project` column, for confining a query to one project.
const std::vector<std::string>& ProjectTables();

}  // namespace vitrine::storage
