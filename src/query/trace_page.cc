#include "query/trace_page.h"

#include <algorithm>
#include <iterator>

#include "query/internal/binary_rows.h"
#include "query/internal/trace_text.h"
#include "query/sql_text.h"
#include "storage/schema/briefs.h"
#include "syntax/json/json_writer.h"
#include "syntax/json/utf8.h"

namespace vitrine::query {
namespace {

constexpr const char* kSpanColumns =
    "is_deleted, is_fragment, span_id, parent_span_id, start_time, end_time, brief, input_preview, "
    "output_preview, rare_stage";

/// A row of kSpanColumns.
struct SpanCells {
  bool is_hidden = false;
  std::string_view span_id, parent_span_id;
  int64_t start = 0, end = 0;
  std::string_view brief, input_preview, output_preview, stage;
};

SpanCells ReadSpanCells(BinaryRow& row) {
  const bool is_deleted = row.Bool(), is_fragment = row.Bool();
  return {is_deleted || is_fragment,
          row.Bytes(SpanId::size),
          row.Bytes(SpanId::size),
          row.Int64(),
          row.Int64(),
          row.Text(),
          row.Text(),
          row.Text(),
          row.Text()};
}

/// Takes the engine's rows as they come, hands on what is not hidden as elements of an array, and
/// remembers who is there and who is asked for.
class SpanRows {
 public:
  SpanRows(const TraceStart& start, const std::function<bool(std::string_view)>& sink)
      : start_(start), sink_(sink) {}

  bool Feed(std::string_view bytes) {
    out_.clear();
    feed_.Feed(bytes, ReadSpanCells, [&](const SpanCells& row) { Add(row); });
    return !stopped_ && (out_.empty() || sink_(out_));
  }

  /// No row was cut off.
  bool is_whole() const { return feed_.is_at_end(); }

  std::vector<std::string> MissingParents() {
    std::ranges::sort(ids_);
    std::ranges::sort(parents_);
    parents_.erase(std::ranges::unique(parents_).begin(), parents_.end());
    std::vector<std::string> missing;
    std::ranges::set_difference(parents_, ids_, std::back_inserter(missing));
    return missing;
  }

 private:
  void Add(const SpanCells& row) {
    if (stopped_ || row.is_hidden) return;
    if (ids_.empty()) {
      const std::optional<Nanos> trace_start = start_();
      stopped_ = !trace_start;
      if (stopped_) return;
      trace_start_ = *trace_start;
    }
    out_ += ids_.empty() ? "[\"" : ",[\"";
    out_ += ids_.emplace_back(SpanId::FromBytes(row.span_id)->ToHex());
    if (const SpanId parent = *SpanId::FromBytes(row.parent_span_id)) {
      ((out_ += "\",\"") += parents_.emplace_back(parent.ToHex())) += "\",";
    } else {
      out_ += "\",null,";
    }
    syntax::AppendJsonInt(out_, row.start - trace_start_.since_epoch);
    out_ += ',';
    row.end < row.start ? out_.append("null")
                        : (syntax::AppendJsonInt(out_, row.end - row.start), out_);
    syntax::AppendUtf8Repaired(out_ += ',', row.brief);
    AppendPreview(out_ += ',', row.input_preview);
    AppendPreview(out_ += ',', row.output_preview);
    AppendPreview(out_ += ',', row.stage);
    out_ += ']';
  }

  const TraceStart& start_;
  const std::function<bool(std::string_view)>& sink_;
  BinaryFeed feed_;
  std::string out_;
  bool stopped_ = false;
  Nanos trace_start_;
  std::vector<std::string> ids_, parents_;
};

}  // namespace

// No statement here has FINAL: that reads every column of the granules in question before it looks
// for the trace.
Result<TraceHead> FindTrace(clickhouse::Client& client, std::string_view project,
                            const TracePlace& place) {
  SqlText sql;
  sql << "SELECT is_deleted, " << kTraceTextColumns << " FROM vitrine.trace_rows WHERE project = ";
  // Where a trace's start changed, one version has both: a tombstone and the row.
  AppendTrace(sql.Param(project), place);
  sql << " ORDER BY version DESC, is_deleted LIMIT 1 SETTINGS " << kPlainStatement
      << " FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  BinaryRow row(answer);
  if (answer.empty() || row.Bool())
    return Fail(ErrorCode::kNotFound,
                "there is no trace " + place.trace_id.ToHex() + " in this project");
  TraceText text = ReadTraceText(row);
  if (!row.complete()) return Fail(ErrorCode::kInternal, "a row of traces was cut off");
  text.json.pop_back();
  text.json += text.end < text.key.start ? ",\"end_time\":null}"
                                         : ",\"end_time\":\"" + FormatRfc3339(text.end) + "\"}";
  return TraceHead{std::move(text.json), text.key.start};
}

const std::vector<std::string>& SpanFields() {
  static const std::vector<std::string> fields = [] {
    std::vector<std::string> names = {"span_id", "parent_span_id", "offset_ns", "duration_ns"};
    names.insert(names.end(), storage::SpanBriefNames().begin(), storage::SpanBriefNames().end());
    names.insert(names.end(), {"input_preview", "output_preview", "stage"});
    return names;
  }();
  return fields;
}

Result<std::vector<std::string>> StreamSpans(clickhouse::Client& client, std::string_view project,
                                             const TracePlace& place, const TraceStart& start,
                                             const std::function<bool(std::string_view)>& sink) {
  SqlText sql;
  (sql << "SELECT " << kSpanColumns << " FROM vitrine.span_rows WHERE project = ").Param(project);
  AppendTrace(sql, place);
  // Small blocks and none ahead: many versions of many spans would fill the memory of a question.
  sql << " ORDER BY start_time, span_id, version DESC, is_deleted LIMIT 1 BY start_time, span_id "
         "SETTINGS read_in_order_use_buffering = 0, max_block_size = 1024, "
      << kPlainStatement << " FORMAT RowBinary";
  SpanRows rows(start, sink);
  const auto streamed = client.Stream(
      sql.sql(), [&](std::string_view bytes) { return rows.Feed(bytes); }, QuestionOptions(sql));
  if (!streamed) return std::unexpected(QuestionError(streamed.error()));
  if (!rows.is_whole()) return Fail(ErrorCode::kInternal, "a row of spans was cut off");
  return rows.MissingParents();
}

}  // namespace vitrine::query
