// Server: everything `vitrine serve` runs, started storage first and stopped doors first.
// Owner: main. Threads: Start and Stop from one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/config.h"
#include "base/result.h"

namespace vitrine::app {

class Server {
 public:
  /// Starts the engine, the log, settling and the doors.
  /// Errors: kInvalidInput (settings), kConflict (address or data folder in use), kIo.
  static Result<std::unique_ptr<Server>> Start(const Config& config);
  ~Server();  ///< Stops.

  /// "127.0.0.1:7080", the bound address.
  const std::string& address() const;
  /// Waits until questions are answered: engine up, schema in place. `give_up` is asked meanwhile.
  /// Errors: kUnavailable (not within the time, and why), kUnsupported (the engine cannot run on
  /// this machine), kCancelled (gave up).
  Result<void> WaitReady(int64_t timeout_ms, const std::function<bool()>& give_up);
  /// Stops within five seconds; what the log holds is settled after the next start.
  void Stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace vitrine::app
