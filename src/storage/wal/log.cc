#include "storage/wal/log.h"

#include <algorithm>
#include <atomic>
#include <semaphore>

#include "storage/wal/internal/recovery.h"
#include "storage/wal/internal/shared_state.h"
#include "storage/wal/internal/writer.h"
#include "storage/wal/limits.h"

namespace vitrine::wal {

namespace {

std::string ParentOf(const std::string& directory) {
  size_t end = directory.find_last_not_of('/');
  size_t slash = directory.rfind('/', end);
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : directory.substr(0, slash);
}

Result<LogOptions> CheckOptions(LogOptions options) {
  if (options.log_size_bytes_max < 4 * kSegmentSizeBytesMin) {
    return Fail(ErrorCode::kInvalidInput, "the log's size limit must be at least " +
                                              std::to_string(4 * kSegmentSizeBytesMin) + " bytes");
  }
  // With fewer than four segments, truncating would rarely free anything.
  options.segment_size_bytes =
      std::clamp(options.segment_size_bytes, kSegmentSizeBytesMin, options.log_size_bytes_max / 4);
  return options;
}

Error AsUnavailable(Error error) {
  error.code = ErrorCode::kUnavailable;
  return error;
}

}  // namespace

class Log::Impl {
 public:
  Impl(std::string directory, const LogOptions& options, platform::FileSystem& file_system,
       platform::Clock& clock, std::unique_ptr<platform::File> lock, Recovered recovered);
  ~Impl();

  Result<ReadResult> ReadFrom(Lsn lsn, Lsn to_lsn, uint64_t size_bytes_max);
  Result<Seal> SealNext(Lsn first_lsn, Lsn last_lsn);
  Result<void> MarkSettled(const Seal& seal);
  Result<void> Truncate(Lsn up_to_lsn);
  Result<std::vector<Seal>> UnsettledSeals();
  void KeepReserve();
  uint64_t SizeBytesFrom(Lsn lsn);

  SharedState shared_;
  RecoveryReport report_;
  LogId log_id_;
  /// Guards seals_ and truncating, also while the disk takes its time. Taken before shared_.mutex.
  mutable std::mutex seal_mutex_;
  std::unique_ptr<SealStore> seals_;
  std::atomic<Lsn> settled_lsn_;  ///< Of seals_, for those who must not wait for a disk.
  std::atomic<Lsn> keep_from_lsn_;
  std::unique_ptr<Writer> writer_;

 private:
  std::optional<ReadRange> FindRange(Lsn lsn, Lsn to_lsn);
  void CountMissing(const ReadRange& range, const RangeResult& got, ReadResult& result);
  Result<void> RemoveSegment(const Segment& segment);

