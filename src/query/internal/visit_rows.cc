#include "query/internal/visit_rows.h"

#include "base/arena.h"

namespace vitrine::query {

Result<void> VisitRows(clickhouse::Client& client, const SqlText& sql,
                       const std::function<void(const syntax::JsonValue&)>& visit) {
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  for (const std::string& line : lines) {
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk)
      return Fail(ErrorCode::kInternal, "unexpected row: " + line);
    visit(document.root());
  }
  return {};
}

}  // namespace vitrine::query
