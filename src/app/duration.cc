#include "app/duration.h"

#include <charconv>
#include <utility>

namespace vitrine::app {

std::optional<int64_t> ParseDurationMs(std::string_view text) {
  static constexpr std::pair<std::string_view, int64_t> kUnits[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(rest, static_cast<size_t>(end - rest));
  for (const auto& [known, factor] : kUnits) {
    const bool fits = error == std::errc() && number > 0 && number <= 366 * 86'400'000ll / factor;
    if (unit == known && fits) return number * factor;
  }
  return std::nullopt;
}

}  // namespace vitrine::app
