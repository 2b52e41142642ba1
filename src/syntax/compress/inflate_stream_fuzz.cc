// Fuzzes InflateStream: in pieces of any size the same comes out as in one, never more than the
// cap. The first byte picks encoding and cap, the second the size of the pieces.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "syntax/compress/inflate_stream.h"

using vitrine::compress::InflateStream;

namespace {

struct Outcome {
  std::string text;
  bool is_ok = true;
  bool is_complete = false;
};

Outcome Run(std::string_view encoding, size_t cap, std::string_view bytes, size_t piece) {
  auto stream = InflateStream::Open(encoding, cap);
  VITRINE_CHECK(stream.has_value());
  Outcome outcome;
  for (size_t at = 0; at < bytes.size() && outcome.is_ok; at += piece) {
    outcome.is_ok = stream->Feed(bytes.substr(at, piece), outcome.text).has_value();
  }
  outcome.is_complete = outcome.is_ok && stream->is_complete();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  constexpr std::string_view kEncodings[] = {"gzip", "deflate", "zstd", "br", "identity"};
  constexpr size_t kCaps[] = {0, 1, 1000, 1 << 20};
  const std::string_view encoding = kEncodings[data[0] % std::size(kEncodings)];
  const size_t cap = kCaps[(data[0] >> 4) % std::size(kCaps)];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Outcome whole = Run(encoding, cap, bytes, bytes.size() + 1);
  const Outcome pieces = Run(encoding, cap, bytes, 1 + data[1]);
  VITRINE_CHECK(whole.text.size() <= cap && pieces.text.size() <= cap);
  if (whole.is_ok && pieces.is_ok) VITRINE_CHECK(whole.text == pieces.text);
  if (whole.is_ok) VITRINE_CHECK(pieces.is_ok && whole.is_complete == pieces.is_complete);
  return 0;
}
