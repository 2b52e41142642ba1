#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "syntax/protobuf/wire_reader.h"
#include "syntax/protobuf/wire_writer.h"

namespace vitrine::syntax {
namespace {

using namespace std::string_literals;

WireError ErrorOf(std::string_view bytes) {
  WireReader reader(bytes);
  while (reader.Next()) {
  }
  return reader.error();
}

TEST(WireReader, ReadsAWorkedExample) {
  // Field 1 varint 150, field 2 "testing", field 3 fixed32 1, field 4 fixed64 2, field 16 varint 0.
  std::string bytes = "\x08\x96\x01\x12\x07testing\x1D\x01\0\0\0\x21\x02\0\0\0\0\0\0\0\x80\x01\0"s;
  WireReader reader(bytes);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.tag(), WireTag(1, WireType::kVarint));
  EXPECT_EQ(reader.scalar(), 150u);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.tag(), WireTag(2, WireType::kBytes));
  EXPECT_EQ(reader.bytes(), "testing");
  EXPECT_EQ(reader.field_begin(), bytes.data() + 3);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.tag(), WireTag(3, WireType::kFixed32));
  EXPECT_EQ(reader.scalar(), 1u);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.tag(), WireTag(4, WireType::kFixed64));
  EXPECT_EQ(reader.scalar(), 2u);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.field(), 16u);
  EXPECT_EQ(reader.scalar(), 0u);
  EXPECT_FALSE(reader.Next());
  EXPECT_TRUE(reader.ok());
}

TEST(WireReader, RefusesMalformedBytes) {
  EXPECT_EQ(ErrorOf(""), WireError::kNone);
  EXPECT_EQ(ErrorOf("\x08"), WireError::kCutOff);
  EXPECT_EQ(ErrorOf("\x08\x80"), WireError::kCutOff);
  EXPECT_EQ(ErrorOf("\x12\x05test"), WireError::kCutOff);
  EXPECT_EQ(ErrorOf("\x12"), WireError::kCutOff);
  EXPECT_EQ(ErrorOf("\x12\xFF\xFF\xFF\xFF\x0F"), WireError::kCutOff);
  EXPECT_EQ(ErrorOf("\x0D\x01\x02\x03"), WireError::kCutOff);
  EXPECT_EQ(ErrorOf("\x09\x01\x02\x03\x04\x05\x06\x07"), WireError::kCutOff);
  EXPECT_EQ(ErrorOf("\x80"), WireError::kCutOff);
  EXPECT_EQ(ErrorOf("\0\x01"s), WireError::kTag);  // Field 0.
  EXPECT_EQ(ErrorOf("\x02\0"s), WireError::kTag);
  EXPECT_EQ(ErrorOf("\x0E"), WireError::kTag);  // Wire type 6.
  EXPECT_EQ(ErrorOf("\x0F"), WireError::kTag);  // Wire type 7.
  EXPECT_EQ(ErrorOf("\x0B\x0C"), WireError::kGroup);
  EXPECT_EQ(ErrorOf("\x0C"), WireError::kGroup);
  EXPECT_EQ(ErrorOf("\x08"s + std::string(10, '\xFF')), WireError::kVarint);
  EXPECT_EQ(ErrorOf("\x08"s + std::string(9, '\xFF') + "\x01"), WireError::kNone);
  EXPECT_EQ(ErrorOf("\x12\x81\x80\x80\x80\x80\0x"s), WireError::kVarint);  // A length of six bytes.
  EXPECT_EQ(ErrorOf("\x12\x81\x80\x80\x80\0x"s), WireError::kNone);        // Overlong, but of five.
}

TEST(WireReader, SaysWhere) {
  std::string bytes = "\x08\x01\x12\x05te"s;
  WireReader reader(bytes);
  EXPECT_TRUE(reader.Next());
  EXPECT_FALSE(reader.Next());
  EXPECT_EQ(reader.field_begin() - bytes.data(), 2);
}

