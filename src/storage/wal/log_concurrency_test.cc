// The log under several threads at once, on a real directory and on a simulated disk with faults.
// Runs under the thread sanitizer in CI.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "platform/posix_file.h"
#include "platform/sim_file.h"
#include "storage/wal/limits.h"
#include "storage/wal/log.h"

namespace vitrine::wal {
namespace {

using platform::SimFault;
using platform::SimFileSystem;
using std::chrono::milliseconds;

constexpr int kAppenderCount = 8;
constexpr int kAppendsEach = 150;

LogOptions SmallOptions() {
  LogOptions options;
  options.segment_size_bytes = 4 * kSegmentSizeBytesMin;
  options.log_size_bytes_max = 64 * kSegmentSizeBytesMin;
  options.free_space_bytes_min = 0;
  options.reserve_size_bytes = 0;
  return options;
}

/// What was acknowledged, and what was read and settled.
class Ledger {
 public:
  void Acknowledge(Lsn lsn, const std::string& payload) {
    std::lock_guard lock(mutex_);
    EXPECT_TRUE(acknowledged_.emplace(lsn, payload).second) << "LSN " << lsn << " twice";
  }
  void Settle(const Record& record) {
    std::lock_guard lock(mutex_);
    EXPECT_TRUE(settled_.emplace(record.lsn, record.payload).second) << record.lsn << " twice";
  }
  void CheckAllSettled() {
    std::lock_guard lock(mutex_);
    for (auto& [lsn, payload] : acknowledged_) {
      auto found = settled_.find(lsn);
      ASSERT_NE(found, settled_.end()) << "lost " << lsn;
      ASSERT_EQ(found->second, payload);
    }
  }
  size_t acknowledged_count() {
    std::lock_guard lock(mutex_);
    return acknowledged_.size();
  }

 private:
  std::mutex mutex_;
  std::map<Lsn, std::string> acknowledged_;
  std::map<Lsn, std::string> settled_;
};

/// One appender: half of its appends wait, half go on at once. Refused ones are sent again.
void AppendMany(Log& log, Ledger& ledger, int appender) {
  std::atomic<int> open_count = 0;
  for (int i = 0; i < kAppendsEach; ++i) {
    auto payload =
        std::make_shared<std::string>(std::to_string(appender) + "/" + std::to_string(i) + "/");
    payload->append(static_cast<size_t>((i * 37) % 900), 'x');
    if (i % 2 == 0) {
      Result<Lsn> lsn = log.AppendSync(*payload);
      while (!lsn) {
        ASSERT_EQ(lsn.error().code, ErrorCode::kUnavailable) << lsn.error().message;
        std::this_thread::sleep_for(milliseconds(2));
        lsn = log.AppendSync(*payload);
      }
      ledger.Acknowledge(*lsn, *payload);
      continue;
    }
    ++open_count;
    std::string_view piece = *payload;
    log.Append(std::span(&piece, 1), [&ledger, &open_count, payload](Result<Lsn> lsn) {
      if (lsn) ledger.Acknowledge(*lsn, *payload);
      --open_count;
    });
  }
  while (open_count > 0) std::this_thread::sleep_for(milliseconds(1));
}

/// Settles until it is told to end and nothing is left.
void SettleAll(Log& log, Ledger& ledger, std::atomic<bool>& stop) {
  Lsn next_lsn = log.unsealed_lsn();
  for (;;) {
    bool last_round = stop;
    bool any = log.WaitFor(next_lsn, milliseconds(5));
    auto got = log.ReadFrom(next_lsn, 5000);
    if (!any && last_round && got && got->records.empty()) return;
    if (!got || got->records.empty()) continue;
    auto seal = log.SealNext(log.unsealed_lsn(), got->records.back().lsn);
    if (!seal) continue;
    auto again = log.ReadSeal(*seal);
    while (!again) again = log.ReadSeal(*seal);
    ASSERT_EQ(again->records.size(), got->records.size());
    for (const Record& record : again->records) ledger.Settle(record);
    while (!log.MarkSettled(*seal)) std::this_thread::sleep_for(milliseconds(1));
    (void)log.Truncate(log.settled_lsn()).has_value();
    next_lsn = log.unsealed_lsn();
  }
}

void RunEverything(Log& log) {
  Ledger ledger;
  std::atomic<bool> stop = false;
  std::thread settler([&] { SettleAll(log, ledger, stop); });
  std::thread watcher([&] {
    while (!stop) {
      (void)log.health();
      (void)log.counters();
      (void)log.disk_size_bytes();
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  std::vector<std::thread> appenders;
  for (int i = 0; i < kAppenderCount; ++i) {
    appenders.emplace_back([&, i] { AppendMany(log, ledger, i); });
  }
  for (std::thread& appender : appenders) appender.join();
  stop = true;
  settler.join();
  watcher.join();
  ledger.CheckAllSettled();
  EXPECT_GE(ledger.acknowledged_count(), static_cast<size_t>(kAppenderCount * kAppendsEach / 2));
  EXPECT_EQ(log.counters().records_appended, ledger.acknowledged_count());
  EXPECT_EQ(log.counters().quarantined_records, 0u);
}

TEST(LogConcurrency, AppendersReadersAndSettlingOnARealDirectory) {
  std::filesystem::path directory =
      std::filesystem::path(testing::TempDir()) / ("log_concurrency_" + std::to_string(getpid()));
  std::filesystem::remove_all(directory);
  auto log = Log::Open(directory, SmallOptions(), platform::PosixFileSystem(),
                       platform::SystemClock(), platform::SystemRandom());
  ASSERT_TRUE(log) << log.error().message;
  RunEverything(**log);
  log->reset();
  std::filesystem::remove_all(directory);
}

TEST(LogConcurrency, SurvivesAFailingDisk) {
  for (SimFault fault : {SimFault::kIoError, SimFault::kNoSpace, SimFault::kShortWrite}) {
    SimFileSystem disk(7);
    auto log =
        Log::Open("log", SmallOptions(), disk, platform::SystemClock(), platform::SystemRandom());
    ASSERT_TRUE(log) << log.error().message;
    disk.FailRandomly(fault, 400);
    std::thread healer([&] {
      std::this_thread::sleep_for(milliseconds(300));
      disk.ClearFaults();
    });
    RunEverything(**log);
    healer.join();
  }
}

TEST(LogConcurrency, ClosingAnswersEveryAppend) {
  SimFileSystem disk(8);
  std::atomic<int> answered = 0;
  constexpr int kCount = 500;
  {
    auto log =
        Log::Open("log", SmallOptions(), disk, platform::SystemClock(), platform::SystemRandom());
    ASSERT_TRUE(log) << log.error().message;
    std::string_view piece = "payload";
    for (int i = 0; i < kCount; ++i) {
      (*log)->Append(std::span(&piece, 1), [&](Result<Lsn>) { ++answered; });
    }
  }
  EXPECT_EQ(answered, kCount);
}

TEST(LogConcurrency, InterruptEndsWaiting) {
  SimFileSystem disk(9);
  auto log =
      Log::Open("log", SmallOptions(), disk, platform::SystemClock(), platform::SystemRandom());
  ASSERT_TRUE(log) << log.error().message;
  std::thread waiter([&] { EXPECT_FALSE((*log)->WaitFor(1, milliseconds(60'000))); });
  std::this_thread::sleep_for(milliseconds(20));
  (*log)->Interrupt();
  waiter.join();
}

}  // namespace
}  // namespace vitrine::wal
