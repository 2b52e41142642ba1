#include "engine/internal/sql_text.h"

#include <algorithm>
#include <array>
#include <vector>

namespace vitrine::engine {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c) || c == '$'; }
char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

std::string UpperText(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), Upper);
  return upper;
}

/// Words after which "format" is a column and not the keyword.
constexpr std::array<std::string_view, 30> kOperandExpected = {
    "BY",       "AS",   "SELECT",   "WHERE",   "AND",    "OR",    "NOT",    "ON",
    "IN",       "LIKE", "ILIKE",    "BETWEEN", "HAVING", "LIMIT", "OFFSET", "USING",
    "FROM",     "JOIN", "DISTINCT", "WITH",    "CASE",   "WHEN",  "THEN",   "ELSE",
    "INTERVAL", "IS",   "PREWHERE", "QUALIFY", "TO",     "SET"};
/// Words that may follow a column called "format" at the end of a statement.
constexpr std::array<std::string_view, 4> kNeverFormat = {"DESC", "ASC", "DESCENDING", "ASCENDING"};

template <size_t kCount>
bool IsAny(const Token& token, const std::array<std::string_view, kCount>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.Is(word); });
}

bool IsName(const Token& token) {
  return token.kind == TokenKind::kWord || token.kind == TokenKind::kQuotedName;
}

/// Rows start after blanks and one line break, as in ClickHouse.
size_t DataBegin(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\f')) ++at;
  if (at < text.size() && text[at] == '\r') ++at;
  if (at < text.size() && text[at] == '\n') ++at;
  return at;
}

/// Watches every token for what no statement may contain.
class Gate {
 public:
  void See(const Token& token, SqlShape& shape) {
    if (previous_.Is("INTO") && token.Is("OUTFILE"))
      Refuse(shape, "INTO OUTFILE is not available over HTTP");
    if (previous_.Is("FROM") && token.Is("INFILE"))
      Refuse(shape, "FROM INFILE is not available over HTTP");
    if (IsName(token) && names_matter_) SeeName(token, shape);
    if (token.IsSymbol('(') && names_matter_) SeeCall(shape);
    if (token.Is("IDENTIFIER") && previous_.IsSymbol(':')) shape.has_identifier_params = true;
    previous_ = token;
  }
  void set_insert_select() { insert_select_ = true; }
  /// Between an INSERT's table and its rows names are columns.
  void set_names_matter(bool matter) { names_matter_ = matter; }

 private:
  void SeeName(const Token& token, SqlShape& shape) const {
    // The function file() reads any file of this machine whatever the grants say, and a bare name
    // is enough: arrayMap(file, [...]). After a dot it can only be a column.
    if (previous_.IsSymbol('.')) return;
    if (IsForbiddenName(token.text))
      Refuse(shape, "the name file is not available (a column of that name needs its table's)");
    if (token.kind == TokenKind::kQuotedName && token.text.find('\\') != token.text.npos)
      Refuse(shape, "a name cannot contain a backslash");
  }
  void SeeCall(SqlShape& shape) const {
    if (!IsName(previous_)) return;
    // Its argument is a statement that nobody has looked at.
    if (previous_.text == "eval") Refuse(shape, "the function eval is not available");
    // libchdb answers such an INSERT with success and stores nothing.
    if (insert_select_ && previous_.text == "input")
      Refuse(shape, "INSERT ... SELECT FROM input() is not available in the embedded engine");
  }
  static void Refuse(SqlShape& shape, std::string_view why) {
    if (shape.refusal.empty()) shape.refusal = why;
  }

  Token previous_;
  bool insert_select_ = false;
  bool names_matter_ = true;
};

