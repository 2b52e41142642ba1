// What was acknowledged survives kill -9, and a repeated insert adds nothing.

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

NativeBlock Batch(int batch, int day_from, int day_to) {
  NativeBlock block;
  auto& id = block.Add<FixedColumn<uint64_t>>("id", "UInt64");
  auto& day = block.Add<FixedColumn<uint16_t>>("day", "Date");
  auto& text = block.Add<StringColumn>("text", "String");
  for (int row = 0; row < kRowsPerBatch; ++row) {
    const int row_day = row % kDays;
    if (row_day < day_from || row_day >= day_to) continue;
    id.Append(static_cast<uint64_t>(batch * kRowsPerBatch + row));
    day.Append(static_cast<uint16_t>(20'000 + row_day));
    text.Append(std::string(kTextBytes, static_cast<char>('a' + row % 26)) + std::to_string(batch));
  }
  return block;
}

QueryOptions WithToken(int batch) {
  QueryOptions options;
  options.settings = {{"insert_deduplication_token", "sealed-" + std::to_string(batch)}};
  return options;
}

class EngineCrashTest : public testing::Test {
 protected:
  void SetUp() override {
    if (EngineProgram().empty()) GTEST_SKIP() << "vitrine-engine or libchdb.so is not built";
    engine_ = std::make_unique<TestEngine>();
    ASSERT_TRUE(engine_->Ready());
    ASSERT_TRUE(engine_->client().Execute(
        "CREATE TABLE vitrine.rows (id UInt64, day Date, text String) ENGINE = MergeTree "
        "PARTITION BY day ORDER BY id SETTINGS non_replicated_deduplication_window = 1000"));
  }
  Result<void> Insert(const NativeBlock& block, int token) {
    return engine_->client().InsertNative("vitrine.rows", block.ColumnList(), block.Serialize(),
                                          WithToken(token));
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
  std::string Count() {
    return Ask("SELECT count(), uniqExact(id), sum(id) FROM vitrine.rows FORMAT TSV");
  }
  static std::string Expected(int batches) {
    const int64_t rows = int64_t{batches} * kRowsPerBatch;
    return std::to_string(rows) + "\t" + std::to_string(rows) + "\t" +
           std::to_string(rows * (rows - 1) / 2) + "\n";
  }
  std::unique_ptr<TestEngine> engine_;
};

TEST_F(EngineCrashTest, RepeatedInsertAddsNothing) {
  const NativeBlock block = Batch(0, 0, kDays);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Insert(block, 0));
  EXPECT_EQ(Count(), Expected(1));
  ASSERT_EQ(kill(engine_->process().status().pid, SIGKILL), 0);
  EXPECT_EQ(Count(), Expected(1));
  ASSERT_TRUE(Insert(block, 0));
  EXPECT_EQ(Count(), Expected(1));
  // Other rows under a used token are not stored either: the token is the identity.
  ASSERT_TRUE(Insert(Batch(7, 0, kDays), 0));
  EXPECT_EQ(Count(), Expected(1));
}

TEST_F(EngineCrashTest, RetryCompletesABlockOfWhichOnePartitionArrived) {
  // What a crash between two partitions of one insert leaves behind.
  ASSERT_TRUE(Insert(Batch(0, 0, 1), 0));
  EXPECT_EQ(Count().substr(0, 4), "100\t");
  ASSERT_TRUE(Insert(Batch(0, 0, kDays), 0));
  EXPECT_EQ(Count(), Expected(1));
  ASSERT_TRUE(Insert(Batch(0, 0, kDays), 0));
  EXPECT_EQ(Count(), Expected(1));
}

TEST_F(EngineCrashTest, NothingIsLostOrDoubledWhenKilledDuringInserts) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::atomic<bool> done = false;
  std::atomic<int> acknowledged = 0;
  std::thread writer([&] {
    for (int batch = 0; batch < kBatches; ++batch) {
      const NativeBlock block = Batch(batch, 0, kDays);
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      while (true) {
        const Result<void> result = Insert(block, batch);
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
    const std::string rows = std::to_string(int64_t{before} * kRowsPerBatch);
    EXPECT_EQ(Ask("SELECT countIf(id < " + rows + ") FROM vitrine.rows FORMAT TSV"), rows + "\n");
  }
  writer.join();
  EXPECT_GE(kills, 1);
  EXPECT_EQ(Count(), Expected(kBatches));
  // The sealed batches once more, in any order, as after a lost log position.
  for (const int batch : {kBatches - 1, 0, kBatches / 2})
    ASSERT_TRUE(Insert(Batch(batch, 0, kDays), batch));
  EXPECT_EQ(Count(), Expected(kBatches));
  RecordProperty("kills", kills);
}

}  // namespace
}  // namespace vitrine::clickhouse
