#include "services/forward/forwarder.h"

#include <algorithm>

#include "services/forward/limits.h"
#include "services/forward/target.h"

namespace vitrine::forward {

/// One [forward.NAME]: spans, metrics or both.
struct Forwarder::Receiver {
  std::string name;
  std::unique_ptr<Target> spans;
  std::unique_ptr<MetricsSender> metrics;
};

namespace {

Error Named(const std::string& target, Error error) {
  error.message = "[forward." + target + "]: " + error.message;
  if (error.code == ErrorCode::kUnsupported) error.code = ErrorCode::kInvalidInput;
  return error;
}

std::string Mebibytes(uint64_t bytes) { return std::to_string(bytes >> 20) + "MiB"; }

/// A queue may hold half of the log at most: the other half is what the doors write into while a
/// target is waited for, so that forwarding never makes them refuse.
Result<void> SetQueueBound(uint64_t log_bytes_max, ForwardSetting& setting) {
  const uint64_t most = log_bytes_max / 2;
  uint64_t& bound = setting.queue_bytes_max;
  if (bound == 0) bound = std::min(kQueueBytesDefault, most);
  if (bound > most) {
    return Fail(ErrorCode::kInvalidInput, "queue_max is " + Mebibytes(bound) +
                                              "; at most half of log.size_max, " + Mebibytes(most) +
                                              ", can be a queue");
  }
  if (bound < kQueueBytesMin) {
    return Fail(ErrorCode::kInvalidInput, "queue_max is too small; the least is " +
                                              Mebibytes(kQueueBytesMin) +
                                              ", and log.size_max twice that");
  }
  return {};
}

/// The position to begin at. One that is damaged, or of another log, begins with the oldest record
/// there is: rather twice than never.
Result<Position> Begin(const PositionFile& file, const wal::Log& log) {
  const auto read = file.Read();
  if (!read && read.error().code != ErrorCode::kCorrupt) return std::unexpected(read.error());
  if (read && *read && (*read)->log_id == log.id()) return **read;
  Position position;
  position.log_id = log.id();
  const bool is_new = read && !*read;
  position.next_lsn = is_new ? log.durable_lsn() + 1 : 1;
  // Written before the first span comes, so that a crash does not lose the ones after it.
  TRY(file.Write(position));
  return position;
}

Result<std::unique_ptr<MetricsSender>> MakeMetrics(const ForwardSetting& setting,
                                                   const ForwarderOptions& options,
                                                   platform::Clock& clock) {
  if (setting.metrics_url.empty()) return std::unique_ptr<MetricsSender>();
  TRY_ASSIGN(auto post, OtlpPost::Create({"metrics_url", setting.metrics_url, setting.headers,
                                          setting.compression, options.tls}));
  return std::make_unique<MetricsSender>(setting, std::move(post), options.feed, clock);
}

Result<TargetParts> MakeTarget(ForwardSetting setting, const ForwarderOptions& options,
                               const wal::Log& log, platform::FileSystem& file_system) {
  TRY(SetQueueBound(options.log_bytes_max, setting));
  TRY_ASSIGN(auto post, OtlpPost::Create({"url", setting.url, setting.headers, setting.compression,
                                          options.tls}));
  TRY_ASSIGN(SpanChoice choice, SpanChoice::Create(setting.project, setting.filter));
  PositionFile file(options.folder, setting.name, file_system);
  TRY_ASSIGN(const Position position, Begin(file, log));
  return TargetParts{std::move(setting), std::move(post), std::move(choice), std::move(file),
                     position};
}

}  // namespace

wal::Lsn KeepFromLsn(const ForwarderOptions& options, platform::FileSystem& file_system) {
  wal::Lsn keep = UINT64_MAX;
  for (const ForwardSetting& setting : options.settings) {
    if (setting.url.empty()) continue;
    const auto read = PositionFile(options.folder, setting.name, file_system).Read();
    if (read && *read) keep = std::min(keep, (*read)->next_lsn);
    if (!read) keep = 1;
  }
  return keep;
}

Forwarder::Forwarder(wal::Log& log) : log_(log) {}

Result<std::unique_ptr<Forwarder>> Forwarder::Create(const ForwarderOptions& options, wal::Log& log,
                                                     platform::FileSystem& file_system,
                                                     platform::Clock& clock,
                                                     platform::Random& random) {
  std::unique_ptr<Forwarder> made(new Forwarder(log));
  if (options.settings.size() > kTargetsMax) {
    return Fail(ErrorCode::kInvalidInput,
                "there are more than " + std::to_string(kTargetsMax) +
                    " [forward.NAME]; let a collector hand on to the others");
  }
  if (!options.settings.empty()) TRY(file_system.CreateDirectory(options.folder));
  for (const ForwardSetting& setting : options.settings) {
    auto& receiver = made->receivers_.emplace_back();
    receiver.name = setting.name;
    auto metrics = MakeMetrics(setting, options, clock);
    if (!metrics) return std::unexpected(Named(setting.name, metrics.error()));
    receiver.metrics = std::move(*metrics);
    if (setting.url.empty()) continue;
    auto parts = MakeTarget(setting, options, log, file_system);
    if (!parts) return std::unexpected(Named(setting.name, parts.error()));
    receiver.spans = std::make_unique<Target>(std::move(*parts), log, clock, random,
                                              [forwarder = made.get()] { forwarder->Release(); });
  }
  made->Release();
  return made;
}

Forwarder::~Forwarder() { Stop(); }

void Forwarder::Start() {
  for (const Receiver& receiver : receivers_) {
    if (receiver.spans != nullptr) receiver.spans->Start();
    if (receiver.metrics != nullptr) receiver.metrics->Start();
  }
}

void Forwarder::Stop() {
  for (const Receiver& receiver : receivers_) {
    if (receiver.spans != nullptr) receiver.spans->Stop();
    if (receiver.metrics != nullptr) receiver.metrics->Stop();
  }
}

/// Gives back what every target has read. Truncating fails where the disk does; the next time will
/// do, or the next settled batch.
void Forwarder::Release() {
  wal::Lsn keep = UINT64_MAX;
  for (const Receiver& receiver : receivers_) {
    if (receiver.spans != nullptr) keep = std::min(keep, receiver.spans->next_lsn());
  }
  log_.KeepFrom(keep);
  (void)log_.Truncate(log_.settled_lsn()).has_value();
}

std::vector<model::ForwardStatus> Forwarder::status() const {
  std::vector<model::ForwardStatus> all;
  for (const Receiver& receiver : receivers_) {
    model::ForwardStatus status;
    if (receiver.spans != nullptr) status = receiver.spans->status();
    if (receiver.metrics != nullptr) receiver.metrics->AddTo(status);
    status.name = receiver.name;
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace vitrine::forward
