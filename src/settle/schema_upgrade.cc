#include "settle/schema_upgrade.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "settle/ask_number.h"
#include "settle/limits.h"
#include "storage/schema/schema.h"

namespace vitrine::settle {

namespace {

class SchemaUpgrade {
 public:
  explicit SchemaUpgrade(clickhouse::Client& client) : client_(client) {}
  Result<void> Run();

 private:
  Result<void> Statements(const std::vector<std::string>& statements);
  Result<uint64_t> Ask(const std::string& sql) { return AskNumber(client_, sql); }
  /// How many columns of span_rows have the name, which may be followed by a condition.
  Result<uint64_t> ColumnsOfSpans(std::string_view which);
  Result<void> SplitInputs();

  clickhouse::Client& client_;
};

Result<void> SchemaUpgrade::Statements(const std::vector<std::string>& statements) {
  clickhouse::QueryOptions options;
  options.timeout = kUpgradeTimeMax;
  // The engine asks for a file by hand before it drops more than 50 GB.
  options.settings = {{"max_table_size_to_drop", "0"}, {"max_partition_size_to_drop", "0"}};
  for (const std::string& statement : statements) TRY(client_.Execute(statement, options));
  return {};
}

Result<uint64_t> SchemaUpgrade::ColumnsOfSpans(std::string_view which) {
  return Ask(
      "SELECT count() FROM system.columns WHERE database = 'vitrine' AND table = 'span_rows' AND "
      "name = " +
      std::string(which));
}

Result<void> SchemaUpgrade::SplitInputs() {
  TRY_ASSIGN(const uint64_t split, ColumnsOfSpans("'history_hashes' AND default_kind = ''"));
  if (split > 0) return {};
  TRY(Statements(storage::AddSplitInputs()));
  // A rewriting that was cut off goes on by itself.
  TRY_ASSIGN(
      const uint64_t rewriting,
      Ask("SELECT count() FROM system.mutations WHERE database = 'vitrine' AND table "
          "= 'span_rows' AND NOT is_done AND command LIKE '%MATERIALIZE COLUMN history_hashes%'"));
  if (rewriting > 0) return Fail(ErrorCode::kUnavailable, "older rows are being rewritten");
  TRY_ASSIGN(
      const uint64_t lacking,
      Ask("SELECT countIf(name NOT IN (SELECT name FROM system.parts_columns WHERE database "
          "= 'vitrine' AND table = 'span_rows' AND active AND column = 'history_hashes')) "
          "FROM system.parts WHERE database = 'vitrine' AND table = 'span_rows' AND active"));
  if (lacking > 0) TRY(Statements(storage::RewriteSplitInputs()));
  return Statements(storage::FinishSplitInputs());
}

Result<void> SchemaUpgrade::Run() {
  TRY(Statements(storage::TableStatements()));
  TRY_ASSIGN(const uint64_t version, Ask("SELECT max(version) FROM vitrine.schema_versions"));
  if (version > storage::kSchemaVersion) {
    return Fail(ErrorCode::kUnsupported,
                "the engine's tables have version " + std::to_string(version) +
                    ", this program knows " + std::to_string(storage::kSchemaVersion) +
                    "; start the newer program that made them, or use another data folder");
  }
  if (version < storage::kSchemaVersion) {
    if (version > 0 && version < storage::kFirstWithLedger)
      TRY(Statements(storage::RemakeEmptyTables()));
    TRY(SplitInputs());
    TRY_ASSIGN(const uint64_t rare, ColumnsOfSpans("'rare'"));
    if (rare == 0) TRY(Statements(storage::MoveRareFields()));
    TRY_ASSIGN(const uint64_t eased,
               Ask("SELECT count() FROM system.mutations WHERE database = 'vitrine' AND "
                   "table = 'span_rows' AND command LIKE '%is_unpriced%'"));
    if (version > 0 && version < storage::kLastReadingChange && eased == 0)
      TRY(Statements(storage::EaseReadingOfRows()));
    if (version > 0 && version < storage::kLastRollupChange)
      TRY(Statements(storage::RebuildRollups()));
    if (version > 0 && version < storage::kLastPlaceChange) TRY(Statements(storage::PlaceTraces()));
    const auto scores_lie = [&](const char* how) {
      return Ask(std::string("SELECT count() FROM system.tables WHERE database = 'vitrine' AND "
                             "name = 'score_rows' AND ") +
                 how);
    };
    TRY_ASSIGN(const uint64_t by_time, scores_lie("sorting_key LIKE 'project, time, name, %'"));
    TRY_ASSIGN(const uint64_t by_id, scores_lie("sorting_key = 'project, score_id'"));
    if (by_time == 0) TRY(Statements(storage::OrderScoresByTime(by_id > 0)));
    // The old tables, also where the upgrade was cut off before they went.
    TRY(Statements(storage::DropNextRollups()));
    TRY(Statements({"DROP TABLE IF EXISTS vitrine.score_rows_next SYNC"}));
  }
  TRY(Statements(storage::ViewStatements()));
  if (version == storage::kSchemaVersion) return {};
  TRY_ASSIGN(const uint64_t whole_inputs, ColumnsOfSpans("'input_hashes'"));
  if (whole_inputs > 0) TRY(Statements(storage::DropWholeInputs()));
  TRY_ASSIGN(const uint64_t replacing,
             Ask("SELECT count() FROM system.tables WHERE database = 'vitrine' AND name = "
                 "'message_rows' AND engine = 'ReplacingMergeTree'"));
  if (replacing > 0) TRY(Statements(storage::KeepAllMessages()));
  if (version < storage::kLastTableChange) TRY(Statements(storage::LeftoverStatements()));
  return client_.Execute("INSERT INTO vitrine.schema_versions (version) VALUES (" +
                         std::to_string(storage::kSchemaVersion) + ")");
}

}  // namespace

Result<void> BringUpToDate(clickhouse::Client& client) { return SchemaUpgrade(client).Run(); }

}  // namespace vitrine::settle