void FindOutput(const std::vector<Token>& top, SqlShape& shape) {
  size_t count = top.size();
  while (count > 0 && top[count - 1].IsSymbol(';')) --count;
  if (count == 0) return;
  shape.statement_end = top[count - 1].end;
  shape.output_begin = shape.output_end = shape.statement_end;
  for (size_t i = count; i-- > 1;) {
    if (!top[i].Is("FORMAT") || i + 1 >= count || top[i + 1].kind != TokenKind::kWord) continue;
    const bool ends = i + 2 == count || top[i + 2].Is("SETTINGS");
    const Token& before = top[i - 1];
    const bool operand = IsAny(before, kOperandExpected) || before.IsSymbol(',');
    if (!ends || operand || IsAny(top[i + 1], kNeverFormat)) continue;
    shape.format = top[i + 1].text;
    shape.output_begin = top[i].begin;
    shape.output_end = top[i + 1].end;
    return;
  }
}

/// Reads the head of an INSERT. True when its rows follow; false when it is INSERT ... SELECT, and
/// then `tokens` stands inside the statement.
bool ReadInsertHead(SqlTokens& tokens, Gate& gate, std::string_view text, SqlShape& shape) {
  Token token = tokens.Next();
  const auto next = [&] {
    gate.See(token, shape);
    shape.head_end = token.end;
    token = tokens.Next();
  };
  bool function = false;
  while (token.Is("INTO") || token.Is("TABLE") || token.Is("FUNCTION")) {
    function = function || token.Is("FUNCTION");
    next();
  }
  gate.set_names_matter(function);
  while (IsName(token) || token.IsSymbol('.')) {
    const bool name = IsName(token);
    next();
    if (name && !token.IsSymbol('.')) break;
  }
  int depth = 0;
  bool opened = false;
  for (; token.kind != TokenKind::kEnd; next()) {
    const bool select = token.Is("SELECT") || token.Is("WITH");
    if (select && (depth == 0 || (depth == 1 && opened))) {
      gate.set_insert_select();
      gate.set_names_matter(true);
      gate.See(token, shape);
      return false;
    }
    opened = token.IsSymbol('(');
    if (opened) ++depth;
    if (token.IsSymbol(')')) --depth;
    if (depth > 0) continue;
    if (token.Is("VALUES")) {
      shape.insert_format = "Values";
      shape.has_format = true;
      shape.data_begin = token.end;
      return true;
    }
    if (token.Is("FORMAT")) {
      const Token format = tokens.Next();
      shape.data_begin = text.size();
      if (format.kind != TokenKind::kWord) return true;
      shape.insert_format = format.text;
      shape.has_format = true;
      shape.data_begin = DataBegin(text, format.end);
      return true;
    }
    if (token.IsSymbol(';')) break;
  }
  shape.data_begin = text.size();
  return true;
}

}  // namespace

bool IsForbiddenName(std::string_view name) { return name == "file"; }

bool Token::Is(std::string_view upper) const {
  if (kind != TokenKind::kWord || text.size() != upper.size()) return false;
  return std::ranges::equal(text, upper, {}, Upper);
}

void SqlTokens::SkipNestedComment() {
  int depth = 0;
  while (at_ < text_.size()) {
    const std::string_view two = text_.substr(at_, 2);
    if (two == "/*") {
      ++depth;
      at_ += 2;
    } else if (two == "*/") {
      at_ += 2;
      if (--depth == 0) return;
    } else {
      ++at_;
    }
  }
}

