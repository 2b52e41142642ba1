// DelayQueue: does things a little later, on a thread of its own: the next attempt of a call, the
// next piece of a replayed answer.
// Owner: the door. Threads: After from any thread; what it does must be quick.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace vitrine::capture {

class DelayQueue {
 public:
  using Task = std::move_only_function<void()>;

  DelayQueue();
  ~DelayQueue();  ///< Stops.

  /// Runs `task` in `delay_ms`. Once stopped it is dropped.
  void After(int64_t delay_ms, Task task);
  /// Drops what waits. Harmless to repeat.
  void Stop();

 private:
  using Time = std::chrono::steady_clock::time_point;
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Time, Task> waiting_;
  bool is_stopped_ = false;
  std::thread thread_;
};

}  // namespace vitrine::capture
