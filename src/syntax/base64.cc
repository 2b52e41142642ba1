#include "syntax/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace vitrine::syntax {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kBad = 0xFF;
constexpr uint8_t kSkip = 0xFE;

constexpr std::array<uint8_t, 256> MakeValues() {
  std::array<uint8_t, 256> values{};
  values.fill(kBad);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  values['-'] = 62;
  values['_'] = 63;
  values['\r'] = values['\n'] = kSkip;
  return values;
}

constexpr std::array<uint8_t, 256> kValues = MakeValues();

}  // namespace

std::string Base64Encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0u);
    }
    for (size_t k = 0; k < 4; ++k) {
      text.push_back(k <= count ? kAlphabet[group >> (18 - 6 * k) & 63] : '=');
    }
  }
  return text;
}

bool Base64Decode(std::string_view text, std::string& bytes) {
  while (!text.empty() && (text.back() == '=' || text.back() == '\n' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  bytes.clear();
  bytes.reserve(text.size() / 4 * 3 + 3);
  uint32_t group = 0;
  size_t count = 0;
  for (char c : text) {
    uint8_t value = kValues[static_cast<uint8_t>(c)];
    if (value == kSkip) continue;
    if (value == kBad) return false;
    group = group << 6 | value;
    if (++count == 4) {
      bytes.push_back(static_cast<char>(group >> 16));
      bytes.push_back(static_cast<char>(group >> 8));
      bytes.push_back(static_cast<char>(group));
      count = 0;
      group = 0;
    }
  }
  if (count == 1) return false;
  if (count >= 2) bytes.push_back(static_cast<char>(group >> (count == 2 ? 4 : 10)));
  if (count == 3) bytes.push_back(static_cast<char>(group >> 2));
  return true;
}

std::optional<std::string> Base64Decode(std::string_view text) {
  std::string bytes;
  if (!Base64Decode(text, bytes)) return std::nullopt;
  return bytes;
}

}  // namespace vitrine::syntax
