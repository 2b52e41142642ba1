// Settler: carries the durable log into the engine, exactly once.
// Owner: the app. It outlives nothing it was given: log, client and clock must outlive it.
// Threads: two of its own, one writes a batch while the other prepares the next; every function may
// be called from any thread.
//
// A batch's boundaries are sealed in the log before its first insert and never re-cut; rows that
// later batches read (spans) are written after everything derived from their absence; sums carry
// the number of the batch that added them and are looked for before they are added again. So a
// batch may be settled again after a crash between any two steps, and nothing is lost or counted
// twice.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "settle/batch_preparer.h"
#include "settle/limits.h"
#include "settle/settlement.h"
#include "storage/clickhouse/client.h"
#include "storage/wal/log.h"

namespace vitrine::settle {

struct SettlerOptions {
  std::string content_key;  ///< The installation's secret for content hashes.
  std::string quarantine_directory;
  std::string count_journal_path;
  BatchLimits batch;
};

struct SettlerStatus {
  bool ready = false;  ///< The schema is in place and the ledger rebuilt.
  wal::Lsn settled_lsn = 0;
  uint64_t batches = 0, spans_written = 0, spans_rewritten = 0, duplicates_dropped = 0,
           quarantined = 0;
  uint64_t unreadable_records =
      0;  ///< Records that passed their checksum but do not decode; kept in quarantine.
  size_t ledger_traces = 0, ledger_bytes = 0;
  std::string last_error;  ///< Empty when the last batch went well.
};

class Settler {
 public:
  Settler(wal::Log& log, clickhouse::Client& client, SettlerOptions options);
  ~Settler();  ///< Stops.

  void Start();
  /// Ends after the current insert. What is sealed and not settled is settled after the next start.
  void Stop();
  SettlerStatus status() const;
  /// Refused rows of a project, at most `max`, newest first.
  std::vector<QuarantineNote> Quarantined(std::string_view project, size_t max) const {
    return quarantine_.Newest(project, max);
  }
  /// Waits until everything up to `lsn` is settled, or the timeout. True when it is.
  bool WaitSettled(wal::Lsn lsn, std::chrono::milliseconds timeout) const;

 private:
  void Run();
  Result<void> Prepare();
  /// Settles what comes, until Stop or a failure.
  Result<void> SettleOn();
  Result<void> Settle(PreparedBatch& batch);
  BatchPreparer MakePreparer();
  Result<void> NoteUnreadable(const wal::Seal& seal, const wal::Record& record, const Error& error);
  void Publish(const SettlementCounts& counts);

  wal::Log& log_;
  SettlerOptions options_;
  EngineStore store_;
  Quarantine quarantine_;
  std::unique_ptr<SettleState> state_;
  uint64_t version_base_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
  mutable std::mutex mutex_;
  mutable std::condition_variable settled_;
  SettlerStatus status_;
};

}  // namespace vitrine::settle
