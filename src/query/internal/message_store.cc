#include "query/internal/message_store.h"

#include <algorithm>

#include "query/message_parts.h"
#include "storage/clickhouse/native_reader.h"

namespace vitrine::query {
namespace {

/// Message hashes of one statement; its text must stay under ClickHouse's 256 KiB.
constexpr size_t kHashesPerStatement = 2'000;

Result<void> TakeMessages(const std::string& native, StoredMessages& messages) {
  TRY_ASSIGN(const auto blocks, clickhouse::ParseNative(native));
  for (const auto& block : blocks) {
    for (size_t i = 0; i < block.rows; ++i) {
      const auto text = [&](size_t column) { return block.columns[column].values.Text(i); };
      StoredMessage message{std::string(text(1)), std::string(text(2)), {}};
      TRY_ASSIGN(message.parts, ExpandParts(text(3), text(4)));
      messages.insert_or_assign(std::string(text(0)), std::move(message));
    }
  }
  return {};
}

Result<void> ReadSome(clickhouse::Client& client, std::string_view project,
                      const std::vector<std::string>& hashes, const AppendDays& append_days,
                      StoredMessages& messages) {
  for (size_t begin = 0; begin < hashes.size(); begin += kHashesPerStatement) {
    const size_t end = std::min(hashes.size(), begin + kHashesPerStatement);
    SqlText sql;
    sql << "SELECT lower(hex(hash)), CAST(role, 'String'), CAST(name, 'String'), parts_template, "
           "texts FROM vitrine.message_rows WHERE project = ";
    sql.Param(project) << " AND hash IN (";
    for (size_t i = begin; i < end; ++i)
      sql << (i == begin ? "" : ", ") << "toFixedString(unhex('" << hashes[i] << "'), 16)";
    sql << ")";
    if (append_days) append_days(sql);
    sql << " LIMIT 1 BY hash FORMAT Native";
    TRY_ASSIGN(const std::string native, AskText(client, sql));
    TRY(TakeMessages(native, messages));
  }
  return {};
}

}  // namespace

void AppendDaysBetween(SqlText& sql, Nanos first, Nanos last) {
  (sql << " AND day >= toDate(").Time(first) << ")";
  (sql << " AND day <= toDate(").Time(last) << ")";
}

Result<StoredMessages> ReadStoredMessages(clickhouse::Client& client, std::string_view project,
                                          std::vector<std::string> hashes,
                                          const AppendDays& append_days) {
  std::ranges::sort(hashes);
  hashes.erase(std::ranges::unique(hashes).begin(), hashes.end());
  // Only what is a hash stands in a statement.
  std::erase_if(hashes, [](const std::string& hash) { return !ContentHash::FromHex(hash); });
  StoredMessages messages;
  if (hashes.empty()) return messages;
  TRY(ReadSome(client, project, hashes, append_days, messages));
  std::erase_if(hashes, [&](const std::string& hash) { return messages.contains(hash); });
  if (!hashes.empty()) TRY(ReadSome(client, project, hashes, nullptr, messages));
  return messages;
}

}  // namespace vitrine::query
