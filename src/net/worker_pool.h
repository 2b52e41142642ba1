// WorkerPool: threads for handlers that block, behind a bounded queue.
// Owner: the pool owns its threads and queued tasks. Threads: every function may be called from
// any thread; tasks run in the order they were taken, several at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/http_server.h"
#include "net/limits.h"

namespace vitrine::net {

struct WorkerPoolOptions {
  size_t threads = 2;
  size_t queue_max = kWorkerQueueMax;
  std::string name = "worker";  ///< Thread name, cut at 15 characters by the kernel.
};

class WorkerPool {
 public:
  using Task = std::move_only_function<void()>;

  explicit WorkerPool(WorkerPoolOptions options);
  ~WorkerPool();  ///< Stop().
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Queues `task`. False, with `task` untouched, when the queue is full or the pool stopped: the
  /// caller answers 503 with Retry-After.
  bool TrySubmit(Task& task);
  bool TrySubmit(Task&& task) { return TrySubmit(task); }

  /// Finishes running tasks, drops queued ones (RunOn answers those 503), joins the threads.
  /// Must not be called by a task.
  void Stop();

  size_t queued() const;

 private:
  void Run();

  const WorkerPoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

/// A handler that runs `handler` on `pool`, and answers 503 with Retry-After when the pool is full.
/// `pool` must outlive the server.
HttpHandler RunOn(WorkerPool& pool, HttpHandler handler);

}  // namespace vitrine::net
