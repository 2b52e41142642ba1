// Measures the engine as the server uses it: start, inserts of wide rows, queries at once, memory.
// usage: engine_bench [ROWS [MEMORY_BYTES]]   (vitrine-engine and libchdb.so beside it)
// Results and how they were taken: docs/benchmarks/engine.md.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "storage/clickhouse/internal/test_engine.h"
#include "storage/clickhouse/native_writer.h"

namespace vitrine::clickhouse {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kBatchRows = 10'000;
constexpr size_t kTextBytes = 3'300;
constexpr int kPlainColumns = 40;
constexpr int kNameColumns = 20;

double SecondsSince(Clock::time_point from) {
  return std::chrono::duration<double>(Clock::now() - from).count();
}

/// Processor time a process has used, so that numbers mean something on a busy machine too.
double ProcessorSeconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const size_t at = text.rfind(')');  // The name before it may hold anything.
  if (at == std::string::npos) return 0;
  std::istringstream fields(text.substr(at + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;  // State and ten numbers.
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// The engine's resident memory, watched from the side.
class MemoryWatch {
 public:
  explicit MemoryWatch(pid_t pid) : pid_(pid), thread_([this] { Run(); }) {}
  ~MemoryWatch() {
    done_ = true;
    thread_.join();
  }
  double now_mb() const { return now_mb_; }
  double most_mb() const { return most_mb_; }

 private:
  void Run() {
    while (!done_) {
      std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
      for (std::string line; std::getline(file, line);)
        if (line.starts_with("VmRSS:")) now_mb_ = std::atof(line.c_str() + 6) * 1024 / 1e6;
      most_mb_ = std::max(most_mb_.load(), now_mb_.load());
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  pid_t pid_;
  std::atomic<double> now_mb_ = 0;
  std::atomic<double> most_mb_ = 0;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

/// Words with the frequencies of a language, so that compression has something like prose to do.
class Prose {
 public:
  Prose() {
    for (int i = 0; i < 20'000; ++i) {
      std::string word;
      for (size_t size = 2 + random_() % 9; size > 0; --size)
        word += static_cast<char>('a' + random_() % 26);
      words_.push_back(std::move(word));
    }
  }
  std::string Text(size_t bytes) {
    std::string text;
    text.reserve(bytes + 16);
    while (text.size() < bytes) {
      const double u = static_cast<double>(random_() % 1'000'000 + 1) / 1e6;
      text += words_[static_cast<size_t>(static_cast<double>(words_.size() - 1) * u * u * u)];
      text += ' ';
    }
    return text;
  }
  uint64_t Number() { return random_(); }

 private:
  std::mt19937_64 random_{7};
  std::vector<std::string> words_;
};

std::string TableSql() {
  std::string sql =
      "CREATE TABLE vitrine.bench (id UInt64, day Date, time DateTime64(9, 'UTC'), "
      "trace FixedString(16), text String CODEC(ZSTD(1)), "
      "attributes Map(LowCardinality(String), String) CODEC(ZSTD(1))";
  for (int i = 0; i < kPlainColumns; ++i) sql += ", n" + std::to_string(i) + " Nullable(UInt64)";
  for (int i = 0; i < kNameColumns; ++i)
    sql += ", s" + std::to_string(i) + " LowCardinality(String)";
  return sql +
         ", INDEX trace_bloom trace TYPE bloom_filter GRANULARITY 1"
         ", INDEX words text TYPE text(tokenizer = splitByNonAlpha)"
         ") ENGINE = ReplacingMergeTree PARTITION BY day ORDER BY (time, trace, id) "
         "SETTINGS index_granularity = 512, non_replicated_deduplication_window = 1000";
}

std::string BatchBytes(Prose& prose, uint64_t first, std::string& columns) {
  NativeBlock block;
  auto& id = block.Add<FixedColumn<uint64_t>>("id", "UInt64");
  auto& day = block.Add<FixedColumn<uint16_t>>("day", "Date");
  auto& time = block.Add<FixedColumn<int64_t>>("time", "DateTime64(9, 'UTC')");
  auto& trace = block.Add<FixedStringColumn>("trace", "FixedString(16)", size_t{16});
  auto& text = block.Add<StringColumn>("text", "String");
  auto& attributes = block.Add<MapColumn<LowCardinalityColumn, StringColumn>>(
      "attributes", "Map(LowCardinality(String), String)");
  std::vector<NullableColumn<FixedColumn<uint64_t>>*> numbers;
  std::vector<LowCardinalityColumn*> names;
  for (int i = 0; i < kPlainColumns; ++i)
    numbers.push_back(&block.Add<NullableColumn<FixedColumn<uint64_t>>>("n" + std::to_string(i),
                                                                        "Nullable(UInt64)"));
  for (int i = 0; i < kNameColumns; ++i)
    names.push_back(
        &block.Add<LowCardinalityColumn>("s" + std::to_string(i), "LowCardinality(String)"));
  for (size_t row = 0; row < kBatchRows; ++row) {
    id.Append(first + row);
    day.Append(20'000);
    time.Append(1'763'700'000'000'000'000 + static_cast<int64_t>(first + row) * 1'000'000);
    const uint64_t key[2] = {prose.Number(), first + row};
    trace.Append({reinterpret_cast<const char*>(key), sizeof(key)});
    text.Append(prose.Text(kTextBytes));
    for (const char* name : {"http.route", "server.address", "gen_ai.agent.name"}) {
      attributes.keys().Append(name);
      attributes.values().Append(prose.Text(20));
    }
    attributes.EndRow();
    for (auto* column : numbers)
      row % 3 == 0 ? column->AppendNull() : column->Append(prose.Number() % 4096);
    for (auto* column : names) column->Append("value-" + std::to_string(row % 50));
  }
  columns = block.ColumnList();
  return block.Serialize();
}

void MeasureStart() {
  const auto before = Clock::now();
  TestEngine engine;
  if (!engine.Ready()) return;
  std::printf("start to first answer, empty folder: %.0f ms\n", SecondsSince(before) * 1e3);
  const auto ask = [&](int count) {
    const auto from = Clock::now();
    for (int i = 0; i < count; ++i) (void)engine.client().Query("SELECT 1 FORMAT TSV").has_value();
    return SecondsSince(from) / count * 1e3;
  };
  ask(20);
  std::printf("SELECT 1, one after the other: %.2f ms\n", ask(500));
  const MemoryWatch memory(engine.process().status().pid);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  std::printf("resident at rest: %.0f MB\n", memory.now_mb());
}

void MeasureInserts(TestEngine& engine, size_t rows, bool index_on_insert) {
  QueryOptions options;
  options.settings = {{"materialize_skip_indexes_on_insert", index_on_insert ? "1" : "0"}};
  Client& client = engine.client();
  (void)client.Execute("DROP TABLE IF EXISTS vitrine.bench SYNC").has_value();
  if (const auto made = client.Execute(TableSql()); !made)
    return void(std::printf("%s\n", made.error().message.c_str()));
  Prose prose;
  std::string columns;
  std::vector<std::string> batches;
  for (size_t i = 0; i < 3; ++i) batches.push_back(BatchBytes(prose, kBatchRows * i, columns));
  const MemoryWatch memory(engine.process().status().pid);
  const auto from = Clock::now();
  const double processor_from = ProcessorSeconds(engine.process().status().pid);
  double slowest = 0;
  for (size_t done = 0; done < rows; done += kBatchRows) {
    options.settings.resize(1);
    options.settings.emplace_back("insert_deduplication_token", "b" + std::to_string(done));
    const auto batch_from = Clock::now();
    const auto sent = client.InsertNative("vitrine.bench", columns,
                                          batches[done / kBatchRows % batches.size()], options);
    if (!sent) return void(std::printf("insert: %s\n", sent.error().message.c_str()));
    slowest = std::max(slowest, SecondsSince(batch_from));
  }
  const double seconds = SecondsSince(from);
  const double processor = ProcessorSeconds(engine.process().status().pid) - processor_from;
  const auto count = static_cast<double>(rows);
  std::printf(
      "insert, text index %s: %.0f rows/s, %.0f rows per processor second (merges "
      "included), %.1f MB/s Native, slowest batch of %zu %.2f s, resident at most %.0f MB\n",
      index_on_insert ? "on insert" : "left to merges", count / seconds, count / processor,
      static_cast<double>(batches[0].size()) * count / kBatchRows / seconds / 1e6, kBatchRows,
      slowest, memory.most_mb());
}

void MeasureQueries(TestEngine& engine) {
  Client& client = engine.client();
  const MemoryWatch memory(engine.process().status().pid);
  const std::string heavy =
      "SELECT s0, count(), sum(n0), quantile(0.9)(n1), uniq(trace) FROM vitrine.bench GROUP BY s0 "
      "SETTINGS max_threads = 1, use_query_condition_cache = 0 FORMAT Null";
  for (const int threads : {1, 2, 4}) {
    const auto from = Clock::now();
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i)
      running.emplace_back([&] {
        for (int j = 0; j < 5; ++j) (void)client.Query(heavy).has_value();
      });
    for (std::thread& thread : running) thread.join();
    std::printf("aggregation, %d at once: %.1f queries/s\n", threads,
                threads * 5 / SecondsSince(from));
  }
  const auto trace = client.Query("SELECT lower(hex(trace)) FROM vitrine.bench LIMIT 1 FORMAT TSV");
  std::vector<double> times;
  for (int i = 0; i < 30; ++i) {
    const auto from = Clock::now();
    (void)client
        .Query("SELECT * FROM vitrine.bench WHERE trace = unhex('" +
               trace.value_or("").substr(0, 32) +
               "') SETTINGS use_query_condition_cache = 0 FORMAT Native")
        .has_value();
    times.push_back(SecondsSince(from) * 1e3);
  }
  std::ranges::sort(times);
  std::printf("rows of one trace, all columns: %.1f ms median\n", times[times.size() / 2]);
  const auto from = Clock::now();
  size_t bytes = 0;
  (void)client
      .Stream("SELECT text FROM vitrine.bench FORMAT JSONEachRow",
              [&](std::string_view piece) {
                bytes += piece.size();
                return true;
              })
      .has_value();
  std::printf("streaming %.0f MB of JSONEachRow: %.0f MB/s; resident at most %.0f MB\n",
              static_cast<double>(bytes) / 1e6,
              static_cast<double>(bytes) / 1e6 / SecondsSince(from), memory.most_mb());
}

int Main(int argc, char** argv) {
  if (EngineProgram().empty()) {
    std::fputs("vitrine-engine or libchdb.so is not built\n", stderr);
    return 6;
  }
  const size_t rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
  const uint64_t memory_bytes = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 0;
  MeasureStart();
  TestEngine engine(memory_bytes);
  if (!engine.Ready()) return 1;
  MeasureInserts(engine, rows, true);
  MeasureInserts(engine, rows, false);
  MeasureQueries(engine);
  return 0;
}

}  // namespace
}  // namespace vitrine::clickhouse

int main(int argc, char** argv) { return vitrine::clickhouse::Main(argc, argv); }
