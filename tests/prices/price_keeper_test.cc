#include "services/prices/price_keeper.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <thread>

#include "prices/kept_prices.h"

namespace vitrine::prices {
namespace {

/// `value` of `places` decimals, as the engine writes it.
std::string Decimal(int64_t value, int places) {
  int64_t one = 1;
  for (int i = 0; i < places; ++i) one *= 10;
  std::string fraction = std::to_string(value % one + one).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return std::to_string(value / one) + (fraction.empty() ? "" : "." + fraction);
}

std::string RatesText(const model::PriceRow& row, size_t begin, size_t end, int places) {
  std::string text;
  for (size_t i = begin; i < end; ++i) {
    const auto dim = static_cast<model::RateDim>(i);
    if (!row.rates.has(dim)) continue;
    if (!text.empty()) text += ',';
    text += std::string(model::Name(dim)) + "=" + Decimal(row.rates[dim], places);
  }
  return text;
}

/// A row as the question of EveryRowArrivesAsItIs answers it.
std::string RowText(const model::PriceRow& row) {
  std::string sources;
  for (const std::string& source : row.sources) sources += (sources.empty() ? "" : ",") + source;
  const std::string from =
      row.effective_from ? std::to_string(row.effective_from->since_epoch) : "always";
  std::string text;
  for (const std::string& part :
       {row.price_id, row.provider, row.model, row.region, from, std::string(model::Name(row.mode)),
        std::to_string(row.above_input_tokens), RatesText(row, 0, model::kTokenDimCount, 6),
        RatesText(row, model::kTokenDimCount, model::kRateDimCount, 12),
        std::string(row.is_free ? "true" : "false"),
        std::string(row.is_override ? "true" : "false"), sources}) {
    text += (text.empty() ? "" : "|") + part;
  }
  return text;
}

/// True once it is; nothing depends on how long that takes.
bool Eventually(const std::function<bool()>& is_so) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

TEST_F(KeptPrices, EveryRowArrivesAsItIs) {
  // Dates that a DateTime of seconds cannot hold, the largest rate, and one of nothing.
  book_.Replace(Table(R"({"prices":[
    {"provider":"vllm","model":"early","from":"1931-05-06T07:08:09.000000001Z","rates":{"input":1}},
    {"provider":"vllm","model":"late","from":"2200-01-01","mode":"batch","above":18,
     "rates":{"input":1000000000000000,"per_query":1000000000000000,"per_page":1}},
    {"provider":"vllm","model":"gift","region":"eu","free":true,"rates":{"output":0}}]})"));
  const auto table = book_.snapshot();
  EXPECT_EQ(KeepOnce(), table->rows().size());
  std::multiset<std::string> wanted, stored;
  for (const model::PriceRow& row : table->rows()) wanted.insert(RowText(row));
  const std::string answer =
      Ask("WITH (m -> arrayStringConcat(arrayMap((k, v) -> concat(k, '=', toString(v)), "
          "mapKeys(m), mapValues(m)), ',')) AS text SELECT arrayStringConcat([price_id, provider, "
          "model, region, ifNull(toString(reinterpretAsInt64(effective_from)), 'always'), mode, "
          "toString(above_input_tokens), text(rates), text(unit_rates), toString(is_free), "
          "toString(is_override), arrayStringConcat(sources, ',')], '|') FROM vitrine.price_rows");
  for (size_t begin = 0; begin < answer.size();) {
    const size_t end = std::min(answer.find('\n', begin), answer.size());
    stored.insert(answer.substr(begin, end - begin));
    begin = end + 1;
  }
  ASSERT_EQ(stored.size(), wanted.size()) << answer.substr(0, 500);
  for (auto a = stored.begin(), b = wanted.begin(); a != stored.end(); ++a, ++b) ASSERT_EQ(*a, *b);
  EXPECT_EQ(Ask("SELECT effective_from FROM vitrine.price_rows WHERE model = 'early'"),
            "1931-05-06 07:08:09.000000001");
}

TEST_F(KeptPrices, WhatIsStoredIsNotInsertedAgain) {
  // A name that ends the quotes of a statement, if it can.
  book_.Replace(Table(Override(R"(it's \\' \")", 5)));
  const uint64_t all = book_.snapshot()->rows().size();
  EXPECT_EQ(KeepOnce(), all);
  EXPECT_EQ(KeepOnce(), 0u);
  EXPECT_EQ(Ask("SELECT count() FROM vitrine.price_table_rows"), std::to_string(all));
  // Only what is not there comes again.
  Run("DELETE FROM vitrine.price_table_rows WHERE price_id = 'openai/gpt-4o@always'");
  EXPECT_EQ(KeepOnce(), 1u);
  EXPECT_EQ(Ask("SELECT count() FROM vitrine.price_table_rows"), std::to_string(all));
}

TEST_F(KeptPrices, AChangedOverrideComesBesideTheOldOne) {
  PriceKeeper keeper(book_, engine_->client());
  keeper.Start();
  ASSERT_TRUE(keeper.WaitKept(kPatience));
  const uint64_t built_in = keeper.status().rows_inserted;
  const auto first = Table(Override("mine", 2'500'000)),
             second = Table(Override("mine", 3'000'000));
  ASSERT_NE(OverrideId(*first), OverrideId(*second));
  for (const auto& table : {first, second, Table(), first}) {
    book_.Replace(table);
    ASSERT_TRUE(keeper.WaitKept(kPatience)) << keeper.status().last_error;
  }
  EXPECT_EQ(keeper.status().rows_inserted, built_in + 2);
  EXPECT_EQ(Ask("SELECT price_id, rates['input'] FROM vitrine.price_rows WHERE is_override "
                "ORDER BY rates['input']"),
            OverrideId(*first) + "\t2.5\n" + OverrideId(*second) + "\t3");
}

TEST_F(KeptPrices, NoTableIsMissedHoweverShortItsTime) {
  std::atomic<bool> is_ready = false;
  PriceKeeper keeper(book_, engine_->client(), {.is_ready = [&] { return is_ready.load(); }});
  keeper.Start();
  const auto first = Table(Override("mine", 1)), second = Table(Override("mine", 2));
  for (const auto& table : {first, second, Table()}) book_.Replace(table);
  EXPECT_EQ(keeper.status().rows_inserted, 0u);
  is_ready = true;
  ASSERT_TRUE(keeper.WaitKept(kPatience)) << keeper.status().last_error;
  EXPECT_EQ(Ask("SELECT groupArray(price_id) FROM (SELECT price_id FROM vitrine.price_rows WHERE "
                "is_override ORDER BY rates['input'])"),
            "['" + OverrideId(*first) + "','" + OverrideId(*second) + "']");
  EXPECT_EQ(keeper.status().rows_forgotten, 0u);
}

TEST_F(KeptPrices, AnEngineThatIsAwayIsWaitedFor) {
  int faults = 0;
  PriceKeeper keeper(book_, engine_->client(), {.on_fault = [&](const Error&) { ++faults; }});
  keeper.Start();
  ASSERT_TRUE(keeper.WaitKept(kPatience));
  engine_->process().Stop();
  const auto table = Table(Override("mine", 7));
  book_.Replace(table);
  ASSERT_TRUE(Eventually([&] { return keeper.status().failures >= 2; }));
  EXPECT_FALSE(keeper.WaitKept(std::chrono::milliseconds(0)));
  clickhouse::EngineProcessOptions options;
  options.program = clickhouse::EngineProgram();
  options.data_path = engine_->folder() / "data";
  options.socket_path = engine_->folder() / "engine.sock";
  const auto again = clickhouse::EngineProcess::Start(options);
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_TRUE((*again)->WaitReady(kPatience));
  ASSERT_TRUE(keeper.WaitKept(kPatience)) << keeper.status().last_error;
  EXPECT_EQ(Ask("SELECT price_id FROM vitrine.price_rows WHERE is_override"), OverrideId(*table));
  keeper.Stop();
  EXPECT_EQ(faults, 0) << "an engine that is away is told of elsewhere";
}

TEST_F(KeptPrices, ARefusalIsToldOnceAndTriedAgain) {
  Run("RENAME TABLE vitrine.price_table_rows TO vitrine.elsewhere");
  std::atomic<int> faults = 0;
  PriceKeeper keeper(book_, engine_->client(), {.on_fault = [&](const Error& error) {
                       ++faults;
                       EXPECT_NE(error.message.find("price_table_rows"), std::string::npos);
                     }});
  keeper.Start();
  ASSERT_TRUE(Eventually([&] { return keeper.status().failures >= 2; }));
  EXPECT_EQ(faults, 1);
  Run("RENAME TABLE vitrine.elsewhere TO vitrine.price_table_rows");
  ASSERT_TRUE(keeper.WaitKept(kPatience)) << keeper.status().last_error;
  EXPECT_EQ(keeper.status().last_error, "");
}

/// Takes connections and never answers.
class SilentEngine {
 public:
  SilentEngine() {
    std::string pattern = std::filesystem::temp_directory_path() / "vitrine-silent-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path().c_str());
    listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 4), 0);
  }
  ~SilentEngine() {
    close(taken_);
    close(listener_);
    std::filesystem::remove_all(folder_);
  }
  std::string path() const { return folder_ / "engine.sock"; }
  /// Waits for a call, and takes some of it.
  void Take() {
    taken_ = accept(listener_, nullptr, nullptr);
    char byte = 0;
    EXPECT_EQ(read(taken_, &byte, 1), 1);
  }

 private:
  std::filesystem::path folder_;
  int listener_ = -1, taken_ = -1;
};

