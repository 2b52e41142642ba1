// Fuzzes the framer of relayed bodies, and the heads of answers in front of it.
//   1. Feeding a message in two pieces gives what feeding it whole gives.
//   2. What the framer takes, Beast frames the same way: same body, same end.
//   3. What is passed on is again a message, with the same body, that the framer takes to its end.
//   4. Padded sizes change nothing where there are none, and what is passed on of them has none.
//   5. An answer's head that passed, written again for a client, passes again with the same
//   framing.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "net/internal/body_reader.h"
#include "net/internal/head_gate.h"
#include "net/internal/message_framer.h"
#include "net/internal/relay_head.h"

namespace {

using namespace vitrine::net;            // NOLINT
using namespace vitrine::net::internal;  // NOLINT

struct Framed {
  MessageFramer::Kind last = MessageFramer::Kind::kNeedMore;
  std::string body;
  std::string passed;
  size_t consumed = 0;
};

void Feed(MessageFramer& framer, std::string_view bytes, Framed& framed) {
  std::string_view input = bytes;
  for (;;) {
    const MessageFramer::Piece piece = framer.Next(input);
    framed.last = piece.kind;
    if (piece.kind >= MessageFramer::Kind::kNeedMore) break;
    if (piece.kind == MessageFramer::Kind::kBody) framed.body += piece.bytes;
    framed.passed += piece.bytes;
  }
  framed.consumed += bytes.size() - input.size();
}

using Padding = MessageFramer::Padding;

Framed FrameChunked(std::string_view bytes, size_t cut, Padding padding = Padding::kRefused) {
  MessageFramer framer;
  framer.Begin(MessageFramer::Style::kChunked, 0, padding);
  Framed framed;
  Feed(framer, bytes.substr(0, cut), framed);
  if (framed.last == MessageFramer::Kind::kNeedMore) Feed(framer, bytes.substr(cut), framed);
  return framed;
}

void CompareWithBeast(std::string_view bytes, const Framed& framed) {
  std::string body;
  BodyReader reader(BodyReader::Kind::kResponse, std::nullopt, [&body](std::string_view piece) {
    body += piece;
    return true;
  });
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  VITRINE_CHECK(reader.Feed(head).state == BodyState::kNeedMore);
  const BodyReader::Fed fed = reader.Feed(bytes);
  VITRINE_CHECK(fed.state == BodyState::kDone);
  VITRINE_CHECK(fed.consumed == framed.consumed);
  VITRINE_CHECK(body == framed.body);
}

void CheckSame(const Framed& one, const Framed& other) {
  VITRINE_CHECK(one.last == other.last);
  if (one.last != MessageFramer::Kind::kDone) return;
  VITRINE_CHECK(one.body == other.body && one.passed == other.passed);
  VITRINE_CHECK(one.consumed == other.consumed);
}

void CheckAnswerHead(std::string_view bytes) {
  size_t scanned = 0;
  const auto end = FindHeadEnd(bytes, scanned, {});
  if (!end || !*end) return;
  const auto head = ParseResponseHead(bytes.substr(0, **end), {});
  if (!head) return;
  const HttpHeaders none;
  const std::string again = SerializeRelayResponse(
      {.head = &*head, .added = &none, .chunked = head->framing.chunked, .close = true});
  // Names, blanks and line ends as they are written here may make it a little longer.
  const auto second = ParseResponseHead(again, {.bytes_max = 10 * kHeadBytesMax});
  VITRINE_CHECK(second.has_value());
  VITRINE_CHECK(second->status == head->status && second->reason == head->reason);
  VITRINE_CHECK(second->framing.chunked == head->framing.chunked);
  // 204 loses its length, which may only be zero.
  const auto length = head->status == 204 ? std::nullopt : head->framing.content_length;
  VITRINE_CHECK(second->framing.content_length == length);
  VITRINE_CHECK(!second->keep_alive);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t cut_choice = data[0] + 256u * data[1];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  CheckAnswerHead(bytes);
  const size_t cut = bytes.empty() ? 0 : cut_choice % bytes.size();
  const Framed whole = FrameChunked(bytes, bytes.size());
  CheckSame(whole, FrameChunked(bytes, cut));
  const Framed padded = FrameChunked(bytes, bytes.size(), Padding::kLeftOut);
  CheckSame(padded, FrameChunked(bytes, cut, Padding::kLeftOut));
  if (whole.last == MessageFramer::Kind::kDone) {
    CheckSame(whole, padded);
    CompareWithBeast(bytes, whole);
  }
  if (padded.last != MessageFramer::Kind::kDone) return 0;
  const Framed again = FrameChunked(padded.passed, padded.passed.size());
  VITRINE_CHECK(again.last == MessageFramer::Kind::kDone && again.body == padded.body);
  VITRINE_CHECK(again.consumed == padded.passed.size());
  CompareWithBeast(padded.passed, again);
  return 0;
}
