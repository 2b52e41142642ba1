#include "settle/engine_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "settle/ask_number.h"
#include "settle/limits.h"
#include "settle/schema_upgrade.h"
#include "storage/clickhouse/native_reader.h"
#include "storage/schema/span_table_ddl.h"
#include "storage/schema/span_table_reader.h"

namespace vitrine::settle {

namespace {

using storage::StoredSpan;

std::string HexList(const auto& ids) {
  std::string list;
  for (const auto& id : ids) list += (list.empty() ? "'" : ", '") + id.ToHex() + "'";
  return list;
}

/// Conditions on a row: its trace, and where that lies.
std::string OfTraces(std::span<const storage::TracePlace> traces) {
  std::vector<TraceId> ids;
  for (const storage::TracePlace& trace : traces) ids.push_back(trace.trace_id);
  return storage::InPlacesSql(traces) + " AND lower(hex(trace_id)) IN (" + HexList(ids) + ")";
}

/// Columns that facts do not need, and that make a row large.
const std::set<std::string_view>& HeavyColumns() {
  static const std::set<std::string_view> heavy = {"attributes",
                                                   "attribute_types",
                                                   "resource",
                                                   "events",
                                                   "history_hashes",
                                                   "new_input_hashes",
                                                   "output_hashes",
                                                   "tool_definition_hashes",
                                                   "document_ids",
                                                   "document_scores",
                                                   "document_hashes",
                                                   "document_sources",
                                                   "document_metadata",
                                                   "tool_call_names",
                                                   "tool_call_arguments",
                                                   "tool_call_ids",
                                                   "malformed",
                                                   "status_message",
                                                   "resource_types"};
  return heavy;
}

/// The column `rare` without what is heavy in it; what is left keeps its order.
constexpr const char* kLightRare =
    "mapFilter((name, text) -> name NOT IN ('links', 'params', 'prompt_variables', "
    "'retrieval_query', 'error_text'), rare) AS `rare`";

/// The table's columns, heavy ones replaced by their type's default.
const std::string& LightColumns() {
  static const std::string columns = [] {
    storage::SpanTableDdl ddl;
    const StoredSpan row;
    storage::DescribeColumns(ddl, row);
    std::string list;
    for (const auto& [name, type, codec, settings] : ddl.list()) {
      if (!list.empty()) list += ", ";
      if (name == "rare") {
        list += kLightRare;
        continue;
      }
      bool heavy = HeavyColumns().contains(name);
      list += heavy
                  ? "defaultValueOfTypeName(" + clickhouse::SqlLiteral(type) + ") AS `" + name + "`"
                  : "`" + name + "`";
    }
    return list;
  }();
  return columns;
}

/// Reads (String, FixedString(16)) rows of RowBinary as they come in.
class TraceKeyParser {
 public:
  explicit TraceKeyParser(const std::function<void(const TraceKey&)>& visit) : visit_(visit) {}

  void Feed(std::string_view bytes) {
    carry_.append(bytes);
    size_t at = 0;
    while (auto size = RowSize(std::string_view(carry_).substr(at))) {
      std::string_view row = std::string_view(carry_).substr(at, *size);
      size_t name_size = *size - TraceId::size - PrefixSize(row);
      TraceKey key{row.substr(PrefixSize(row), name_size),
                   *TraceId::FromBytes(row.substr(*size - TraceId::size))};
      visit_(key);
      at += *size;
    }
    carry_.erase(0, at);
  }

 private:
  static size_t PrefixSize(std::string_view row) {
    return (static_cast<uint8_t>(row[0]) & 0x80) != 0 ? 2 : 1;
  }
  /// Project names are at most 128 bytes, so the length takes one or two bytes.
  static std::optional<size_t> RowSize(std::string_view bytes) {
    if (bytes.size() < 2) return std::nullopt;
    size_t length = static_cast<uint8_t>(bytes[0]) & 0x7F;
    size_t prefix = PrefixSize(bytes);
    if (prefix == 2) length |= static_cast<size_t>(static_cast<uint8_t>(bytes[1])) << 7;
    size_t size = prefix + length + TraceId::size;
    return bytes.size() >= size ? std::optional(size) : std::nullopt;
  }

