// The worked example of docs/formats/log.md, byte for byte.
#include "storage/wal/internal/format.h"

#include <gtest/gtest.h>

namespace vitrine::wal {
namespace {

std::string Hex(std::string_view bytes) {
  std::string hex(bytes.size() * 2, '\0');
  HexEncode(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), hex.data());
  return hex;
}

SegmentHeader ExampleHeader() {
  SegmentHeader header;
  for (uint8_t i = 0; i < 16; ++i) header.log_id.bytes[i] = i;
  header.number = 7;
  header.first_lsn = 42;
  header.previous_last_lsn = 40;
  header.previous_confirmed_lsn = 40;
  header.created = {1'763'700'000'000'000'000};
  return header;
}

TEST(LogFormat, SegmentHeaderIsAsDocumented) {
  auto page = EncodeSegmentHeader(ExampleHeader());
  std::string_view bytes(page.data(), page.size());
  EXPECT_EQ(Hex(bytes.substr(0, kSegmentHeaderBytes)),
            "5654524e4c4f470a0100000000000000"
            "000102030405060708090a0b0c0d0e0f"
            "07000000000000002a00000000000000"
            "280000000000000000405b36ceeb7918"
            "280000000000000031da8f180ae0d679");
  EXPECT_EQ(bytes.substr(kSegmentHeaderCopyOffset, kSegmentHeaderBytes),
            bytes.substr(0, kSegmentHeaderBytes));
}

TEST(LogFormat, RecordHeaderIsAsDocumented) {
  RecordHeader header;
  header.lsn = 42;
  header.durable_lsn = 40;
  header.payload_size = 5;
  header.payload_checksum = Checksum("hello");
  uint64_t salt = SegmentSalt(ExampleHeader().log_id, 7);
  auto bytes = EncodeRecordHeader(header, salt);
  std::string_view view(bytes.data(), bytes.size());
  EXPECT_EQ(Hex(view),
            "564c7201010000002a00000000000000"
            "28000000000000000500000000000000"
            "fddc625c55e855950a73ea238fd539f3");
  ASSERT_TRUE(DecodeRecordHeader(view, salt));
  EXPECT_FALSE(DecodeRecordHeader(view, salt + 1)) << "of another segment";
}

TEST(LogFormat, EveryFlippedBitOfARecordHeaderIsSeen) {
  RecordHeader header;
  header.lsn = 42;
  header.payload_size = 5;
  auto bytes = EncodeRecordHeader(header, 1);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeRecordHeader(std::string_view(flipped.data(), flipped.size()), 1)) << bit;
  }
}

TEST(LogFormat, ChecksumOfPiecesIsThatOfTheWhole) {
  std::string whole = "one two three";
  std::array<std::string_view, 4> pieces = {"one ", "", "two", " three"};
  EXPECT_EQ(Checksum(pieces), Checksum(whole));
  EXPECT_EQ(Checksum(std::span<const std::string_view>()), Checksum(""));
}

TEST(LogFormat, SegmentNamesSortAsNumbersDo) {
  EXPECT_EQ(SegmentName(7), "00000000000000000007.log");
  EXPECT_EQ(ParseSegmentName(SegmentName(UINT64_MAX)), UINT64_MAX);
  EXPECT_FALSE(ParseSegmentName("7.log"));
  EXPECT_FALSE(ParseSegmentName("0000000000000000000x.log"));
  EXPECT_FALSE(ParseSegmentName("00000000000000000007.tmp"));
}

}  // namespace
}  // namespace vitrine::wal
