// Fuzzes the gate and the body framing in front of Beast.
//   1. Feeding a message in two pieces gives what feeding it whole gives.
//   2. What the gate lets through Beast frames the same way.
//   3. A head that passed, written again from what was read, passes again and means the same.
//   4. An accepted message has no line end but CRLF, and one way to be framed.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "net/internal/body_reader.h"
#include "net/internal/head_gate.h"

namespace {

using namespace vitrine::net;            // NOLINT
using namespace vitrine::net::internal;  // NOLINT

constexpr uint64_t kBodyMax = 100'000;

struct Read {
  bool head_ok = false;
  BodyState state = BodyState::kMalformed;
  std::string body;
  size_t consumed = 0;
};

/// Reads one request, its bytes coming in two pieces.
Read ReadRequest(std::string_view bytes, size_t cut) {
  Read read;
  size_t scanned = 0;
  auto end = FindHeadEnd(bytes.substr(0, cut), scanned, {});
  if (end && !*end) end = FindHeadEnd(bytes, scanned, {});
  if (!end || !*end) return read;
  const std::string_view head_bytes = bytes.substr(0, **end);
  const auto head = ParseRequestHead(head_bytes, {});
  if (!head) return read;
  read.head_ok = true;
  VITRINE_CHECK(!(head->framing.chunked && head->framing.content_length));
  VITRINE_CHECK(head->headers.All("content-length").size() <= 1);
  VITRINE_CHECK(head->headers.All("transfer-encoding").size() <= 1);
  BodyReader reader(BodyReader::Kind::kRequest, kBodyMax, [&read](std::string_view piece) {
    read.body += piece;
    return true;
  });
  BodyReader::Fed fed = reader.Feed(head_bytes);
  read.state = fed.state;
  read.consumed = fed.consumed;
  if (fed.state > BodyState::kDone) return read;
  VITRINE_CHECK(fed.consumed == head_bytes.size());
  VITRINE_CHECK(reader.chunked() == head->framing.chunked);
  if (head->framing.content_length) {
    VITRINE_CHECK(reader.content_length() == head->framing.content_length);
  }
  for (const size_t until : {std::max(cut, head_bytes.size()), bytes.size()}) {
    if (fed.state != BodyState::kNeedMore || until <= read.consumed) continue;
    fed = reader.Feed(bytes.substr(read.consumed, until - read.consumed));
    read.consumed += fed.consumed;
    read.state = fed.state;
  }
  if (read.state == BodyState::kDone && head->framing.content_length) {
    VITRINE_CHECK(read.body.size() == *head->framing.content_length);
  }
  VITRINE_CHECK(read.body.size() <= kBodyMax);
  return read;
}

void CheckRewritten(std::string_view head_bytes) {
  const auto head = ParseRequestHead(head_bytes, {});
  if (!head) return;
  for (size_t i = 0; i < head_bytes.size(); ++i) {
    if (head_bytes[i] == '\n') VITRINE_CHECK(i > 0 && head_bytes[i - 1] == '\r');
    if (head_bytes[i] == '\r') VITRINE_CHECK(head_bytes[i + 1] == '\n');
    VITRINE_CHECK(head_bytes[i] != '\0');
  }
  std::string again =
      head->method + " " + head->target + " HTTP/1." + std::to_string(head->version_minor) + "\r\n";
  for (const HttpHeader& field : head->headers)
    ((again += field.name) += ": ") += std::string(field.value) + "\r\n";
  again += "\r\n";
  // Blanks that were trimmed may have been fewer than the one written here, so sizes may differ.
  const auto second = ParseRequestHead(again, {});
  VITRINE_CHECK(second.has_value());
  VITRINE_CHECK(second->method == head->method && second->target == head->target);
  VITRINE_CHECK(second->framing.chunked == head->framing.chunked);
  VITRINE_CHECK(second->framing.content_length == head->framing.content_length);
  VITRINE_CHECK(second->keep_alive == head->keep_alive);
  VITRINE_CHECK(second->headers.size() == head->headers.size());
}

void ReadResponse(std::string_view bytes) {
  size_t scanned = 0;
  const auto end = FindHeadEnd(bytes, scanned, {});
  if (!end || !*end) return;
  const auto head = ParseResponseHead(bytes.substr(0, **end), {});
  if (!head) return;
  VITRINE_CHECK(head->status >= 100 && head->status <= 599);
  BodyReader reader(BodyReader::Kind::kResponse, kBodyMax, [](std::string_view) { return true; });
  const BodyReader::Fed fed = reader.Feed(bytes);
  VITRINE_CHECK(fed.consumed <= bytes.size());
  if (fed.state == BodyState::kNeedMore) (void)reader.FeedEnd();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t cut_choice = data[0] + 256u * data[1];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const size_t cut = bytes.empty() ? 0 : cut_choice % bytes.size();
  const Read whole = ReadRequest(bytes, 0);
  const Read split = ReadRequest(bytes, cut);
  VITRINE_CHECK(whole.head_ok == split.head_ok && whole.state == split.state);
  if (whole.state == BodyState::kDone) {
    VITRINE_CHECK(whole.body == split.body && whole.consumed == split.consumed);
  }
  size_t scanned = 0;
  const auto end = FindHeadEnd(bytes, scanned, {});
  if (end && *end) CheckRewritten(bytes.substr(0, **end));
  ReadResponse(bytes);
  return 0;
}
