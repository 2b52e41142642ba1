#include "sim/log_sim.h"

#include <algorithm>

#include "storage/wal/limits.h"

namespace vitrine::sim {

namespace {

constexpr const char* kDirectory = "data/log";
// Enough for every wait between attempts.
constexpr int64_t kLongTime = 10 * kNanosPerSecond;

}  // namespace

const char* StepName(LogStep step) {
  constexpr const char* kNames[kLogStepCount] = {"append small", "append large", "append many",
                                                 "seal",         "settle",       "truncate",
                                                 "kill",         "power loss"};
  return kNames[static_cast<size_t>(step)];
}

LogSim::LogSim(uint64_t seed) : random_(seed), disk_(seed ^ 0xD15C) {
  options_.segment_size_bytes = wal::kSegmentSizeBytesMin;
  options_.log_size_bytes_max = 8 * wal::kSegmentSizeBytesMin;
  options_.free_space_bytes_min = 0;
  options_.reserve_size_bytes = 1024;
  options_.writer_thread = false;
  auto made = disk_.CreateDirectory("data");
  auto synced = disk_.SyncDirectory(".");
  if (!made || !synced) Report("the simulated disk does not work");
}

void LogSim::Trace(std::string line) { trace_.push_back(std::move(line)); }

void LogSim::Report(const std::string& what) {
  if (problem_) return;
  std::string text = what + "\n  after:";
  for (const std::string& line : trace_) text += "\n    " + line;
  problem_ = text;
}

bool LogSim::Open() {
  auto log = wal::Log::Open(kDirectory, options_, disk_, clock_, random_);
  if (!log) {
    Trace("open: " + log.error().message);
    if (log.error().code == ErrorCode::kCorrupt && !corrupted_) Report("a sound log is corrupt");
    return false;
  }
  log_ = std::move(*log);
  Trace("open: next " + std::to_string(log_->durable_lsn() + 1));
  for (const std::string& note : log_->recovery().notes) Trace("  note: " + note);
  CheckOpened();
  return true;
}

/// What restarting must bring back.
void LogSim::CheckOpened() {
  ++restart_count_;
  if (corrupted_) return;
  if (log_->recovery().seal_state_lost) Report("seals lost");
  if (log_->settled_lsn() < settled_lsn_) Report("settled seals came back");
  auto unsettled = log_->UnsettledSeals();
  if (!unsettled) return;
  for (const wal::Seal& seal : *unsettled) {
    auto [known, is_new] = seals_.try_emplace(seal.number, seal);
    if (!is_new && known->second != seal) Report("a seal changed its boundaries");
  }
  uint64_t open_count = 0;
  for (auto& [number, seal] : seals_) open_count += seal.last_lsn > log_->settled_lsn();
  if (open_count != unsettled->size()) Report("a seal is missing");
}

void LogSim::Crash(bool power_loss) {
  Trace(power_loss ? "power loss" : "kill");
  power_loss ? disk_.PowerLoss() : disk_.Kill();
  log_.reset();
  disk_.Restart();
}

void LogSim::Append(int count, size_t size_max) {
  for (int i = 0; i < count; ++i) {
    std::string id = std::to_string(next_id_++) + ":";
    auto payload = std::make_shared<std::string>(id);
    payload->append(random_.Below(size_max + 1), static_cast<char>('a' + random_.Below(26)));
    attempted_.insert(*payload);
    std::string_view whole = *payload;
    std::array<std::string_view, 2> pieces = {whole.substr(0, id.size()), whole.substr(id.size())};
    log_->Append(pieces, [this, payload](Result<wal::Lsn> lsn) {
      if (!lsn) {
        if (lsn.error().code != ErrorCode::kUnavailable) Report("refused: " + lsn.error().message);
        Trace("  refused: " + lsn.error().message);
        return;
      }
      Trace("  acknowledged " + std::to_string(*lsn));
      if (*lsn <= highest_lsn_) Report("LSN reused: " + std::to_string(*lsn));
      highest_lsn_ = *lsn;
      acknowledged_[*lsn] = *payload;
    });
  }
  log_->RunWriterOnce();
}

/// Everything acknowledged in [from, to) is there, and everything there is what was appended.
void LogSim::CheckRecords(const wal::ReadResult& got, wal::Lsn from, wal::Lsn to) {
  std::set<wal::Lsn> found;
  for (const wal::Record& record : got.records) {
    std::string payload(record.payload);
    std::string name = "record " + std::to_string(record.lsn);
    found.insert(record.lsn);
    highest_lsn_ = std::max(highest_lsn_, record.lsn);
    auto acknowledged = acknowledged_.find(record.lsn);
    if (acknowledged != acknowledged_.end() && acknowledged->second != payload) {
      Report(name + " is not what was acknowledged");
    }
    if (!attempted_.contains(payload)) Report(name + " was never appended");
    auto [before, is_new] = seen_.try_emplace(record.lsn, payload);
    if (!is_new && before->second != payload) Report(name + " changed");
  }
  if (corrupted_) return;
  for (auto it = acknowledged_.lower_bound(from); it != acknowledged_.end() && it->first < to;
       ++it) {
    if (!found.contains(it->first)) Report("lost: record " + std::to_string(it->first));
  }
  if (got.quarantined_count != 0) Report("false alarm: quarantined without corruption");
}

void LogSim::Seal() {
  wal::Lsn from = log_->unsealed_lsn();
  auto got = log_->ReadFrom(from, random_.Below(6000));
  if (!got) return Trace("  read: " + got.error().message);
  CheckRecords(*got, from, got->next_lsn);
  if (got->records.empty()) return;
  auto seal = log_->SealNext(from, got->records.back().lsn);
  if (!seal) return Trace("  seal: " + seal.error().message);
  Trace("  sealed " + std::to_string(seal->first_lsn) + "-" + std::to_string(seal->last_lsn));
  auto [known, is_new] = seals_.try_emplace(seal->number, *seal);
  if (!is_new && known->second != *seal && !corrupted_) Report("a seal number was used twice");
}

void LogSim::InsertIntoEngine(const wal::Seal& seal, const std::vector<std::string>& payloads) {
  std::string token = log_->id().ToHex() + "/" + std::to_string(seal.number) + "/" +
                      std::to_string(seal.first_lsn) + "-" + std::to_string(seal.last_lsn);
  if (!engine_.try_emplace(token, payloads).second) return;
  for (const std::string& payload : payloads) {
    if (!inserted_.insert(payload).second && !corrupted_)
      Report("settled twice: " + payload.substr(0, 10));
  }
}

void LogSim::Settle() {
  auto unsettled = log_->UnsettledSeals();
  if (!unsettled) return Trace("  seals: " + unsettled.error().message);
  if (unsettled->empty()) return;
  const wal::Seal& seal = unsettled->front();
  auto got = log_->ReadSeal(seal);
  if (!got) return Trace("  read: " + got.error().message);
  CheckRecords(*got, seal.first_lsn, seal.last_lsn + 1);
  std::vector<std::string> payloads;
  for (const wal::Record& record : got->records) payloads.emplace_back(record.payload);
  InsertIntoEngine(seal, payloads);
  // Sometimes the process dies between the insert and the mark.
  if (random_.OneIn(4)) return Crash(random_.OneIn(2));
  auto marked = log_->MarkSettled(seal);
  if (!marked) return Trace("  mark: " + marked.error().message);
  settled_lsn_ = seal.last_lsn;
  Trace("  settled " + std::to_string(seal.last_lsn));
}

void LogSim::Run(LogStep step) {
  if (problem_) return;
  if (disk_.is_down()) {
    Trace("went down");
    log_.reset();
    disk_.Restart();
  }
  Trace(StepName(step));
  if (!log_ && !Open()) return;
  switch (step) {
    case LogStep::kAppendSmall: Append(1, 200); break;
    case LogStep::kAppendLarge: Append(1, 9000); break;
    case LogStep::kAppendMany: Append(static_cast<int>(1 + random_.Below(6)), 1200); break;
    case LogStep::kSeal: Seal(); break;
    case LogStep::kSettle: Settle(); break;
    case LogStep::kTruncate: {
      auto done = log_->Truncate(log_->settled_lsn());
      if (!done) Trace("  truncate: " + done.error().message);
      break;
    }
    case LogStep::kKill: Crash(false); break;
    case LogStep::kPowerLoss: Crash(true); break;
  }
}

void LogSim::CorruptSomething() {
  if (!log_ || disk_.is_down()) return;
  auto names = disk_.List(kDirectory);
  if (!names || names->empty()) return;
  std::string path =
      std::string(kDirectory) + "/" + (*names)[static_cast<size_t>(random_.Below(names->size()))];
  auto bytes = disk_.Contents(path);
  if (!bytes || bytes->empty()) return;
  corrupted_ = true;
  disk_.Corrupt(path, random_.Below(bytes->size()), static_cast<uint8_t>(1u << random_.Below(8)));
}

void LogSim::Finish() {
  if (problem_) return;
  disk_.ClearFaults();
  disk_.SetCapacity(1 << 24);
  clock_.Advance(kLongTime);
  log_.reset();
  disk_.Restart();
  Trace("finish");
  if (!Open()) {
    if (!corrupted_) Report("cannot be opened on a healthy disk");
    return;
  }
  std::vector<std::string> trace = trace_;
  // More turns than there can be batches: settling may crash on purpose in between.
  for (uint64_t turn = 0; turn < 4 * (next_id_ + seals_.size()) + 16; ++turn) {
    Run(LogStep::kSettle);
    Run(LogStep::kSeal);
    if (!problem_) trace_ = trace;
  }
  Run(LogStep::kTruncate);
  if (!log_ && !Open()) return Report("cannot be opened at the end");
  Append(1, 10);
  if (log_->health().state != wal::LogState::kOk) {
    Report("appends are still refused on a healthy disk: " + log_->health().reason);
  }
  if (corrupted_) return;
  for (auto& [lsn, payload] : acknowledged_) {
    if (lsn == highest_lsn_) continue;  // The one just appended.
    if (!inserted_.contains(payload)) Report("never settled: record " + std::to_string(lsn));
  }
}

}  // namespace vitrine::sim
