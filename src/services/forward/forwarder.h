// Forwarder: hands what arrives on to other OTLP receivers, each at its own pace, and keeps the log
// from being truncated before the slowest of them has read it.
// Owner: the app; the log, the clock and the random source outlive it. Threads: Create and Start on
// one; status from any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/forward_status.h"
#include "platform/clock.h"
#include "platform/file.h"
#include "platform/random.h"
#include "services/forward/forward_setting.h"
#include "services/forward/metrics_sender.h"
#include "services/forward/position_file.h"
#include "storage/wal/log.h"

namespace vitrine::net {
class UpstreamTls;
}

namespace vitrine::forward {

class Target;

struct ForwarderOptions {
  std::vector<ForwardSetting> settings = {};
  std::string folder;          ///< For positions; made where it is missing.
  uint64_t log_bytes_max = 0;  ///< Of the log, which is every target's queue.
  std::shared_ptr<net::UpstreamTls> tls = {};
  MetricsFeed feed = {};  ///< For those that get metrics.
};

/// Where the slowest target stopped, for LogOptions::keep_from_lsn: the log truncates when it is
/// opened. UINT64_MAX where none has begun.
wal::Lsn KeepFromLsn(const ForwarderOptions& options, platform::FileSystem& file_system);

class Forwarder {
 public:
  /// Reads positions, or makes them: a new target gets what arrives from now on.
  /// Errors: kInvalidInput naming the target (URL, header, filter, bound), kIo, kUnsupported.
  static Result<std::unique_ptr<Forwarder>> Create(const ForwarderOptions& options, wal::Log& log,
                                                   platform::FileSystem& file_system,
                                                   platform::Clock& clock,
                                                   platform::Random& random);
  ~Forwarder();  ///< Stops.
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  void Start();
  /// Requests that run are ended. What was not sent is sent after the next start.
  void Stop();

  std::vector<model::ForwardStatus> status() const;

 private:
  struct Receiver;
  explicit Forwarder(wal::Log& log);
  void Release();

  wal::Log& log_;
  std::vector<Receiver> receivers_;  ///< In the order of the settings.
};

}  // namespace vitrine::forward
