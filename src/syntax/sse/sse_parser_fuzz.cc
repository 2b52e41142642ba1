// Any bytes as an event stream: what comes out must not depend on how they were cut.
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "syntax/sse/sse_parser.h"

namespace {

using vitrine::syntax::SseEvent;
using vitrine::syntax::SseParser;

// Large enough that only the whole input passes it, so that the cuts make no difference.
constexpr size_t kEventBytesMax = 1 << 20;

void Drain(SseParser& parser, std::vector<std::string>& events) {
  for (SseEvent event; parser.Next(event);) {
    events.push_back(std::string(event.name) + '\n' + std::string(event.data));
  }
}

std::vector<std::string> Read(std::string_view stream, size_t piece_bytes) {
  SseParser parser(kEventBytesMax);
  std::vector<std::string> events;
  while (!stream.empty()) {
    std::string piece(stream.substr(0, piece_bytes));
    stream.remove_prefix(piece.size());
    parser.Feed(piece);
    Drain(parser, events);
  }
  parser.Feed({});
  parser.End();
  Drain(parser, events);
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto whole = Read(stream, stream.size() + 1);
  VITRINE_CHECK(whole == Read(stream, 1));
  VITRINE_CHECK(whole == Read(stream, size_t{1} + data[0] % 32));
  return 0;
}