TEST(WireReader, ReadsPackedElements) {
  std::string packed = "\x03\x8E\x02\x9E\xA7\x05"s;
  WireReader reader(packed);
  uint64_t value = 0;
  std::vector<uint64_t> values;
  while (reader.NextPackedVarint(value)) values.push_back(value);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(values, (std::vector<uint64_t>{3, 270, 86942}));
  WireReader cut(std::string_view("\x01\0\0\0\x02\0\0", 7));
  uint32_t fixed = 0;
  EXPECT_TRUE(cut.NextPackedFixed(fixed));
  EXPECT_EQ(fixed, 1u);
  EXPECT_FALSE(cut.NextPackedFixed(fixed));
  EXPECT_FALSE(cut.ok());
}

TEST(WireWriter, NestsMessagesOfEverySize) {
  for (size_t size : {0u, 1u, 126u, 127u, 128u, 129u, 16383u, 16384u, 300000u}) {
    std::string text(size, 'x');
    std::string bytes;
    WireWriter writer(bytes);
    size_t outer = writer.BeginMessage(1);
    size_t inner = writer.BeginMessage(2);
    writer.Bytes(3, text);
    writer.EndMessage(inner);
    writer.Int(4, -1);
    writer.EndMessage(outer);
    writer.Varint(5, 1);
    WireReader reader(bytes);
    ASSERT_TRUE(reader.Next());
    WireReader outer_reader(reader.bytes());
    ASSERT_TRUE(outer_reader.Next());
    WireReader inner_reader(outer_reader.bytes());
    ASSERT_TRUE(inner_reader.Next());
    EXPECT_EQ(inner_reader.bytes(), text);
    ASSERT_TRUE(outer_reader.Next());
    EXPECT_EQ(static_cast<int64_t>(outer_reader.scalar()), -1);
    EXPECT_FALSE(outer_reader.Next());
    ASSERT_TRUE(reader.Next());
    EXPECT_EQ(reader.tag(), WireTag(5, WireType::kVarint));
    EXPECT_FALSE(reader.Next());
    EXPECT_TRUE(reader.ok() && outer_reader.ok());
  }
}

RC_GTEST_PROP(Wire, ScalarsReadBack,
              (uint64_t value, uint32_t small, int64_t sign, double number)) {
  std::string bytes;
  WireWriter writer(bytes);
  writer.Varint(1, value);
  writer.Fixed64(2, value);
  writer.Fixed32(3, small);
  writer.Zigzag(4, sign);
  writer.Double(536870911, number);  // The largest field number.
  WireReader reader(bytes);
  RC_ASSERT(reader.Next());
  RC_ASSERT(reader.scalar() == value);
  RC_ASSERT(reader.Next());
  RC_ASSERT(reader.scalar() == value);
  RC_ASSERT(reader.Next());
  RC_ASSERT(reader.scalar() == small);
  RC_ASSERT(reader.Next());
  RC_ASSERT(WireZigzag(reader.scalar()) == sign);
  RC_ASSERT(reader.Next());
  RC_ASSERT(WireDouble(reader.scalar()) == number);
  RC_ASSERT(reader.field() == 536870911);
  RC_ASSERT(!reader.Next());
  RC_ASSERT(reader.ok());
}

/// Whatever the bytes, the reader stays inside them and comes to an end.
RC_GTEST_PROP(Wire, AnyBytesEnd, (std::string bytes)) {
  WireReader reader(bytes);
  size_t field_count = 0;
  while (reader.Next()) {
    ++field_count;
    if ((reader.tag() & 7) == 2) {
      RC_ASSERT(reader.bytes().data() >= bytes.data());
      RC_ASSERT(reader.bytes().data() + reader.bytes().size() <= bytes.data() + bytes.size());
    }
  }
  RC_ASSERT(field_count <= bytes.size());
}

}  // namespace
}  // namespace vitrine::syntax
