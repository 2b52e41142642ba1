#include "query/trace_list.h"

#include "query/internal/page_reader.h"
#include "query/internal/trace_text.h"

namespace vitrine::query {

Result<ListPage> ListTraces(clickhouse::Client& client, const TraceListRequest& request) {
  TRY(CheckFilter(request.filter));
  ListSource source;
  source.table = "vitrine.trace_rows";
  source.unit = TextUnit::kTraces;
  source.append_conditions = [&](SqlText& sql) { AppendConditions(sql, request.filter); };
  source.columns = kTraceTextColumns;
  source.read = [](BinaryRow& row) {
    TraceText text = ReadTraceText(row);
    return ListRow{text.key, std::move(text.json)};
  };
  return ReadPage(client, source,
                  {request.filter, FilterDigest(request.filter), request.limit, request.cursor,
                   request.newest});
}

}  // namespace vitrine::query
