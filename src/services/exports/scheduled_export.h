// ScheduledExport: one thread that makes the file of one period after the other.
// Owner: Exporter. Threads: Start, Stop and the destructor on one; status any.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "model/export_status.h"
#include "platform/clock.h"
#include "platform/file.h"
#include "query/filter/filter.h"
#include "services/exports/destination.h"
#include "services/exports/export_setting.h"
#include "services/exports/export_state.h"
#include "services/exports/period.h"
#include "storage/clickhouse/client.h"
#include "storage/wal/log.h"

namespace vitrine::exports {

struct ScheduledExportParts {
  ExportSetting setting;
  query::Filter filter;
  query::FilterUnit unit = query::FilterUnit::kSpans;
  std::unique_ptr<Destination> destination;
  ExportState state;
  std::string spool;  ///< Where a file is made.
  Nanos next;
};

class ScheduledExport {
 public:
  ScheduledExport(ScheduledExportParts parts, wal::Log& log, clickhouse::Client& client,
                  platform::FileSystem& file_system, platform::Clock& clock);
  ~ScheduledExport();  ///< Stops.

  void Start();
  void Stop();
  model::ExportStatus status() const;

 private:
  struct File {
    uint64_t bytes = 0, rows = 0;
  };

  void Run(const std::stop_token& stop);
  Nanos next() const;
  Nanos DueOf(Nanos period) const { return period + setting_.every_ns + setting_.delay_ns; }
  /// Waits until the next period is over, late spans had their time, and what had arrived by then
  /// is in the tables. False at a stop.
  bool WaitUntilDue(const std::stop_token& stop);
  Result<void> ExportPeriod(Nanos period, const std::stop_token& stop);
  Result<File> Spool(Nanos period, const std::stop_token& stop);
  Result<void> StreamRows(Nanos period, const std::shared_ptr<clickhouse::CancelToken>& cancel,
                          const std::function<bool(std::string_view)>& sink);
  void NoteFailure(const Error& error);

  const ExportSetting setting_;
  const query::Filter filter_;
  const query::FilterUnit unit_;
  const std::unique_ptr<Destination> destination_;
  const ExportState state_;
  const std::string spool_;
  wal::Log& log_;
  clickhouse::Client& client_;
  platform::FileSystem& file_system_;
  platform::Clock& clock_;
  mutable std::mutex mutex_;  ///< Guards what follows.
  Nanos next_;
  model::ExportStatus status_;
  std::jthread thread_;
};

}  // namespace vitrine::exports
