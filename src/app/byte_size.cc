#include "app/byte_size.h"

#include <charconv>
#include <utility>

namespace vitrine::app {

std::optional<uint64_t> ParseByteSize(std::string_view text) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit(rest, static_cast<size_t>(end - rest));
  static constexpr std::pair<std::string_view, uint64_t> kUnits[] = {
      {"", 1},           {"KB", 1000},      {"MB", 1000'000},    {"GB", 1000'000'000},
      {"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1ull << 30}, {"TiB", 1ull << 40}};
  for (const auto& [name, factor] : kUnits) {
    uint64_t value = 0;
    if (unit != name) continue;
    if (__builtin_mul_overflow(number, factor, &value)) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

}  // namespace vitrine::app
