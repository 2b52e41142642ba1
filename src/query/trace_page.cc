#include "query/trace_page.h"

#include <algorithm>
#include <iterator>

#include "query/internal/line_feed.h"
#include "query/internal/trace_text.h"
#include "query/internal/tsv_line.h"
#include "query/sql_text.h"
#include "storage/schema/briefs.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {
namespace {

constexpr std::string_view kNoSpan = "0000000000000000";

/// What SpanRows reads: hidden, ids, start, end, and the other values as JSON.
std::string SpanColumns() {
  return std::string(
             "is_deleted OR is_fragment, lower(hex(span_id)), lower(hex(parent_span_id)), "
             "reinterpretAsInt64(start_time), reinterpretAsInt64(end_time), "
             "toValidUTF8(concat(brief, ',', ") +
         storage::kInputPreviewJson + ", ',', " + storage::kOutputPreviewJson + "))";
}

/// Takes the engine's lines as they come, all versions of a row one after another and the newest
/// first, hands the newest on as elements of an array unless it is hidden, and remembers who is
/// there and who is asked for.
class SpanRows {
 public:
  SpanRows(const TraceStart& start, const std::function<bool(std::string_view)>& sink)
      : start_(start), sink_(sink) {}

  bool Feed(std::string_view bytes) {
    out_.clear();
    lines_.Feed(bytes, [&](std::string_view row) { Add(row); });
    return !stopped_ && (out_.empty() || sink_(out_));
  }

  /// A line was not as SpanColumns says; nothing was taken from there on.
  bool unexpected() const { return unexpected_; }

  std::vector<std::string> MissingParents() {
    std::ranges::sort(ids_);
    std::ranges::sort(parents_);
    parents_.erase(std::ranges::unique(parents_).begin(), parents_.end());
    std::vector<std::string> missing;
    std::ranges::set_difference(parents_, ids_, std::back_inserter(missing));
    return missing;
  }

 private:
  void Add(std::string_view line) {
    if (line.empty() || stopped_) return;
    const auto cells = CutAtTabs(line);
    const auto start = cells.size() == 6 ? WholeNumber(cells[3]) : std::nullopt;
    const auto end = cells.size() == 6 ? WholeNumber(cells[4]) : std::nullopt;
    unexpected_ = stopped_ = !start || !end;
    if (stopped_ || !IsAnother(*start, cells[1]) || cells[0] != "0") return;
    if (ids_.empty()) {
      const std::optional<Nanos> trace_start = start_();
      stopped_ = !trace_start;
      if (stopped_) return;
      trace_start_ = *trace_start;
    }
    const bool has_parent = cells[2] != kNoSpan;
    out_ += ids_.empty() ? "[\"" : ",[\"";
    out_ += cells[1];
    out_ += has_parent ? "\",\"" : "\",null,";
    if (has_parent) (out_ += cells[2]) += "\",";
    syntax::AppendJsonInt(out_, *start - trace_start_.since_epoch);
    syntax::AppendJsonInt(out_ += ',', *end - *start);
    ((out_ += ',') += cells[5]) += ']';
    ids_.emplace_back(cells[1]);
    if (has_parent) parents_.emplace_back(cells[2]);
  }

  /// Whether this is not an older version of the row before.
  bool IsAnother(int64_t start, std::string_view span_id) {
    if (start == last_start_ && span_id == last_span_id_) return false;
    last_start_ = start;
    last_span_id_ = span_id;
    return true;
  }

  const TraceStart& start_;
  const std::function<bool(std::string_view)>& sink_;
  LineFeed lines_;
  std::string out_;
  bool stopped_ = false, unexpected_ = false;
  Nanos trace_start_;
  int64_t last_start_ = 0;
  std::string last_span_id_;
  std::vector<std::string> ids_, parents_;
};

}  // namespace

// In this file versions are told apart here, not with FINAL: that reads every column of the
// granules in question before it looks for the trace.
Result<TraceHead> FindTrace(clickhouse::Client& client, std::string_view project,
                            TraceId trace_id) {
  SqlText sql;
  sql << "SELECT is_deleted, " << TraceTextColumns() << " FROM vitrine.trace_rows WHERE project = ";
  // Where a trace's start changed, one version has both: a tombstone and the row.
  sql.Param(project) << " AND lower(hex(trace_id)) = '" << trace_id.ToHex()
                     << "' ORDER BY version DESC, is_deleted LIMIT 1 FORMAT TSVRaw";
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  const auto cells = lines.empty() ? std::vector<std::string_view>() : CutAtTabs(lines[0]);
  if (cells.empty() || cells[0] != "0")
    return Fail(ErrorCode::kNotFound, "there is no trace " + trace_id.ToHex() + " in this project");
  TRY_ASSIGN(TraceText row, ReadTraceText(std::span(cells).subspan(1)));
  row.json.pop_back();
  row.json += ",\"end_time\":\"" + FormatRfc3339(row.end) + "\"}";
  return TraceHead{std::move(row.json), row.key.start};
}

const std::vector<std::string>& SpanFields() {
  static const std::vector<std::string> fields = [] {
    std::vector<std::string> names = {"span_id", "parent_span_id", "offset_ns", "duration_ns"};
    names.insert(names.end(), storage::SpanBriefNames().begin(), storage::SpanBriefNames().end());
    names.insert(names.end(), {"input_preview", "output_preview"});
    return names;
  }();
  return fields;
}

Result<std::vector<std::string>> StreamSpans(clickhouse::Client& client, std::string_view project,
                                             TraceId trace_id, const TraceStart& start,
                                             const std::function<bool(std::string_view)>& sink) {
  SqlText sql;
  (sql << "SELECT " << SpanColumns() << " FROM vitrine.span_rows WHERE project = ").Param(project);
  sql << " AND lower(hex(trace_id)) = '" << trace_id.ToHex() << "'";
  sql << " ORDER BY start_time, span_id, version DESC FORMAT TSVRaw";
  SpanRows rows(start, sink);
  const auto streamed = client.Stream(
      sql.sql(), [&](std::string_view bytes) { return rows.Feed(bytes); }, QuestionOptions(sql));
  if (!streamed) return std::unexpected(QuestionError(streamed.error()));
  if (rows.unexpected()) return Fail(ErrorCode::kInternal, "unexpected row of spans");
  return rows.MissingParents();
}

}  // namespace vitrine::query
