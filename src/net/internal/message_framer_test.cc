// The framer's rules one by one; message_framer_fuzz.cc compares it with Beast.
#include "net/internal/message_framer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "net/internal/outbox.h"
#include "net/limits.h"

namespace vitrine::net::internal {
namespace {

struct Framed {
  std::string body;
  std::string passed;  ///< What goes on to a receiver that gets it chunk by chunk.
  std::string rest;
  MessageFramer::Kind last = MessageFramer::Kind::kNeedMore;
};

/// Feeds `step` bytes at a time.
Framed Feed(MessageFramer& framer, std::string_view bytes, size_t step) {
  Framed framed;
  while (!bytes.empty() && framed.last == MessageFramer::Kind::kNeedMore) {
    std::string_view input = bytes.substr(0, step);
    bytes.remove_prefix(input.size());
    for (;;) {
      const MessageFramer::Piece piece = framer.Next(input);
      framed.last = piece.kind;
      if (piece.kind == MessageFramer::Kind::kBody) framed.body += piece.bytes;
      if (piece.kind < MessageFramer::Kind::kNeedMore) {
        framed.passed += piece.bytes;
      } else {
        break;
      }
    }
    framed.rest += input;
  }
  framed.rest += bytes;
  return framed;
}

TEST(MessageFramer, ChunksCutAnywhere) {
  const std::string head = "5;a=\"b\"\r\nhello\r\n00A;x\r\n0123456789\r\n0;last\r\nX: y\r\n\r\n";
  for (size_t step = 1; step <= head.size() + 4; ++step) {
    MessageFramer framer;
    framer.Begin(MessageFramer::Style::kChunked);
    const Framed framed = Feed(framer, head + "NEXT", step);
    EXPECT_EQ(framed.last, MessageFramer::Kind::kDone) << step;
    EXPECT_EQ(framed.body, "hello0123456789");
    EXPECT_EQ(framed.passed, "5\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX: y\r\n\r\n");
    EXPECT_EQ(framed.rest, "NEXT");
    ASSERT_EQ(framer.trailers().size(), 1u);
    EXPECT_EQ(framer.trailers().First("x"), "y");
  }
}

TEST(MessageFramer, ExtensionsOfOneReadingOnly) {
  for (const std::string_view extension :
       {";a", ";a=b", ";a=\"b c\"", ";a=b;c;d=\"\"", ";a=\";\""}) {
    MessageFramer framer;
    framer.Begin(MessageFramer::Style::kChunked);
    const Framed framed = Feed(framer, "1" + std::string(extension) + "\r\nx\r\n0\r\n\r\n", 3);
    EXPECT_EQ(framed.last, MessageFramer::Kind::kDone) << extension;
    EXPECT_EQ(framed.passed, "1\r\nx\r\n0\r\n\r\n");
  }
  for (const std::string_view extension :
       {";", " ;a", "; a", ";a ", ";a=", ";=b", ";a=\"b", ";a=\"b\"c", ";a=b=c", ";;a", ";a\xCC",
        ";a=\"\\\"\"", ";a\tb", ";a=\"\xCC\""}) {
    MessageFramer framer;
    framer.Begin(MessageFramer::Style::kChunked);
    EXPECT_EQ(Feed(framer, "1" + std::string(extension) + "\r\nx\r\n0\r\n\r\n", 3).last,
              MessageFramer::Kind::kMalformed)
        << extension;
  }
}

TEST(MessageFramer, SizesThatServersPad) {
  for (size_t step = 1; step <= 20; ++step) {
    MessageFramer framer;
    framer.Begin(MessageFramer::Style::kChunked, 0, MessageFramer::Padding::kLeftOut);
    const Framed framed = Feed(framer, "5   \r\nhello\r\n1\t\r\n!\r\n0  \r\n\r\nNEXT", step);
    EXPECT_EQ(framed.last, MessageFramer::Kind::kDone) << step;
    EXPECT_EQ(framed.body, "hello!");
    EXPECT_EQ(framed.passed, "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n");
    EXPECT_EQ(framed.rest, "NEXT");
  }
  for (const std::string_view size : {" 5", "5 5", "5 ;a", "5;a ", "5 \n", " "}) {
    MessageFramer framer;
    framer.Begin(MessageFramer::Style::kChunked, 0, MessageFramer::Padding::kLeftOut);
    EXPECT_EQ(Feed(framer, std::string(size) + "\r\nhello\r\n0\r\n\r\n", 3).last,
              MessageFramer::Kind::kMalformed)
        << size;
  }
  MessageFramer strict;
  strict.Begin(MessageFramer::Style::kChunked);
  EXPECT_EQ(Feed(strict, "5 \r\n", 3).last, MessageFramer::Kind::kMalformed);
  MessageFramer endless;
  endless.Begin(MessageFramer::Style::kChunked, 0, MessageFramer::Padding::kLeftOut);
  EXPECT_EQ(Feed(endless, "5" + std::string(kChunkHeadBytesMax + 1, ' '), 1000).last,
            MessageFramer::Kind::kMalformed);
}

TEST(MessageFramer, TheOtherStyles) {
  MessageFramer framer;
  framer.Begin(MessageFramer::Style::kLength, 3);
  EXPECT_FALSE(framer.may_end());
  EXPECT_EQ(Feed(framer, "abcdef", 2).rest, "def");
  EXPECT_TRUE(framer.done());
  framer.Begin(MessageFramer::Style::kLength, 0);
  EXPECT_TRUE(framer.done());
  framer.Begin(MessageFramer::Style::kNone);
  EXPECT_TRUE(framer.done());
  framer.Begin(MessageFramer::Style::kUntilClose);
  EXPECT_EQ(Feed(framer, "abc", 1).body, "abc");
  EXPECT_FALSE(framer.done());
  EXPECT_TRUE(framer.may_end());
}

TEST(MessageFramer, LongFramingIsRefused) {
  MessageFramer framer;
  framer.Begin(MessageFramer::Style::kChunked);
  EXPECT_EQ(Feed(framer, "1;" + std::string(kChunkHeadBytesMax + 1, 'x'), 1000).last,
            MessageFramer::Kind::kMalformed);
  framer.Begin(MessageFramer::Style::kChunked);
  EXPECT_EQ(Feed(framer, "0\r\nX: " + std::string(kChunkHeadBytesMax, 'x'), 1000).last,
            MessageFramer::Kind::kMalformed);
  framer.Begin(MessageFramer::Style::kChunked);
  EXPECT_EQ(Feed(framer, "FFFFFFFFFFFFFFFF\r\nx", 100).last, MessageFramer::Kind::kNeedMore);
}

/// Every byte at its own place.
constexpr std::array<char, 256> kLetters = [] {
  std::array<char, 256> letters{};
  for (size_t i = 0; i < letters.size(); ++i) letters[i] = static_cast<char>(i);
  return letters;
}();

TEST(Outbox, KeepsOrderThroughPartialWrites) {
  const std::string all = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (size_t step = 1; step < 20; ++step) {
    Outbox outbox;
    std::string sent;
    const auto write = [&outbox, &sent, step] {
      std::array<iovec, Outbox::kPiecesMax> pieces;
      size_t left = std::min(step, outbox.size());
      const size_t size = left;
      for (const iovec& piece : outbox.Gather(pieces)) {
        const size_t part = std::min(left, piece.iov_len);
        sent.append(static_cast<const char*>(piece.iov_base), part);
        left -= part;
      }
      outbox.Written(size);
    };
    for (size_t at = 0; at < all.size(); ++at) {
      // Every other byte stands elsewhere in memory, so that pieces do not merge.
      outbox.Add(at % 3 == 0 ? std::string_view(all).substr(at, 1)
                             : std::string_view(&kLetters[static_cast<uint8_t>(all[at])], 1));
      if (at % 11 == 0) write();
      if (at % 5 == 0) outbox.Keep();
    }
    while (!outbox.empty()) write();
    EXPECT_EQ(sent, all);
  }
}

}  // namespace
}  // namespace vitrine::net::internal