  const std::string directory_;
  const std::string reserve_path_;
  const uint64_t reserve_size_;
  const uint64_t free_space_min_;
  platform::FileSystem& file_system_;
  std::unique_ptr<platform::File> lock_;
  Lsn missing_counted_lsn_ = 0;  ///< Guarded by shared_.mutex: lost records up to here are counted.
};

Log::Impl::Impl(std::string directory, const LogOptions& options, platform::FileSystem& file_system,
                platform::Clock& clock, std::unique_ptr<platform::File> lock, Recovered recovered)
    : report_(std::move(recovered.report)),
      log_id_(recovered.log_id),
      seals_(std::move(recovered.seals)),
      settled_lsn_(seals_->state().settled_lsn),
      keep_from_lsn_(options.keep_from_lsn),
      directory_(std::move(directory)),
      reserve_path_(directory_ + "/" + std::string(kReserveName)),
      reserve_size_(options.reserve_size_bytes),
      free_space_min_(options.free_space_bytes_min),
      file_system_(file_system),
      lock_(std::move(lock)) {
  shared_.segments = std::move(recovered.segments);
  shared_.durable_lsn = recovered.durable_lsn;
  shared_.counters.torn_tails = report_.torn_tail_count;
  writer_ = std::make_unique<Writer>(
      directory_, options, file_system, clock, shared_,
      Writer::Start{log_id_, recovered.next_lsn, recovered.next_segment_number,
                    std::move(recovered.tail)});
}

Log::Impl::~Impl() { writer_.reset(); }

/// The next stretch of one segment that may hold records in [lsn, to_lsn].
std::optional<ReadRange> Log::Impl::FindRange(Lsn lsn, Lsn to_lsn) {
  std::lock_guard lock(shared_.mutex);
  for (const auto& segment : shared_.segments) {
    Lsn last_lsn = std::min({segment->last_lsn, shared_.durable_lsn, to_lsn});
    Lsn from_lsn = std::max(lsn, segment->first_lsn);
    if (last_lsn < from_lsn) continue;
    return ReadRange{segment, from_lsn, last_lsn, segment->Locate(from_lsn), segment->end_offset,
                     0};
  }
  return std::nullopt;
}

/// Counts promised records that were not there, each only the first time it is missed.
void Log::Impl::CountMissing(const ReadRange& range, const RangeResult& got, ReadResult& result) {
  std::lock_guard lock(shared_.mutex);
  size_t next = 0;
  uint64_t span = got.next_lsn - range.from_lsn;
  if (span != got.records.size()) {
    for (Lsn lsn = range.from_lsn; lsn < got.next_lsn; ++lsn) {
      if (next < got.records.size() && got.records[next].lsn == lsn) {
        ++next;
        continue;
      }
      if (!range.segment->WasPromised(lsn)) continue;
      ++result.quarantined_count;
      if (lsn > missing_counted_lsn_) ++shared_.counters.quarantined_records;
    }
  }
  missing_counted_lsn_ = std::max(missing_counted_lsn_, got.next_lsn - 1);
}

Result<ReadResult> Log::Impl::ReadFrom(Lsn lsn, Lsn to_lsn, uint64_t size_bytes_max) {
  ReadResult result;
  result.next_lsn = lsn;
  while (result.records.empty()) {
    std::optional<ReadRange> range = FindRange(result.next_lsn, to_lsn);
    if (!range) {
      std::lock_guard lock(shared_.mutex);
      Lsn seen_lsn = std::min(shared_.durable_lsn, to_lsn);
      result.next_lsn = std::max(result.next_lsn, seen_lsn + 1);
      return result;
    }
    range->size_bytes_max = size_bytes_max;
    TRY_ASSIGN(RangeResult got, ReadSegment(*range));
    CountMissing(*range, got, result);
    result.next_lsn = got.next_lsn;
    result.records = std::move(got.records);
    std::lock_guard lock(shared_.mutex);
    Segment& segment = *range->segment;
    for (const IndexEntry& entry : got.entries) segment.AddToIndex(entry);
  }
  return result;
}

Result<std::vector<Seal>> Log::Impl::UnsettledSeals() {
  std::lock_guard lock(seal_mutex_);
  if (auto confirmed = seals_->Confirm(); !confirmed) {
    return std::unexpected(AsUnavailable(std::move(confirmed).error()));
  }
  return seals_->state().unsettled;
}

Result<Seal> Log::Impl::SealNext(Lsn first_lsn, Lsn last_lsn) {
  std::lock_guard lock(seal_mutex_);
  SealState state = seals_->state();
  if (first_lsn != state.sealed_lsn + 1) {
    return Fail(ErrorCode::kInvalidInput, "the next seal begins at " +
                                              std::to_string(state.sealed_lsn + 1) + ", not " +
                                              std::to_string(first_lsn));
  }
  {
    std::lock_guard shared_lock(shared_.mutex);
    if (last_lsn < first_lsn || last_lsn > shared_.durable_lsn) {
      return Fail(ErrorCode::kInvalidInput, "a seal cannot end at " + std::to_string(last_lsn));
    }
  }
  if (state.unsettled.size() >= kUnsettledSealsMax) {
    return Fail(ErrorCode::kLimitExceeded, "too many sealed batches are not settled");
  }
  Seal seal{++state.last_number, first_lsn, last_lsn};
  state.unsettled.push_back(seal);
  state.sealed_lsn = last_lsn;
  if (auto written = seals_->Write(state); !written) {
    return std::unexpected(AsUnavailable(std::move(written).error()));
  }
  std::lock_guard shared_lock(shared_.mutex);
  ++shared_.counters.seals;
  return seal;
}

Result<void> Log::Impl::MarkSettled(const Seal& seal) {
  std::lock_guard lock(seal_mutex_);
  SealState state = seals_->state();
  if (state.unsettled.empty() || state.unsettled.front() != seal) {
    return Fail(ErrorCode::kInvalidInput,
                "seal " + std::to_string(seal.number) + " is not the oldest unsettled one");
  }
  state.unsettled.erase(state.unsettled.begin());
  state.settled_lsn = seal.last_lsn;
  if (auto written = seals_->Write(state); !written) {
    return std::unexpected(AsUnavailable(std::move(written).error()));
  }
  settled_lsn_ = seal.last_lsn;
  std::lock_guard shared_lock(shared_.mutex);
  ++shared_.counters.settled;
  return {};
}

Result<void> Log::Impl::Truncate(Lsn up_to_lsn) {
  std::lock_guard lock(seal_mutex_);
  if (up_to_lsn > seals_->state().settled_lsn) {
    return Fail(ErrorCode::kInvalidInput, "only records up to " +
                                              std::to_string(seals_->state().settled_lsn) +
                                              " are settled, not " + std::to_string(up_to_lsn));
  }
  // Not on the word of a seals file that the kernel may have forgotten to write.
  TRY(seals_->Confirm());
  bool removed = false;
  for (;;) {
    std::shared_ptr<Segment> oldest;
    {
      std::lock_guard shared_lock(shared_.mutex);
      // The newest segment stays: the writer's, and the one that knows the next LSN.
      if (shared_.segments.size() < 2) break;
      oldest = shared_.segments.front();
      if (oldest->last_lsn > up_to_lsn || oldest->last_lsn >= keep_from_lsn_) break;
    }
    TRY(RemoveSegment(*oldest));
    removed = true;
    std::lock_guard shared_lock(shared_.mutex);
    shared_.segments.erase(shared_.segments.begin());
    ++shared_.counters.segments_removed;
  }
  if (!removed) return {};
  TRY(file_system_.SyncDirectory(directory_));
  KeepReserve();
  writer_->SpaceFreed();
  return {};
}

uint64_t Log::Impl::SizeBytesFrom(Lsn lsn) {
  const std::lock_guard lock(shared_.mutex);
  uint64_t size = 0;
  for (const auto& segment : shared_.segments) {
    if (segment->last_lsn < lsn) continue;
    const uint64_t begin = segment->Locate(std::max(lsn, segment->first_lsn));
    if (segment->end_offset > begin) size += segment->end_offset - begin;
  }
  return size;
}

Result<void> Log::Impl::RemoveSegment(const Segment& segment) {
  auto removed = file_system_.Remove(segment.path);
  if (!removed && removed.error().code == ErrorCode::kLimitExceeded) {
    // On copy-on-write file systems removing needs space, too: this is what the reserve is for.
    if (file_system_.Remove(reserve_path_)) removed = file_system_.Remove(segment.path);
  }
  // Gone already: a removal whose answer was lost.
  if (!removed && removed.error().code == ErrorCode::kNotFound) return {};
  return removed;
}

/// Sets the reserve aside if there is room for it. Without it, the log works as well.
void Log::Impl::KeepReserve() {
  if (reserve_size_ == 0) return;
  auto free = file_system_.FreeSpace(directory_);
  if (!free || *free < free_space_min_ + reserve_size_) return;
  auto file = file_system_.Open(reserve_path_, platform::OpenMode::kCreate);
  if (file && !(*file)->Preallocate(reserve_size_)) {
    file->reset();
    (void)file_system_.Remove(reserve_path_).has_value();
  }
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Log::~Log() { Interrupt(); }

Result<std::unique_ptr<Log>> Log::Open(const std::string& directory, const LogOptions& options,
                                       platform::FileSystem& file_system, platform::Clock& clock,
                                       platform::Random& random) {
  TRY_ASSIGN(LogOptions checked, CheckOptions(options));
  TRY(file_system.CreateDirectory(directory));
  TRY(file_system.SyncDirectory(ParentOf(directory)));
  TRY_ASSIGN(auto lock, file_system.Lock(directory + "/" + std::string(kLockName)));
  TRY_ASSIGN(Recovered recovered, Recover(file_system, directory, random));
  auto impl = std::make_unique<Impl>(directory, checked, file_system, clock, std::move(lock),
                                     std::move(recovered));
  // Segments that were settled, but not removed, before a crash. What fails now is tried again
  // with the next truncation.
  uint64_t removed_before = impl->shared_.counters.segments_removed;
  (void)impl->Truncate(impl->seals_->state().settled_lsn).has_value();
  impl->report_.removed_segment_count += impl->shared_.counters.segments_removed - removed_before;
  impl->KeepReserve();
  return std::unique_ptr<Log>(new Log(std::move(impl)));
}

LogId Log::id() const { return impl_->log_id_; }
const RecoveryReport& Log::recovery() const { return impl_->report_; }

void Log::Append(std::span<const std::string_view> pieces, AppendCallback done, RecordType type) {
  impl_->writer_->Append(pieces, std::move(done), type);
}

Result<Lsn> Log::AppendSync(std::string_view payload, RecordType type) {
  Result<Lsn> answer = Fail(ErrorCode::kInternal, "the log did not answer");
  std::binary_semaphore answered{0};
  impl_->writer_->Append(
      std::span(&payload, 1),
      [&](Result<Lsn> result) {
        answer = std::move(result);
        answered.release();
      },
      type);
  // An immediate refusal has answered already; else one turn of the writer does.
  if (impl_->writer_->is_manual()) RunWriterOnce();
  answered.acquire();
  return answer;
}

Lsn Log::durable_lsn() const {
  std::lock_guard lock(impl_->shared_.mutex);
  return impl_->shared_.durable_lsn;
}

Result<ReadResult> Log::ReadFrom(Lsn lsn, uint64_t size_bytes_max) const {
  return impl_->ReadFrom(std::max<Lsn>(lsn, 1), UINT64_MAX - 1, size_bytes_max);
}

Result<ReadResult> Log::ReadSeal(const Seal& seal) const {
  ReadResult all;
  all.next_lsn = std::max<Lsn>(seal.first_lsn, 1);
  while (all.next_lsn <= seal.last_lsn) {
    TRY_ASSIGN(ReadResult part, impl_->ReadFrom(all.next_lsn, seal.last_lsn, kRecordSizeBytesMax));
    if (part.next_lsn <= all.next_lsn) break;
    all.next_lsn = part.next_lsn;
    all.quarantined_count += part.quarantined_count;
    std::move(part.records.begin(), part.records.end(), std::back_inserter(all.records));
  }
  return all;
}

bool Log::WaitFor(Lsn lsn, std::chrono::milliseconds timeout) const {
  SharedState& shared = impl_->shared_;
  std::unique_lock lock(shared.mutex);
  shared.readers.wait_for(lock, timeout,
                          [&] { return shared.interrupted || shared.durable_lsn >= lsn; });
  return shared.durable_lsn >= lsn;
}

void Log::Interrupt() {
  {
    std::lock_guard lock(impl_->shared_.mutex);
    impl_->shared_.interrupted = true;
  }
  impl_->shared_.readers.notify_all();
}

Lsn Log::unsealed_lsn() const {
  std::lock_guard lock(impl_->seal_mutex_);
  return impl_->seals_->state().sealed_lsn + 1;
}

uint64_t Log::last_seal_number() const {
  std::lock_guard lock(impl_->seal_mutex_);
  return impl_->seals_->state().last_number;
}

Lsn Log::settled_lsn() const { return impl_->settled_lsn_; }

Result<std::vector<Seal>> Log::UnsettledSeals() { return impl_->UnsettledSeals(); }
Result<Seal> Log::SealNext(Lsn first_lsn, Lsn last_lsn) {
  return impl_->SealNext(first_lsn, last_lsn);
}
Result<void> Log::MarkSettled(const Seal& seal) { return impl_->MarkSettled(seal); }
Result<void> Log::Truncate(Lsn up_to_lsn) { return impl_->Truncate(up_to_lsn); }

void Log::KeepFrom(Lsn lsn) { impl_->keep_from_lsn_ = lsn; }
uint64_t Log::SizeBytesFrom(Lsn lsn) const { return impl_->SizeBytesFrom(lsn); }

LogHealth Log::health() const {
  std::lock_guard lock(impl_->shared_.mutex);
  return impl_->shared_.health;
}

LogCounters Log::counters() const {
  std::lock_guard lock(impl_->shared_.mutex);
  return impl_->shared_.counters;
}

uint64_t Log::disk_size_bytes() const {
  std::lock_guard lock(impl_->shared_.mutex);
  return impl_->shared_.DiskSize();
}

bool Log::RunWriterOnce() { return impl_->writer_->RunOnce(); }

}  // namespace vitrine::wal
