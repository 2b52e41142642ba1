#include "storage/catalog/limit_use.h"

namespace vitrine::catalog {

Result<std::vector<LimitUseRow>> ReadLimitUse(const Transaction& work) {
  std::vector<LimitUseRow> rows;
  TRY(
      work.Read("SELECT scope, window_ms, subject, window, requests, tokens, cost_nano_usd "
                "FROM limit_use",
                {}, [&](const Row& row) {
                  rows.push_back({.scope = row.Text(0),
                                  .window_ms = row.Int(1),
                                  .subject = row.Text(2),
                                  .window = row.Int(3),
                                  .requests = row.Int(4),
                                  .tokens = row.Int(5),
                                  .cost_nano_usd = row.Int(6)});
                }));
  return rows;
}

Result<void> WriteLimitUse(Transaction& work, const LimitUseRow& row) {
  TRY(
      work.Change("INSERT INTO limit_use(scope, window_ms, subject, window, requests, tokens, "
                  "cost_nano_usd) VALUES(?, ?, ?, ?, ?, ?, ?) "
                  "ON CONFLICT(scope, window_ms, subject) DO UPDATE SET window = excluded.window, "
                  "requests = excluded.requests, tokens = excluded.tokens, "
                  "cost_nano_usd = excluded.cost_nano_usd",
                  {row.scope, row.window_ms, row.subject, row.window, row.requests, row.tokens,
                   row.cost_nano_usd}));
  return {};
}

Result<void> RemovePassedLimitUse(Transaction& work, int64_t now_ms) {
  TRY(work.Change("DELETE FROM limit_use WHERE (window + 1) * window_ms <= ?", {now_ms}));
  TRY(
      work.Change("DELETE FROM limit_use WHERE scope GLOB 'key/*' AND "
                  "substr(scope, 5) NOT IN (SELECT id FROM virtual_keys)",
                  {}));
  return {};
}

}  // namespace vitrine::catalog
