#include "base/money.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace vitrine {

namespace {

constexpr int kScale = 9;

struct Decimal {
  bool negative = false;
  std::string digits;  // without leading zeros
  int exponent = 0;    // value = digits * 10^exponent
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<Decimal> ParseDecimal(std::string_view text) {
  Decimal decimal;
  size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) decimal.negative = text[i++] == '-';
  bool any = false;
  bool point = false;
  for (; i < text.size() && (IsDigit(text[i]) || (text[i] == '.' && !point)); ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    any = true;
    if (point) --decimal.exponent;
    if (text[i] != '0' || !decimal.digits.empty()) decimal.digits.push_back(text[i]);
  }
  if (!any) return std::nullopt;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    ++i;
    if (i < text.size() && text[i] == '+') ++i;
    int exponent = 0;
    auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (exponent < -400 || exponent > 400) return std::nullopt;
    decimal.exponent += exponent;
  }
  return decimal;
}

}  // namespace

std::string Money::ToString() const {
  uint64_t magnitude =
      nano_usd < 0 ? 0 - static_cast<uint64_t>(nano_usd) : static_cast<uint64_t>(nano_usd);
  std::string digits = std::to_string(magnitude);
  if (digits.size() <= kScale) digits.insert(0, kScale + 1 - digits.size(), '0');
  digits.insert(digits.size() - kScale, 1, '.');
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  if (nano_usd < 0) digits.insert(0, 1, '-');
  return digits;
}

std::optional<Money> Money::Parse(std::string_view text) {
  auto decimal = ParseDecimal(text);
  if (!decimal) return std::nullopt;
  if (decimal->digits.empty()) return Money{};
  int shift = decimal->exponent + kScale;  // value in nano = digits * 10^shift
  std::string digits = decimal->digits;
  bool round_up = false;
  if (shift >= 0) {
    if (digits.size() + static_cast<size_t>(shift) > 19) return std::nullopt;
    digits.append(static_cast<size_t>(shift), '0');
  } else {
    size_t drop = static_cast<size_t>(-shift);
    if (drop > digits.size()) return Money{};
    std::string dropped = digits.substr(digits.size() - drop);
    digits.erase(digits.size() - drop);
    bool tie = dropped[0] == '5' && dropped.find_first_not_of('0', 1) == std::string::npos;
    bool odd = !digits.empty() && ((digits.back() - '0') & 1) != 0;
    round_up = tie ? odd : dropped[0] >= '5';
  }
  if (digits.size() > 19) return std::nullopt;
  uint64_t magnitude = 0;
  for (char c : digits) magnitude = magnitude * 10 + static_cast<uint64_t>(c - '0');
  magnitude += round_up ? 1 : 0;
  if (magnitude > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
  auto value = static_cast<int64_t>(magnitude);
  return Money{decimal->negative ? -value : value};
}

}  // namespace vitrine
