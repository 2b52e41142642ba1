#include "query/trace_page.h"

#include <algorithm>
#include <iterator>

#include "base/arena.h"
#include "query/internal/line_feed.h"
#include "query/sql_text.h"
#include "query/trace_list.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

struct SpanField {
  const char* name;
  const char* expression;  ///< Over the table `span_rows`; null: the column of this name.
};

constexpr SpanField kSpanFields[] = {
    // The first two are read by SpanRows below.
    {"span_id", "lower(hex(span_id))"},
    {"parent_span_id",
     "if(parent_span_id = toFixedString('', 8), NULL, lower(hex(parent_span_id)))"},
    {"name", nullptr},
    {"kind", nullptr},
    {"status", nullptr},
    {"status_message", "nullIf(status_message, '')"},
    {"error_type", "nullIf(error_type, '')"},
    {"service", nullptr},
    {"offset_ns", "reinterpretAsInt64(start_time) - trace_start"},
    {"duration_ns", "reinterpretAsInt64(end_time) - reinterpretAsInt64(start_time)"},
    {"provider", "nullIf(provider, '')"},
    {"request_model", "nullIf(request_model, '')"},
    {"response_model", "nullIf(response_model, '')"},
    {"input_tokens", nullptr},
    {"cached_input_tokens", nullptr},
    {"cache_write_tokens", nullptr},
    {"output_tokens", nullptr},
    {"reasoning_tokens", nullptr},
    {"cost_usd", nullptr},
    {"counted", "CAST(counted, 'Bool')"},
    {"finish_reason", "nullIf(CAST(finish_reason, 'String'), '')"},
    {"ttft_ns", nullptr},
    {"stream", "CAST(stream, 'Nullable(Bool)')"},
    {"tool_name", "nullIf(tool_name, '')"},
    {"agent_name", "nullIf(agent_name, '')"},
    {"guardrail_name", "nullIf(guardrail_name, '')"},
    {"guardrail_result", "nullIf(guardrail_result, '')"},
    {"retrieval_count", nullptr},
    {"attempt", "nullIf(attempt, 0)"},
    {"served", "CAST(served, 'Bool')"},
    {"cache_status", "nullIf(cache_status, '')"},
    {"dialect", nullptr},
    {"capture", nullptr},
    {"dropped_attributes_count", nullptr},
    {"input_preview", "nullIf(input_preview, '')"},
    {"output_preview", "nullIf(output_preview, '')"},
};

constexpr size_t kSpanIdDigits = 2 * SpanId::size;

/// Takes the engine's lines as they come, hands them on as elements of an array, and remembers who
/// is there and who is asked for.
class SpanRows {
 public:
  explicit SpanRows(const std::function<bool(std::string_view)>& sink) : sink_(sink) {}

  bool Feed(std::string_view bytes) {
    out_.clear();
    lines_.Feed(bytes, [&](std::string_view row) { Add(row); });
    return out_.empty() || sink_(out_);
  }

  std::vector<std::string> MissingParents() {
    std::ranges::sort(ids_);
    std::ranges::sort(parents_);
    parents_.erase(std::ranges::unique(parents_).begin(), parents_.end());
    std::vector<std::string> missing;
    std::ranges::set_difference(parents_, ids_, std::back_inserter(missing));
    return missing;
  }

 private:
  /// A row begins with ["<span id>", "<parent>" or ["<span id>", null; the blank may be missing.
  void Add(std::string_view row) {
    if (row.empty()) return;
    if (any_) out_ += ',';
    any_ = true;
    out_ += row;
    ids_.emplace_back(row.substr(2, kSpanIdDigits));
    std::string_view parent = row.substr(std::min(kSpanIdDigits + 4, row.size()));
    if (parent.starts_with(' ')) parent.remove_prefix(1);
    if (parent.starts_with('"')) parents_.emplace_back(parent.substr(1, kSpanIdDigits));
  }

  const std::function<bool(std::string_view)>& sink_;
  LineFeed lines_;
  std::string out_;
  bool any_ = false;
  std::vector<std::string> ids_, parents_;
};

}  // namespace

Result<TraceHead> FindTrace(clickhouse::Client& client, std::string_view project,
                            TraceId trace_id) {
  SqlText sql;
  sql << "SELECT " << kTraceFields
      << ", end_time FROM vitrine.trace_rows FINAL WHERE project = ";
  sql.Param(project) << " AND lower(hex(trace_id)) = '" << trace_id.ToHex()
                     << "' ORDER BY span_count DESC LIMIT 1" << kTraceFieldSettings
                     << " FORMAT JSONEachRow";
  TRY_ASSIGN(auto lines, AskLines(client, sql));
  if (lines.empty())
    return Fail(ErrorCode::kNotFound, "there is no trace " + trace_id.ToHex() + " in this project");
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(lines[0], arena) == syntax::JsonStatus::kOk) {
    const auto start = ParseRfc3339(document.root()["start_time"].text());
    const auto end = ParseRfc3339(document.root()["end_time"].text());
    if (start && end) return TraceHead{std::move(lines[0]), *start, *end};
  }
  return Fail(ErrorCode::kInternal, "unexpected row of traces: " + lines[0]);
}

const std::vector<std::string>& SpanFields() {
  static const std::vector<std::string> fields = [] {
    std::vector<std::string> names;
    for (const SpanField& field : kSpanFields) names.emplace_back(field.name);
    return names;
  }();
  return fields;
}

Result<std::vector<std::string>> StreamSpans(clickhouse::Client& client, std::string_view project,
                                             TraceId trace_id, const TraceHead& head,
                                             const std::function<bool(std::string_view)>& sink) {
  SqlText sql;
  sql << "WITH " << std::to_string(head.start.since_epoch) << " AS trace_start SELECT ";
  for (size_t i = 0; i < std::size(kSpanFields); ++i) {
    const SpanField& field = kSpanFields[i];
    sql << (i == 0 ? "" : ", ") << (field.expression ? field.expression : field.name);
  }
  (sql << " FROM vitrine.span_rows FINAL WHERE project = ").Param(project);
  sql << " AND lower(hex(trace_id)) = '" << trace_id.ToHex() << "' AND is_fragment = 0";
  // The sort key's own column: nothing outside the trace's time is looked at.
  (sql << " AND start_time >= ").Time(head.start);
  (sql << " AND start_time <= ").Time(head.end);
  sql << " ORDER BY start_time, span_rows.span_id FORMAT JSONCompactEachRow";
  SpanRows rows(sink);
  const auto streamed = client.Stream(
      sql.sql(), [&](std::string_view bytes) { return rows.Feed(bytes); }, QuestionOptions(sql));
  if (!streamed) return std::unexpected(QuestionError(streamed.error()));
  return rows.MissingParents();
}

}  // namespace vitrine::query
