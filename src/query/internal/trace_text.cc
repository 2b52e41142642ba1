#include "query/internal/trace_text.h"

#include "query/internal/tsv_line.h"
#include "storage/schema/briefs.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {

const std::string& TraceTextColumns() {
  // The texts of JSON hold neither tabs nor line ends, so no cell needs escapes.
  static const std::string columns =
      std::string(
          "lower(hex(trace_id)), reinterpretAsInt64(start_time), reinterpretAsInt64(end_time), "
          "toValidUTF8(concat(brief, ',\"input_preview\":', ") +
      storage::kInputPreviewJson + ", ',\"output_preview\":', " + storage::kOutputPreviewJson +
      "))";
  return columns;
}

Result<TraceText> ReadTraceText(std::span<const std::string_view> cells) {
  if (cells.size() == 4) {
    const auto id = TraceId::FromHex(cells[0]);
    const auto start = WholeNumber(cells[1]), end = WholeNumber(cells[2]);
    if (id && start && end) {
      TraceText row{{Nanos{*start}, *id}, Nanos{*end}, {}};
      syntax::JsonWriter json(row.json);
      json.BeginObject().Member("trace_id", cells[0]);
      json.Member("start_time", FormatRfc3339(row.key.start)).Member("duration_ns", *end - *start);
      ((row.json += ',') += cells[3]) += '}';
      return row;
    }
  }
  return Fail(ErrorCode::kInternal,
              "unexpected row of traces: " + std::string(cells.empty() ? "" : cells[0]));
}

}  // namespace vitrine::query
