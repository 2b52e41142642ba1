#include "services/exports/exporter.h"

#include "services/exports/limits.h"
#include "services/exports/scheduled_export.h"

namespace vitrine::exports {

namespace {

Error Named(const std::string& name, Error error) {
  error.message = "[export." + name + "]: " + error.message;
  return error;
}

query::FilterUnit UnitOf(ExportWhat what) {
  if (what == ExportWhat::kTraces) return query::FilterUnit::kTraces;
  return what == ExportWhat::kCalls ? query::FilterUnit::kCalls : query::FilterUnit::kSpans;
}

Result<ScheduledExportParts> MakeParts(const ExportSetting& setting, const ExporterOptions& options,
                                       platform::FileSystem& file_system, platform::Clock& clock) {
  if (setting.what == ExportWhat::kScores && !setting.filter.empty())
    return Fail(ErrorCode::kInvalidInput, "filter is for traces, calls and spans, not for scores");
  TRY_ASSIGN(query::Filter filter, query::ParseFilter(setting.filter, UnitOf(setting.what)));
  std::unique_ptr<Destination> destination;
  if (setting.folder.empty()) {
    TRY_ASSIGN(destination, StoreDestination(setting.store, options.tls, clock));
  } else {
    destination = FolderDestination(setting.folder, file_system);
  }
  ExportState state(options.folder, setting.name, file_system);
  TRY_ASSIGN(const auto stored, state.Read());
  const Nanos next =
      stored ? *stored : PeriodOf(setting.since.value_or(clock.Now()), setting.every_ns);
  if (!stored) TRY(state.Write(next));
  return ScheduledExportParts{setting,
                              std::move(filter),
                              UnitOf(setting.what),
                              std::move(destination),
                              std::move(state),
                              options.folder + "/" + setting.name + ".partial",
                              PeriodOf(next, setting.every_ns)};
}

}  // namespace

Exporter::Exporter() = default;

Result<std::unique_ptr<Exporter>> Exporter::Create(const ExporterOptions& options, wal::Log& log,
                                                   clickhouse::Client& client,
                                                   platform::FileSystem& file_system,
                                                   platform::Clock& clock) {
  std::unique_ptr<Exporter> made(new Exporter);
  if (options.settings.size() > kExportsMax) {
    return Fail(ErrorCode::kInvalidInput,
                "there are more than " + std::to_string(kExportsMax) + " [export.NAME]");
  }
  if (!options.settings.empty()) TRY(file_system.CreateDirectory(options.folder));
  for (const ExportSetting& setting : options.settings) {
    auto parts = MakeParts(setting, options, file_system, clock);
    if (!parts) return std::unexpected(Named(setting.name, parts.error()));
    made->exports_.push_back(
        std::make_unique<ScheduledExport>(std::move(*parts), log, client, file_system, clock));
  }
  return made;
}

Exporter::~Exporter() { Stop(); }

void Exporter::Start() {
  for (const auto& one : exports_) one->Start();
}

void Exporter::Stop() {
  for (const auto& one : exports_) one->Stop();
}

std::vector<model::ExportStatus> Exporter::status() const {
  std::vector<model::ExportStatus> all;
  for (const auto& one : exports_) all.push_back(one->status());
  return all;
}

}  // namespace vitrine::exports
