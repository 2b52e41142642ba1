// Any bytes as a stream of JSON values: what comes out must not depend on how they were cut.
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "syntax/json/json_splitter.h"

namespace {

using vitrine::syntax::JsonSplitter;

std::vector<std::string> Read(std::string_view stream, size_t piece_bytes) {
  JsonSplitter splitter(1 << 20);
  std::vector<std::string> values;
  while (!stream.empty()) {
    std::string piece(stream.substr(0, piece_bytes));
    stream.remove_prefix(piece.size());
    splitter.Feed(piece);
    for (std::string_view value; splitter.Next(value);) values.emplace_back(value);
  }
  splitter.Feed({});
  splitter.End();
  for (std::string_view value; splitter.Next(value);) values.emplace_back(value);
  values.push_back(splitter.is_cut_off() ? "cut" : "whole");
  return values;
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
