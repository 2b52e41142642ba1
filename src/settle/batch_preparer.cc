#include "settle/batch_preparer.h"

#include "platform/thread_turns.h"
#include "storage/records/span_record.h"

namespace vitrine::settle {

namespace {
// How long an idle thread sleeps before it looks whether it is to stop.
constexpr std::chrono::milliseconds kIdleWait{250};
// When the log has ended all waits, its waits end at once.
constexpr std::chrono::milliseconds kInterruptedWait{5};
}  // namespace

BatchPreparer::BatchPreparer(wal::Log& log, BatchLimits limits, Begin begin)
    : log_(log), limits_(limits), begin_(std::move(begin)) {}

BatchPreparer::~BatchPreparer() {
  Stop();
  if (thread_.joinable()) thread_.join();
}

void BatchPreparer::Start() {
  thread_ = std::thread([this] { Run(); });
}

void BatchPreparer::Stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

Result<std::unique_ptr<PreparedBatch>> BatchPreparer::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kIdleWait, [&] { return slot_ || stopping_; });
  if (!slot_ || stopping_) return nullptr;
  Slot taken;
  taken.swap(slot_);
  changed_.notify_all();
  return std::move(*taken);
}

void BatchPreparer::Run() {
  platform::GiveWay();  // As the settle thread: the doors come first.
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !slot_ || stopping_; });
      if (stopping_) return;
    }
    auto batch = PrepareNew();
    if (batch && *batch == nullptr) continue;
    const bool failed = !batch;
    const std::lock_guard lock(mutex_);
    slot_ = std::move(batch);
    changed_.notify_all();
    if (failed) return;
  }
}

Result<std::unique_ptr<PreparedBatch>> BatchPreparer::PrepareNew() {
  TRY_ASSIGN(wal::ReadResult read, Gather());
  if (read.next_lsn <= log_.unsealed_lsn()) return nullptr;
  TRY_ASSIGN(const wal::Seal seal, log_.SealNext(log_.unsealed_lsn(), read.next_lsn - 1));
  return Prepare(seal, std::move(read), false);
}

Result<std::unique_ptr<PreparedBatch>> BatchPreparer::Prepare(const wal::Seal& seal,
                                                              wal::ReadResult read,
                                                              bool is_replay) const {
  auto batch = std::make_unique<PreparedBatch>();
  batch->seal = seal;
  batch->read = std::move(read);
  batch->settlement = begin_(seal, is_replay);
  batch->spans.reserve(batch->read.records.size());
  for (const wal::Record& record : batch->read.records) {
    auto spans = records::DecodeSpanBatch(record.payload);
    if (!spans) {
      batch->unreadable.push_back({record, spans.error()});
      continue;
    }
    batch->spans.push_back(std::move(*spans));
    batch->settlement->Add(batch->spans.back());
  }
  TRY(batch->settlement->WriteContent());
  return batch;
}

/// Cuts what was read to one batch. True if no more belongs into it.
bool BatchPreparer::Cut(wal::ReadResult& read) const {
  uint64_t size = 0, spans = 0;
  for (size_t i = 0; i < read.records.size(); ++i) {
    const wal::Record& record = read.records[i];
    size += record.payload.size();
    spans += records::CountSpans(record.payload).value_or(0);
    if (i == 0 || spans <= limits_.spans_max) continue;
    read.next_lsn = record.lsn;
    read.records.resize(i);
    return true;
  }
  return size >= limits_.size_bytes_max / 2 || spans >= limits_.spans_max / 2;
}

bool BatchPreparer::PauseUnlessStopping(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [&] { return stopping_; });
}

Result<wal::ReadResult> BatchPreparer::Gather() {
  const wal::Lsn first = log_.unsealed_lsn();
  if (!log_.WaitFor(first, kIdleWait)) {
    PauseUnlessStopping(kInterruptedWait);
    return wal::ReadResult{};
  }
  TRY_ASSIGN(wal::ReadResult read, log_.ReadFrom(first, limits_.size_bytes_max));
  if (Cut(read)) return read;
  // One pause instead of one look per arriving record: reading again costs the whole batch each
  // time.
  if (!PauseUnlessStopping(limits_.wait_max)) return read;
  TRY_ASSIGN(read, log_.ReadFrom(first, limits_.size_bytes_max));
  Cut(read);
  return read;
}

}  // namespace vitrine::settle
