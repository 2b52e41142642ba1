// The client, the Native format and the supervisor against the real engine.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "storage/clickhouse/client.h"
#include "storage/clickhouse/internal/test_engine.h"
#include "storage/clickhouse/native_reader.h"
#include "storage/clickhouse/native_writer.h"

namespace vitrine::clickhouse {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class EngineTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!EngineProgram().empty()) engine_ = new TestEngine;
  }
  static void TearDownTestSuite() {
    delete engine_;
    engine_ = nullptr;
  }
  void SetUp() override {
    if (!engine_) GTEST_SKIP() << "vitrine-engine or libchdb.so is not built";
    ASSERT_TRUE(engine_->Ready());
  }
  static Client& client() { return engine_->client(); }
  static std::string Ask(std::string_view sql, const QueryOptions& options = {}) {
    const Result<std::string> answer = client().Query(sql, options);
    return answer ? *answer : "error: " + answer.error().message;
  }
  static inline TestEngine* engine_ = nullptr;
};

TEST_F(EngineTest, AnswersInAnyFormat) {
  EXPECT_EQ(Ask("SELECT 1, 'x' FORMAT CSV"), "1,\"x\"\n");
  EXPECT_EQ(Ask("SELECT number AS n FROM numbers(2) FORMAT JSONEachRow"), "{\"n\":0}\n{\"n\":1}\n");
  const std::string parquet = Ask("SELECT number FROM numbers(100000) FORMAT Parquet");
  EXPECT_TRUE(parquet.starts_with("PAR1"));
  EXPECT_TRUE(parquet.ends_with("PAR1"));
  // One document, however many blocks the result has.
  const std::string json = Ask("SELECT number FROM numbers(200000) FORMAT JSONCompact");
  EXPECT_EQ(json.find("\"meta\""), json.rfind("\"meta\""));
  EXPECT_NE(json.find("\"rows\": 200000"), std::string::npos);
}

TEST_F(EngineTest, ParametersAndSettings) {
  QueryOptions options;
  options.params = {{"text", QueryParam("a'b\\c\n\td")}, {"number", "7"}};
  options.settings = {{"max_threads", "1"}};
  EXPECT_EQ(Ask("SELECT {text:String} = 'a\\'b\\\\c\\n\\td', {number:UInt8} + 1, "
                "getSetting('max_threads') FORMAT TSV",
                options),
            "1\t8\t1\n");
  EXPECT_NE(Ask("SELECT getSetting('max_threads') FORMAT TSV"), "error: ");
}

TEST_F(EngineTest, SettingsOfOneCallDoNotReachTheNext) {
  QueryOptions options;
  options.settings = {{"max_block_size", "17"}, {"readonly", "1"}};
  EXPECT_EQ(Ask("SELECT getSetting('max_block_size') FORMAT TSV", options), "17\n");
  for (int i = 0; i < 12; ++i)
    EXPECT_NE(Ask("SELECT getSetting('max_block_size') FORMAT TSV"), "17\n");
  EXPECT_TRUE(client().Execute("CREATE TABLE IF NOT EXISTS vitrine.rw (a Int8) ENGINE = Memory"));
}

TEST_F(EngineTest, ErrorsSayWhatToDo) {
  const auto unknown = client().Query("SELECT * FROM vitrine.nosuch FORMAT TSV");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(ExceptionCode(unknown.error()), 60);
  EXPECT_FALSE(IsTransient(unknown.error()));

  QueryOptions options;
  options.settings = {{"max_memory_usage", "20000000"},
                      {"max_bytes_before_external_group_by", "0"},
                      {"max_bytes_ratio_before_external_group_by", "0"}};
  const auto memory =
      client().Query("SELECT uniqExact(number) FROM numbers(10000000) FORMAT TSV", options);
  ASSERT_FALSE(memory);
  EXPECT_EQ(memory.error().code, ErrorCode::kLimitExceeded) << memory.error().message;

  options.settings = {{"max_execution_time", "0.3"}};
  const auto time =
      client().Query("SELECT count() FROM numbers(1000000000000) FORMAT TSV", options);
  ASSERT_FALSE(time);
  EXPECT_EQ(time.error().code, ErrorCode::kLimitExceeded) << time.error().message;
  EXPECT_EQ(Ask("SELECT count() FROM system.processes WHERE query NOT LIKE '%system.processes%' "
                "FORMAT TSV"),
            "0\n");
}

