#include "codecs/content/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace vitrine::codecs {

namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

std::string_view Trim(std::string_view text) {
  auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool EqualsIgnoreCase(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) { return Lower(a) == Lower(b); });
}

bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

bool ContainsIgnoreCase(std::string_view text, std::string_view lower_case_part) {
  auto found =
      std::ranges::search(text, lower_case_part, [](char a, char b) { return Lower(a) == b; });
  return !found.empty() || lower_case_part.empty();
}

std::string_view CutAtCharacter(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  // Bytes 10xxxxxx continue a character.
  while (bytes_max > 0 && (static_cast<uint8_t>(text[bytes_max]) & 0xC0) == 0x80) --bytes_max;
  return text.substr(0, bytes_max);
}

std::string_view ReadText(const model::Value& value, Arena& arena) {
  char digits[40];
  switch (value.type) {
    case model::ValueType::kString:
    case model::ValueType::kJson: return value.text;
    case model::ValueType::kBool: return value.boolean ? "true" : "false";
    case model::ValueType::kInt: {
      auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value.integer);
      return arena.Copy({digits, end});
    }
    case model::ValueType::kDouble: {
      auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value.number);
      return arena.Copy({digits, end});
    }
    default: return {};
  }
}

}  // namespace vitrine::codecs
