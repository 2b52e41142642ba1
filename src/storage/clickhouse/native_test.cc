// The writer's bytes, the reader's answers to good and bad bytes; the engine's side is in
// engine_test.cc.

#include <gtest/gtest.h>

#include "storage/clickhouse/native_reader.h"
#include "storage/clickhouse/native_writer.h"

namespace vitrine::clickhouse {
namespace {

std::string SampleBytes() {
  NativeBlock block;
  auto& id = block.Add<FixedColumn<uint32_t>>("id", "UInt32");
  auto& text = block.Add<NullableColumn<StringColumn>>("text", "Nullable(String)");
  auto& tags =
      block.Add<ArrayColumn<LowCardinalityColumn>>("tags", "Array(LowCardinality(String))");
  auto& map = block.Add<MapColumn<LowCardinalityColumn, StringColumn>>(
      "map", "Map(LowCardinality(String), String)");
  for (uint32_t i = 0; i < 5; ++i) {
    id.Append(i);
    i == 2 ? text.AppendNull() : text.Append(std::string_view("text"));
    for (uint32_t j = 0; j < i; ++j) tags.inner().Append(j % 2 == 0 ? "even" : "odd");
    tags.EndRow();
    if (i == 3) {
      map.keys().Append("k");
      map.values().Append("v");
    }
    map.EndRow();
  }
  return block.Serialize();
}

TEST(NativeTest, BytesOfASmallBlock) {
  NativeBlock block;
  block.Add<FixedColumn<uint16_t>>("n", "UInt16").Append(258);
  block.Add<StringColumn>("s", "String").Append("ab");
  EXPECT_EQ(block.Serialize(), std::string("\x02\x01\x01n\x06UInt16\x02\x01\x01s\x06String\x02"
                                           "ab",
                                           25));
  EXPECT_EQ(block.ColumnList(), "`n`, `s`");
}

TEST(NativeTest, RoundTrip) {
  const std::string bytes = SampleBytes();
  const auto blocks = ParseNative(bytes);
  ASSERT_TRUE(blocks) << blocks.error().message;
  ASSERT_EQ(blocks->size(), 1u);
  const NativeReadBlock& block = (*blocks)[0];
  EXPECT_EQ(block.rows, 5u);
  EXPECT_EQ(block.columns[0].values.Fixed<uint32_t>(4), 4u);
  EXPECT_TRUE(block.columns[1].values.IsNull(2));
  EXPECT_EQ(block.columns[1].values.Text(3), "text");
  const auto [from, to] = block.columns[2].values.RangeOf(4);
  EXPECT_EQ(to - from, 4u);
  EXPECT_EQ(block.columns[2].values.parts[0].Text(from + 1), "odd");
  const auto [map_from, map_to] = block.columns[3].values.RangeOf(3);
  ASSERT_EQ(map_to - map_from, 1u);
  EXPECT_EQ(block.columns[3].values.parts[1].Text(map_from), "v");
}

TEST(NativeTest, EveryCutIsRefused) {
  const std::string bytes = SampleBytes();
  for (size_t size = 1; size < bytes.size(); ++size) {
    const auto blocks = ParseNative(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(blocks) << size;
    EXPECT_EQ(blocks.error().code, ErrorCode::kCorrupt);
    EXPECT_LE(blocks.error().offset.value_or(bytes.size() + 1), size);
  }
}

TEST(NativeTest, LengthsThatLieAreRefused) {
  const auto block = [](std::string_view type, std::string_view data, uint64_t rows) {
    std::string bytes;
    AppendVarUint(bytes, 1);
    AppendVarUint(bytes, rows);
    AppendVarUint(bytes, 1);
    bytes += 'x';
    AppendVarUint(bytes, type.size());
    bytes += type;
    return bytes += data;
  };
  const std::string ones(8, '\xff');
  EXPECT_FALSE(ParseNative(block("UInt64", "abc", 1)));
  EXPECT_FALSE(ParseNative(block("UInt64", "", uint64_t{1} << 60)));
  EXPECT_FALSE(ParseNative(block("FixedString(18446744073709551615)", ones, 3)));
  EXPECT_FALSE(ParseNative(block("FixedString(4611686018427387904)", "", 4)));
  EXPECT_FALSE(ParseNative(block("FixedString(0)", "", 1)));
  EXPECT_FALSE(ParseNative(block("String", "\xff\xff\xff\xff\xff\xff\xff\xff\x01", 1)));
  EXPECT_FALSE(ParseNative(block("Array(UInt8)", ones, 1)));
  EXPECT_FALSE(ParseNative(block("LowCardinality(String)", ones + ones, 1)));
  EXPECT_FALSE(ParseNative(block("Nullable(UInt8)", "\1", 1)));
  const auto unknown = ParseNative(block("Variant(String, UInt8)", ones, 1));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kUnsupported);
  std::string deep = "UInt8";
  for (int i = 0; i < 100; ++i) deep = "Array(" + deep + ")";
  EXPECT_FALSE(ParseNative(block(deep, ones, 1)));
}

TEST(NativeTest, EmptyBlocks) {
  EXPECT_TRUE(ParseNative("")->empty());
  NativeBlock block;
  block.Add<LowCardinalityColumn>("a", "LowCardinality(String)");
  const std::string bytes = block.Serialize();
  const auto blocks = ParseNative(bytes);
  ASSERT_TRUE(blocks);
  EXPECT_EQ((*blocks)[0].rows, 0u);
}

}  // namespace
}  // namespace vitrine::clickhouse
