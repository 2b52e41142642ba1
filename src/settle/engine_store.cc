#include "settle/engine_store.h"

#include <algorithm>
#include <set>
#include <thread>

#include "settle/limits.h"
#include "storage/clickhouse/native_reader.h"
#include "storage/schema/schema.h"
#include "storage/schema/span_table_ddl.h"
#include "storage/schema/span_table_reader.h"

namespace vitrine::settle {

namespace {

using storage::StoredSpan;

std::string Quote(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + "'";
}

template <typename Id>
std::string HexList(std::span<const Id> ids) {
  std::string list;
  for (const Id& id : ids) list += (list.empty() ? "'" : ", '") + id.ToHex() + "'";
  return list;
}

/// Columns that facts do not need, and that make a row large.
const std::set<std::string_view>& HeavyColumns() {
  static const std::set<std::string_view> heavy = {"attributes",
                                                   "attribute_types",
                                                   "resource",
                                                   "events",
                                                   "links",
                                                   "params",
                                                   "prompt_variables",
                                                   "input_hashes",
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
                                                   "retrieval_query",
                                                   "status_message",
                                                   "error_text",
                                                   "resource_types"};
  return heavy;
}

/// The table's columns, heavy ones replaced by their type's default.
const std::string& LightColumns() {
  static const std::string columns = [] {
    storage::SpanTableDdl ddl;
    const StoredSpan row;
    storage::DescribeColumns(ddl, row);
    std::string list;
    for (const auto& [name, type] : ddl.list()) {
      if (!list.empty()) list += ", ";
      bool heavy = HeavyColumns().contains(name);
      list += heavy ? "defaultValueOfTypeName(" + Quote(type) + ") AS `" + name + "`"
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

template <typename T>
Result<T> EngineStore::Patiently(const std::function<Result<T>()>& attempt) {
  auto wait = kRetryWaitMin;
  while (!stopped_) {
    Result<T> result = attempt();
    if (result || !clickhouse::IsTransient(result.error())) return result;
    std::this_thread::sleep_for(wait);
    wait = std::min(wait * 2, kRetryWaitMax);
  }
  return Fail(ErrorCode::kCancelled, "the server is stopping");
}

Result<void> EngineStore::Migrate() {
  std::vector<std::string> statements = storage::TableStatements();
  for (std::string& view : storage::ViewStatements()) statements.push_back(std::move(view));
  statements.push_back("INSERT INTO vitrine.schema_versions (version) SELECT " +
                       std::to_string(storage::kSchemaVersion) +
                       " WHERE (SELECT count() FROM vitrine.schema_versions WHERE version = " +
                       std::to_string(storage::kSchemaVersion) + ") = 0");
  for (const std::string& statement : statements) {
    TRY(Patiently<void>([&] { return client_.Execute(statement); }));
  }
  return {};
}

Result<void> EngineStore::VisitTraces(const std::function<void(const TraceKey&)>& visit) {
  // span_rows, not trace_rows: a trace of which only fragments are stored has no trace row.
  return Patiently<void>([&] {
    TraceKeyParser parser(visit);
    return client_.Stream(
        "SELECT CAST(project, 'String'), trace_id FROM vitrine.span_rows GROUP BY project, "
        "trace_id FORMAT RowBinary",
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
      "counted_in_trace != toFixedString('', 16)) ORDER BY version DESC LIMIT " +
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

Result<std::vector<StoredSpan>> EngineStore::ReadTraces(std::string_view project,
                                                        std::span<const TraceId> traces,
                                                        Arena& arena) {
  return ReadRows("SELECT " + LightColumns() +
                      " FROM vitrine.span_rows FINAL WHERE project = " + Quote(project) +
                      " AND lower(hex(trace_id)) IN (" + HexList(traces) + ") FORMAT Native",
                  arena);
}

Result<std::vector<StoredSpan>> EngineStore::ReadSpans(std::string_view project,
                                                       std::span<const TraceId> traces,
                                                       std::span<const SpanId> spans,
                                                       Arena& arena) {
  return ReadRows("SELECT " + storage::SpanTableColumns() +
                      " FROM vitrine.span_rows FINAL WHERE project = " + Quote(project) +
                      " AND lower(hex(trace_id)) IN (" + HexList(traces) +
                      ") AND lower(hex(span_id)) IN (" + HexList(spans) + ") FORMAT Native",
                  arena);
}

Result<std::vector<EngineStore::TraceRowKey>> EngineStore::ReadTraceKeys(
    std::string_view project, std::span<const TraceId> traces) {
  std::string sql =
      "SELECT trace_id, start_time, day FROM vitrine.trace_rows FINAL WHERE project = " +
      Quote(project) + " AND lower(hex(trace_id)) IN (" + HexList(traces) + ") FORMAT Native";
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

Result<void> EngineStore::Insert(std::string_view table, const clickhouse::NativeBlock& block,
                                 std::string_view token) {
  if (block.rows() == 0) return {};
  std::string bytes = block.Serialize();
  clickhouse::QueryOptions options;
  options.settings = {{"insert_deduplication_token", std::string(token)},
                      {"insert_deduplicate", "1"},
                      // A batch has each key once already; looking again costs two thirds of an
                      // insert.
                      {"optimize_on_insert", "0"},
                      {"materialize_skip_indexes_on_insert", "0"},
                      {"max_partitions_per_insert_block", "0"}};
  return Patiently<void>([&] {
    return client_.InsertNative("vitrine." + std::string(table), block.ColumnList(), bytes,
                                options);
  });
}

}  // namespace vitrine::settle
