// BatchPreparer: one batch ahead of settling, it seals the next batch of the log, reads and decodes
// it and writes its content, so that the engine's inserts and this program's work overlap.
// Owner: the settler, for as long as nothing fails. Threads: one of its own; Next() and the
// destructor on the settle thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "settle/settlement.h"
#include "storage/wal/log.h"

namespace vitrine::settle {

/// A sealed batch whose content is written, and whose spans wait for their turn.
struct PreparedBatch {
  struct Unreadable {
    wal::Record record;
    Error error;
  };
  wal::Seal seal;
  std::vector<Unreadable> unreadable;  ///< Records with a right checksum that do not decode.
  std::unique_ptr<Settlement> settlement;
};

struct BatchLimits {
  std::chrono::milliseconds wait_max = kBatchWaitMax;
  size_t kept_bytes_max = kBatchKeptBytesMax;
  uint64_t logged_bytes_max = kBatchLoggedBytesMax;
  size_t spans_max = kBatchSpansMax;
};

class BatchPreparer {
 public:
  /// Makes the settlement of the seal of this number.
  using Begin = std::function<std::unique_ptr<Settlement>(uint64_t number, bool is_replay)>;

  /// Everything referred to must outlive the preparer.
  BatchPreparer(wal::Log& log, BatchLimits limits, Begin begin);
  ~BatchPreparer();  ///< Stops the thread, after the insert it is at.

  /// Begins to prepare batches.
  void Start();
  /// The next batch; null when there was none for a while, or after Stop.
  /// Errors: what stopped the thread (of the log: kIo, kUnavailable; of the engine: kCancelled).
  Result<std::unique_ptr<PreparedBatch>> Next();
  /// Ends Next() and the thread's waits, from any thread.
  void Stop();

  /// Prepares a batch that is sealed already.
  Result<std::unique_ptr<PreparedBatch>> PrepareAgain(const wal::Seal& seal) const;

 private:
  using Slot = std::optional<Result<std::unique_ptr<PreparedBatch>>>;

  void Run();
  /// Seals and prepares what is new; null if there is nothing.
  Result<std::unique_ptr<PreparedBatch>> PrepareNew();
  /// A batch on its way: how much of the log is in it.
  struct Gathered {
    std::unique_ptr<PreparedBatch> batch;
    wal::Lsn next_lsn = 0;
    uint64_t logged_bytes = 0;
  };
  /// Adds what is there from the first unsealed record on, and what comes within the wait.
  Result<void> Gather(Gathered& gathered);
  /// Adds a part of the log. False when it is at its end.
  Result<bool> AddPart(Gathered& gathered) const;
  bool IsFull(const Gathered& gathered) const;
  static void AddRecord(PreparedBatch& batch, const wal::Record& record);
  Result<void> WriteContent(PreparedBatch& batch) const;
  /// False when it was ended by Stop.
  bool PauseUnlessStopping(std::chrono::milliseconds time);

  wal::Log& log_;
  const BatchLimits limits_;
  const Begin begin_;
  std::chrono::milliseconds pause_{0};  ///< For company, before the batch at work is sealed.
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  Slot slot_;  ///< What waits to be taken: the next batch is sealed only when this one is.
};

}  // namespace vitrine::settle
