#include "query/slowest_traces.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "base/beside.h"
#include "query/internal/binary_rows.h"
#include "query/internal/critical_path.h"
#include "query/internal/stage_rules.h"
#include "query/limits.h"
#include "query/text_search.h"
#include "query/trace_view.h"
#include "storage/schema/row_lookup.h"

namespace vitrine::query {
namespace {

constexpr const char* kOfKnownLength = " WHERE end_time >= start_time";

struct TracePlace {
  TraceId id;
  int64_t start = 0, end = 0;
  uint64_t span_count = 0;
};

struct TracePart {
  std::vector<TracePlace> traces;
  uint64_t span_count = 0;
};

using LineKey = std::tuple<std::string, std::string, std::string>;  ///< Stage, name, kind.
/// What one trace's path was made of.
using PathTimes = std::map<LineKey, int64_t>;

struct StoredSpan {
  PathSpan path;
  int64_t ttft = -1;  ///< Unknown: -1.
  uint64_t version = 0;
  bool is_deleted = false, is_fragment = false;
  const std::string *kind = nullptr, *name = nullptr, *stage = nullptr;  ///< Of the texts.
};

struct TraceIdHash {
  size_t operator()(const TraceId& id) const { return id.Low64(); }
};

/// Every version of the spans of some traces, as they come; their texts, each once.
struct ReadSpans {
  std::unordered_map<TraceId, std::vector<StoredSpan>, TraceIdHash> spans;
  std::set<std::string, std::less<>> texts;

