#include "query/trace_page.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/arena.h"
#include "query/internal/line_feed.h"
#include "query/sql_text.h"
#include "query/trace_list.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {
namespace {

/// How the API writes what the engine answers. Done here, not in the statement: thirty functions in
/// it cost the engine a third of its time for a trace of a few spans.
enum class Form {
  kAsItIs,
  kEmptyIsNull,
  kParent,  ///< All zeros: null.
  kZeroIsNull,
  kBool,   ///< 0, 1 or null.
  kStart,  ///< Nanoseconds since 1970 -> since the trace's start.
};

struct SpanField {
  const char* name;
  const char* expression;  ///< Over the table `span_rows`; null: the column of this name.
  Form form = Form::kAsItIs;
};

constexpr SpanField kSpanFields[] = {
    // The first one is read by SpanRows below.
    {"span_id", "lower(hex(span_id))"},
    {"parent_span_id", "lower(hex(parent_span_id))", Form::kParent},
    {"name", nullptr},
    {"kind", nullptr},
    {"status", nullptr},
    {"status_message", nullptr, Form::kEmptyIsNull},
    {"error_type", nullptr, Form::kEmptyIsNull},
    {"service", nullptr},
    {"offset_ns", "reinterpretAsInt64(start_time)", Form::kStart},
    {"duration_ns", "reinterpretAsInt64(end_time) - reinterpretAsInt64(start_time)"},
    {"provider", nullptr, Form::kEmptyIsNull},
    {"request_model", nullptr, Form::kEmptyIsNull},
    {"response_model", nullptr, Form::kEmptyIsNull},
    {"input_tokens", nullptr},
    {"cached_input_tokens", nullptr},
    {"cache_write_tokens", nullptr},
    {"output_tokens", nullptr},
    {"reasoning_tokens", nullptr},
    {"cost_usd", nullptr},
    {"counted", nullptr, Form::kBool},
    {"finish_reason", nullptr, Form::kEmptyIsNull},
    {"ttft_ns", nullptr},
    {"stream", nullptr, Form::kBool},
    {"tool_name", nullptr, Form::kEmptyIsNull},
    {"agent_name", nullptr, Form::kEmptyIsNull},
    {"guardrail_name", nullptr, Form::kEmptyIsNull},
    {"guardrail_result", nullptr, Form::kEmptyIsNull},
    {"retrieval_count", nullptr},
    {"attempt", nullptr, Form::kZeroIsNull},
    {"served", nullptr, Form::kBool},
    {"cache_status", nullptr, Form::kEmptyIsNull},
    {"dialect", nullptr},
    {"capture", nullptr},
    {"dropped_attributes_count", nullptr},
    {"input_preview", nullptr, Form::kEmptyIsNull},
    {"output_preview", nullptr, Form::kEmptyIsNull},
};

constexpr std::string_view kNoSpan = "\"0000000000000000\"";

/// Takes the values of a JSON array of texts, numbers and nulls one after another.
class RowValues {
 public:
  explicit RowValues(std::string_view row) : rest_(row.substr(row.empty() ? 0 : 1)) {}

  /// The next value as it stands; empty at the end.
  std::string_view Next() {
    while (rest_.starts_with(' ') || rest_.starts_with(',')) rest_.remove_prefix(1);
    size_t size = 0;
    if (rest_.starts_with('"')) {
      for (size = 1; size < rest_.size() && rest_[size] != '"'; ++size) {
        if (rest_[size] == '\\') ++size;
      }
      size = std::min(size + 1, rest_.size());
    } else {
      size = std::min(rest_.find_first_of(",]"), rest_.size());
    }
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }

 private:
  std::string_view rest_;
};

/// Takes the engine's lines as they come, hands them on as elements of an array, and remembers who
/// is there and who is asked for.
class SpanRows {
 public:
  SpanRows(const TraceStart& start, const std::function<bool(std::string_view)>& sink)
      : start_(start), sink_(sink) {}

  bool Feed(std::string_view bytes) {
    out_.clear();
    lines_.Feed(bytes, [&](std::string_view row) { Add(row); });
    return !stopped_ && (out_.empty() || sink_(out_));
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
  void Add(std::string_view row) {
    if (row.empty() || stopped_) return;
    if (!any_) {
      const std::optional<Nanos> start = start_();
      stopped_ = !start;
      if (stopped_) return;
      trace_start_ = *start;
    }
    if (any_) out_ += ',';
    any_ = true;
    out_ += '[';
    RowValues values(row);
    for (const SpanField& field : kSpanFields) {
      if (&field != kSpanFields) out_ += ',';
      AddValue(field, values.Next());
    }
    out_ += ']';
  }

  void AddValue(const SpanField& field, std::string_view value) {
    if (&field == &kSpanFields[0]) ids_.emplace_back(value.substr(1, 2 * SpanId::size));
    switch (field.form) {
      case Form::kAsItIs: break;
      case Form::kEmptyIsNull:
        if (value == "\"\"") value = "null";
        break;
      case Form::kParent:
        if (value == kNoSpan) {
          value = "null";
        } else {
          parents_.emplace_back(value.substr(1, 2 * SpanId::size));
        }
        break;
      case Form::kZeroIsNull:
        if (value == "0") value = "null";
        break;
      case Form::kBool:
        if (value != "null") value = value == "0" ? "false" : "true";
        break;
      case Form::kStart: {
        int64_t start = 0;
        std::from_chars(value.data(), value.data() + value.size(), start);
        syntax::AppendJsonInt(out_, start - trace_start_.since_epoch);
        return;
      }
    }
    out_ += value;
  }

  const TraceStart& start_;
  const std::function<bool(std::string_view)>& sink_;
  LineFeed lines_;
  std::string out_;
  bool any_ = false, stopped_ = false;
  Nanos trace_start_;
  std::vector<std::string> ids_, parents_;
};

}  // namespace

Result<TraceHead> FindTrace(clickhouse::Client& client, std::string_view project,
                            TraceId trace_id) {
  SqlText sql;
  sql << "SELECT " << kTraceFields << ", end_time FROM vitrine.trace_rows FINAL WHERE project = ";
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
    if (start) return TraceHead{std::move(lines[0]), *start};
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
                                             TraceId trace_id, const TraceStart& start,
                                             const std::function<bool(std::string_view)>& sink) {
  SqlText sql;
  sql << "SELECT ";
  for (const SpanField& field : kSpanFields) {
    sql << (&field == kSpanFields ? "" : ", ")
        << (field.expression ? field.expression : field.name);
  }
  (sql << " FROM vitrine.span_rows FINAL WHERE project = ").Param(project);
  sql << " AND lower(hex(trace_id)) = '" << trace_id.ToHex() << "' AND is_fragment = 0";
  sql << " ORDER BY start_time, span_rows.span_id FORMAT JSONCompactEachRow";
  SpanRows rows(start, sink);
  const auto streamed = client.Stream(
      sql.sql(), [&](std::string_view bytes) { return rows.Feed(bytes); }, QuestionOptions(sql));
  if (!streamed) return std::unexpected(QuestionError(streamed.error()));
  return rows.MissingParents();
}

}  // namespace vitrine::query
