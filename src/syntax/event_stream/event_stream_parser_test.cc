#include "syntax/event_stream/event_stream_parser.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "syntax/event_stream/event_stream_writer.h"

namespace vitrine::syntax {
namespace {

constexpr size_t kLimit = 1 << 20;

std::string U32(size_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

std::string Sum(const std::string& bytes) {
  return U32(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

std::string TextHeader(std::string_view name, std::string_view value) {
  std::string bytes;
  AppendEventStreamHeader(bytes, name, value);
  return bytes;
}

std::string Frame(std::string_view headers, std::string_view payload) {
  std::string bytes;
  AppendEventStreamFrame(bytes, headers, payload);
  return bytes;
}

std::string Event(const std::string& type, const std::string& payload) {
  return Frame(TextHeader(":message-type", "event") + TextHeader(":event-type", type), payload);
}

std::vector<std::string> Read(EventStreamParser& parser, std::string_view stream,
                              size_t piece_bytes) {
  std::vector<std::string> frames;
  while (!stream.empty()) {
    std::string piece(stream.substr(0, piece_bytes));
    stream.remove_prefix(piece.size());
    parser.Feed(piece);
    for (EventStreamFrame frame; parser.Next(frame);) {
      frames.push_back(std::string(frame.message_type) + "|" + std::string(frame.event_type) + "|" +
                       std::string(frame.exception_type) + "|" + std::string(frame.payload));
    }
  }
  return frames;
}

TEST(EventStreamParser, FramesInAnyPieces) {
  std::string stream = Event("messageStart", "{}") + Event("contentBlockDelta", "{\"a\":1}") +
                       Frame(TextHeader(":message-type", "exception") +
                                 TextHeader(":exception-type", "throttlingException"),
                             "slow down") +
                       Event("empty", "");
  std::vector<std::string> expected = {"event|messageStart||{}",
                                       "event|contentBlockDelta||{\"a\":1}",
                                       "exception||throttlingException|slow down", "event|empty||"};
  for (size_t piece_bytes : {1u, 2u, 5u, 17u, 100000u}) {
    EventStreamParser parser(kLimit);
    EXPECT_EQ(Read(parser, stream, piece_bytes), expected);
    EXPECT_FALSE(parser.fault());
    EXPECT_TRUE(parser.at_boundary());
  }
}

TEST(EventStreamParser, EveryHeaderType) {
  using namespace std::string_literals;
  std::string headers =
      "\x01"
      "a\x00"s +
      "\x01"
      "b\x01"s +
      "\x01"
      "c\x02\x07"s +
      "\x01"
      "d\x03\x00\x01"s +
      "\x01"
      "e\x04\x00\x00\x00\x01"s +
      "\x01"
      "f\x05\x00\x00\x00\x00\x00\x00\x00\x01"s +
      "\x01"
      "g\x06\x00\x02xy"s +
      "\x01"
      "h\x08\x00\x00\x00\x00\x00\x00\x00\x01"s +
      "\x01"
      "i\x09"s +
      std::string(16, 'u') + TextHeader(":event-type", "chunk");
  EventStreamParser parser(kLimit);
  EXPECT_EQ(Read(parser, Frame(headers, "x"), 9), std::vector<std::string>{"|chunk||x"});
}

TEST(EventStreamParser, WrongSumsEndTheStream) {
  std::string good = Event("a", "payload");
  for (size_t at : {size_t{3}, size_t{9}, good.size() - 6, good.size() - 1}) {
    std::string bad = good;
    bad[at] ^= 1;
    for (size_t piece_bytes : {1u, 1000u}) {
      EventStreamParser parser(kLimit);
      EXPECT_EQ(Read(parser, good + bad + good, piece_bytes).size(), 1u);
      ASSERT_TRUE(parser.fault());
      EXPECT_EQ(parser.fault()->code, ErrorCode::kCorrupt);
      EXPECT_EQ(parser.fault()->offset, good.size());
    }
  }
}

TEST(EventStreamParser, SizesThatCannotBe) {
  for (auto [total, headers] : {std::pair<size_t, size_t>{15, 0}, {16, 1}, {64, 60}}) {
    std::string prelude = U32(total) + U32(headers);
    prelude += Sum(prelude) + std::string(64, '\0');
    EventStreamParser parser(kLimit);
    EXPECT_TRUE(Read(parser, prelude, 1000).empty());
    ASSERT_TRUE(parser.fault());
    EXPECT_EQ(parser.fault()->code, ErrorCode::kCorrupt);
  }
  std::string prelude = U32(kLimit + 1) + U32(0);
  prelude += Sum(prelude);
  EventStreamParser parser(kLimit);
  EXPECT_TRUE(Read(parser, prelude, 1).empty());
  ASSERT_TRUE(parser.fault());
  EXPECT_EQ(parser.fault()->code, ErrorCode::kLimitExceeded);
}

TEST(EventStreamParser, CutStreamIsNotAtBoundary) {
  std::string stream = Event("a", "payload");
  EventStreamParser parser(kLimit);
  EXPECT_EQ(Read(parser, stream + stream.substr(0, 20), 1000).size(), 1u);
  EXPECT_FALSE(parser.at_boundary());
  EXPECT_FALSE(parser.fault());
}

}  // namespace
}  // namespace vitrine::syntax
