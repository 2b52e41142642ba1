// The only file that sees toml++, which is slow to compile.
#include "syntax/toml/toml_text.h"

#include <algorithm>
#include <sstream>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
// toml++ 3.3 asserts, and without assertions has the compiler assume, that a table's header has a
// key, before it looks for one and finds the mistake. So its assertions neither stop nor promise.
#include <toml++/impl/preprocessor.h>
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT_ASSUME(expression) static_assert(true)
#include <toml++/toml.h>

namespace vitrine::syntax {

namespace {

/// Passes over one string, from its opening quote; returns where it ends. A single-line string ends
/// at the line's end at the latest.
size_t StringEnd(std::string_view text, size_t at) {
  char quote = text[at];
  std::string_view triple = quote == '"' ? R"(""")" : "'''";
  bool multiline = text.substr(at).starts_with(triple);
  for (at += multiline ? 3 : 1; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (multiline ? text.substr(at).starts_with(triple)
                         : text[at] == quote || text[at] == '\n') {
      return std::min(at + (multiline ? 3 : 1), text.size());
    }
  }
  return text.size();
}

/// The code point at the start of `text` and its length; length 0 where it is not UTF-8.
std::pair<uint32_t, size_t> Decode(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(0);
  size_t size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead >= 0xf8 || (lead >= 0x80 && lead < 0xc0) || text.size() < size) return {0, 0};
  uint32_t point = size == 1 ? lead : lead & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    point = point << 6 | (byte(i) & 0x3fu);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  bool valid = point >= kSmallest[size] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  return valid ? std::pair(point, size) : std::pair(0u, size_t{0});
}

/// One string or comment with everything beyond ASCII escaped; false where that is not possible.
bool AppendAscii(std::string_view piece, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  bool after_backslash = false;  // Where an escape of ours would become the backslash's.
  for (size_t at = 0; at < piece.size();) {
    auto [point, size] = Decode(piece.substr(at));
    if (size == 0) return false;
    bool escapes = piece[at] == '\\' && !after_backslash;
    if (size == 1) {
      out.push_back(piece[at]);
    } else if (piece[0] == '"' && !after_backslash) {
      out += "\\U";
      for (int shift = 28; shift >= 0; shift -= 4) out.push_back(kHex[(point >> shift) & 15]);
    } else if (piece[0] != '#') {
      return false;  // A literal string has no escapes, and TOML has no such bare letters.
    }
    after_backslash = escapes;
    at += size;
  }
  return true;
}

/// The same document in ASCII. toml++ 3.3 has undefined behaviour on some letters beyond it, even
/// on the way to an error, so it never gets to see one.
Result<std::string> AsciiToml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    if (text[at] == '"' || text[at] == '\'') end = StringEnd(text, at);
    if (text[at] == '#') end = std::min(text.find('\n', at), text.size());
    if (!AppendAscii(text.substr(at, end - at), out)) {
      auto line = std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n') + 1;
      return Fail(
          ErrorCode::kInvalidInput,
          "line " + std::to_string(line) + ": letters beyond ASCII must be UTF-8 in double quotes",
          at);
    }
    at = end;
  }
  return out;
}

}  // namespace

Result<std::string> TomlToJson(std::string_view text) {
  if (text.size() > kTomlBytesMax)
    return Fail(ErrorCode::kLimitExceeded, "the TOML text is larger than 4 MiB");
  TRY_ASSIGN(const std::string ascii, AsciiToml(text));
  const toml::parse_result parsed = toml::parse(ascii);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Fail(ErrorCode::kInvalidInput, "line " + std::to_string(error.source().begin.line) +
                                              ", column " +
                                              std::to_string(error.source().begin.column) + ": " +
                                              std::string(error.description()));
  }
  std::ostringstream json;
  json << toml::json_formatter(parsed.table());
  return std::move(json).str();
}

}  // namespace vitrine::syntax
