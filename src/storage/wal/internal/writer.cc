#include "storage/wal/internal/writer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "storage/wal/limits.h"

namespace vitrine::wal {

namespace {

uint64_t RecordSize(const WaitingRecord& record) { return kRecordHeaderSize + record.payload_size; }

uint32_t RetrySeconds(int64_t nanos) {
  return static_cast<uint32_t>((nanos + kNanosPerSecond - 1) / kNanosPerSecond);
}

}  // namespace

Writer::Writer(const std::string& directory, const LogOptions& options,
               platform::FileSystem& file_system, platform::Clock& clock, SharedState& shared,
               Start start)
    : directory_(directory),
      options_(options),
      file_system_(file_system),
      clock_(clock),
      shared_(shared),
      log_id_(start.log_id),
      next_lsn_(start.next_lsn),
      next_segment_number_(start.next_segment_number),
      tail_(std::move(start.tail)) {
  if (tail_) EnterFailure({ErrorCode::kIo, "the disk failed while the log was recovered", {}});
  if (options_.writer_thread) thread_ = std::thread([this] { Loop(); });
}

Writer::~Writer() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  while (RunOnce()) {
  }
  if (active_) CloseActive();
}

/// A record, and the newest segment which is never removed, must fit into the log together.
uint64_t Writer::RecordSizeMax() const {
  return std::min(kRecordSizeBytesMax,
                  options_.log_size_bytes_max / 2 - kSegmentHeaderSize - kRecordHeaderSize);
}

/// Counts a record in, or says why it cannot be taken. Under mutex_.
std::optional<Writer::Refusal> Writer::Admit(uint64_t payload_size) {
  if (payload_size > RecordSizeMax()) {
    return Refusal{ErrorCode::kLimitExceeded, "record of " + std::to_string(payload_size) +
                                                  " bytes is over the limit of " +
                                                  std::to_string(RecordSizeMax())};
  }
  if (closing_) return Refusal{ErrorCode::kCancelled, "the log is closing"};
  if (failed_) {
    std::lock_guard lock(shared_.mutex);
    return Refusal{ErrorCode::kUnavailable, shared_.health.reason};
  }
  if (waiting_size_ > 0 && waiting_size_ + payload_size > options_.pending_size_bytes_max) {
    return Refusal{ErrorCode::kUnavailable, "the disk is slower than what arrives"};
  }
  waiting_size_ += payload_size;
  return std::nullopt;
}

void Writer::Append(std::span<const std::string_view> pieces, Log::AppendCallback done,
                    RecordType type) {
  WaitingRecord record;
  for (std::string_view piece : pieces) record.payload_size += piece.size();
  record.type = type;
  // In the caller's thread, so that many callers do it at once.
  record.checksum = Checksum(pieces);
  std::optional<Refusal> refusal;
  {
    std::lock_guard lock(mutex_);
    refusal = Admit(record.payload_size);
    if (!refusal) {
      record.done = std::move(done);
      queue_.Add(pieces, std::move(record));
    }
  }
  if (!refusal) {
    wake_.notify_one();
    return;
  }
  {
    std::lock_guard lock(shared_.mutex);
    ++shared_.counters.records_refused;
  }
  done(Fail(refusal->code, std::move(refusal->message)));
}

void Writer::Loop() {
  for (;;) {
    while (RunOnce()) {
    }
    std::unique_lock lock(mutex_);
    if (closing_) return;
    if (!queue_.empty()) continue;
    if (failed_) {
      // Bounded by the real clock; RunOnce asks the injected one whether the time has come.
      wake_.wait_for(lock, std::chrono::nanoseconds(kRetryNanosMin));
    } else {
      wake_.wait(lock, [&] { return closing_ || failed_ || !queue_.empty(); });
    }
  }
}

bool Writer::IsRetryDue() const { return clock_.MonotonicNanos() >= retry_at_; }

bool Writer::RunOnce() {
  bool try_again = false;
  {
    std::lock_guard lock(mutex_);
    std::swap(queue_, taken_);
    try_again = failed_ && !closing_ && IsRetryDue();
    if (taken_.empty() && !try_again) return false;
    VITRINE_CHECK(!failed_ || taken_.empty() || !active_);
  }
  taken_records_ = taken_pieces_ = 0;
  if (try_again) {
    Result<void> recovered = Recover();
    if (!recovered) {
      EnterFailure(recovered.error());
      FailTaken(recovered.error());
    }
  }
  CommitTaken();
  taken_.clear();
  return true;
}

