#include "syntax/json/json_writer.h"

#include <charconv>
#include <cmath>

#include "syntax/json/json_scan.h"
#include "syntax/json/utf8.h"

namespace vitrine::syntax {

namespace {

void AppendEscape(std::string& out, char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\b': out.append("\\b"); return;
    case '\f': out.append("\\f"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    default: break;
  }
  out.append("\\u00").append(1, kDigits[static_cast<uint8_t>(c) >> 4]);
  out.append(1, kDigits[c & 15]);
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
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const char* special = internal::FindStringSpecial(at, end);
    out.append(at, special);
    if (special == end) break;
    AppendEscape(out, *special);
    at = special + 1;
  }
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
