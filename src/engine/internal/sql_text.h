// SqlShape: what must be known of a statement's text before the engine gets it.
//
// This is a tokenizer, not a parser: it finds where words, strings, quoted names and comments end,
// as ClickHouse's own lexer does (nested comments, backslash and doubled quotes, heredocs, curly
// quotes). The engine's parser stays the judge of everything else.
// Threads: free functions. Offsets are bytes into the given text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vitrine::engine {

enum class TokenKind { kWord, kQuotedName, kString, kNumber, kSymbol, kBroken, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  size_t begin = 0;
  size_t end = 0;
  std::string_view text;

  /// True for a bare word that equals `upper` without case.
  bool Is(std::string_view upper) const;
  bool IsSymbol(char symbol) const {
    return kind == TokenKind::kSymbol && text.size() == 1 && text[0] == symbol;
  }
};

/// Walks over the tokens of a text; comments and white space are skipped.
class SqlTokens {
 public:
  explicit SqlTokens(std::string_view text) : text_(text) {}
  Token Next();

 private:
  void SkipBlank();
  void SkipNestedComment();
  size_t EndOfQuoted(size_t from, char quote) const;
  Token Make(TokenKind kind, size_t end);
  Token Dollar();

  std::string_view text_;
  size_t at_ = 0;
};

struct SqlShape {
  std::string first_word;  ///< Upper case; empty for an empty statement or one that opens with "(".
  bool empty = true;

  /// A statement that names its output: where INTO OUTFILE may be put, and the FORMAT it asks for.
  size_t output_begin = 0;   ///< Just before FORMAT, or after the last token.
  size_t output_end = 0;     ///< Just after the format's name; equals output_begin without FORMAT.
  size_t statement_end = 0;  ///< After the last token that is not ";".
  std::string format;        ///< The explicit FORMAT; empty when there is none.

  /// INSERT whose rows follow the statement.
  bool is_insert_data = false;
  size_t head_end = 0;    ///< The statement without FORMAT and rows.
  size_t data_begin = 0;  ///< First byte of the rows.
  bool has_format = false;
  std::string insert_format;

  /// The statement has {name:Identifier} placeholders: their values are names.
  bool has_identifier_params = false;

  /// Why the engine refuses the statement, whoever asks; empty when it does not.
  std::string refusal;
};

/// Looks at one statement. For an INSERT with rows it stops where the rows begin, so `text` need
/// not be complete, nor text.
SqlShape ShapeOf(std::string_view text);

/// True for the name that no statement may use: the function `file`, which reads any file.
bool IsForbiddenName(std::string_view name);

/// KILL QUERY names queries by the ids clients chose; the engine knows them by connection tags.
/// Returns `text` with `query_id` replaced by `expression` and SYNC (which never returns in this
/// engine) by ASYNC. Strings are left alone.
std::string RewriteKill(std::string_view text, std::string_view expression);

/// `value` as a quoted SQL string.
std::string QuoteString(std::string_view value);
/// `name` as a quoted identifier.
std::string QuoteName(std::string_view name);

}  // namespace vitrine::engine
