// KeptPrices: a price book, and a real engine with the schema in it.
// Owner: the test. Threads: the test's own.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "pipeline/price_table.h"
#include "services/prices/price_keeper.h"
#include "storage/clickhouse/internal/test_engine.h"

namespace vitrine::prices {

/// Long enough for any machine; no test waits for it to pass.
inline constexpr std::chrono::seconds kPatience{60};

class KeptPrices : public testing::Test {
 protected:
  void SetUp() override;

  /// The built-in table and these overrides, as JSON.
  static std::shared_ptr<const pipeline::PriceTable> Table(std::string_view overrides = "{}");
  /// One override with this input rate in pico-USD.
  static std::string Override(std::string_view model, int64_t input);
  /// The price_id of the table's only override.
  static std::string OverrideId(const pipeline::PriceTable& table);
  void Run(const std::string& sql);
  /// The answer as TSV without its last line end.
  std::string Ask(const std::string& sql);
  /// A keeper from start to the end of its work: how many rows it inserted.
  uint64_t KeepOnce();

  std::unique_ptr<clickhouse::TestEngine> engine_;
  pipeline::PriceBook book_{Table()};
};

}  // namespace vitrine::prices
