#include "syntax/json/json_escapes.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace vitrine::syntax {

namespace {

constexpr uint32_t kHighSurrogate = 0xD800, kLowSurrogate = 0xDC00, kSurrogateEnd = 0xE000;
constexpr uint32_t kSupplementary = 0x10000;
constexpr uint32_t kLineSeparator = 0x2028, kParagraphSeparator = 0x2029;
constexpr size_t kHexEscapeSize = 6;  // \uXXXX

std::optional<uint32_t> HexEscapeAt(std::string_view text, size_t at) {
  if (text.size() < at + kHexEscapeSize || text[at] != '\\' || text[at + 1] != 'u') return {};
  uint32_t value = 0;
  for (const char c : text.substr(at + 2, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      value = value * 16 + static_cast<uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value * 16 + static_cast<uint32_t>(lower - 'a') + 10;
    } else {
      return {};
    }
  }
  return value;
}

void AppendUtf8(std::string& out, uint32_t code) {
  const auto put = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < kSupplementary) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

struct Character {
  uint32_t code = 0;
  size_t size = 0;  ///< 0: not UTF-8.
};

/// The character of two to four bytes at the head of `text`; halves of surrogate pairs included.
Character CharacterAt(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[i])); };
  const size_t size = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : byte(0) >= 0xC2 ? 2 : 0;
  if (size == 0 || byte(0) > 0xF4 || text.size() < size) return {};
  uint32_t code = byte(0) & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3F);
  }
  const uint32_t least = size == 4 ? kSupplementary : size == 3 ? 0x800 : 0x80;
  return code < least || code > 0x10FFFF ? Character{} : Character{code, size};
}

bool IsSurrogate(uint32_t code) { return code >= kHighSurrogate && code < kSurrogateEnd; }

/// The bits that say that this character stood there as \uXXXX.
JsonEscapeStyle StyleOf(uint32_t code, std::string_view digits) {
  JsonEscapeStyle style = 0;
  for (const char c : digits) {
    if (c >= 'A' && c <= 'F') style |= kEscapeUpperHex;
  }
  switch (code) {
    case '<':
    case '>': return style | kEscapeAngles;
    case '&': return style | kEscapeAmpersand;
    case '\b':
    case '\f': return style | kEscapeBreaksAsHex;
    case 0x7F: return style | kEscapeDelete;
    case '\'': return style | kEscapeApostrophe;
    case '"': return style | kEscapeQuoteAsHex;
    case '+': return style | kEscapePlus;
    case '=': return style | kEscapeEquals;
    case '`': return style | kEscapeBacktick;
    case kLineSeparator:
    case kParagraphSeparator: return style | kEscapeLineSeparator;
    default: return code >= 0x80 && !IsSurrogate(code) ? style | kEscapeNonAscii : style;
  }
}

/// The character of a short escape; nothing for other letters.
std::optional<char> ShortEscape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/': return letter;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return {};
  }
}

void AppendHexEscape(std::string& out, uint32_t unit, JsonEscapeStyle style) {
  const char* digits = (style & kEscapeUpperHex) != 0 ? "0123456789ABCDEF" : "0123456789abcdef";
  out.append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(digits[unit >> shift & 15]);
}

/// The bit that makes this byte be written as \u00XX, or 0. Control characters have their own rule.
constexpr std::array<JsonEscapeStyle, 128> kHexBits = [] {
  std::array<JsonEscapeStyle, 128> bits{};
  bits['<'] = bits['>'] = kEscapeAngles;
  bits['&'] = kEscapeAmpersand;
  bits['\b'] = bits['\f'] = kEscapeBreaksAsHex;
  bits[0x7F] = kEscapeDelete;
  bits['\''] = kEscapeApostrophe;
  bits['"'] = kEscapeQuoteAsHex;
  bits['+'] = kEscapePlus;
  bits['='] = kEscapeEquals;
  bits['`'] = kEscapeBacktick;
  return bits;
}();

