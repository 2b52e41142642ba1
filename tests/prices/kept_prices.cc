#include "prices/kept_prices.h"

#include "pipeline/price_overrides.h"
#include "storage/schema/schema.h"

namespace vitrine::prices {

void KeptPrices::SetUp() {
  if (clickhouse::EngineProgram().empty())
    GTEST_SKIP() << "vitrine-engine or libchdb.so is not built";
  engine_ = std::make_unique<clickhouse::TestEngine>();
  ASSERT_TRUE(engine_->Ready());
  for (const auto& statements : {storage::TableStatements(), storage::ViewStatements()}) {
    for (const std::string& sql : statements) Run(sql);
  }
}

std::shared_ptr<const pipeline::PriceTable> KeptPrices::Table(std::string_view overrides) {
  const auto parsed = pipeline::ParsePriceOverridesJson(overrides);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return *pipeline::PriceTable::BuiltIn(*parsed);
}

std::string KeptPrices::Override(std::string_view model, int64_t input) {
  return R"({"prices":[{"provider":"vllm","model":")" + std::string(model) +
         R"(","rates":{"input":)" + std::to_string(input) + "}}]}";
}

std::string KeptPrices::OverrideId(const pipeline::PriceTable& table) {
  std::string id;
  for (const model::PriceRow& row : table.rows()) {
    if (!row.is_override) continue;
    EXPECT_EQ(id, "");
    id = row.price_id;
  }
  return id;
}

void KeptPrices::Run(const std::string& sql) {
  const auto done = engine_->client().Execute(sql);
  ASSERT_TRUE(done) << done.error().message << "\n" << sql;
}

std::string KeptPrices::Ask(const std::string& sql) {
  auto answer = engine_->client().Query(sql + " FORMAT TSV");
  if (!answer) return "error: " + answer.error().message;
  if (answer->ends_with('\n')) answer->pop_back();
  return *answer;
}

uint64_t KeptPrices::KeepOnce() {
  PriceKeeper keeper(book_, engine_->client());
  keeper.Start();
  EXPECT_TRUE(keeper.WaitKept(kPatience)) << keeper.status().last_error;
  keeper.Stop();
  return keeper.status().rows_inserted;
}

}  // namespace vitrine::prices