TEST_F(EngineTest, ExceptionInTheMiddleOfAnAnswerIsAnError) {
  size_t bytes = 0;
  std::string all;
  const auto result = client().Stream(
      "SELECT number, throwIf(number = 900000) FROM numbers(1000000) "
      "SETTINGS max_block_size = 1000 FORMAT TSV",
      [&](std::string_view piece) {
        bytes += piece.size();
        all = piece;
        return true;
      });
  ASSERT_FALSE(result);
  EXPECT_EQ(ExceptionCode(result.error()), 395) << result.error().message;
  EXPECT_GT(bytes, 1'000'000u);
  EXPECT_EQ(all.find("__exception__"), std::string::npos);
  EXPECT_EQ(all.find("DB::Exception"), std::string::npos);
}

TEST_F(EngineTest, WhatNoStatementMayDo) {
  for (const char* sql :
       {"SELECT 1 INTO OUTFILE '/tmp/vitrine-never'", "SELECT file('/etc/hostname')",
        "SELECT `file`('/etc/hostname')", "SELECT /* x */ file /* y */ ('/etc/hostname')",
        "SELECT arrayMap(file, ['/etc/hostname'])",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT * FROM default.`/etc/hostname`", "CREATE DATABASE other", "SELECT 1; SELECT 2",
        "INSERT INTO vitrine.rw SELECT a FROM input('a Int8') FORMAT CSV 1"}) {
    const auto result = client().Query(sql);
    ASSERT_FALSE(result) << sql;
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidInput) << sql << result.error().message;
  }
  EXPECT_FALSE(std::filesystem::exists("/tmp/vitrine-never"));
  QueryOptions options;
  options.params = {{"f", "file"}};
  EXPECT_FALSE(client().Query("SELECT arrayMap({f:Identifier}, ['/etc/hostname'])", options));
  EXPECT_FALSE(client().Query("SELECT {f: /**/ Identifier}('/etc/hostname')", options));
  EXPECT_EQ(Ask("SELECT {f:String} FORMAT TSV", options), "file\n");
}

TEST_F(EngineTest, CancelEndsTheCallAndTheQuery) {
  QueryOptions options;
  options.cancel = std::make_shared<CancelToken>();
  options.query_id = "to-cancel";
  std::thread canceller([&] {
    std::this_thread::sleep_for(milliseconds(200));
    options.cancel->Cancel();
  });
  const auto before = Clock::now();
  const auto result =
      client().Query("SELECT count() FROM numbers(1000000000000) FORMAT TSV", options);
  canceller.join();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
  EXPECT_LT(Clock::now() - before, milliseconds(1500));
  std::string left;
  for (int i = 0; i < 1500 && left != "0\n"; ++i) {
    std::this_thread::sleep_for(milliseconds(20));
    left =
        Ask("SELECT count() FROM system.processes WHERE query LIKE '%1000000000000%' AND "
            "query NOT LIKE '%system.processes%' FORMAT TSV");
  }
  EXPECT_EQ(left, "0\n");
}

TEST_F(EngineTest, TimeoutEndsTheCall) {
  QueryOptions options;
  options.timeout = milliseconds(200);
  const auto result = client().Query("SELECT count() FROM numbers(1000000000000)", options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
}

TEST_F(EngineTest, SinkMayEndTheAnswer) {
  int pieces = 0;
  EXPECT_TRUE(client().Stream("SELECT number FROM numbers(100000000) FORMAT TSV",
                              [&](std::string_view) { return ++pieces < 3; }));
  EXPECT_EQ(pieces, 3);
  EXPECT_EQ(Ask("SELECT 1 FORMAT TSV"), "1\n");
}

TEST_F(EngineTest, ManyQueriesAtOnceAndPingBesideThem) {
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i)
    threads.emplace_back([&, i] {
      const std::string sql =
          "SELECT sum(number) + " + std::to_string(i) + " FROM numbers(20000000) FORMAT TSV";
      if (Ask(sql) == std::to_string(199999990000000LL + i) + "\n") ++right;
    });
  EXPECT_TRUE(client().Ping(milliseconds(1000)));
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 12);
}

constexpr const char* kAllTypes =
    "u8 UInt8, u16 UInt16, u32 UInt32, u64 UInt64, i16 Int16, i64 Int64, f64 Float64, b Bool, "
    "s String, fs FixedString(4), lc LowCardinality(String), nu Nullable(UInt64), "
    "ns Nullable(String), t DateTime64(9, 'UTC'), dt DateTime, d Date, "
    "money Nullable(Decimal(18, 9)), a Array(String), alc Array(LowCardinality(String)), "
    "m Map(LowCardinality(String), String), h Map(UInt16, Int64), "
    "e Enum8('one' = 1, 'two' = 2)";

