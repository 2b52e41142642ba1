#include "settle/settler.h"

#include <pthread.h>

#include "platform/posix_file.h"
#include "platform/thread_turns.h"
#include "settle/facts.h"

namespace vitrine::settle {

namespace {
constexpr std::chrono::milliseconds kFailureWait{100};
}  // namespace

Settler::Settler(wal::Log& log, clickhouse::Client& client, SettlerOptions options)
    : log_(log),
      options_(std::move(options)),
      store_(client),
      quarantine_(options_.quarantine_directory) {}

Settler::~Settler() { Stop(); }

void Settler::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Settler::Stop() {
  stopping_ = true;
  store_.Stop();
  log_.Interrupt();
  if (thread_.joinable()) thread_.join();
}

SettlerStatus Settler::status() const {
  std::lock_guard lock(mutex_);
  SettlerStatus status = status_;
  status.settled_lsn = log_.settled_lsn();
  status.quarantined = quarantine_.count();
  if (status.last_error.empty()) status.last_error = store_.waiting_for();
  return status;
}

bool Settler::WaitSettled(wal::Lsn lsn, std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  return settled_.wait_for(lock, timeout, [&] { return log_.settled_lsn() >= lsn; });
}

void Settler::Run() {
  pthread_setname_np(pthread_self(), "settle");
  // In a burst the doors come first: what is acknowledged is safe, and settling catches up.
  platform::GiveWay();
  auto wait = kFailureWait;
  while (!stopping_) {
    // Whatever was in memory may be half done; it is rebuilt from what is stored.
    Result<void> result = Prepare();
    if (result) {
      wait = kFailureWait;
      result = SettleOn();
    }
    if (stopping_) return;
    {
      std::lock_guard lock(mutex_);
      status_.last_error = result.error().message;
    }
    std::this_thread::sleep_for(wait);
    wait = std::min(wait * 2, kRetryWaitMax);
  }
}

Result<void> Settler::Prepare() {
  TRY(store_.Migrate());
  TRY_ASSIGN(version_base_, store_.VersionBase(log_.id().ToHex(), log_.last_seal_number()));
  state_ = std::make_unique<SettleState>(options_.content_key, kLedgerSizeBytesMax,
                                         kStoredTraceBitsCount, kStoredHashesMax);
  TRY_ASSIGN(state_->journal,
             CountJournal::Open(options_.count_journal_path, platform::PosixFileSystem()));
  TRY(store_.VisitTraces([&](const TraceKey& key) { state_->ledger.NoteStored(key); }));
  TRY(store_.VisitRecentCalls(kRecentCallsReadMax, [&](const EngineStore::StoredCall& call) {
    state_->recent_calls.Insert(ResponseKey(call.trace.project, HashOrZero(call.response_id)),
                                LayerTag(call.capture, HashOrZero(call.scope_name)),
                                call.trace.trace_id);
  }));
  TRY_ASSIGN(std::vector<wal::Seal> unsettled, log_.UnsettledSeals());
  {
    // Questions can be answered from here on; what is not settled yet may take its time.
    std::lock_guard lock(mutex_);
    status_.ready = true;
  }
  const BatchPreparer preparer = MakePreparer();
  for (const wal::Seal& seal : unsettled) {
    TRY_ASSIGN(auto batch, preparer.PrepareAgain(seal));
    TRY(Settle(*batch));
  }
  std::lock_guard lock(mutex_);
  status_.last_error.clear();
  return {};
}

BatchPreparer Settler::MakePreparer() {
  return {log_, options_.batch, [this](uint64_t number, bool is_replay) {
            return std::make_unique<Settlement>(*state_, store_, quarantine_,
                                                version_base_ + number, is_replay);
          }};
}

Result<void> Settler::SettleOn() {
  BatchPreparer preparer = MakePreparer();
  preparer.Start();
  while (!stopping_) {
    TRY_ASSIGN(auto batch, preparer.Next());
    if (batch != nullptr) TRY(Settle(*batch));
  }
  return {};
}

Result<void> Settler::Settle(PreparedBatch& batch) {
  for (const PreparedBatch::Unreadable& lost : batch.unreadable)
    TRY(NoteUnreadable(batch.seal, lost.record, lost.error));
  TRY(batch.settlement->Write());
  TRY(log_.MarkSettled(batch.seal));
  TRY(log_.Truncate(batch.seal.last_lsn));
  Publish(batch.settlement->counts());
  return {};
}

Result<void> Settler::NoteUnreadable(const wal::Seal& seal, const wal::Record& record,
                                     const Error& error) {
  std::string name = "record-" + std::to_string(seal.number) + "-" + std::to_string(record.lsn);
  QuarantinedRow row{"log", {}, name, error.message, record.payload};
  TRY(quarantine_.Add(name, row));
  std::lock_guard lock(mutex_);
  ++status_.unreadable_records;
  return {};
}

void Settler::Publish(const SettlementCounts& counts) {
  std::lock_guard lock(mutex_);
  ++status_.batches;
  status_.spans_written += counts.spans_written;
  status_.spans_rewritten += counts.spans_rewritten;
  status_.duplicates_dropped += counts.duplicates_dropped;
  status_.ledger_traces = state_->ledger.trace_count();
  status_.ledger_bytes = state_->ledger.size_bytes();
  status_.last_error.clear();
  settled_.notify_all();
}

}  // namespace vitrine::settle
