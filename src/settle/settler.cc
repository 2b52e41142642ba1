#include "settle/settler.h"

#include "platform/posix_file.h"
#include "platform/thread_turns.h"
#include "settle/facts.h"
#include "storage/records/span_record.h"

namespace vitrine::settle {

namespace {
// How long an idle settler sleeps before it looks whether it is to stop.
constexpr std::chrono::milliseconds kIdleWait{250};
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
  // In a burst the doors come first: what is acknowledged is safe, and settling catches up.
  platform::GiveWay();
  bool prepared = false;
  auto wait = kFailureWait;
  while (!stopping_) {
    Result<void> result = prepared ? SettleNext() : Prepare();
    if (result) {
      prepared = true;
      wait = kFailureWait;
      continue;
    }
    if (stopping_) return;
    {
      std::lock_guard lock(mutex_);
      status_.last_error = result.error().message;
    }
    // Whatever was in memory may be half done; it is rebuilt from what is stored.
    prepared = false;
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
  for (const wal::Seal& seal : unsettled) {
    TRY_ASSIGN(wal::ReadResult read, log_.ReadSeal(seal));
    TRY(Settle(seal, read.records, true));
  }
  std::lock_guard lock(mutex_);
  status_.last_error.clear();
  return {};
}

/// Cuts what was read to one batch. True if no more belongs into it.
bool Settler::Cut(wal::ReadResult& read) const {
  uint64_t size = 0, spans = 0;
  for (size_t i = 0; i < read.records.size(); ++i) {
    const wal::Record& record = read.records[i];
    size += record.payload.size();
    spans += records::CountSpans(record.payload).value_or(0);
    if (i == 0 || spans <= options_.batch_spans_max) continue;
    read.next_lsn = record.lsn;
    read.records.resize(i);
    return true;
  }
  return size >= options_.batch_size_bytes_max / 2 || spans >= options_.batch_spans_max / 2;
}

Result<wal::ReadResult> Settler::Gather() {
  wal::Lsn first = log_.unsealed_lsn();
  if (!log_.WaitFor(first, kIdleWait)) return wal::ReadResult{};
  TRY_ASSIGN(wal::ReadResult read, log_.ReadFrom(first, options_.batch_size_bytes_max));
  if (Cut(read) || stopping_) return read;
  // One pause instead of one look per arriving record: reading again costs the whole batch each
  // time.
  std::this_thread::sleep_for(options_.batch_wait_max);
  TRY_ASSIGN(read, log_.ReadFrom(first, options_.batch_size_bytes_max));
  Cut(read);
  return read;
}

Result<void> Settler::SettleNext() {
  TRY_ASSIGN(wal::ReadResult read, Gather());
  if (read.next_lsn <= log_.unsealed_lsn()) return {};
  TRY_ASSIGN(wal::Seal seal, log_.SealNext(log_.unsealed_lsn(), read.next_lsn - 1));
  return Settle(seal, read.records, false);
}

Result<void> Settler::Settle(const wal::Seal& seal, std::span<const wal::Record> records,
                             bool is_replay) {
  std::string name = log_.id().ToHex() + "-" + std::to_string(seal.first_lsn) + "-" +
                     std::to_string(seal.last_lsn);
  // Batches live until the settlement is done: rows borrow from them.
  std::vector<model::SpanBatch> batches;
  batches.reserve(records.size());
  Settlement settlement(*state_, store_, quarantine_, name, version_base_ + seal.number, is_replay);
  for (const wal::Record& record : records) {
    auto batch = records::DecodeSpanBatch(record.payload);
    if (!batch) {
      TRY(NoteUnreadable(seal, record, batch.error()));
      continue;
    }
    batches.push_back(std::move(*batch));
    settlement.Add(batches.back());
  }
  TRY(settlement.Write());
  TRY(log_.MarkSettled(seal));
  TRY(log_.Truncate(seal.last_lsn));
  Publish(seal, settlement.counts());
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

void Settler::Publish(const wal::Seal&, const SettlementCounts& counts) {
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