NativeBlock AllTypes(size_t rows) {
  NativeBlock block;
  const auto fixed = [&]<typename T>(const char* name, const char* type, T seed) {
    auto& column = block.Add<FixedColumn<T>>(name, type);
    for (size_t i = 0; i < rows; ++i) column.Append(static_cast<T>(seed + static_cast<T>(i % 50)));
  };
  fixed("u8", "UInt8", uint8_t{1});
  fixed("u16", "UInt16", uint16_t{65000});
  fixed("u32", "UInt32", uint32_t{4'000'000'000});
  fixed("u64", "UInt64", uint64_t{18'000'000'000'000'000'000U});
  fixed("i16", "Int16", int16_t{-20});
  fixed("i64", "Int64", int64_t{-9'000'000'000'000'000'000});
  fixed("f64", "Float64", 0.1);
  auto& flags = block.Add<FixedColumn<uint8_t>>("b", "Bool");
  auto& text = block.Add<StringColumn>("s", "String");
  auto& bytes = block.Add<FixedStringColumn>("fs", "FixedString(4)", size_t{4});
  auto& lc = block.Add<LowCardinalityColumn>("lc", "LowCardinality(String)");
  auto& nu = block.Add<NullableColumn<FixedColumn<uint64_t>>>("nu", "Nullable(UInt64)");
  auto& ns = block.Add<NullableColumn<StringColumn>>("ns", "Nullable(String)");
  fixed("t", "DateTime64(9, 'UTC')", int64_t{1'763'700'000'123'456'789});
  fixed("dt", "DateTime", uint32_t{1'763'700'000});
  fixed("d", "Date", uint16_t{20'000});
  auto& money =
      block.Add<NullableColumn<FixedColumn<int64_t>>>("money", "Nullable(Decimal(18, 9))");
  auto& a = block.Add<ArrayColumn<StringColumn>>("a", "Array(String)");
  auto& alc = block.Add<ArrayColumn<LowCardinalityColumn>>("alc", "Array(LowCardinality(String))");
  auto& m = block.Add<MapColumn<LowCardinalityColumn, StringColumn>>(
      "m", "Map(LowCardinality(String), String)");
  auto& h =
      block.Add<MapColumn<FixedColumn<uint16_t>, FixedColumn<int64_t>>>("h", "Map(UInt16, Int64)");
  auto& e = block.Add<FixedColumn<int8_t>>("e", "Enum8('one' = 1, 'two' = 2)");
  for (size_t i = 0; i < rows; ++i) {
    const std::string n = std::to_string(i);
    flags.Append(static_cast<uint8_t>(i % 2));
    text.Append(i % 3 == 0 ? "" : "text\0\n" + n);
    bytes.Append(std::string("\0\xff", 2) + std::string(2, static_cast<char>('a' + i % 26)));
    lc.Append("model-" + std::to_string(i % 700));  // More than 256: two-byte indexes.
    i % 4 == 0 ? nu.AppendNull() : nu.Append(uint64_t{i});
    i % 5 == 0 ? ns.AppendNull() : ns.Append(std::string_view(n));
    i % 6 == 0 ? money.AppendNull() : money.Append(static_cast<int64_t>(i) - 3);
    for (size_t j = 0; j < i % 3; ++j) a.inner().Append(n);
    a.EndRow();
    for (size_t j = 0; j < i % 2; ++j) alc.inner().Append("tag");
    alc.EndRow();
    for (size_t j = 0; j < i % 4; ++j) {
      m.keys().Append("key" + std::to_string(j));
      m.values().Append(n);
      h.keys().Append(static_cast<uint16_t>(j));
      h.values().Append(-static_cast<int64_t>(i));
    }
    m.EndRow();
    h.EndRow();
    e.Append(static_cast<int8_t>(1 + i % 2));
  }
  return block;
}

TEST_F(EngineTest, NativeRoundTripOfEveryType) {
  for (const size_t rows : {size_t{1}, size_t{3}, size_t{1000}}) {
    ASSERT_TRUE(client().Execute("DROP TABLE IF EXISTS vitrine.types SYNC"));
    ASSERT_TRUE(client().Execute(std::string("CREATE TABLE vitrine.types (") + kAllTypes +
                                 ") ENGINE = MergeTree ORDER BY tuple()"));
    const NativeBlock block = AllTypes(rows);
    const std::string sent = block.Serialize();
    const auto inserted = client().InsertNative("vitrine.types", block.ColumnList(), sent);
    ASSERT_TRUE(inserted) << inserted.error().message;
    // The engine writes the same bytes back: the same order, one block, and dictionaries apart.
    const std::string got = Ask("SELECT * FROM vitrine.types FORMAT Native");
    const auto sent_blocks = ParseNative(sent);
    const auto got_blocks = ParseNative(got);
    ASSERT_TRUE(sent_blocks && got_blocks);
    ASSERT_EQ(got_blocks->size(), 1u);
    const NativeReadBlock& a = (*sent_blocks)[0];
    const NativeReadBlock& b = (*got_blocks)[0];
    ASSERT_EQ(a.columns.size(), b.columns.size());
    ASSERT_EQ(b.rows, rows);
    for (size_t c = 0; c < a.columns.size(); ++c) {
      const NativeValues& x = a.columns[c].values;
      const NativeValues& y = b.columns[c].values;
      EXPECT_EQ(a.columns[c].name, b.columns[c].name);
      EXPECT_EQ(a.columns[c].type, b.columns[c].type);
      EXPECT_EQ(x.fixed, y.fixed) << a.columns[c].name;
      EXPECT_EQ(x.nulls, y.nulls) << a.columns[c].name;
      EXPECT_EQ(x.ends, y.ends) << a.columns[c].name;
      for (size_t row = 0; row < rows && (!x.strings.empty() || !y.strings.empty()); ++row)
        EXPECT_EQ(x.Text(row), y.Text(row)) << a.columns[c].name;
      ASSERT_EQ(x.parts.size(), y.parts.size());
      for (size_t p = 0; p < x.parts.size(); ++p) {
        EXPECT_EQ(x.parts[p].fixed, y.parts[p].fixed) << a.columns[c].name;
        for (size_t row = 0; row < x.parts[p].rows && !x.parts[p].strings.empty(); ++row)
          EXPECT_EQ(x.parts[p].Text(row), y.parts[p].Text(row)) << a.columns[c].name;
      }
    }
    // And the engine understood the values, not only the bytes.
    EXPECT_EQ(Ask("SELECT s, ns, money, m['key0'], e, d FROM vitrine.types WHERE u8 = 1 LIMIT 1 "
                  "FORMAT TSV"),
              "\t\\N\t\\N\t\tone\t2024-10-04\n");
  }
}

TEST_F(EngineTest, ColumnsThatSayNothingElseArePackedByZstd) {
  ASSERT_TRUE(client().Execute("DROP TABLE IF EXISTS vitrine.packed SYNC"));
  ASSERT_TRUE(
      client().Execute("CREATE TABLE vitrine.packed (a UInt64) ENGINE = MergeTree ORDER BY a"));
  ASSERT_TRUE(client().Execute("INSERT INTO vitrine.packed SELECT number FROM numbers(10)"));
  EXPECT_EQ(Ask("SELECT default_compression_codec FROM system.parts WHERE table = 'packed' AND "
                "active FORMAT TSV"),
            "ZSTD(1)\n");
}

TEST_F(EngineTest, BrokenRowsAreRefusedWhole) {
  ASSERT_TRUE(client().Execute("DROP TABLE IF EXISTS vitrine.broken SYNC"));
  ASSERT_TRUE(
      client().Execute("CREATE TABLE vitrine.broken (a UInt64) ENGINE = MergeTree ORDER BY a"));
  NativeBlock block;
  block.Add<FixedColumn<uint64_t>>("a", "UInt64").Append(1);
  std::string bytes = block.Serialize();
  bytes.pop_back();
  const auto result = client().InsertNative("vitrine.broken", "a", bytes);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidInput) << result.error().message;
  EXPECT_EQ(Ask("SELECT count() FROM vitrine.broken FORMAT TSV"), "0\n");
}

TEST(EngineProcessTest, ComesBackWithinASecondOfBeingKilled) {
  if (EngineProgram().empty()) GTEST_SKIP() << "vitrine-engine or libchdb.so is not built";
  TestEngine engine;
  ASSERT_TRUE(engine.Ready());
  ASSERT_EQ(kill(engine.process().status().pid, SIGKILL), 0);
  const auto killed = Clock::now();
  bool answered = false;
  while (!answered && Clock::now() - killed < std::chrono::seconds(10)) {
    std::this_thread::sleep_for(milliseconds(5));
    answered = engine.client().Query("SELECT 1 FORMAT TSV").has_value();
  }
  const auto took_ms = (Clock::now() - killed) / milliseconds(1);
  EXPECT_TRUE(answered);
  RecordProperty("restart_ms", static_cast<int>(took_ms));
  // The promise is one second; a machine that compiles beside the test gets some more.
  EXPECT_LT(took_ms, 3000);
  const EngineStatus status = engine.process().status();
  EXPECT_EQ(status.restarts, 1u);
  EXPECT_EQ(status.last_end, "killed by signal 9");
  EXPECT_EQ(status.state, EngineState::kReady);
}

// If the library calls its threads otherwise one day, this fails.
TEST(EngineProcessTest, ThreadsThatMergeGiveWay) {
  if (EngineProgram().empty()) GTEST_SKIP() << "vitrine-engine or libchdb.so is not built";
  TestEngine engine;
  ASSERT_TRUE(engine.Ready());
  ASSERT_TRUE(engine.client().Execute(
      "CREATE TABLE vitrine.merged (n UInt64) ENGINE = MergeTree ORDER BY n"));
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(
        engine.client().Execute("INSERT INTO vitrine.merged SELECT number FROM numbers(9)"));
  const std::filesystem::path threads =
      "/proc/" + std::to_string(engine.process().status().pid) + "/task";
  int merging = 0, waiting = 0;
  for (const auto until = Clock::now() + std::chrono::seconds(20);
       Clock::now() < until && (merging == 0 || waiting < merging);
       std::this_thread::sleep_for(milliseconds(50))) {
    merging = waiting = 0;
    std::error_code ended;
    for (const auto& thread : std::filesystem::directory_iterator(threads, ended)) {
      std::string name;
      std::getline(std::ifstream(thread.path() / "comm"), name);
      if (name != "MergeMutate") continue;
      ++merging;
      const int id = std::stoi(thread.path().filename().string());
      if (getpriority(PRIO_PROCESS, static_cast<id_t>(id)) >= 10) ++waiting;
    }
  }
  EXPECT_GT(merging, 0);
  EXPECT_EQ(waiting, merging);
}

TEST(EngineProcessTest, HasASessionOfItsOwn) {
  if (EngineProgram().empty()) GTEST_SKIP() << "vitrine-engine or libchdb.so is not built";
  TestEngine engine;
  ASSERT_TRUE(engine.Ready());
  const pid_t pid = engine.process().status().pid;
  EXPECT_EQ(getsid(pid), pid);
}

TEST(EngineProcessTest, StopsQuicklyAndLeavesNothing) {
  if (EngineProgram().empty()) GTEST_SKIP() << "vitrine-engine or libchdb.so is not built";
  TestEngine engine;
  ASSERT_TRUE(engine.Ready());
  const pid_t pid = engine.process().status().pid;
  const auto before = Clock::now();
  engine.process().Stop();
  EXPECT_LT(Clock::now() - before, std::chrono::seconds(4));
  EXPECT_NE(kill(pid, 0), 0);
  EXPECT_EQ(engine.process().status().state, EngineState::kStopped);
  const auto result = engine.client().Query("SELECT 1");
  ASSERT_FALSE(result);
  EXPECT_TRUE(IsTransient(result.error()));
}

TEST(EngineProcessTest, SaysWhyTheEngineDoesNotStart) {
  if (EngineProgram().empty()) GTEST_SKIP() << "vitrine-engine or libchdb.so is not built";
  TestEngine engine;
  ASSERT_TRUE(engine.Ready());
  EngineProcessOptions options;
  options.program = EngineProgram();
  options.data_path = engine.folder() / "data";  // Another engine works there.
  options.socket_path = engine.folder() / "second.sock";
  auto second = EngineProcess::Start(std::move(options));
  ASSERT_TRUE(second);
  EXPECT_FALSE((*second)->WaitReady(std::chrono::seconds(3)));
  const EngineStatus status = (*second)->status();
  EXPECT_GE(status.restarts, 1u);
  EXPECT_EQ(status.last_end, "exit code 1");
  EXPECT_NE(status.last_line.find("is another vitrine-engine working there"), std::string::npos)
      << status.last_line;
}

}  // namespace
}  // namespace vitrine::clickhouse
