#include "settle/batch_preparer.h"

#include <pthread.h>

#include <algorithm>

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
  pthread_setname_np(pthread_self(), "settle-prepare");
  platform::GiveWay();  // As the settle thread: the doors come first.
  using Clock = std::chrono::steady_clock;
  while (true) {
    const Clock::time_point began = Clock::now();
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !slot_ || stopping_; });
      if (stopping_) return;
    }
    // What came while the batch before was not taken has waited for company already.
    const auto waited = std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - began);
    pause_ = std::max(limits_.wait_max - waited, std::chrono::milliseconds(0));
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
  const wal::Lsn first = log_.unsealed_lsn();
  if (!log_.WaitFor(first, kIdleWait)) {
    PauseUnlessStopping(kInterruptedWait);
    return nullptr;
  }
  Gathered gathered{std::make_unique<PreparedBatch>(), first};
  gathered.batch->settlement = begin_(log_.last_seal_number() + 1, false);
  TRY(Gather(gathered));
  if (gathered.next_lsn <= first) return nullptr;
  PreparedBatch& batch = *gathered.batch;
  TRY_ASSIGN(batch.seal, log_.SealNext(first, gathered.next_lsn - 1));
  TRY(WriteContent(batch));
  return std::move(gathered.batch);
}

Result<std::unique_ptr<PreparedBatch>> BatchPreparer::PrepareAgain(const wal::Seal& seal) const {
  auto batch = std::make_unique<PreparedBatch>();
  batch->seal = seal;
  batch->settlement = begin_(seal.number, true);
  TRY_ASSIGN(const wal::ReadResult read, log_.ReadSeal(seal));
  for (const wal::Record& record : read.records) AddRecord(*batch, record);
  TRY(WriteContent(*batch));
  return batch;
}

Result<void> BatchPreparer::Gather(Gathered& gathered) {
  bool has_waited = false, has_waited_again = false;
  while (true) {
    TRY_ASSIGN(const bool goes_on, AddPart(gathered));
    if (IsFull(gathered)) return {};
    if (goes_on) continue;
    // One pause for company, and not at all where much came already; another one where few came,
    // since a batch of a few spans costs the engine as much as one of hundreds.
    const Settlement& settlement = *gathered.batch->settlement;
    if (settlement.size_bytes() > limits_.kept_bytes_max / 2) return {};
    const bool are_few = settlement.span_count() < kFewSpans;
    if (has_waited_again || (has_waited && !are_few)) return {};
    has_waited_again = has_waited;
    if (!PauseUnlessStopping(has_waited ? limits_.wait_max : pause_)) return {};
    has_waited = true;
  }
}

Result<bool> BatchPreparer::AddPart(Gathered& gathered) const {
  TRY_ASSIGN(const wal::ReadResult read, log_.ReadFrom(gathered.next_lsn, kReadSizeBytes));
  for (const wal::Record& record : read.records) {
    // At least one record, however large.
    if (record.lsn > log_.unsealed_lsn() && IsFull(gathered)) return true;
    AddRecord(*gathered.batch, record);
    gathered.logged_bytes += record.payload.size();
    gathered.next_lsn = record.lsn + 1;
  }
  const bool goes_on = read.next_lsn > gathered.next_lsn || !read.records.empty();
  gathered.next_lsn = read.next_lsn;
  return goes_on;
}

bool BatchPreparer::IsFull(const Gathered& gathered) const {
  const Settlement& settlement = *gathered.batch->settlement;
  return settlement.size_bytes() >= limits_.kept_bytes_max ||
         settlement.span_count() >= limits_.spans_max ||
         gathered.logged_bytes >= limits_.logged_bytes_max;
}

void BatchPreparer::AddRecord(PreparedBatch& batch, const wal::Record& record) {
  auto spans = records::DecodeSpanBatch(record.payload);
  if (spans) {
    batch.settlement->Add(std::move(*spans), record);
  } else {
    batch.unreadable.push_back({record, spans.error()});
  }
}

Result<void> BatchPreparer::WriteContent(PreparedBatch& batch) const {
  batch.settlement->SetName(log_.id().ToHex() + "-" + std::to_string(batch.seal.first_lsn) + "-" +
                            std::to_string(batch.seal.last_lsn));
  return batch.settlement->WriteContent();
}

bool BatchPreparer::PauseUnlessStopping(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [&] { return stopping_; });
}

}  // namespace vitrine::settle
