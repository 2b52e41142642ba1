#include "query/export.h"

#include "query/limits.h"
#include "query/sql_text.h"
#include "query/trace_filter.h"
#include "storage/schema/schema.h"

namespace vitrine::query {
namespace {

std::string_view FormatName(ExportFormat format) {
  switch (format) {
    case ExportFormat::kJsonLines: return "JSONEachRow";
    case ExportFormat::kCsv: return "CSVWithNames";
    case ExportFormat::kParquet: return "Parquet";
  }
  return "JSONEachRow";
}

FilterScope ScopeOf(const ExportRequest& request) {
  FilterScope scope;
  scope.project = request.project;
  scope.from = request.from;
  scope.to = request.to;
  return scope;
}

/// Rows of the view `sessions`; numbers are of the whole session, whichever trace matched.
SqlText SessionsSql(const ExportRequest& request) {
  TraceFilter filter;
  filter.project = request.project;
  filter.from = request.from;
  filter.to = request.to;
  SqlText sql;
  (sql << "SELECT * EXCEPT (project) FROM vitrine.sessions WHERE project = ")
      .Param(request.project);
  sql << " AND session_id IN (SELECT session_id FROM vitrine.trace_rows FINAL WHERE ";
  AppendConditions(sql, filter);
  AppendFilter(sql, request.filter, ScopeOf(request));
  sql << ") FORMAT " << FormatName(request.format);
  return sql;
}

SqlText ExportSql(const ExportRequest& request) {
  if (request.is_sessions) return SessionsSql(request);
  const bool is_traces = request.unit == FilterUnit::kTraces;
  const storage::ViewSelect& view = is_traces ? storage::TracesSelect() : storage::SpansSelect();
  SqlText sql;
  (sql << view.before << " AND project = ").Param(request.project);
  if (request.from) (sql << " AND start_time >= ").Time(*request.from);
  if (request.to) (sql << " AND start_time < ").Time(*request.to);
  if (request.unit == FilterUnit::kCalls)
    sql << " AND counted = 1 AND kind IN ('llm', 'embedding', 'rerank')";
  AppendFilter(sql, request.filter, ScopeOf(request));
  sql << view.after << " FORMAT " << FormatName(request.format);
  return sql;
}

clickhouse::QueryOptions ExportOptions(const SqlText& sql,
                                       const std::shared_ptr<clickhouse::CancelToken>& cancel) {
  clickhouse::QueryOptions options = QuestionOptions(sql);
  for (auto& [name, value] : options.settings) {
    if (name == "max_execution_time") value = std::to_string(kExportTimeMax.count());
  }
  // Rows are written as they come; what is gathered for speed is memory.
  for (const auto& [name, value] :
       {std::pair("max_block_size", std::to_string(kExportBlockRows)),
        std::pair("output_format_parallel_formatting", std::string("0")),
        std::pair("output_format_parquet_parallel_encoding", std::string("0")),
        std::pair("output_format_parquet_row_group_size", std::to_string(kExportRowGroupRows)),
        std::pair("output_format_parquet_row_group_size_bytes",
                  std::to_string(kExportRowGroupBytes))}) {
    options.settings.emplace_back(name, value);
  }
  options.timeout = kExportStallMax;
  options.cancel = cancel;
  return options;
}

Result<void> Stream(clickhouse::Client& client, const SqlText& sql,
                    const std::shared_ptr<clickhouse::CancelToken>& cancel,
                    const std::function<bool(std::string_view)>& sink) {
  const auto streamed = client.Stream(sql.sql(), sink, ExportOptions(sql, cancel));
  if (!streamed) return std::unexpected(QuestionError(streamed.error()));
  return {};
}

}  // namespace

Result<void> StreamExport(clickhouse::Client& client, const ExportRequest& request,
                          const std::function<bool(std::string_view)>& sink) {
  return Stream(client, ExportSql(request), request.cancel, sink);
}

Result<void> StreamScores(clickhouse::Client& client, const ScoreExportRequest& request,
                          const std::function<bool(std::string_view)>& sink) {
  SqlText sql;
  (sql << "SELECT * FROM vitrine.scores WHERE project = ").Param(request.project);
  if (request.from) (sql << " AND time >= ").Time(*request.from);
  if (request.to) (sql << " AND time < ").Time(*request.to);
  sql << " FORMAT " << FormatName(request.format);
  return Stream(client, sql, request.cancel, sink);
}

}  // namespace vitrine::query