  const std::string* Text(std::string_view text) {
    const auto found = texts.find(text);
    return found != texts.end() ? &*found : &*texts.emplace(text).first;
  }
};

Result<uint64_t> CountTraces(clickhouse::Client& client, const TraceFilter& filter,
                             const TextMatch& match) {
  SqlText sql;
  sql << "SELECT count() FROM ";
  AppendMatchingTraces(sql, filter, match);
  sql << kOfKnownLength << " FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  BinaryRow row(answer);
  const auto count = row.Number<uint64_t>();
  if (!row.complete()) return Fail(ErrorCode::kInternal, "unexpected count of traces");
  return count;
}

/// `count` traces from the `skip`th slowest on, as many as their spans allow.
Result<TracePart> ReadPart(clickhouse::Client& client, const TraceFilter& filter,
                           const TextMatch& match, uint64_t count, uint64_t skip) {
  TracePart part;
  if (count == 0) return part;
  SqlText sql;
  sql << "SELECT trace_id, reinterpretAsInt64(start_time) AS a, reinterpretAsInt64(end_time) AS b, "
         "toUInt64(span_count) FROM ";
  AppendMatchingTraces(sql, filter, match);
  sql << kOfKnownLength << " ORDER BY b - a DESC, trace_id LIMIT " << count << " OFFSET " << skip
      << " FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  for (BinaryRow row(answer); !row.rest().empty();) {
    TracePlace place;
    if (const auto id = TraceId::FromBytes(row.Bytes(TraceId::size))) place.id = *id;
    place.start = row.Int64();
    place.end = row.Int64();
    place.span_count = row.Number<uint64_t>();
    if (!row.complete()) return Fail(ErrorCode::kInternal, "a row of traces was cut off");
    if (part.span_count + place.span_count > kPathSpansMax) continue;
    part.span_count += place.span_count;
    part.traces.push_back(place);
  }
  return part;
}

uint64_t IdOf(std::string_view bytes) {
  const auto id = SpanId::FromBytes(bytes);
  return id ? id->Low64() : 0;
}

/// Appends which rows: those of the traces of both parts.
void AppendRows(SqlText& sql, std::string_view project, const TracePart& slowest,
                const TracePart& usual) {
  Nanos first{std::numeric_limits<int64_t>::max()}, last{std::numeric_limits<int64_t>::min()};
  std::vector<TraceId> ids;
  for (const TracePart* part : {&slowest, &usual}) {
    for (const TracePlace& trace : part->traces) {
      ids.push_back(trace.id);
      first = std::min(first, Nanos{trace.start});
      last = std::max(last, Nanos{trace.end});
    }
  }
  (sql << " FROM vitrine.span_rows PREWHERE project = ").Param(project);
  (sql << " AND start_time >= ").Time(first);
  (sql << " AND start_time <= ").Time(last) << storage::OfTracesSql(ids);
}

/// Asks for rows and hands them over as they come: they need no order, and few are all versions.
template <typename Read, typename Take>
Result<void> StreamRows(clickhouse::Client& client, const SqlText& sql, const Read& read,
                        const Take& take) {
  BinaryFeed feed;
  const auto streamed = client.Stream(
      sql.sql(),
      [&](std::string_view bytes) {
        feed.Feed(bytes, read, take);
        return true;
      },
      QuestionOptions(sql));
  if (!streamed) return std::unexpected(QuestionError(streamed.error()));
  if (!feed.is_at_end()) return Fail(ErrorCode::kInternal, "a row of spans was cut off");
  return {};
}

Result<void> ReadAllSpans(clickhouse::Client& client, std::string_view project,
                          const TracePart& slowest, const TracePart& usual, ReadSpans& all) {
  SqlText sql;
  sql << "SELECT is_deleted, is_fragment, version, trace_id, span_id, parent_span_id, "
         "reinterpretAsInt64(start_time), reinterpretAsInt64(end_time), ttft_ns, CAST(kind, "
         "'String'), CAST(name, 'String'), CAST(rare_stage, 'String')";
  AppendRows(sql, project, slowest, usual);
  sql << " FORMAT RowBinary";
  struct Row {
    TraceId trace;
    StoredSpan span;
    std::string_view kind, name, stage;
  };
  const auto read = [](BinaryRow& row) {
    Row values;
    StoredSpan& span = values.span;
    span.is_deleted = row.Bool();
    span.is_fragment = row.Bool();
    span.version = row.Number<uint64_t>();
    if (const auto id = TraceId::FromBytes(row.Bytes(TraceId::size))) values.trace = *id;
    span.path.id = IdOf(row.Bytes(SpanId::size));
    span.path.parent = IdOf(row.Bytes(SpanId::size));
    span.path.start = row.Int64();
    span.path.end = std::max(row.Int64(), span.path.start);
    span.ttft = row.NumberOrNull<int64_t>().value_or(-1);
    values.kind = row.Text();
    values.name = row.Text();
    values.stage = row.Text();
    return values;
  };
  return StreamRows(client, sql, read, [&](const Row& row) {
    StoredSpan& span = all.spans[row.trace].emplace_back(row.span);
    span.kind = all.Text(row.kind);
    span.name = all.Text(row.name);
    span.stage = all.Text(row.stage);
  });
}

/// The spans of a trace by their starts. One has several versions, and a tombstone where its start
/// changed: the newest stands.
std::vector<StoredSpan> NewestOf(ReadSpans& all, TraceId trace) {
  std::vector<StoredSpan> spans = std::move(all.spans[trace]);
  std::ranges::sort(spans, {}, [](const StoredSpan& span) {
    return std::tuple(span.path.start, span.path.id, ~span.version, span.is_deleted);
  });
  const auto same = std::ranges::unique(
      spans, {}, [](const StoredSpan& span) { return std::pair(span.path.start, span.path.id); });
  spans.erase(same.begin(), same.end());
  std::erase_if(spans, [](const StoredSpan& span) { return span.is_deleted || span.is_fragment; });
  return spans;
}

/// What the path of one trace was made of. Of a call, what lies before its first token is a stage
/// of its own.
PathTimes TimesOf(const std::vector<StoredSpan>& spans) {
  int64_t first_call = std::numeric_limits<int64_t>::max();
  std::vector<PathSpan> paths;
  for (const StoredSpan& span : spans) {
    paths.push_back(span.path);
    if (*span.kind == "llm") first_call = std::min(first_call, span.path.start);
  }
  PathTimes times;
  for (const PathPiece& piece : CriticalPath(paths)) {
    const StoredSpan& span = spans[piece.span];
    const std::string_view stage =
        StageOf({*span.stage, *span.kind, *span.name, span.path.start < first_call});
    int64_t from = piece.from;
    if (stage == kGenerationStage && span.ttft >= 0) {
      const int64_t first_token = std::min(span.path.start + span.ttft, piece.to);
      if (first_token > from) {
        times[{std::string(kFirstTokenStage), *span.name, *span.kind}] += first_token - from;
        from = first_token;
      }
    }
    if (from < piece.to) times[{std::string(stage), *span.name, *span.kind}] += piece.to - from;
  }
  return times;
}

/// Adds up the paths of both parts.
class PathSums {
 public:
  void Add(TraceId trace, const PathTimes& times, bool is_slowest, SlowestReport& report) {
    std::map<std::string, int64_t> stages;
    for (const auto& [key, ns] : times) {
      AddTo(names_[key], trace, ns, is_slowest);
      stages[std::get<0>(key)] += ns;
      (is_slowest ? report.slowest_ns : report.usual_ns) += ns;
    }
    for (const auto& [stage, ns] : stages) AddTo(stages_[stage], trace, ns, is_slowest);
  }