void AppendEscapedAscii(std::string& out, char c, JsonEscapeStyle style) {
  const auto byte = static_cast<uint8_t>(c);
  if ((kHexBits[byte] & style) != 0) return AppendHexEscape(out, byte, style);
  switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\b': out.append("\\b"); return;
    case '\f': out.append("\\f"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    case '/': out.append((style & kEscapeSlash) != 0 ? "\\/" : "/"); return;
    default: break;
  }
  if (byte < 0x20) return AppendHexEscape(out, byte, style);
  out.push_back(c);
}

/// Where two halves that would be one character stand at the head of `text`, their bytes: had they
/// been escapes, the text would have that character. Otherwise 0.
size_t PairOfHalvesSize(std::string_view text, const Character& first) {
  if (first.code < kHighSurrogate || first.code >= kLowSurrogate) return 0;
  if (text.size() == first.size || static_cast<uint8_t>(text[first.size]) < 0x80) return 0;
  const Character second = CharacterAt(text.substr(first.size));
  const bool is_low = second.code >= kLowSurrogate && second.code < kSurrogateEnd;
  return is_low ? first.size + second.size : 0;
}

/// True for characters of several bytes that this style writes as \uXXXX.
bool IsEscaped(uint32_t code, JsonEscapeStyle style) {
  if (IsSurrogate(code) || (style & kEscapeNonAscii) != 0) return true;
  const bool is_separator = code == kLineSeparator || code == kParagraphSeparator;
  return is_separator && (style & kEscapeLineSeparator) != 0;
}

}  // namespace

JsonEscapeStyle UnescapeJson(std::string_view inside, std::string& text) {
  JsonEscapeStyle style = 0;
  for (size_t at = 0; at < inside.size();) {
    const size_t backslash = std::min(inside.find('\\', at), inside.size());
    text.append(inside.substr(at, backslash - at));
    at = backslash;
    if (at == inside.size()) break;
    if (const auto unit = HexEscapeAt(inside, at)) {
      uint32_t code = *unit;
      size_t size = kHexEscapeSize;
      const auto low = HexEscapeAt(inside, at + size);
      const bool is_pair = code >= kHighSurrogate && code < kLowSurrogate && low &&
                           *low >= kLowSurrogate && *low < kSurrogateEnd;
      if (is_pair) {
        code = kSupplementary + ((code - kHighSurrogate) << 10) + (*low - kLowSurrogate);
        size += kHexEscapeSize;
      }
      style |= StyleOf(code, inside.substr(at, size));
      AppendUtf8(text, code);
      at += size;
      continue;
    }
    const auto known = at + 1 < inside.size() ? ShortEscape(inside[at + 1]) : std::nullopt;
    if (known == '/') style |= kEscapeSlash;
    text.push_back(known.value_or('\\'));
    at += known ? 2 : 1;
  }
  return style;
}

void AppendJsonEscaped(std::string& out, std::string_view text, JsonEscapeStyle style) {
  for (size_t at = 0; at < text.size();) {
    if (static_cast<uint8_t>(text[at]) < 0x80) {
      AppendEscapedAscii(out, text[at++], style);
      continue;
    }
    const Character character = CharacterAt(text.substr(at));
    if (character.size == 0) {
      out.push_back(text[at++]);
      continue;
    }
    if (const size_t size = PairOfHalvesSize(text.substr(at), character)) {
      out.append(text.substr(at, size));
      at += size;
      continue;
    }
    if (!IsEscaped(character.code, style)) {
      out.append(text.substr(at, character.size));
    } else if (character.code < kSupplementary) {
      AppendHexEscape(out, character.code, style);
    } else {
      const uint32_t offset = character.code - kSupplementary;
      AppendHexEscape(out, kHighSurrogate + (offset >> 10), style);
      AppendHexEscape(out, kLowSurrogate + (offset & 0x3FF), style);
    }
    at += character.size;
  }
}

}  // namespace vitrine::syntax