void SqlTokens::SkipBlank() {
  while (at_ < text_.size()) {
    const std::string_view rest = text_.substr(at_);
    if (IsSpace(rest[0])) {
      ++at_;
    } else if (rest.starts_with("--") || rest.starts_with("# ") || rest.starts_with("#!")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (rest.starts_with("/*")) {
      SkipNestedComment();
    } else if (static_cast<unsigned char>(rest[0]) >= 0x80 && !rest.starts_with("\u2018") &&
               !rest.starts_with("\u201c")) {
      ++at_;  // Unicode blanks; anything else outside ASCII is refused by the engine's parser.
    } else {
      return;
    }
  }
}

size_t SqlTokens::EndOfQuoted(size_t from, char quote) const {
  for (size_t i = from; i < text_.size(); ++i) {
    if (text_[i] == '\\') {
      ++i;
    } else if (text_[i] == quote) {
      if (i + 1 >= text_.size() || text_[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return std::string_view::npos;
}

Token SqlTokens::Make(TokenKind kind, size_t end) {
  Token token{kind, at_, std::min(end, text_.size()), {}};
  if (end == std::string_view::npos) token.kind = TokenKind::kBroken;
  token.text = text_.substr(token.begin, token.end - token.begin);
  if (token.kind == TokenKind::kQuotedName) {
    // Curly quotes take three bytes each, straight ones one.
    const size_t quote = static_cast<unsigned char>(token.text[0]) >= 0x80 ? 3 : 1;
    token.text = token.text.substr(quote, token.text.size() - 2 * quote);
  }
  at_ = token.end;
  return token;
}

Token SqlTokens::Dollar() {
  size_t end = at_ + 1;
  while (end < text_.size() && (IsWordStart(text_[end]) || IsDigit(text_[end]))) ++end;
  if (end < text_.size() && text_[end] == '$') {
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    const size_t close = text_.find(tag, end + 1);
    if (close != std::string_view::npos) return Make(TokenKind::kString, close + tag.size());
  }
  while (end < text_.size() && IsWordPart(text_[end])) ++end;
  return Make(TokenKind::kWord, end);
}

Token SqlTokens::Next() {
  SkipBlank();
  if (at_ >= text_.size()) return {TokenKind::kEnd, text_.size(), text_.size(), {}};
  const char c = text_[at_];
  if (c == '\'') return Make(TokenKind::kString, EndOfQuoted(at_ + 1, c));
  if (c == '`' || c == '"') return Make(TokenKind::kQuotedName, EndOfQuoted(at_ + 1, c));
  if (c == '$') return Dollar();
  if (static_cast<unsigned char>(c) >= 0x80) {
    const bool string = text_.substr(at_).starts_with("\u2018");
    const size_t close = text_.find(string ? "\u2019" : "\u201d", at_);
    const size_t end = close == std::string_view::npos ? close : close + 3;
    return Make(string ? TokenKind::kString : TokenKind::kQuotedName, end);
  }
  size_t end = at_ + 1;
  if (IsWordStart(c) || IsDigit(c)) {
    while (end < text_.size() && (IsWordPart(text_[end]) || (IsDigit(c) && text_[end] == '.')))
      ++end;
    return Make(IsDigit(c) ? TokenKind::kNumber : TokenKind::kWord, end);
  }
  return Make(TokenKind::kSymbol, end);
}

SqlShape ShapeOf(std::string_view text) {
  SqlShape shape;
  SqlTokens tokens(text);
  Gate gate;
  Token token = tokens.Next();
  shape.empty = token.kind == TokenKind::kEnd;
  if (token.kind == TokenKind::kWord) shape.first_word = UpperText(token.text);
  if (shape.first_word == "INSERT") {
    gate.See(token, shape);
    shape.is_insert_data = ReadInsertHead(tokens, gate, text, shape);
    if (shape.is_insert_data) return shape;
    token = tokens.Next();
  }
  std::vector<Token> top;
  int depth = 0;
  for (; token.kind != TokenKind::kEnd; token = tokens.Next()) {
    gate.See(token, shape);
    if (token.IsSymbol(')')) --depth;
    if (depth <= 0) top.push_back(token);
    if (token.IsSymbol('(')) ++depth;
  }
  FindOutput(top, shape);
  return shape;
}

std::string RewriteKill(std::string_view text, std::string_view expression) {
  std::string out;
  size_t copied = 0;
  SqlTokens tokens(text);
  for (Token token = tokens.Next(); token.kind != TokenKind::kEnd; token = tokens.Next()) {
    const bool id = IsName(token) && token.text == "query_id";
    if (!id && !token.Is("SYNC")) continue;
    out += text.substr(copied, token.begin - copied);
    out += id ? expression : std::string_view("ASYNC");
    copied = token.end;
  }
  return out.append(text.substr(copied));
}

std::string QuoteString(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    if (c == '\0') {
      out += "\\0";
      continue;
    }
    out += c;
  }
  return out += '\'';
}

std::string QuoteName(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`' || c == '\\') out += '\\';
    out += c;
  }
  return out += '`';
}

}  // namespace vitrine::engine