  const std::function<void(const TraceKey&)>& visit_;
  std::string carry_;
};

}  // namespace

void EngineStore::NoteWaiting(std::string reason) {
  const std::lock_guard lock(mutex_);
  waiting_for_ = std::move(reason);
}

std::string EngineStore::waiting_for() const {
  const std::lock_guard lock(mutex_);
  return waiting_for_;
}

template <typename T>
Result<T> EngineStore::Patiently(const std::function<Result<T>()>& attempt) {
  auto wait = kRetryWaitMin;
  while (!stopped_) {
    Result<T> result = attempt();
    // A call that took too long is cancelled too; only Stop ends the waiting.
    const bool may_pass = !result && (clickhouse::IsTransient(result.error()) ||
                                      result.error().code == ErrorCode::kCancelled);
    NoteWaiting(may_pass ? result.error().message : std::string());
    if (!may_pass) return result;
    std::this_thread::sleep_for(wait);
    wait = std::min(wait * 2, kRetryWaitMax);
  }
  return Fail(ErrorCode::kCancelled, "the server is stopping");
}

Result<void> EngineStore::Migrate() {
  // From the start each time: a statement whose answer was lost may have been carried out, and is
  // then not to be repeated.
  return Patiently<void>([&] { return BringUpToDate(client_); });
}

Result<void> EngineStore::VisitTraces(const std::function<void(const TraceKey&)>& visit) {
  // Places, not trace_rows: a trace of which only fragments are stored has no trace row.
  return Patiently<void>([&] {
    TraceKeyParser parser(visit);
    return client_.Stream(
        "SELECT CAST(project, 'String'), trace_id FROM vitrine.trace_place_rows FORMAT RowBinary",
        [&](std::string_view bytes) {
          parser.Feed(bytes);
          return true;
        });
  });
}

Result<void> EngineStore::VisitRecentCalls(size_t count_max,
                                           const std::function<void(const StoredCall&)>& visit) {
  // Without FINAL: a row that was replaced only makes a hint that leads nowhere.
  std::string sql =
      "SELECT CAST(project, 'String'), trace_id, response_id, CAST(scope_name, 'String'), "
      "CAST(capture, 'String') FROM vitrine.span_rows WHERE day >= today() - 2 AND "
      "received_time >= now() - INTERVAL 1 HOUR AND response_id != '' AND kind IN ('llm', "
      "'embedding', 'rerank') AND (counted OR "
      "rare['counted_in_trace'] != '') ORDER BY version DESC LIMIT " +
      std::to_string(count_max) + " FORMAT Native";
  return Patiently<void>([&]() -> Result<void> {
    TRY_ASSIGN(std::string bytes, client_.Query(sql));
    TRY_ASSIGN(auto blocks, clickhouse::ParseNative(bytes));
    for (const auto& block : blocks) {
      for (size_t i = 0; i < block.rows; ++i) {
        auto text = [&](size_t column) { return block.columns[column].values.Text(i); };
        auto id = TraceId::FromBytes(block.columns[1].values.Bytes(i)).value_or(TraceId{});
        visit({{text(0), id},
               text(2),
               text(3),
               model::FromName<model::Capture>(text(4)).value_or(model::Capture::kOtlpHttp)});
      }
    }
    return {};
  });
}

Result<std::vector<StoredSpan>> EngineStore::ReadRows(const std::string& sql, Arena& arena) {
  return Patiently<std::vector<StoredSpan>>([&]() -> Result<std::vector<StoredSpan>> {
    TRY_ASSIGN(std::string bytes, client_.Query(sql));
    TRY_ASSIGN(auto blocks, clickhouse::ParseNative(bytes));
    return storage::ReadSpanTable(blocks, arena);
  });
}

Result<std::vector<storage::TracePlace>> EngineStore::ReadPlaces(std::string_view project,
                                                                 std::span<const TraceId> traces) {
  const std::string sql = std::string(storage::kPlacesSql) + clickhouse::SqlLiteral(project) +
                          storage::OfTracesSql(traces) + " FORMAT Native";
  using Places = std::vector<storage::TracePlace>;
  return Patiently<Places>([&]() -> Result<Places> {
    TRY_ASSIGN(const std::string bytes, client_.Query(sql));
    TRY_ASSIGN(const auto blocks, clickhouse::ParseNative(bytes));
    std::map<TraceId, storage::TracePlace> places;
    for (const auto& block : blocks) {
      for (size_t i = 0; i < block.rows; ++i) {
        const auto time = [&](size_t column) {
          return Nanos{block.columns[column].values.Fixed<int64_t>(i)};
        };
        const auto day = [&](size_t column) {
          return int32_t{block.columns[column].values.Fixed<uint16_t>(i)};
        };
        const TraceId id = TraceId::FromBytes(block.columns[0].values.Bytes(i)).value_or(TraceId{});
        const storage::TracePlace place{id, {time(1), time(2)}, day(3), day(4)};
        places.try_emplace(id, place).first->second.Widen(place);
      }
    }
    Places found;
    for (const auto& [id, place] : places) found.push_back(place);
    return found;
  });
}

Result<std::vector<StoredSpan>> EngineStore::ReadTraces(std::string_view project,
                                                        std::span<const storage::TracePlace> traces,
                                                        Arena& arena) {
  return ReadRows("SELECT " + LightColumns() + " FROM vitrine.span_rows FINAL WHERE project = " +
                      clickhouse::SqlLiteral(project) + OfTraces(traces) + " FORMAT Native",
                  arena);
}

Result<std::vector<StoredSpan>> EngineStore::ReadSpans(std::string_view project,
                                                       std::span<const SpanPlace> spans,
                                                       Arena& arena) {
  std::set<TraceId> traces;
  std::vector<SpanId> ids;
  std::vector<storage::TracePlace> places;
  for (const SpanPlace& span : spans) {
    traces.insert(span.trace_id);
    ids.push_back(span.span_id);
    places.push_back({span.trace_id, {span.start, span.start}, span.day, span.day});
  }
  return ReadRows(
      "SELECT " + storage::SpanTableColumns() +
          " FROM vitrine.span_rows FINAL WHERE project = " + clickhouse::SqlLiteral(project) +
          storage::InPlacesSql(places) + " AND lower(hex(trace_id)) IN (" + HexList(traces) +
          ") AND lower(hex(span_id)) IN (" + HexList(ids) + ") FORMAT Native",
      arena);
}

Result<std::vector<EngineStore::TraceRowKey>> EngineStore::ReadTraceKeys(
    std::string_view project, std::span<const storage::TracePlace> traces) {
  const std::string sql =
      "SELECT trace_id, start_time, day FROM vitrine.trace_rows FINAL WHERE project = " +
      clickhouse::SqlLiteral(project) + OfTraces(traces) + " FORMAT Native";
  using Keys = std::vector<TraceRowKey>;
  return Patiently<Keys>([&]() -> Result<Keys> {
    TRY_ASSIGN(std::string bytes, client_.Query(sql));
    TRY_ASSIGN(auto blocks, clickhouse::ParseNative(bytes));
    Keys keys;
    for (const auto& block : blocks) {
      for (size_t i = 0; i < block.rows; ++i) {
        keys.push_back({TraceId::FromBytes(block.columns[0].values.Bytes(i)).value_or(TraceId{}),
                        Nanos{block.columns[1].values.Fixed<int64_t>(i)},
                        block.columns[2].values.Fixed<uint16_t>(i)});
      }
    }
    return keys;
  });
}

Result<std::vector<EngineStore::ScorePlace>> EngineStore::ReadScorePlaces(
    std::string_view project, std::span<const ContentHash> ids, uint64_t number, Arena& arena) {
  const std::string key = "score_id, time, name, trace_id, span_id, session_id, response_id";
  const std::string sql =
      "SELECT score_id, time, CAST(name, 'String'), trace_id, span_id, session_id, response_id "
      "FROM vitrine.score_rows WHERE project = " +
      clickhouse::SqlLiteral(project) + " AND lower(hex(score_id)) IN (" + HexList(ids) +
      ") AND version < " + std::to_string(number) + " GROUP BY " + key +
      " HAVING argMax(is_deleted, version) = 0 FORMAT Native";
  using Places = std::vector<ScorePlace>;
  return Patiently<Places>([&]() -> Result<Places> {
    TRY_ASSIGN(const std::string bytes, client_.Query(sql));
    TRY_ASSIGN(const auto blocks, clickhouse::ParseNative(bytes));
    Places places;
    for (const auto& block : blocks) {
      for (size_t i = 0; i < block.rows; ++i) {
        const auto text = [&](size_t column) {
          return arena.Copy(block.columns[column].values.Text(i));
        };
        const auto id = [&]<typename Id>(size_t column, Id) {
          return Id::FromBytes(block.columns[column].values.Bytes(i)).value_or(Id{});
        };
        ScorePlace& place = places.emplace_back();
        place.score_id = id(0, ContentHash{});
        place.score.time = Nanos{block.columns[1].values.Fixed<int64_t>(i)};
        place.score.name = text(2);
        place.score.trace_id = id(3, TraceId{});
        place.score.span_id = id(4, SpanId{});
        place.score.session_id = text(5);
        place.score.response_id = text(6);
      }
    }
    return places;
  });
}

Result<void> EngineStore::TryInsert(std::string_view table, const Rows& rows,
                                    const std::string& query_id) {
  clickhouse::QueryOptions options;
  options.query_id = query_id;
  options.settings = {{"insert_deduplicate", "0"},
                      // A batch has each key once already; looking again costs two thirds of an
                      // insert.
                      {"optimize_on_insert", "0"},
                      {"max_partitions_per_insert_block", "0"}};
  clickhouse::NativeBlock first = rows.block(0);
  const clickhouse::NativePieces pieces{rows.blocks, [&](size_t i) {
                                          const auto block =
                                              i == 0 ? std::move(first) : rows.block(i);
                                          return block.Serialize();
                                        }};
  const std::string columns = first.ColumnList();
  Result<void> inserted =
      client_.InsertNative("vitrine." + std::string(table), columns, pieces, options);
  if (inserted || stopped_) return inserted;
  // Rows leave for the quarantine only where the engine says that they are at fault. Everything
  // else - a missing table, a full disk, an engine that is stopping - may pass.
  Error error = inserted.error();
  const bool is_limit = error.code == ErrorCode::kLimitExceeded && rows.count > 1;
  if (!is_limit && !clickhouse::IsRefusalOfRows(error)) error.code = ErrorCode::kUnavailable;
  return std::unexpected(error);
}

Result<void> EngineStore::Insert(std::string_view table, const Rows& rows) {
  return Patiently<void>([&] { return TryInsert(table, rows, {}); });
}

Result<void> EngineStore::AddSums(const std::string& table, std::chrono::year_month month,
                                  uint64_t number, const Rows& rows, bool may_be_stored) {
  const std::string yyyymm =
      std::to_string(int{month.year()} * 100 + static_cast<int>(unsigned{month.month()}));
  const std::string query_id = table + "-" + yyyymm + "-" + std::to_string(number);
  const auto attempt = [&]() -> Result<void> {
    if (may_be_stored) {
      // An insert whose answer was lost may still be at work.
      TRY_ASSIGN(const uint64_t running, AskNumber(client_,
                                                   "SELECT count() FROM system.processes WHERE "
                                                   "query_id = '" +
                                                       query_id + "'"));
      if (running > 0) return Fail(ErrorCode::kUnavailable, "an earlier insert is still at work");
      TRY_ASSIGN(const uint64_t stored,
                 AskNumber(client_, "SELECT max(batch) FROM vitrine." + table +
                                        " WHERE toYYYYMM(minute) = " + yyyymm));
      if (stored >= number) return {};
    }
    may_be_stored = true;
    return TryInsert(table, rows, query_id);
  };
  return Patiently<void>([&]() -> Result<void> {
    Result<void> added = attempt();
    if (added || clickhouse::IsRefusalOfRows(added.error())) return added;
    // Sums are not cut in halves: what is too much now waits like everything else.
    return Fail(ErrorCode::kUnavailable, added.error().message);
  });
}

Result<uint64_t> EngineStore::VersionBase(const std::string& log_id, uint64_t last_number) {
  return Patiently<uint64_t>([&]() -> Result<uint64_t> {
    const std::string of_log =
        " FROM vitrine.log_epochs WHERE log_id = " + clickhouse::SqlLiteral(log_id);
    TRY_ASSIGN(const uint64_t base, AskNumber(client_, "SELECT max(base)" + of_log));
    TRY_ASSIGN(
        const uint64_t stored,
        AskNumber(
            client_,
            "SELECT greatest((SELECT max(version) FROM vitrine.span_rows), (SELECT "
            "max(version) FROM vitrine.trace_rows), (SELECT max(version) FROM vitrine.score_rows), "
            "(SELECT max(version) FROM vitrine.timeline_rows), (SELECT max(version) FROM "
            "vitrine.exchange_rows), (SELECT max(batch) FROM vitrine.ingest_ledger_rows), (SELECT "
            "intDiv(max(batch), 2) FROM vitrine.rollup_rows))"));
    if (stored <= base + last_number) return base;
    TRY(client_.Execute("INSERT INTO vitrine.log_epochs (log_id, base) VALUES (" +
                        clickhouse::SqlLiteral(log_id) + ", " + std::to_string(stored) + ")"));
    return stored;
  });
}

}  // namespace vitrine::settle