/// After a failure: goes on in a new segment.
Result<void> Writer::Recover() {
  if (tail_) {
    TRY(tail_->Confirm());
    {
      std::lock_guard lock(shared_.mutex);
      tail_->segment->disk_size = tail_->file_size;
      shared_.durable_lsn = std::max(shared_.durable_lsn, tail_->last_lsn);
    }
    shared_.readers.notify_all();
    tail_.reset();
  }
  return OpenSegment(0);
}

void Writer::CommitTaken() {
  while (taken_records_ < taken_.records.size()) {
    bool failed = false;
    {
      std::lock_guard lock(mutex_);
      failed = failed_;
    }
    Result<void> done;
    Batch batch;
    if (failed) {
      std::lock_guard lock(shared_.mutex);
      done = Fail(ErrorCode::kUnavailable, shared_.health.reason);
    } else {
      done = MakeRoom(RecordSize(taken_.records[taken_records_]));
    }
    if (done) {
      batch = NextBatch(active_size_ - active_->end_offset);
      done = WriteBatch(batch);
    }
    if (done) {
      Acknowledge(batch);
      continue;
    }
    if (!failed) EnterFailure(done.error());
    FailTaken(done.error());
  }
}

/// The records that go into one write: at least one, which fits into `room`.
Writer::Batch Writer::NextBatch(uint64_t room) const {
  Batch batch;
  uint64_t limit = std::min(room, kBatchSizeBytesMax);
  for (size_t i = taken_records_; i < taken_.records.size(); ++i) {
    const WaitingRecord& record = taken_.records[i];
    bool fits = batch.size + RecordSize(record) <= limit &&
                batch.piece_count + record.piece_count <= kBatchPieceCountMax;
    if (batch.record_count > 0 && !fits) break;
    ++batch.record_count;
    batch.piece_count += record.piece_count;
    batch.size += RecordSize(record);
  }
  return batch;
}

/// Makes the active segment one with room for a record.
Result<void> Writer::MakeRoom(uint64_t record_size) {
  if (active_ && active_->end_offset + record_size <= active_size_) return {};
  if (active_) CloseActive();
  return OpenSegment(record_size);
}

Result<void> Writer::OpenSegment(uint64_t record_size) {
  uint64_t size = std::max(options_.segment_size_bytes, kSegmentHeaderSize + record_size);
  SegmentHeader header;
  {
    std::lock_guard lock(shared_.mutex);
    uint64_t used = shared_.DiskSize();
    if (used + size > options_.log_size_bytes_max) {
      return Fail(ErrorCode::kLimitExceeded, "the log is full: " + std::to_string(used) + " of " +
                                                 std::to_string(options_.log_size_bytes_max) +
                                                 " bytes are not settled");
    }
    header.previous_last_lsn = shared_.durable_lsn;
    header.previous_confirmed_lsn = shared_.durable_lsn;
    if (!shared_.segments.empty()) {
      const Segment& last = *shared_.segments.back();
      if (last.unconfirmed_lsn == shared_.durable_lsn) {
        header.previous_confirmed_lsn = std::min(last.confirmed_lsn, shared_.durable_lsn);
      }
    }
  }
  TRY_ASSIGN(uint64_t free, file_system_.FreeSpace(directory_));
  if (free < options_.free_space_bytes_min + size) {
    return Fail(ErrorCode::kLimitExceeded,
                "the disk is full: " + std::to_string(free) + " bytes are left");
  }
  header.log_id = log_id_;
  header.number = next_segment_number_++;
  header.first_lsn = next_lsn_;
  header.created = clock_.Now();
  TRY_ASSIGN(active_, CreateSegment(file_system_, directory_, header, size));
  active_size_ = size;
  retry_wait_ = 0;
  {
    std::lock_guard lock(shared_.mutex);
    shared_.segments.push_back(active_);
    shared_.counters.segments_created += 1;
    shared_.counters.syncs += 1;
    shared_.health = {};
  }
  std::lock_guard lock(mutex_);
  failed_ = false;
  return {};
}

/// Gives the active segment's unused space back. What was acknowledged is durable already.
void Writer::CloseActive() {
  uint64_t end = active_->end_offset;
  if (active_->file->Truncate(end)) {
    std::lock_guard lock(shared_.mutex);
    active_->disk_size = end;
  }
  active_.reset();
}

