#include "services/exports/scheduled_export.h"

#include <algorithm>

#include "pipeline/secret_scrubber.h"
#include "services/exports/limits.h"
#include "services/pause.h"
#include "syntax/records/record_counter.h"

namespace vitrine::exports {

namespace {

syntax::RecordFormat RecordsOf(query::ExportFormat format) {
  switch (format) {
    case query::ExportFormat::kJsonLines: return syntax::RecordFormat::kJsonLines;
    case query::ExportFormat::kCsv: return syntax::RecordFormat::kCsv;
    case query::ExportFormat::kParquet: return syntax::RecordFormat::kParquet;
  }
  return syntax::RecordFormat::kParquet;
}

}  // namespace

ScheduledExport::ScheduledExport(ScheduledExportParts parts, wal::Log& log,
                                 clickhouse::Client& client, platform::FileSystem& file_system,
                                 platform::Clock& clock)
    : setting_(std::move(parts.setting)),
      filter_(std::move(parts.filter)),
      unit_(parts.unit),
      destination_(std::move(parts.destination)),
      state_(std::move(parts.state)),
      spool_(std::move(parts.spool)),
      log_(log),
      client_(client),
      file_system_(file_system),
      clock_(clock),
      next_(parts.next) {
  status_.name = setting_.name;
  status_.what = WhatName(setting_.what);
  status_.format = FormatName(setting_.format);
  status_.project = setting_.project;
  status_.destination = destination_->name();
  status_.every_ns = setting_.every_ns;
}

ScheduledExport::~ScheduledExport() { Stop(); }

void ScheduledExport::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void ScheduledExport::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

Nanos ScheduledExport::next() const {
  const std::lock_guard lock(mutex_);
  return next_;
}

model::ExportStatus ScheduledExport::status() const {
  const std::lock_guard lock(mutex_);
  model::ExportStatus status = status_;
  status.next_period = next_;
  status.due = DueOf(next_);
  return status;
}

void ScheduledExport::Run(const std::stop_token& stop) {
  int64_t backoff_ms = 0;
  while (WaitUntilDue(stop)) {
    const Nanos period = next();
    auto done = ExportPeriod(period, stop);
    if (stop.stop_requested()) return;
    if (done) {
      // Only now: a crash before it makes the same file again.
      const Nanos after = period + setting_.every_ns;
      done = state_.Write(after);
      const std::lock_guard lock(mutex_);
      next_ = after;
    }
    if (done) {
      backoff_ms = 0;
      continue;
    }
    NoteFailure(done.error());
    backoff_ms = std::clamp(2 * backoff_ms, kBackoffMsMin, kBackoffMsMax);
    services::Pause(backoff_ms, stop);
  }
}

bool ScheduledExport::WaitUntilDue(const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    next_ = CatchUp(setting_, next_, clock_.Now(), status_.periods_skipped);
  }
  const Nanos due = DueOf(next());
  while (!stop.stop_requested() && clock_.Now() < due) services::Pause(kLookMs, stop);
  const wal::Lsn arrived = log_.durable_lsn();
  while (!stop.stop_requested() && log_.settled_lsn() < arrived) services::Pause(kLookMs, stop);
  return !stop.stop_requested();
}

Result<void> ScheduledExport::ExportPeriod(Nanos period, const std::stop_token& stop) {
  TRY_ASSIGN(const File file, Spool(period, stop));
  const std::string path = PathOf(setting_, period);
  const auto put = destination_->Put(spool_, path, stop);
  (void)file_system_.Remove(spool_).has_value();
  if (!put) return put;
  const std::lock_guard lock(mutex_);
  ++status_.files;
  status_.bytes += file.bytes;
  status_.rows += file.rows;
  status_.last_file = path;
  status_.last_file_at = clock_.Now();
  status_.last_error.clear();
  return {};
}

/// Writes the period's rows to the spool file, which is whole when it returns.
Result<ScheduledExport::File> ScheduledExport::Spool(Nanos period, const std::stop_token& stop) {
  if (auto removed = file_system_.Remove(spool_);
      !removed && removed.error().code != ErrorCode::kNotFound) {
    return std::unexpected(removed.error());
  }
  TRY_ASSIGN(auto out, file_system_.Open(spool_, platform::OpenMode::kCreate));
  File file;
  syntax::RecordCounter counter(RecordsOf(setting_.format));
  Result<void> written;
  const auto cancel = std::make_shared<clickhouse::CancelToken>();
  const std::stop_callback stopping(stop, [&cancel] { cancel->Cancel(); });
  TRY(StreamRows(period, cancel, [&](std::string_view bytes) {
    written = out->WriteAt(file.bytes, bytes);
    file.bytes += bytes.size();
    counter.Feed(bytes);
    return written.has_value();
  }));
  TRY(written);
  if (file.bytes > 0) {
    TRY_ASSIGN(file.rows, counter.Total());
  }
  TRY(out->SyncData());
  return file;
}

Result<void> ScheduledExport::StreamRows(Nanos period,
                                         const std::shared_ptr<clickhouse::CancelToken>& cancel,
                                         const std::function<bool(std::string_view)>& sink) {
  const Nanos end = period + setting_.every_ns;
  if (setting_.what == ExportWhat::kScores) {
    return query::StreamScores(client_, {setting_.project, period, end, setting_.format, cancel},
                               sink);
  }
  return query::StreamExport(
      client_, {setting_.project, unit_, false, filter_, period, end, setting_.format, cancel},
      sink);
}

void ScheduledExport::NoteFailure(const Error& error) {
  const pipeline::SecretScrubber scrubber;
  Arena arena;
  uint32_t count = 0;
  const std::lock_guard lock(mutex_);
  ++status_.failures;
  status_.last_error = scrubber.ScrubText(error.message, arena, count);
  status_.last_error_at = clock_.Now();
}

}  // namespace vitrine::exports
