#include "query/attachments.h"

#include "query/sql_text.h"
#include "storage/clickhouse/native_reader.h"

namespace vitrine::query {

Result<AttachmentBytes> ReadAttachment(clickhouse::Client& client, std::string_view project,
                                       ContentHash hash) {
  SqlText sql;
  sql << "SELECT CAST(media_type, 'String'), bytes FROM vitrine.attachment_rows WHERE project = ";
  sql.Param(project) << " AND hash = toFixedString(unhex('" << hash.ToHex()
                     << "'), 16) LIMIT 1 FORMAT Native";
  TRY_ASSIGN(const std::string native, AskText(client, sql));
  TRY_ASSIGN(const auto blocks, clickhouse::ParseNative(native));
  for (const auto& block : blocks) {
    if (block.rows == 0) continue;
    return AttachmentBytes{std::string(block.columns[0].values.Text(0)),
                           std::string(block.columns[1].values.Text(0))};
  }
  return Fail(ErrorCode::kNotFound, "there is no attachment " + hash.ToHex() + " in this project");
}

}  // namespace vitrine::query
