// EngineProcess: starts vitrine-engine, watches it and starts it again when it dies.
//
// Owner:   the app. The engine is a child of one thread of this object, lives no longer than it,
// and
//          notices by itself when this process is killed.
// Threads: thread-safe; callbacks come from the watching thread.
// States:  kStarting -> kReady -> (death) kDown -> kStarting ...; kStopped at the end. The first
//          restart after a healthy time is immediate, further ones wait 0.1 s, 0.2 s ... 10 s.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"

namespace vitrine::clickhouse {

enum class EngineState : uint8_t { kStarting, kReady, kDown, kStopped };
std::string_view EngineStateName(EngineState state);  ///< "starting", "ready", "down", "stopped".

struct EngineProcessOptions {
  std::string program;        ///< Path of vitrine-engine.
  std::string data_path;      ///< Absolute folder of the engine's data.
  std::string socket_path;    ///< At most 107 bytes.
  uint64_t memory_bytes = 0;  ///< 0: the engine's own default.
  unsigned threads = 0;       ///< 0: the engine's own default.
  bool when_idle = false;     ///< Only processor time that nothing else wants.
  std::optional<uint16_t> tcp_port;
  /// Every line the engine prints, and what happens to it. Must not block.
  std::function<void(std::string_view line)> log;
  /// After every change of state. Must not block, nor call back into this object.
  std::function<void(EngineState state)> on_state;
};

struct EngineStatus {
  EngineState state = EngineState::kStopped;
  pid_t pid = 0;          ///< 0 while none runs.
  uint64_t restarts = 0;  ///< Starts after the first.
  std::string last_end;   ///< How the last process ended, in words; empty when none has.
  std::optional<int> last_exit_code;  ///< Nothing where a signal ended it, or none has ended.
  std::string last_line;  ///< The last thing it printed before it ended: why it does not start.
};

class EngineProcess {
 public:
  /// Starts the engine and the thread that watches it; does not wait for it to answer.
  /// Errors: kNotFound (no such program).
  static Result<std::unique_ptr<EngineProcess>> Start(EngineProcessOptions options);
  ~EngineProcess();  ///< Stops.
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;

  EngineStatus status() const;
  /// Waits until the engine answers. False when it does not within `timeout`, or is stopped.
  bool WaitReady(std::chrono::milliseconds timeout);
  /// SIGTERM, then SIGKILL; returns when the process is gone. Repeating it does nothing.
  void Stop();

 private:
  struct Child;
  explicit EngineProcess(EngineProcessOptions options);
  void Watch();
  std::optional<Child> Spawn();
  void RunOnce(Child& child);
  bool Supervise(Child& child);
  bool TakeOutput(Child& child);
  void End(Child& child);
  void SetState(EngineState state);
  bool Pause(int64_t ms);
  void Log(std::string_view line);
  std::vector<std::string> Arguments() const;

  const EngineProcessOptions options_;
  int stop_fd_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  EngineStatus status_;
  bool stopping_ = false;
  std::thread watcher_;
};

}  // namespace vitrine::clickhouse
