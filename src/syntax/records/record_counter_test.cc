#include "syntax/records/record_counter.h"

#include <gtest/gtest.h>

#include <string>

namespace vitrine::syntax {
namespace {

Result<uint64_t> Count(RecordFormat format, std::string_view bytes, size_t step) {
  RecordCounter counter(format);
  for (size_t at = 0; at < bytes.size(); at += step) counter.Feed(bytes.substr(at, step));
  return counter.Total();
}

/// A file whose footer is version 1, a schema of one named element, `rows` rows, as a writer makes
/// it: struct fields of the compact protocol.
std::string Parquet(uint64_t rows) {
  std::string footer = "\x15\x02";  // 1: i32 1
  footer += "\x19\x1C";             // 2: list of one struct
  footer += std::string(
      "\x48\x03"
      "abc\x15\x04\x00",
      8);            // its name (field 4), a number, its end
  footer += '\x16';  // 3: i64
  for (uint64_t zigzag = rows << 1;; zigzag >>= 7) {
    footer += static_cast<char>((zigzag & 0x7F) | (zigzag >= 0x80 ? 0x80 : 0));
    if (zigzag < 0x80) break;
  }
  footer += std::string(1, '\0');
  std::string file = "PAR1 some pages ";
  file += footer;
  const auto size = static_cast<uint32_t>(footer.size());
  for (int shift = 0; shift < 32; shift += 8) file += static_cast<char>(size >> shift & 0xFF);
  return file + "PAR1";
}

TEST(RecordCounter, CountsLines) {
  for (const size_t step : {1u, 2u, 100u}) {
    EXPECT_EQ(Count(RecordFormat::kJsonLines, "", step).value(), 0u);
    EXPECT_EQ(Count(RecordFormat::kJsonLines, "{\"a\":\"x\\ny\"}\n{}\n", step).value(), 2u);
    EXPECT_EQ(Count(RecordFormat::kJsonLines, "{}\n{\"cut", step).error().code,
              ErrorCode::kCorrupt);
  }
}

TEST(RecordCounter, CountsCsvWithLinesInQuotes) {
  for (const size_t step : {1u, 3u, 100u}) {
    EXPECT_EQ(Count(RecordFormat::kCsv, "\"a\",\"b\"\n", step).value(), 0u);
    EXPECT_EQ(Count(RecordFormat::kCsv, "a,b\n1,\"x\ny \"\"quoted\"\"\n\"\n2,z\n", step).value(),
              2u);
    EXPECT_FALSE(Count(RecordFormat::kCsv, "a,b\n1,\"x\n", step));
    EXPECT_FALSE(Count(RecordFormat::kCsv, "a,b\n1,x", step));
  }
}

TEST(RecordCounter, ReadsTheFooterOfParquet) {
  for (const uint64_t rows : {0ull, 1ull, 63ull, 64ull, 1'000'000ull, 5'000'000'000ull}) {
    for (const size_t step : {1u, 7u, 1'000u})
      EXPECT_EQ(Count(RecordFormat::kParquet, Parquet(rows), step).value(), rows);
  }
}

TEST(RecordCounter, RefusesBrokenParquet) {
  const std::string whole = Parquet(1'000);
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(Count(RecordFormat::kParquet, whole.substr(0, size), 100)) << size;
  std::string lying = whole;
  lying[whole.size() - 6] = '\x7F';
  EXPECT_FALSE(Count(RecordFormat::kParquet, lying, 100));
  EXPECT_FALSE(ParquetRowCount(std::string(1'000, '\x19')));
  EXPECT_FALSE(ParquetRowCount(std::string(1'000, '\x1C')));
  EXPECT_FALSE(ParquetRowCount("\x16"));
}

}  // namespace
}  // namespace vitrine::syntax
