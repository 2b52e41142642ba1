// Export: every row that a filter matches, streamed as the engine finds it, in no order.
// Threads: free functions; the sink runs on the caller's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "query/filter/filter.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

enum class ExportFormat { kJsonLines, kCsv, kParquet };

struct ExportRequest {
  std::string project;
  FilterUnit unit = FilterUnit::kTraces;
  /// Of kTraces: the sessions of which a trace matches, whole, instead of the traces.
  bool is_sessions = false;
  Filter filter;
  std::optional<Nanos> from, to;  ///< Of the row's start, half-open.
  ExportFormat format = ExportFormat::kJsonLines;
  std::shared_ptr<clickhouse::CancelToken> cancel;  ///< Optional.
};

/// Hands over the rows, as the public views `traces`, `calls`, `spans` and `sessions` have them.
/// Every row that matches, or an error; a false return of `sink` ends it and is no error. Errors:
/// the client's; some rows may have been handed over.
Result<void> StreamExport(clickhouse::Client& client, const ExportRequest& request,
                          const std::function<bool(std::string_view)>& sink);

struct ScoreExportRequest {
  std::string project;
  std::optional<Nanos> from, to;  ///< Of the score's time, half-open.
  ExportFormat format = ExportFormat::kJsonLines;
  std::shared_ptr<clickhouse::CancelToken> cancel;  ///< Optional.
};

/// The same for the public view `scores`.
Result<void> StreamScores(clickhouse::Client& client, const ScoreExportRequest& request,
                          const std::function<bool(std::string_view)>& sink);

}  // namespace vitrine::query
