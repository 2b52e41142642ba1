#include "codecs/dialects/internal/readers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace vitrine::codecs::dialects {

namespace {

using model::Value;
using model::ValueType;

std::optional<int64_t> WholeNumber(double number) {
  // 2^63 is exact as a double; anything at or above it does not fit.
  if (!std::isfinite(number) || std::trunc(number) != number || std::abs(number) >= 0x1p63) {
    return std::nullopt;
  }
  return static_cast<int64_t>(number);
}

std::string_view Unquote(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

std::optional<double> ParseDouble(std::string_view text) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Drops repetitions and keeps the order.
void KeepFirstOfEach(std::vector<std::string_view>& texts) {
  if (texts.size() < 2) return;
  std::vector<size_t> order(texts.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](size_t a, size_t b) {
    return texts[a] < texts[b] || (texts[a] == texts[b] && a < b);
  });
  std::vector<size_t> kept;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || texts[order[i]] != texts[order[i - 1]]) kept.push_back(order[i]);
  }
  std::ranges::sort(kept);
  for (size_t i = 0; i < kept.size(); ++i) texts[i] = texts[kept[i]];
  texts.resize(kept.size());
}

}  // namespace

std::optional<int64_t> ReadInt(const Value& value) {
  switch (value.type) {
    case ValueType::kInt: return value.integer;
    case ValueType::kDouble: return WholeNumber(value.number);
    case ValueType::kString: {
      std::string_view text = Trim(Unquote(value.text));
      int64_t number = 0;
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error == std::errc() && end == text.data() + text.size()) return number;
      if (auto real = ParseDouble(text)) return WholeNumber(*real);
      return std::nullopt;
    }
    default: return std::nullopt;
  }
}

std::optional<uint64_t> ReadCount(const Value& value) {
  auto number = ReadInt(value);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<uint64_t>(*number);
}

std::optional<double> ReadDouble(const Value& value) {
  std::optional<double> number;
  if (value.type == ValueType::kInt) number = static_cast<double>(value.integer);
  if (value.type == ValueType::kDouble) number = value.number;
  if (value.type == ValueType::kString) number = ParseDouble(Trim(Unquote(value.text)));
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<bool> ReadBool(const Value& value) {
  if (value.type == ValueType::kBool) return value.boolean;
  if (value.type == ValueType::kInt) return value.integer != 0;
  if (value.type != ValueType::kString) return std::nullopt;
  std::string_view text = Trim(Unquote(value.text));
  if (EqualsIgnoreCase(text, "true") || text == "1") return true;
  if (EqualsIgnoreCase(text, "false") || text == "0") return false;
  return std::nullopt;
}

std::optional<Money> ReadMoney(const Value& value) {
  if (value.type == ValueType::kString) return Money::Parse(Trim(Unquote(value.text)));
  if (value.type == ValueType::kInt) {
    char digits[24];
    auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value.integer);
    return Money::Parse({digits, end});
  }
  if (value.type == ValueType::kDouble && std::isfinite(value.number)) {
    // The shortest decimal that reads back as the double is what the sender meant.
    char digits[40];
    auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value.number);
    return Money::Parse({digits, end});
  }
  return std::nullopt;
}

std::optional<Money> ReadMoney(syntax::JsonValue value) {
  if (value.is_number()) return Money::Parse(value.raw());
  if (value.is_string()) return Money::Parse(Trim(value.text()));
  return std::nullopt;
}

std::optional<int64_t> ReadDuration(const Value& value, Unit unit) {
  auto number = ReadDouble(value);
  if (!number || *number < 0) return std::nullopt;
  double scale = unit == Unit::kSeconds ? 1e9 : unit == Unit::kMilliseconds ? 1e6 : 1;
  double nanos = std::round(*number * scale);
  if (nanos >= 0x1p63) return std::nullopt;
  return static_cast<int64_t>(nanos);
}

std::optional<Nanos> ReadTime(const Value& value) {
  if (value.type == ValueType::kString) {
    if (auto time = ParseRfc3339(Trim(Unquote(value.text)))) return time;
  }
  auto number = ReadInt(value);
  if (!number || *number <= 0) return std::nullopt;
  // Today is 1.8e9 s, 1.8e12 ms, 1.8e15 us and 1.8e18 ns: the size tells the unit.
  int64_t scale = *number < 100'000'000'000           ? 1'000'000'000
                  : *number < 100'000'000'000'000     ? 1'000'000
                  : *number < 100'000'000'000'000'000 ? 1'000
                                                      : 1;
  int64_t nanos = 0;
  // Nobody's call happened behind the year 2262, where nanoseconds end.
  if (__builtin_mul_overflow(*number, scale, &nanos)) return std::nullopt;
  return Nanos{nanos};
}

bool IsNothing(const Value& value) {
  switch (value.type) {
    case ValueType::kNull: return true;
    case ValueType::kString:
    case ValueType::kJson:
    case ValueType::kBytes: return value.text.empty();
    default: return false;
  }
}

bool IsPlaceholder(std::string_view text) {
  return text == "{}" || text == "N/A" || text == "<not specified>" ||
         text == "<not serializable>" || text == "<not_serializable>";
}

bool SameValue(const Value& left, const Value& right) {
  if (left.type == right.type) {
    switch (left.type) {
      case ValueType::kInt: return left.integer == right.integer;
      case ValueType::kDouble: return left.number == right.number;
      case ValueType::kBool: return left.boolean == right.boolean;
      default: return left.text == right.text;
    }
  }
  auto left_number = ReadDouble(left);
  return left_number && left_number == ReadDouble(right);
}

void AppendTags(const Value& value, Arena& arena, std::vector<std::string_view>& tags) {
  struct Finally {  // Whatever form the tags came in, each is kept once.
    std::vector<std::string_view>& tags;
    ~Finally() { KeepFirstOfEach(tags); }
  } finally{tags};
  auto add = [&tags](std::string_view tag) {
    tag = Trim(tag);
    if (!tag.empty()) tags.push_back(tag);
  };
  if (value.type != ValueType::kString && value.type != ValueType::kJson) {
    add(ReadText(value, arena));
    return;
  }
  std::string_view text = Trim(value.text);
  if (text.starts_with('[')) {
    syntax::JsonDocument document;
    if (document.Parse(text, arena) == syntax::JsonStatus::kOk) {
      for (syntax::JsonValue tag : document.root().Elements()) {
        add(tag.is_string() ? tag.text() : tag.raw());
      }
      return;
    }
  }
  if (value.type == ValueType::kJson) {
    add(text);
    return;
  }
  while (!text.empty()) {
    size_t comma = text.find(',');
    add(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace vitrine::codecs::dialects
