// SqlTokens: the words of a user's SQL, cut so that ClickHouse cannot read them in another way.
//
// Whatever the two could disagree about is refused rather than interpreted: bytes beyond ASCII
// outside of strings (ClickHouse knows curly quotes and exotic blanks), heredocs, '#' and '//'
// comments, comments within comments, backslashes in quoted names. Private to query.
// Owner: tokens borrow from the text, or own the name they unquoted. Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vitrine::query {

enum class SqlTokenKind { kWord, kQuotedName, kString, kNumber, kSymbol, kEnd };

struct SqlToken {
  SqlTokenKind kind = SqlTokenKind::kEnd;
  size_t begin = 0, end = 0;  ///< Bytes of the text.
  std::string name;           ///< kWord as written, kQuotedName without quotes, kSymbol.

  bool is_name() const { return kind == SqlTokenKind::kWord || kind == SqlTokenKind::kQuotedName; }
  /// A bare word equal to `upper`, without case.
  bool Is(std::string_view upper) const;
  bool IsSymbol(char symbol) const { return kind == SqlTokenKind::kSymbol && name[0] == symbol; }
};

/// Cuts the whole text; the last token is kEnd.
/// Errors: kInvalidInput (byte offset given).
Result<std::vector<SqlToken>> CutSql(std::string_view text);

}  // namespace vitrine::query
