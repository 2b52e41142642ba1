// Writer: takes appends, commits them in groups, and keeps the state of the disk.
//
// Owner: the log. Threads: Append from any; one thread of its own runs RunOnce in a loop, or the
// caller does. Batching needs no timer: while one group is being synced the next one gathers, so an
// idle log adds no wait and a busy one makes large groups.
//
// After any error of the disk the active segment is given up for good: what was acknowledged in it
// stays readable, what was not is void (the next segment's header says so), and the writer tries to
// go on in a new segment. No sync is ever repeated on a file whose sync failed.
#pragma once

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "platform/clock.h"
#include "platform/file.h"
#include "storage/wal/internal/append_queue.h"
#include "storage/wal/internal/shared_state.h"
#include "storage/wal/log.h"

namespace vitrine::wal {

class Writer {
 public:
  struct Start {
    LogId log_id;
    Lsn next_lsn = 1;
    uint64_t next_segment_number = 1;
    std::optional<UnconfirmedTail> tail;  ///< To be confirmed before anything is written.
  };
  Writer(const std::string& directory, const LogOptions& options, platform::FileSystem& file_system,
         platform::Clock& clock, SharedState& shared, Start start);
  /// Commits what waits, or refuses it, and ends.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void Append(std::span<const std::string_view> pieces, Log::AppendCallback done, RecordType type);
  /// Takes what waits and commits it. True if there was anything to do.
  bool RunOnce();
  /// Whether nobody but the caller runs RunOnce.
  bool is_manual() const { return !options_.writer_thread; }
  /// Space may have been freed: a full log tries again at once.
  void SpaceFreed();

 private:
  struct Batch {
    size_t record_count = 0;
    size_t piece_count = 0;
    uint64_t size = 0;  ///< Headers and payloads.
  };
  struct Refusal {
    ErrorCode code;
    std::string message;
  };

  void Loop();
  Result<void> Recover();
  std::optional<Refusal> Admit(uint64_t payload_size);
  uint64_t RecordSizeMax() const;
  void CommitTaken();
  Batch NextBatch(uint64_t room) const;
  Result<void> MakeRoom(uint64_t record_size);
  Result<void> OpenSegment(uint64_t record_size);
  void CloseActive();
  Result<void> WriteBatch(const Batch& batch);
  void Acknowledge(const Batch& batch);
  void FailTaken(const Error& error);
  void EnterFailure(const Error& error);
  bool IsRetryDue() const;
  void Finish(size_t count, uint64_t size);

  const std::string directory_;
  const LogOptions options_;
  platform::FileSystem& file_system_;
  platform::Clock& clock_;
  SharedState& shared_;
  const LogId log_id_;

  std::mutex mutex_;  ///< Guards the members down to the blank line. Taken before shared_.mutex.
  std::condition_variable wake_;
  AppendQueue queue_;
  uint64_t waiting_size_ = 0;  ///< Payloads queued or being written.
  bool failed_ = false;        ///< Appends are refused at once; mirrors shared_.health.
  int64_t retry_at_ = 0;       ///< Monotonic.
  bool closing_ = false;

  // The writer's own.
  AppendQueue taken_;
  size_t taken_records_ = 0;  ///< Of taken_, done already.
  size_t taken_pieces_ = 0;
  std::shared_ptr<Segment> active_;
  uint64_t active_size_ = 0;  ///< Its file size; end_offset never passes it.
  Lsn next_lsn_;
  uint64_t next_segment_number_;
  std::optional<UnconfirmedTail> tail_;
  int64_t retry_wait_ = 0;
  std::vector<std::array<char, kRecordHeaderSize>> headers_;
  std::vector<std::string_view> write_pieces_;
  std::thread thread_;
};

}  // namespace vitrine::wal
