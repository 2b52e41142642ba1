// What SQL users see of the prices, through the door and as any project.
#include "prices/kept_prices.h"
#include "query/sql_door.h"

namespace vitrine::prices {
namespace {

class PriceRowsSql : public KeptPrices {
 protected:
  void SetUp() override {
    KeptPrices::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    KeepOnce();
    Run("INSERT INTO vitrine.span_rows (project, day, trace_id, span_id, version, kind, counted, "
        "start_time, price_id) VALUES "
        "('one', '2026-04-01', 'trace00000000001', 'priced01', 1, 'llm', 1, '2026-04-01 10:00:00', "
        "'anthropic/claude-opus-4-6@2026-03-13+batch'), "
        "('one', '2026-04-01', 'trace00000000001', 'unpriced', 1, 'llm', 1, '2026-04-01 11:00:00', "
        "''), "
        "('two', '2026-04-01', 'trace00000000002', 'priced02', 1, 'llm', 1, '2026-04-01 12:00:00', "
        "'openai/gpt-4o@always')");
  }
  /// The rows of the answer, or what the door says.
  std::string Door(const std::string& project, const std::string& sql) {
    query::SqlRequest request;
    request.project = project;
    request.query = sql;
    const auto answer = query::RunSql(engine_->client(), request);
    return answer ? answer->rows : "error: " + answer.error().message;
  }
};

TEST_F(PriceRowsSql, AnIdLeadsToItsExactRatesAndDate) {
  const std::string of_batch =
      " FROM price_rows WHERE price_id = 'anthropic/claude-opus-4-6@2026-03-13+batch'";
  EXPECT_EQ(Door("one",
                 "SELECT rates['input'], rates['cache_write_5m'], rates['output'], "
                 "unit_rates['per_web_search'], mode" +
                     of_batch),
            R"([["2.5", "3.125", "12.5", "0.01", "batch"]])");
  EXPECT_EQ(
      Door("one", "SELECT effective_from, is_override, mapContains(rates, 'reasoning')" + of_batch),
      R"([["2026-03-13T00:00:00.000000000Z", false, 0]])");
  EXPECT_EQ(Door("one",
                 "SELECT effective_from, rates['input'] FROM price_rows WHERE price_id = "
                 "'openai/gpt-4o@always'"),
            R"([[null, "2.5"]])");
}

TEST_F(PriceRowsSql, CallsFindTheirPricesInEveryProject) {
  const std::string joined =
      "SELECT s.price_id, p.rates FROM calls s LEFT JOIN price_rows p USING price_id ORDER BY "
      "s.start_time";
  EXPECT_EQ(Door("one", joined),
            R"([["anthropic/claude-opus-4-6@2026-03-13+batch", {"input":"2.5","cache_read":"0.25",)"
            R"("cache_write_5m":"3.125","cache_write_1h":"5","output":"12.5"}],["", {}]])");
  EXPECT_EQ(Door("two",
                 "SELECT s.price_id, p.rates['output'], p.provider FROM calls s LEFT JOIN "
                 "price_rows p USING price_id"),
            R"([["openai/gpt-4o@always", "10", "openai"]])");
}

TEST_F(PriceRowsSql, TheTableBehindTheViewIsClosed) {
  EXPECT_TRUE(Door("one", "SELECT * FROM price_table_rows").starts_with("error: "));
  EXPECT_TRUE(Door("one", "INSERT INTO price_rows (price_id) VALUES ('x')").starts_with("error: "));
  EXPECT_EQ(Door("nobody", "SELECT count() FROM price_rows"),
            "[[" + std::to_string(book_.snapshot()->rows().size()) + "]]");
}

}  // namespace
}  // namespace vitrine::prices
