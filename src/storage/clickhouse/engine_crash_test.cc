// What was acknowledged survives kill -9. That nothing is doubled is not asked of the engine: its
// tokens do not promise it (docs/adr/0004-exactly-once-settling.md).

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "storage/clickhouse/client.h"
#include "storage/clickhouse/internal/test_engine.h"
#include "storage/clickhouse/native_writer.h"

namespace vitrine::clickhouse {
namespace {

using std::chrono::milliseconds;

constexpr int kBatches = 60;
constexpr int kRowsPerBatch = 300;
constexpr int kDays = 3;  // Every batch is written to three partitions.
constexpr size_t kTextBytes = 3500;
constexpr int kKills = 5;

NativeBlock Batch(int batch) {
  NativeBlock block;
  auto& id = block.Add<FixedColumn<uint64_t>>("id", "UInt64");
  auto& day = block.Add<FixedColumn<uint16_t>>("day", "Date");
  auto& text = block.Add<StringColumn>("text", "String");
  for (int row = 0; row < kRowsPerBatch; ++row) {
    id.Append(static_cast<uint64_t>(batch * kRowsPerBatch + row));
    day.Append(static_cast<uint16_t>(20'000 + row % kDays));
    text.Append(std::string(kTextBytes, static_cast<char>('a' + row % 26)) + std::to_string(batch));
  }
  return block;
}

class EngineCrashTest : public testing::Test {
 protected:
  void SetUp() override {
    if (EngineProgram().empty()) GTEST_SKIP() << "vitrine-engine or libchdb.so is not built";
    engine_ = std::make_unique<TestEngine>();
    ASSERT_TRUE(engine_->Ready());
    ASSERT_TRUE(engine_->client().Execute(
        "CREATE TABLE vitrine.rows (id UInt64, day Date, text String) ENGINE = MergeTree "
        "PARTITION BY day ORDER BY id"));
  }
  Result<void> Insert(const NativeBlock& block) {
    return engine_->client().InsertNative("vitrine.rows", block.ColumnList(), block.Serialize());
  }
  /// Asks until the engine is there to answer.
  std::string Ask(const std::string& sql) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (true) {
      const auto answer = engine_->client().Query(sql);
      if (answer) return *answer;
      if (!IsTransient(answer.error()) || std::chrono::steady_clock::now() > deadline)
        return answer.error().message;
      std::this_thread::sleep_for(milliseconds(5));
    }
  }
  /// How many rows there are of those below `end`, each counted once.
  std::string Count(int64_t end) {
    return Ask("SELECT uniqExactIf(id, id < " + std::to_string(end) +
               ") FROM vitrine.rows FORMAT TSV");
  }
  std::unique_ptr<TestEngine> engine_;
};

TEST_F(EngineCrashTest, NothingIsLostWhenKilledDuringInserts) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::atomic<bool> done = false;
  std::atomic<int> acknowledged = 0;
  std::thread writer([&] {
    for (int batch = 0; batch < kBatches; ++batch) {
      const NativeBlock block = Batch(batch);
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      while (true) {
        const Result<void> result = Insert(block);
        if (result) break;
        if (!IsTransient(result.error()) || std::chrono::steady_clock::now() > deadline) {
          ADD_FAILURE() << "batch " << batch << ": " << result.error().message;
          break;
        }
        std::this_thread::sleep_for(milliseconds(5));
      }
      ++acknowledged;
    }
    done = true;
  });
  int kills = 0;
  while (!done && kills < kKills) {
    std::this_thread::sleep_for(milliseconds(20 + random() % 200));
    const int before = acknowledged;
    if (engine_->process().status().state != EngineState::kReady) continue;
    const pid_t pid = engine_->process().status().pid;
    if (done || pid == 0 || kill(pid, SIGKILL) != 0) continue;
    ++kills;
    // Everything acknowledged before the kill is there after it.
    const int64_t rows = int64_t{before} * kRowsPerBatch;
    EXPECT_EQ(Count(rows), std::to_string(rows) + "\n");
  }
  writer.join();
  EXPECT_GE(kills, 1);
  constexpr int64_t kRows = int64_t{kBatches} * kRowsPerBatch;
  EXPECT_EQ(Count(kRows), std::to_string(kRows) + "\n");
  RecordProperty("kills", kills);
}

}  // namespace
}  // namespace vitrine::clickhouse
