#include "codecs/dialects/internal/python_repr.h"

#include <string>

#include "codecs/dialects/internal/readers.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs::dialects {

namespace {

bool IsWordChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '+' || c == '-';
}

/// Appends the JSON form of a quoted Python string; false where it does not end or escapes as JSON
/// cannot.
bool TranslateString(std::string_view text, size_t& at, std::string& out) {
  char quote = text[at++];
  std::string value;
  while (at < text.size() && text[at] != quote) {
    if (text[at] != '\\') {
      value.push_back(text[at++]);
      continue;
    }
    if (at + 1 == text.size()) return false;
    switch (text[at + 1]) {
      case 'n': value.push_back('\n'); break;
      case 't': value.push_back('\t'); break;
      case 'r': value.push_back('\r'); break;
      case '\\':
      case '\'':
      case '"': value.push_back(text[at + 1]); break;
      default: return false;  // \x and \u stand for what Python could not print.
    }
    at += 2;
  }
  if (at == text.size()) return false;
  ++at;
  syntax::AppendJsonString(out, value);
  return true;
}

/// True, False, None and numbers; false for names and calls.
bool TranslateWord(std::string_view word, std::string& out) {
  if (word == "True") {
    out.append("true");
  } else if (word == "False") {
    out.append("false");
  } else if (word == "None") {
    out.append("null");
  } else if (word.front() == '-' || (word.front() >= '0' && word.front() <= '9')) {
    out.append(word);
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::optional<std::string_view> JsonFromPythonRepr(std::string_view text, Arena& arena) {
  text = Trim(text);
  if (!text.starts_with('{') && !text.starts_with('[')) return std::nullopt;
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    char c = text[at];
    if (c == '\'' || c == '"') {
      if (!TranslateString(text, at, out)) return std::nullopt;
    } else if (IsWordChar(c)) {
      size_t end = at;
      while (end < text.size() && IsWordChar(text[end])) ++end;
      if (!TranslateWord(text.substr(at, end - at), out)) return std::nullopt;
      at = end;
    } else if (c == '(' || c == ')') {  // Tuples.
      out.push_back(c == '(' ? '[' : ']');
      ++at;
    } else {
      out.push_back(c);
      ++at;
    }
  }
  // The grammar between the words is JSON's own; its parser says whether it held.
  syntax::JsonDocument document;
  if (document.Parse(out, arena) != syntax::JsonStatus::kOk) return std::nullopt;
  return arena.Copy(out);
}

}  // namespace vitrine::codecs::dialects
