// Any bytes as an AWS event stream, and the same bytes as payloads of frames whose sums are right:
// what comes out must not depend on how they were cut.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "syntax/event_stream/event_stream_parser.h"
#include "syntax/event_stream/event_stream_writer.h"

namespace {

using vitrine::syntax::EventStreamFrame;
using vitrine::syntax::EventStreamParser;

std::vector<std::string> Read(std::string_view stream, size_t piece_bytes) {
  EventStreamParser parser(1 << 20);
  std::vector<std::string> frames;
  while (!stream.empty()) {
    std::string piece(stream.substr(0, piece_bytes));
    stream.remove_prefix(piece.size());
    parser.Feed(piece);
    for (EventStreamFrame frame; parser.Next(frame);) {
      frames.push_back(std::string(frame.message_type) + '\n' + std::string(frame.event_type) +
                       '\n' + std::string(frame.exception_type) + '\n' +
                       std::string(frame.payload));
    }
  }
  frames.push_back(parser.fault() ? parser.fault()->message : "");
  return frames;
}

/// Right sums around headers and payload of the fuzzer's choice.
std::string Frame(std::string_view bytes, size_t header_bytes) {
  header_bytes = std::min(header_bytes, bytes.size());
  std::string frame;
  vitrine::syntax::AppendEventStreamFrame(frame, bytes.substr(0, header_bytes),
                                          bytes.substr(header_bytes));
  return frame;
}

void Check(std::string_view stream, size_t piece_bytes) {
  auto whole = Read(stream, stream.size() + 1);
  VITRINE_CHECK(whole == Read(stream, 1));
  VITRINE_CHECK(whole == Read(stream, piece_bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  size_t piece_bytes = size_t{1} + data[0] % 32;
  Check(bytes, piece_bytes);
  std::string framed = Frame(bytes, data[1]);
  Check(framed + framed + std::string(bytes), piece_bytes);
  return 0;
}
