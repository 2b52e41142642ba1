#include "syntax/sse/sse_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vitrine::syntax {
namespace {

constexpr size_t kLimit = 1 << 20;

std::vector<std::string> Events(std::string_view stream, size_t piece_bytes,
                                size_t limit = kLimit) {
  SseParser parser(limit);
  std::vector<std::string> events;
  auto drain = [&] {
    for (SseEvent event; parser.Next(event);) {
      events.push_back(std::string(event.name) + "|" + std::string(event.data));
    }
  };
  while (!stream.empty()) {
    std::string piece(stream.substr(0, piece_bytes));
    stream.remove_prefix(piece.size());
    parser.Feed(piece);
    drain();
  }
  parser.Feed({});
  parser.End();
  drain();
  return events;
}

void ExpectEvents(std::string_view stream, const std::vector<std::string>& expected) {
  for (size_t piece_bytes : {1u, 2u, 3u, 7u, 1000u}) {
    EXPECT_EQ(Events(stream, piece_bytes), expected) << piece_bytes << " bytes a piece";
  }
}

TEST(SseParser, LineEnds) {
  ExpectEvents("data: a\n\ndata: b\n\n", {"|a", "|b"});
  ExpectEvents("data: a\r\n\r\ndata: b\r\n\r\n", {"|a", "|b"});
  ExpectEvents("data: a\r\rdata: b\r\r", {"|a", "|b"});
  ExpectEvents("data: a\r\n\ndata: b\n\r\n", {"|a", "|b"});
}

TEST(SseParser, FieldsAndComments) {
  ExpectEvents(": OPENROUTER PROCESSING\n\nevent: ping\ndata: {}\n\n", {"ping|{}"});
  ExpectEvents("data:no space\n\n", {"|no space"});
  ExpectEvents("data:  two spaces\n\n", {"| two spaces"});
  ExpectEvents("id: 1\nretry: 5\ndata: x\nunknown: y\n\n", {"|x"});
  ExpectEvents("event: a\nevent: b\ndata: x\n\n", {"b|x"});
  ExpectEvents("event: nothing\n\ndata: x\n\n", {"|x"});
}

TEST(SseParser, SeveralDataLinesAreOneText) {
  ExpectEvents("data: a\ndata: b\ndata:\ndata: c\n\n", {"|a\nb\n\nc"});
  ExpectEvents("data\n\n", {"|"});
}

TEST(SseParser, LastEventWithoutBlankLine) {
  ExpectEvents("data: a\n\ndata: [DONE]", {"|a", "|[DONE]"});
  ExpectEvents("data: a\n\ndata: b\n", {"|a", "|b"});
}

TEST(SseParser, ByteOrderMarkAndUtf8) {
  ExpectEvents(
      "\xEF\xBB\xBF"
      "data: gr\xC3\xBC\xC3\x9F\n\n",
      {"|gr\xC3\xBC\xC3\x9F"});
}

TEST(SseParser, TooLargeEventsAreSkippedAndCounted) {
  std::string stream = "data: " + std::string(200, 'x') + "\n\ndata: small\n\n";
  for (size_t piece_bytes : {1u, 50u}) {
    EXPECT_EQ(Events(stream, piece_bytes, 100), std::vector<std::string>{"|small"});
  }
}

TEST(SseParser, EventInOnePieceIsNotCopied) {
  SseParser parser(kLimit);
  std::string piece = "event: e\ndata: payload\n\n";
  parser.Feed(piece);
  SseEvent event;
  ASSERT_TRUE(parser.Next(event));
  EXPECT_EQ(event.data, "payload");
  EXPECT_GE(event.data.data(), piece.data());
  EXPECT_LT(event.data.data(), piece.data() + piece.size());
  EXPECT_FALSE(parser.Next(event));
}

TEST(SseParser, ALineTooLongFromItsFirstPieceEndsNoEvent) {
  SseParser parser(10);
  parser.Feed("data: 0123456789abcdef");
  SseEvent event;
  EXPECT_FALSE(parser.Next(event));
  parser.Feed("ghi\ndata: x\n\ndata: y\n\n");
  ASSERT_TRUE(parser.Next(event));
  EXPECT_EQ(event.data, "y");
  EXPECT_EQ(parser.skipped_count(), 1u);
}

}  // namespace
}  // namespace vitrine::syntax