TEST(PriceKeeperTest, AStopEndsACallThatWaits) {
  SilentEngine silent;
  clickhouse::Endpoint endpoint;
  endpoint.unix_path = silent.path();
  clickhouse::Client client(endpoint);
  const pipeline::PriceBook book(*pipeline::PriceTable::BuiltIn());
  PriceKeeper keeper(book, client);
  keeper.Start();
  silent.Take();
  const auto begin = std::chrono::steady_clock::now();
  keeper.Stop();
  // A call that nobody ends takes a minute.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  EXPECT_EQ(keeper.status().rows_inserted, 0u);
}

TEST(PriceKeeperTest, AStopEndsTheWaitForTables) {
  clickhouse::Endpoint endpoint;
  endpoint.unix_path = "/nowhere";
  clickhouse::Client client(endpoint);
  const pipeline::PriceBook book(*pipeline::PriceTable::BuiltIn());
  std::atomic<int> asked = 0;
  PriceKeeper keeper(book, client, {.is_ready = [&] {
                       ++asked;
                       return false;
                     }});
  keeper.Start();
  ASSERT_TRUE(Eventually([&] { return asked > 1; }));
  keeper.Stop();
  EXPECT_EQ(keeper.status().failures, 0u) << "nobody asks an engine whose tables are not there";
}

}  // namespace
}  // namespace vitrine::prices
