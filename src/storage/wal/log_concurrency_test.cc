// The log under several threads at once, on a real directory and on a simulated disk with faults.
// Runs under the thread sanitizer in CI.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <future>
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

/// A disk whose syncs wait while it is stalled.
class StalledDisk : public platform::FileSystem {
 public:
  explicit StalledDisk(platform::FileSystem& disk) : disk_(disk) {}

  Result<std::unique_ptr<platform::File>> Open(const std::string& path,
                                               platform::OpenMode mode) override {
    TRY_ASSIGN(auto file, disk_.Open(path, mode));
    return std::make_unique<Held>(*this, std::move(file));
  }
  Result<void> CreateDirectory(const std::string& path) override {
    return disk_.CreateDirectory(path);
  }
  Result<std::vector<std::string>> List(const std::string& path) override {
    return disk_.List(path);
  }
  Result<void> SyncDirectory(const std::string& path) override { return disk_.SyncDirectory(path); }
  Result<void> Rename(const std::string& from, const std::string& to) override {
    return disk_.Rename(from, to);
  }
  Result<void> Remove(const std::string& path) override { return disk_.Remove(path); }
  Result<uint64_t> FreeSpace(const std::string& path) override { return disk_.FreeSpace(path); }
  Result<std::unique_ptr<platform::File>> Lock(const std::string& path) override {
    return disk_.Lock(path);
  }

  void Stall(bool is_stalled) {
    std::lock_guard lock(mutex_);
    is_stalled_ = is_stalled;
    changed_.notify_all();
  }
  /// Waits until so many syncs are held.
  void WaitForHeld(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_ >= count; });
  }

 private:
  class Held : public platform::File {
   public:
    Held(StalledDisk& disk, std::unique_ptr<platform::File> file)
        : disk_(disk), file_(std::move(file)) {}
    Result<void> WriteAt(uint64_t offset, std::span<const std::string_view> pieces) override {
      return file_->WriteAt(offset, pieces);
    }
    Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
      return file_->ReadAt(offset, to, size);
    }
    Result<void> SyncData() override {
      disk_.Hold();
      return file_->SyncData();
    }
    void StartWriteback(uint64_t offset, uint64_t size) override {
      file_->StartWriteback(offset, size);
    }
    Result<void> Truncate(uint64_t size) override { return file_->Truncate(size); }
    Result<void> Preallocate(uint64_t size) override { return file_->Preallocate(size); }
    Result<uint64_t> Size() override { return file_->Size(); }

   private:
    StalledDisk& disk_;
    std::unique_ptr<platform::File> file_;
  };
  void Hold() {
    std::unique_lock lock(mutex_);
    ++held_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !is_stalled_; });
    --held_;
  }

  platform::FileSystem& disk_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stalled_ = false;
  int held_ = 0;
};

TEST(LogConcurrency, NobodyWhoOnlyAsksWaitsForAStalledDisk) {
  SimFileSystem files(10);
  StalledDisk disk(files);
  auto log =
      Log::Open("log", SmallOptions(), disk, platform::SystemClock(), platform::SystemRandom());
  ASSERT_TRUE(log) << log.error().message;
  ASSERT_TRUE((*log)->AppendSync("before"));
  const auto first = (*log)->SealNext(1, (*log)->durable_lsn());
  ASSERT_TRUE(first);
  disk.Stall(true);
  std::thread settler([&] { EXPECT_TRUE((*log)->MarkSettled(*first)); });
  std::promise<Result<Lsn>> appended;
  const std::string_view piece = "while it stands still";
  (*log)->Append(std::span(&piece, 1), [&](Result<Lsn> lsn) { appended.set_value(lsn); });
  disk.WaitForHeld(2);  // The writer, and the one who marks.

  auto asked = std::async(std::launch::async, [&] {
    EXPECT_EQ((*log)->health().state, LogState::kOk);
    EXPECT_EQ((*log)->counters().records_appended, 1u);
    EXPECT_GT((*log)->disk_size_bytes(), 0u);
    EXPECT_EQ((*log)->durable_lsn(), 1u);
    EXPECT_EQ((*log)->settled_lsn(), 0u);
  });
  EXPECT_EQ(asked.wait_for(std::chrono::seconds(60)), std::future_status::ready);
  disk.Stall(false);
  settler.join();
  EXPECT_EQ(*appended.get_future().get(), 2u);
  EXPECT_EQ((*log)->settled_lsn(), 1u);
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
