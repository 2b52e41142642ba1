#include "query/filter/value_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/money.h"
#include "base/time.h"

namespace vitrine::query {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

struct TimeUnit {
  std::string_view name;
  int64_t ns;
};

constexpr TimeUnit kUnits[] = {
    {"d", kNanosPerDay},      {"h", 3'600 * kNanosPerSecond},
    {"m", 60 * kNanosPerSecond}, {"s", kNanosPerSecond},
    {"ms", 1'000'000},        {"us", 1'000},
    {"ns", 1},
};

/// "12.5": whole and billionths, at most nine digits after the point.
struct Decimal {
  int64_t whole = 0, billionths = 0;
};

/// Takes a decimal off the front of the text.
std::optional<Decimal> TakeDecimal(std::string_view& text) {
  Decimal decimal;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), decimal.whole);
  if (error != std::errc() || !IsDigit(text.front())) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text.empty() || text[0] != '.') return decimal;
  text.remove_prefix(1);
  if (text.empty() || !IsDigit(text[0])) return std::nullopt;
  int64_t place = 100'000'000;
  for (; !text.empty() && IsDigit(text[0]); text.remove_prefix(1), place /= 10)
    decimal.billionths += (text[0] - '0') * place;
  return decimal;
}

/// True for a text that needs no quotes as (part of) a value.
bool IsPlain(std::string_view text) {
  constexpr std::string_view kMore = "_-./:@+%#~,;&?!|^$'";
  return std::ranges::all_of(text, [&](char c) {
    return IsDigit(c) || IsLetter(c) || static_cast<unsigned char>(c) >= 0x80 ||
           kMore.find(c) != std::string_view::npos;
  });
}

/// The texts and stars of a pattern. A value that could be taken for a number is quoted where
/// numbers are values too.
std::string PatternText(FieldType type, const FilterValue& value) {
  const bool is_loose = type == FieldType::kScore || type == FieldType::kAttribute;
  std::string text;
  for (size_t i = 0; i < value.pieces.size(); ++i) {
    const std::string& piece = value.pieces[i];
    if (i > 0) text += '*';
    const bool is_plain = IsPlain(piece) && !(is_loose && piece.find("..") != piece.npos) &&
                          !(type == FieldType::kScore && !value.has_star() && ParseNumber(piece));
    text += is_plain ? piece : Quoted(piece);
  }
  return text.empty() ? Quoted("") : text;
}

}  // namespace

std::optional<double> ParseNumber(std::string_view text) {
  std::string digits(text);
  const char suffix = digits.empty() ? '\0' : digits.back();
  const char* const exponent = suffix == 'k' || suffix == 'K' ? "e3"
                               : suffix == 'M'                ? "e6"
                               : suffix == 'G'                ? "e9"
                                                              : "";
  if (*exponent != '\0') {
    digits.pop_back();
    if (digits.find_first_of("eE") != std::string::npos) return std::nullopt;
    digits += exponent;
  }
  const size_t first = digits.starts_with('-') ? 1 : 0;
  if (first >= digits.size() || !IsDigit(digits[first])) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number == 0 ? 0.0 : number;  // There is no minus zero.
}

std::string NumberText(double number) {
  char digits[400];
  constexpr double kWholeMax = 1e15;  // Beyond it, whole numbers are shorter with an exponent.
  const bool is_whole = std::abs(number) < kWholeMax && number == std::trunc(number);
  const auto end = is_whole
                       ? std::to_chars(digits, std::end(digits), static_cast<int64_t>(number)).ptr
                       : std::to_chars(digits, std::end(digits), number).ptr;
  return {digits, end};
}

