#include "query/internal/trace_text.h"

#include "syntax/json/json_writer.h"
#include "syntax/json/utf8.h"

namespace vitrine::query {

TraceText ReadTraceText(BinaryRow& row) {
  const auto id = TraceId::FromBytes(row.Bytes(TraceId::size)).value_or(TraceId{});
  const Nanos start{row.Int64()}, end{row.Int64()};
  TraceText text{{start, id, {}}, end, {}};
  syntax::JsonWriter json(text.json);
  json.BeginObject().Member("trace_id", id.ToHex()).Member("start_time", FormatRfc3339(start));
  json.Member("duration_ns", LengthOf(start, end));
  syntax::AppendUtf8Repaired(text.json += ',', row.Text());
  AppendPreview(text.json += ",\"input_preview\":", row.Text());
  AppendPreview(text.json += ",\"output_preview\":", row.Text());
  text.json += '}';
  return text;
}

void AppendPreview(std::string& json, std::string_view preview) {
  preview.empty() ? json.append("null") : (syntax::AppendJsonString(json, preview), json);
}

}  // namespace vitrine::query