  void Finish(SlowestReport& report) {
    for (auto& [stage, line] : stages_) {
      line.stage = stage;
      report.stages.push_back(std::move(line));
    }
    for (auto& [key, line] : names_) {
      std::tie(line.stage, line.name, line.kind) = key;
      report.names.push_back(std::move(line));
    }
    const auto by_time = [](const PathLine& a, const PathLine& b) {
      return std::tie(b.slowest_ns, b.usual_ns, a.stage, a.name) <
             std::tie(a.slowest_ns, a.usual_ns, b.stage, b.name);
    };
    std::ranges::sort(report.stages, by_time);
    std::ranges::sort(report.names, by_time);
    report.name_count = report.names.size();
    if (report.names.size() > kPathNamesMax) report.names.resize(kPathNamesMax);
  }

 private:
  static void AddTo(PathLine& line, TraceId trace, int64_t ns, bool is_slowest) {
    (is_slowest ? line.slowest_ns : line.usual_ns) += ns;
    ++(is_slowest ? line.slowest_traces : line.usual_traces);
    if (!is_slowest || ns <= line.longest_ns) return;
    line.longest_ns = ns;
    line.longest_trace = trace;
  }

  std::map<std::string, PathLine> stages_;
  std::map<LineKey, PathLine> names_;
};

/// Reads the spans of both parts at once: a day's rows are gone through once.
Result<void> AddPaths(clickhouse::Client& client, std::string_view project,
                      const TracePart& slowest, const TracePart& usual, PathSums& sums,
                      SlowestReport& report) {
  if (slowest.traces.empty() && usual.traces.empty()) return {};
  ReadSpans all;
  TRY(ReadAllSpans(client, project, slowest, usual, all));
  for (const TracePart* part : {&slowest, &usual}) {
    for (const TracePlace& trace : part->traces)
      sums.Add(trace.id, TimesOf(NewestOf(all, trace.id)), part == &slowest, report);
  }
  return {};
}

}  // namespace

Result<SlowestReport> FindSlowest(clickhouse::Client& client, const SlowestRequest& request) {
  TRY(CheckFilter(request.filter));
  if (request.per_mille == 0 || request.per_mille > kSlowestPerMilleMax) {
    return Fail(ErrorCode::kInvalidInput,
                "per_mille: is 1 to " + std::to_string(kSlowestPerMilleMax));
  }
  SlowestReport report;
  TRY_ASSIGN(const TextMatch match, FindText(client, request.filter));
  if (match.is_nothing()) return report;
  TRY_ASSIGN(report.trace_count, CountTraces(client, request.filter, match));
  report.slowest_count = (report.trace_count * request.per_mille + 999) / 1000;
  const uint64_t count = std::min<uint64_t>(report.slowest_count, kPathTracesMax);
  // With fewer traces the middle would be a part of the slowest.
  const bool has_middle = report.trace_count >= kMiddleTracesMin;
  auto middle = RunBeside([&] {
    return ReadPart(client, request.filter, match, has_middle ? count : 0,
                    (report.trace_count - count) / 2);
  });
  TRY_ASSIGN(const TracePart slowest, ReadPart(client, request.filter, match, count, 0));
  TRY_ASSIGN(const TracePart usual, middle.get());
  PathSums sums;
  TRY(AddPaths(client, request.filter.project, slowest, usual, sums, report));
  report.slowest_read = slowest.traces.size();
  report.usual_read = usual.traces.size();
  const auto length = [](const TracePlace& trace) { return trace.end - trace.start; };
  if (!slowest.traces.empty()) report.least_duration_ns = length(slowest.traces.back());
  if (!usual.traces.empty())
    report.median_duration_ns = length(usual.traces[usual.traces.size() / 2]);
  for (const TracePlace& trace : slowest.traces) report.traces.push_back(trace.id);
  sums.Finish(report);
  return report;
}

}  // namespace vitrine::query
