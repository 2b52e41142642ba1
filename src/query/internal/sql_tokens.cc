#include "query/internal/sql_tokens.h"

#include <optional>

namespace vitrine::query {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

class Cutter {
 public:
  explicit Cutter(std::string_view text) : text_(text) {}

  Result<std::vector<SqlToken>> Cut() {
    while (true) {
      TRY(SkipBlank());
      if (at_ == text_.size()) break;
      TRY(CutOne());
    }
    tokens_.push_back({SqlTokenKind::kEnd, at_, at_, {}});
    return std::move(tokens_);
  }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  std::unexpected<Error> Refuse(std::string message) const {
    return Fail(ErrorCode::kInvalidInput, std::move(message), at_);
  }
  void Push(SqlTokenKind kind, size_t end, std::string name) {
    tokens_.push_back({kind, at_, end, std::move(name)});
    at_ = end;
  }

  Result<void> SkipBlank() {
    while (at_ < text_.size()) {
      if (IsBlank(Peek())) {
        ++at_;
      } else if (Peek() == '-' && Peek(1) == '-') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (Peek() == '/' && Peek(1) == '*') {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return Refuse("this comment is not closed");
        if (text_.substr(at_ + 2, end - at_ - 2).find("/*") != std::string_view::npos)
          return Refuse("comments within comments are not taken");
        at_ = end + 2;
      } else {
        return {};
      }
    }
    return {};
  }

  Result<void> CutOne() {
    const char c = Peek();
    if (IsLetter(c)) return CutWord();
    if (IsDigit(c)) return CutNumber();
    if (c == '\'') return CutString(true);
    if (c == '`' || c == '"') return CutName(c);
    if (c == '/' && Peek(1) == '/') return Refuse("'//' is not taken; comments begin with --");
    constexpr std::string_view kSymbols = "()[]{},.;:=<>!+-*/%|?@^&~";
    if (kSymbols.find(c) == std::string_view::npos) {
      return Refuse(static_cast<unsigned char>(c) >= 0x80
                        ? "a character beyond ASCII outside of a string"
                        : std::string("the character '") + (c < ' ' ? ' ' : c) +
                              "' is not taken outside of a string");
    }
    Push(SqlTokenKind::kSymbol, at_ + 1, std::string(1, c));
    return {};
  }

  Result<void> CutWord() {
    size_t end = at_;
    while (end < text_.size() && (IsLetter(text_[end]) || IsDigit(text_[end]))) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    const bool prefix = word.size() == 1 && std::string_view("xXbB").find(word) != word.npos;
    if (prefix && end < text_.size() && text_[end] == '\'') {
      at_ = end;
      return CutString(false);
    }
    Push(SqlTokenKind::kWord, end, std::string(word));
    return {};
  }

  Result<void> CutNumber() {
    size_t end = at_;
    const bool based = Peek() == '0' && (Upper(Peek(1)) == 'X' || Upper(Peek(1)) == 'B');
    if (based) end += 2;
    const auto digit = [&](char c) {
      return IsDigit(c) || c == '_' || (based && Upper(c) >= 'A' && Upper(c) <= 'F');
    };
    while (end < text_.size() && (digit(text_[end]) || text_[end] == '.')) ++end;
    if (end < text_.size() && (Upper(text_[end]) == 'E' || (based && Upper(text_[end]) == 'P'))) {
      ++end;
      if (end < text_.size() && (text_[end] == '+' || text_[end] == '-')) ++end;
      while (end < text_.size() && IsDigit(text_[end])) ++end;
    }
    if (end < text_.size() && IsLetter(text_[end])) return Refuse("this number runs into a word");
    Push(SqlTokenKind::kNumber, end, {});
    return {};
  }

  /// '' stands for a quote; a backslash takes the next byte with it, where escapes hold.
  Result<void> CutString(bool escapes) {
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (escapes && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '\'') {
        if (escapes && i + 1 < text_.size() && text_[i + 1] == '\'') {
          ++i;
          continue;
        }
        Push(SqlTokenKind::kString, i + 1, {});
        return {};
      }
    }
    return Refuse("this string is not closed");
  }

  Result<void> CutName(char quote) {
    std::string name;
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\') return Refuse("a backslash in a quoted name");
      if (text_[i] == quote) {
        if (i + 1 == text_.size() || text_[i + 1] != quote) {
          if (name.empty()) return Refuse("an empty quoted name");
          Push(SqlTokenKind::kQuotedName, i + 1, std::move(name));
          return {};
        }
        ++i;
      }
      name += text_[i];
    }
    return Refuse("this quoted name is not closed");
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<SqlToken> tokens_;
};

}  // namespace

bool SqlToken::Is(std::string_view upper) const {
  if (kind != SqlTokenKind::kWord || name.size() != upper.size()) return false;
  for (size_t i = 0; i < upper.size(); ++i) {
    if (Upper(name[i]) != upper[i]) return false;
  }
  return true;
}

Result<std::vector<SqlToken>> CutSql(std::string_view text) { return Cutter(text).Cut(); }

}  // namespace vitrine::query