std::optional<int64_t> ParseDuration(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  int64_t sum = 0;
  while (!text.empty()) {
    const auto decimal = TakeDecimal(text);
    if (!decimal) return std::nullopt;
    size_t length = 0;
    while (length < text.size() && !IsDigit(text[length])) ++length;
    const auto unit = std::ranges::find(kUnits, text.substr(0, length), &TimeUnit::name);
    if (unit == std::end(kUnits)) return std::nullopt;
    text.remove_prefix(length);
    int64_t ns = 0;
    // A fraction of a nanosecond is cut.
    const auto fraction =
        static_cast<int64_t>(static_cast<__int128>(decimal->billionths) * unit->ns / 1'000'000'000);
    if (__builtin_mul_overflow(decimal->whole, unit->ns, &ns) ||
        __builtin_add_overflow(ns, fraction, &ns) || __builtin_add_overflow(sum, ns, &sum)) {
      return std::nullopt;
    }
  }
  return sum;
}

std::string DurationText(int64_t ns) {
  if (ns == 0) return "0s";
  std::string text;
  for (const TimeUnit& unit : kUnits) {
    if (ns < unit.ns) continue;
    text += std::to_string(ns / unit.ns);
    text += unit.name;
    ns %= unit.ns;
  }
  return text;
}

std::optional<FilterValue> ParseTimeValue(std::string_view text) {
  constexpr size_t kDayLength = 10;  // 2026-11-20
  FilterValue value;
  value.kind = FilterValue::Kind::kTime;
  const bool is_day = text.size() == kDayLength;
  const auto time = ParseRfc3339(is_day ? std::string(text) + "T00:00:00Z" : std::string(text));
  if (!time) return std::nullopt;
  value.whole = time->since_epoch;
  if (__builtin_add_overflow(value.whole, is_day ? kNanosPerDay : 1, &value.until))
    return std::nullopt;
  return value;
}

std::string TimeValueText(const FilterValue& value) {
  const std::string text = FormatRfc3339(Nanos{value.whole});
  if (value.until - value.whole == kNanosPerDay) return text.substr(0, 10);
  // "2026-11-20T10:00:00.500000000Z" without the zeros that say nothing.
  std::string shorter = text.substr(0, text.size() - 1);
  while (shorter.ends_with('0')) shorter.pop_back();
  if (shorter.ends_with('.')) shorter.pop_back();
  constexpr size_t kSecondsLength = 19;
  if (shorter.size() < kSecondsLength) shorter = text.substr(0, kSecondsLength);
  return shorter + "Z";
}

std::optional<FilterValue> ParseTyped(FieldType type, std::string_view text) {
  FilterValue value;
  switch (type) {
    case FieldType::kNumber:
    case FieldType::kScore:
    case FieldType::kAttribute: {
      const auto number = ParseNumber(text);
      if (!number) return std::nullopt;
      value.kind = FilterValue::Kind::kNumber;
      value.number = *number;
      return value;
    }
    case FieldType::kDuration: {
      const auto ns = ParseDuration(text);
      if (!ns) return std::nullopt;
      value.kind = FilterValue::Kind::kWhole;
      value.whole = *ns;
      return value;
    }
    case FieldType::kMoney: {
      if (text.starts_with('$')) text.remove_prefix(1);
      const auto money = Money::Parse(text);
      if (!money) return std::nullopt;
      value.kind = FilterValue::Kind::kWhole;
      value.whole = money->nano_usd;
      return value;
    }
    case FieldType::kBool:
      if (text != "true" && text != "false") return std::nullopt;
      value.kind = FilterValue::Kind::kWhole;
      value.whole = text == "true" ? 1 : 0;
      return value;
    case FieldType::kTime: return ParseTimeValue(text);
    case FieldType::kText:
    case FieldType::kEnum:
    case FieldType::kId:
    case FieldType::kHas: return std::nullopt;
  }
  return std::nullopt;
}

std::string_view TypeHint(FieldType type) {
  switch (type) {
    case FieldType::kNumber: return "a number like 3, 0.5 or 1.5k";
    case FieldType::kDuration: return "a duration like 5s, 250ms or 1m30s";
    case FieldType::kMoney: return "US dollars like 0.05 or $1.20";
    case FieldType::kBool: return "true or false";
    case FieldType::kTime: return "a day like 2026-11-20, or a time like 2026-11-20T09:30:00Z";
    case FieldType::kScore:
    case FieldType::kAttribute: return "a number where it is compared";
    case FieldType::kId: return "hexadecimal digits";
    case FieldType::kText:
    case FieldType::kEnum:
    case FieldType::kHas: return "a text";
  }
  return {};
}

bool IsOrdered(FieldType type) {
  switch (type) {
    case FieldType::kNumber:
    case FieldType::kDuration:
    case FieldType::kMoney:
    case FieldType::kTime:
    case FieldType::kScore:
    case FieldType::kAttribute: return true;
    case FieldType::kText:
    case FieldType::kEnum:
    case FieldType::kId:
    case FieldType::kBool:
    case FieldType::kHas: return false;
  }
  return false;
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string ValueText(FieldType type, const FilterValue& value) {
  switch (value.kind) {
    case FilterValue::Kind::kPattern: return PatternText(type, value);
    case FilterValue::Kind::kNumber: return NumberText(value.number);
    case FilterValue::Kind::kTime: return TimeValueText(value);
    case FilterValue::Kind::kWhole: break;
  }
  if (type == FieldType::kDuration) return DurationText(value.whole);
  if (type == FieldType::kMoney) return Money{value.whole}.ToString();
  return value.whole != 0 ? "true" : "false";
}

}  // namespace vitrine::query
