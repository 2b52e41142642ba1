// LogSim: drives a durable log on a simulated disk, beside a ledger of what was acknowledged and a
// model of the engine that settling writes into, and says when a promise is broken.
//
// Promises checked: nothing acknowledged is lost; nothing is settled twice; sealed boundaries never
// change; LSNs are never reused; what is read is what was appended. Owner: the test. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/clock.h"
#include "platform/random.h"
#include "platform/sim_file.h"
#include "storage/wal/log.h"

namespace vitrine::sim {

enum class LogStep : uint8_t {
  kAppendSmall,
  kAppendLarge,  ///< Does not fit beside anything else: rolls the segment.
  kAppendMany,
  kSeal,
  kSettle,
  kTruncate,
  kKill,
  kPowerLoss,
};
inline constexpr int kLogStepCount = 8;
const char* StepName(LogStep step);

class LogSim {
 public:
  explicit LogSim(uint64_t seed);

  /// One step; what fails because of an injected fault is no problem in itself. A machine that went
  /// down on the way is started again first.
  void Run(LogStep step);
  /// Makes calls fail from now on, or not.
  platform::SimFileSystem& disk() { return disk_; }
  platform::SeededRandom& random() { return random_; }
  void Advance(int64_t nanos) { clock_.Advance(nanos); }
  /// Flips bits in a random file of the log. From then on records may be missing, but never wrong.
  void CorruptSomething();
  /// Ends all faults, restarts, settles everything and checks the sums.
  void Finish();

  /// What went wrong first, with the steps up to it; nothing if all is well.
  const std::optional<std::string>& problem() const { return problem_; }
  uint64_t acknowledged_count() const { return acknowledged_.size(); }
  uint64_t restart_count() const { return restart_count_; }

 private:
  bool Open();
  void Crash(bool power_loss);
  void Append(int count, size_t size_max);
  void Seal();
  void Settle();
  void CheckOpened();
  void CheckRecords(const wal::ReadResult& got, wal::Lsn from, wal::Lsn to);
  void InsertIntoEngine(const wal::Seal& seal, const std::vector<std::string>& payloads);
  void Report(const std::string& what);
  void Trace(std::string line);

  platform::SeededRandom random_;
  platform::SimFileSystem disk_;
  platform::SimClock clock_;
  wal::LogOptions options_;
  std::unique_ptr<wal::Log> log_;

  uint64_t next_id_ = 1;
  std::set<std::string> attempted_;
  std::map<wal::Lsn, std::string> acknowledged_;
  std::map<wal::Lsn, std::string> seen_;  ///< Read once, so it must read the same for ever.
  wal::Lsn highest_lsn_ = 0;
  std::map<uint64_t, wal::Seal> seals_;  ///< By number; known to be durable.
  wal::Lsn settled_lsn_ = 0;
  std::map<std::string, std::vector<std::string>> engine_;  ///< By deduplication token.
  std::set<std::string> inserted_;
  bool corrupted_ = false;
  uint64_t restart_count_ = 0;
  std::vector<std::string> trace_;
  std::optional<std::string> problem_;
};

}  // namespace vitrine::sim
