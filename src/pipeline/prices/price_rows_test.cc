#include "pipeline/prices/price_rows.h"

#include <gtest/gtest.h>

#include "pipeline/prices/price_blob.h"
#include "pipeline/prices/row_json.h"

namespace vitrine::pipeline {
namespace {

TEST(PriceRows, EveryBuiltInRowIsWrittenAsItWasRead) {
  std::string_view text = BuiltInPriceRows();
  auto rows = ParsePriceRows(text);
  ASSERT_TRUE(rows) << rows.error().message;
  std::string written;
  for (const model::PriceRow& row : *rows) written += PriceRowText(row) + "\n";
  EXPECT_EQ(written, text);
}

TEST(PriceRows, ErrorsTellTheLine) {
  auto rows = ParsePriceRows("{\"provider\":\"x\",\"model\":\"m\",\"rates\":{\"input\":1}}\n{}\n");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().offset, 49u);
}

TEST(PriceRows, ScaledDecimals) {
  EXPECT_EQ(ParseScaledDecimal("0.25", 6), 250'000);
  EXPECT_EQ(ParseScaledDecimal("3", 6), 3'000'000);
  EXPECT_EQ(ParseScaledDecimal("0.000001", 6), 1);
  EXPECT_EQ(ParseScaledDecimal("0.0000010", 6), 1);
  EXPECT_EQ(ParseScaledDecimal("0.0000001", 6), std::nullopt);
  EXPECT_EQ(ParseScaledDecimal("1000", 12), 1'000'000'000'000'000);
  EXPECT_EQ(ParseScaledDecimal("1000.01", 12), std::nullopt);
  for (auto bad : {"", ".", "-1", "1e3", "1.2.3", " 1", "0x1", "99999999999999999999999"}) {
    EXPECT_EQ(ParseScaledDecimal(bad, 6), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace vitrine::pipeline
