#include "cli/error_place.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

#include "cli/output.h"

namespace vitrine::cli {

namespace {

/// The number after `mark` in an error's text.
std::optional<size_t> NumberAfter(const std::string& text, std::string_view mark) {
  const size_t at = text.find(mark);
  if (at == std::string::npos) return std::nullopt;
  size_t number = 0;
  const char* begin = text.data() + at + mark.size();
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace

void PointAt(const std::string& query, const std::string& message) {
  auto offset = NumberAfter(message, "(at byte ");
  if (!offset) {
    // The engine counts from 1.
    const auto position = NumberAfter(message, "failed at position ");
    if (position && *position > 0) offset = *position - 1;
  }
  if (!offset || *offset > query.size()) return;
  const size_t before = *offset == 0 ? std::string::npos : query.rfind('\n', *offset - 1);
  const size_t begin = before == std::string::npos ? 0 : before + 1;
  const size_t end = std::min(query.find('\n', *offset), query.size());
  const auto columns = std::count_if(query.begin() + static_cast<ptrdiff_t>(begin),
                                     query.begin() + static_cast<ptrdiff_t>(*offset),
                                     [](char c) { return (c & 0xC0) != 0x80; });
  std::fprintf(stderr, "  %s\n  %s^\n", Printable(query.substr(begin, end - begin)).c_str(),
               std::string(static_cast<size_t>(columns), ' ').c_str());
}

}  // namespace vitrine::cli
