#include "syntax/json/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "syntax/json/internal/json_scan.h"
#include "syntax/json/utf8.h"

namespace vitrine::syntax {

namespace {

/// The letter behind the backslash for what has a short escape; 0 for the other control characters.
constexpr std::array<char, 128> kShortEscapes = [] {
  std::array<char, 128> table{};
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  return table;
}();

/// Writes the escape of one byte to `to`; returns what is behind it.
char* WriteEscape(char c, char* to) {
  constexpr char kDigits[] = "0123456789abcdef";
  *to++ = '\\';
  if (char letter = kShortEscapes[static_cast<uint8_t>(c)]; letter != 0) {
    *to++ = letter;
    return to;
  }
  std::memcpy(to, "u00", 3);
  to[3] = kDigits[static_cast<uint8_t>(c) >> 4];
  to[4] = kDigits[c & 15];
  return to + 5;
}

/// Appends a short piece of text, escaped.
void AppendEscaped(std::string& out, std::string_view piece) {
  // Every byte may take six; the slack is for whole-register stores.
  constexpr size_t kEscapeSizeMax = 6, kStoreSlack = 16;
  size_t old_size = out.size();
  out.resize_and_overwrite(old_size + piece.size() * kEscapeSizeMax + kStoreSlack,
                           [&](char* data, size_t) {
                             char* to = data + old_size;
                             const char* from = piece.data();
                             const char* const end = from + piece.size();
                             while (true) {
                               const char* special = internal::CopyToStringSpecial(from, end, to);
                               to += special - from;
                               if (special == end) break;
                               to = WriteEscape(*special, to);
                               from = special + 1;
                             }
                             return static_cast<size_t>(to - data);
                           });
}

template <typename T>
void AppendNumber(std::string& out, T value) {
  char digits[32];  // The longest double in shortest form takes 24.
  auto [end, status] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  std::string repaired;
  if (!Utf8IsValid(text)) [[unlikely]] {
    AppendUtf8Repaired(repaired, text);
    text = repaired;
  }
  out.push_back('"');
  // In pieces, so that the room for escapes stays small.
  constexpr size_t kPieceSize = 1024;
  for (size_t at = 0; at < text.size(); at += kPieceSize)
    AppendEscaped(out, text.substr(at, kPieceSize));
  out.push_back('"');
}

void AppendJsonInt(std::string& out, int64_t value) { AppendNumber(out, value); }
void AppendJsonUint(std::string& out, uint64_t value) { AppendNumber(out, value); }

void AppendJsonDouble(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out.append("null");
    return;
  }
  AppendNumber(out, value);
}

}  // namespace vitrine::syntax
