// Exporter: one file for each finished period of each export, at a folder or an S3-compatible
// storage. A period's file is made whole before it goes anywhere, and made again the same way when
// anything failed; which period is next survives a restart.
// Owner: the app; the log, the engine's client, the file system and the clock outlive it. Threads:
// Create, Start and Stop on one; status from any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/export_status.h"
#include "platform/clock.h"
#include "platform/file.h"
#include "services/exports/export_setting.h"
#include "storage/clickhouse/client.h"
#include "storage/wal/log.h"

namespace vitrine::net {
class UpstreamTls;
}

namespace vitrine::exports {

class ScheduledExport;

struct ExporterOptions {
  std::vector<ExportSetting> settings;
  std::string folder;  ///< For what is remembered, and files that are being made.
  std::shared_ptr<net::UpstreamTls> tls;
};

class Exporter {
 public:
  /// Errors: kInvalidInput naming the export (filter, endpoint), kCorrupt, kIo, kUnsupported.
  static Result<std::unique_ptr<Exporter>> Create(const ExporterOptions& options, wal::Log& log,
                                                  clickhouse::Client& client,
                                                  platform::FileSystem& file_system,
                                                  platform::Clock& clock);
  ~Exporter();  ///< Stops.
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  void Start();
  /// What runs is ended; its period is made after the next start.
  void Stop();

  std::vector<model::ExportStatus> status() const;

 private:
  Exporter();
  std::vector<std::unique_ptr<ScheduledExport>> exports_;
};

}  // namespace vitrine::exports