Result<void> Writer::WriteBatch(const Batch& batch) {
  headers_.resize(batch.record_count);
  write_pieces_.clear();
  Lsn durable_lsn = next_lsn_ - 1;
  {
    std::lock_guard lock(shared_.mutex);
    durable_lsn = shared_.durable_lsn;
  }
  size_t piece = taken_pieces_;
  for (size_t i = 0; i < batch.record_count; ++i) {
    const WaitingRecord& record = taken_.records[taken_records_ + i];
    RecordHeader header;
    header.type = record.type;
    // Taken even if the write fails: what a failed write left on disk never shares an LSN with
    // anything later.
    header.lsn = next_lsn_++;
    header.durable_lsn = durable_lsn;
    header.payload_size = static_cast<uint32_t>(record.payload_size);
    header.payload_checksum = record.checksum;
    headers_[i] = EncodeRecordHeader(header, active_->salt);
    write_pieces_.emplace_back(headers_[i].data(), headers_[i].size());
    for (size_t p = 0; p < record.piece_count; ++p) write_pieces_.push_back(taken_.pieces[piece++]);
  }
  if (auto written = active_->file->WriteAt(active_->end_offset, write_pieces_); !written) {
    std::lock_guard lock(shared_.mutex);
    ++shared_.counters.write_errors;
    return written;
  }
  int64_t begin = clock_.MonotonicNanos();
  auto synced = active_->file->SyncData();
  int64_t nanos = clock_.MonotonicNanos() - begin;
  std::lock_guard lock(shared_.mutex);
  ++shared_.counters.syncs;
  shared_.counters.sync_nanos += static_cast<uint64_t>(nanos);
  if (!synced) ++shared_.counters.sync_errors;
  return synced;
}

void Writer::Acknowledge(const Batch& batch) {
  Lsn first = next_lsn_ - batch.record_count;
  {
    std::lock_guard lock(shared_.mutex);
    uint64_t offset = active_->end_offset;
    for (size_t i = 0; i < batch.record_count; ++i) {
      active_->AddToIndex({first + i, offset});
      offset += RecordSize(taken_.records[taken_records_ + i]);
    }
    active_->end_offset = offset;
    active_->last_lsn = next_lsn_ - 1;
    shared_.durable_lsn = next_lsn_ - 1;
    LogCounters& counters = shared_.counters;
    counters.records_appended += batch.record_count;
    counters.bytes_appended += batch.size;
    size_t bucket = static_cast<size_t>(
        std::lower_bound(kBatchSizeBounds.begin(), kBatchSizeBounds.end(), batch.record_count) -
        kBatchSizeBounds.begin());
    ++counters.batch_size_histogram[bucket];
  }
  shared_.readers.notify_all();
  for (size_t i = 0; i < batch.record_count; ++i) {
    // Moved out, so that what the callback owns goes as soon as it has run.
    auto done = std::move(taken_.records[taken_records_ + i].done);
    done(first + i);
  }
  Finish(batch.record_count, batch.size - batch.record_count * kRecordHeaderSize);
  taken_pieces_ += batch.piece_count;
}

/// Refuses everything taken and not done.
void Writer::FailTaken(const Error& error) {
  size_t count = taken_.records.size() - taken_records_;
  uint64_t size = 0;
  {
    std::lock_guard lock(shared_.mutex);
    shared_.counters.records_refused += count;
  }
  for (size_t i = taken_records_; i < taken_.records.size(); ++i) {
    size += taken_.records[i].payload_size;
    auto done = std::move(taken_.records[i].done);
    done(Fail(ErrorCode::kUnavailable, error.message));
  }
  Finish(count, size);
}

void Writer::Finish(size_t count, uint64_t size) {
  taken_records_ += count;
  std::lock_guard lock(mutex_);
  waiting_size_ -= size;
}

/// From now on appends are refused, until a new segment could be made.
void Writer::EnterFailure(const Error& error) {
  if (active_) CloseActive();
  retry_wait_ = std::clamp(retry_wait_ * 2, kRetryNanosMin, kRetryNanosMax);
  bool full = error.code == ErrorCode::kLimitExceeded;
  {
    std::lock_guard lock(shared_.mutex);
    shared_.health.state = full ? LogState::kFull : LogState::kFailing;
    shared_.health.reason = error.message;
    shared_.health.retry_after_seconds = RetrySeconds(retry_wait_);
  }
  std::lock_guard lock(mutex_);
  failed_ = true;
  retry_at_ = clock_.MonotonicNanos() + retry_wait_;
}

void Writer::SpaceFreed() {
  {
    std::lock_guard lock(mutex_);
    if (!failed_) return;
    retry_at_ = clock_.MonotonicNanos();
  }
  wake_.notify_one();
}

}  // namespace vitrine::wal
