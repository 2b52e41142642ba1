#include "query/trace_list.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "query/cursor.h"
#include "query/internal/trace_text.h"
#include "query/text_search.h"

namespace vitrine::query {

namespace {

/// Traces looked at together for words that stand in many messages; four times as many each time
/// the page is still not full.
constexpr uint32_t kWindowTraces = 2'000;
constexpr uint32_t kWindowGrowth = 4;
constexpr uint32_t kWindowTracesMax = 2'000'000;

/// A row of the table that may be the newest version of a trace that belongs on the page.
struct Candidate {
  TraceCursor key;
  std::string start_text;  ///< As the engine reads it back.
};

std::unexpected<Error> Unexpected(const std::string& line) {
  return Fail(ErrorCode::kInternal, "unexpected row of traces: " + line);
}

std::vector<std::string_view> Cells(std::string_view line) {
  std::vector<std::string_view> cells;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find('\t', at), line.size());
    cells.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return cells;
}

std::optional<int64_t> Number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Reads "<nanoseconds>\t<hex id>".
std::optional<TraceCursor> KeyOf(std::span<const std::string_view> cells) {
  if (cells.size() < 2) return std::nullopt;
  const auto start = Number(cells[0]);
  const auto id = TraceId::FromHex(cells[1]);
  if (!start || !id) return std::nullopt;
  return TraceCursor{Nanos{*start}, *id};
}

void AppendBehind(SqlText& sql, const std::optional<TraceCursor>& cursor) {
  if (!cursor) return;
  (sql << " AND start_time <= ").Time(cursor->start);
  (sql << " AND (start_time < ").Time(cursor->start);
  sql << " OR trace_id < toFixedString(unhex('" << cursor->trace_id.ToHex() << "'), 16))";
}

/// Appends "not behind" the floor: the last trace that belongs to a window.
void AppendDownTo(SqlText& sql, const std::optional<TraceCursor>& floor) {
  if (!floor) return;
  (sql << " AND start_time >= ").Time(floor->start);
  (sql << " AND (start_time > ").Time(floor->start);
  sql << " OR trace_id >= toFixedString(unhex('" << floor->trace_id.ToHex() << "'), 16))";
}

/// Nothing else is looked at: by the sort key where the traces lie far apart.
void AppendStarts(SqlText& sql, std::span<const Candidate> candidates) {
  for (size_t i = 0; i < candidates.size(); ++i)
    sql << (i == 0 ? " AND start_time IN ('" : "', '") << candidates[i].start_text;
  sql << "')";
}

void AppendIds(SqlText& sql, std::span<const Candidate> candidates) {
  for (size_t i = 0; i < candidates.size(); ++i)
    sql << (i == 0 ? " AND trace_id IN (unhex('" : "'), unhex('")
        << candidates[i].key.trace_id.ToHex();
  sql << "'))";
}

class PageReader {
 public:
  PageReader(clickhouse::Client& client, const TraceListRequest& request, TextMatch match)
      : client_(client), filter_(request.filter), match_(std::move(match)), limit_(request.limit) {}

  Result<TracePage> Read(std::optional<TraceCursor> cursor) {
    cursor_ = cursor;
    // One row more than the page says whether there is a next page.
    while (rows_.size() <= limit_ && !exhausted_) {
      if (match_.kind == TextMatch::Kind::kMany) {
        TRY(ReadWindow());
      } else if (match_.kind == TextMatch::Kind::kTraces &&
                 match_.traces.size() <= kTracesAtOnceMax) {
        TRY(ReadMatches());
      } else {
        TRY_ASSIGN(exhausted_, ReadCandidates({}, {}));
      }
    }
    TracePage page;
    const size_t count = std::min<size_t>(rows_.size(), limit_);
    for (size_t i = 0; i < count; ++i) page.traces.push_back(std::move(rows_[i].json));
    if (rows_.size() > limit_)
      page.next_cursor = CursorText(rows_[limit_ - 1].key, FilterDigest(filter_));
    return page;
  }

 private:
  /// The next candidates behind the cursor and down to the floor, merged. True: there are no more.
  Result<bool> ReadCandidates(const TimeWindow& window, const std::optional<TraceCursor>& floor) {
    const uint32_t wanted = (limit_ + 1) * kCandidatesPerRow;
    SqlText sql;
    sql << "SELECT reinterpretAsInt64(start_time), lower(hex(trace_id)), toString(start_time) "
           "FROM vitrine.trace_rows WHERE ";
    AppendConditions(sql, filter_);
    AppendBehind(sql, cursor_);
    AppendDownTo(sql, floor);
    AppendTextCondition(sql, filter_, match_, window);
    sql << " AND is_deleted = 0 ORDER BY start_time DESC, trace_id DESC LIMIT " << wanted
        << " FORMAT TSV";
    TRY_ASSIGN(const auto lines, AskLines(client_, sql));
    std::vector<Candidate> candidates;
    for (const std::string& line : lines) {
      const auto cells = Cells(line);
      const auto key = KeyOf(cells);
      if (!key || cells.size() != 3) return Unexpected(line);
      if (candidates.empty() || candidates.back().key != *key)
        candidates.push_back({*key, std::string(cells[2])});
    }
    std::span<const Candidate> left = candidates;
    while (!left.empty() && rows_.size() <= limit_) {
      const auto step = left.first(std::min<size_t>(left.size(), limit_ + 1 - rows_.size()));
      TRY(Merge(step));
      cursor_ = step.back().key;
      left = left.subspan(step.size());
    }
    return lines.size() < wanted;
  }

  /// Words of many messages: takes the newest traces behind the cursor as one window of time, so
  /// that only its calls are read.
  Result<void> ReadWindow() {
    SqlText sql;
    sql << "SELECT reinterpretAsInt64(tupleElement(floor, 1)), lower(hex(tupleElement(floor, 2))), "
           "reinterpretAsInt64(last), count FROM (SELECT min((start_time, trace_id)) AS floor, "
           "max(end_time) AS last, count() AS count FROM (SELECT start_time, trace_id, end_time "
           "FROM vitrine.trace_rows WHERE ";
    AppendConditions(sql, filter_);
    AppendBehind(sql, cursor_);
    sql << " AND is_deleted = 0 ORDER BY start_time DESC, trace_id DESC LIMIT " << window_traces_
        << ")) FORMAT TSV";
    TRY_ASSIGN(const auto lines, AskLines(client_, sql));
    const auto cells = lines.empty() ? std::vector<std::string_view>() : Cells(lines[0]);
    const auto floor = KeyOf(cells);
    const auto last = cells.size() == 4 ? Number(cells[2]) : std::nullopt;
    const auto count = cells.size() == 4 ? Number(cells[3]) : std::nullopt;
    if (!floor || !last || !count) return Unexpected(lines.empty() ? "" : lines[0]);
    if (*count == 0) {
      exhausted_ = true;
      return {};
    }
    bool done = false;
    while (rows_.size() <= limit_ && !done) {
      TRY_ASSIGN(done, ReadCandidates({floor->start, Nanos{*last}}, floor));
    }
    if (!done) return {};
    cursor_ = *floor;
    exhausted_ = *count < static_cast<int64_t>(window_traces_);
    window_traces_ = std::min(window_traces_ * kWindowGrowth, kWindowTracesMax);
    return {};
  }

  /// Few traces hold the words: all of them behind the cursor, newest versions at once.
  Result<void> ReadMatches() {
    SqlText sql;
    sql << "SELECT " << kTraceTextColumns << " FROM vitrine.trace_rows FINAL WHERE ";
    AppendConditions(sql, filter_);
    AppendBehind(sql, cursor_);
    AppendTextCondition(sql, filter_, match_);
    sql << " ORDER BY start_time DESC, trace_id DESC LIMIT " << limit_ + 1 << " FORMAT RowBinary";
    exhausted_ = true;
    return Take(sql);
  }

  /// Reads the newest version of the traces next behind the cursor and keeps those that match
  /// still.
  Result<void> Merge(std::span<const Candidate> candidates) {
    SqlText sql;
    sql << "SELECT " << kTraceTextColumns << " FROM vitrine.trace_rows FINAL WHERE ";
    AppendConditions(sql, filter_);
    AppendBehind(sql, cursor_);
    AppendDownTo(sql, candidates.back().key);
    AppendStarts(sql, candidates);
    // Which traces hold the words is known already, and another one may start at the same moment.
    if (match_.kind != TextMatch::Kind::kEverything) AppendIds(sql, candidates);
    sql << " ORDER BY start_time DESC, trace_id DESC FORMAT RowBinary";
    return Take(sql);
  }

  /// Appends the rows that the statement answers.
  Result<void> Take(const SqlText& sql) {
    TRY_ASSIGN(const std::string answer, AskText(client_, sql));
    for (BinaryRow left(answer); !left.rest().empty();) {
      TraceText read = ReadTraceText(left);
      if (!left.complete()) return Fail(ErrorCode::kInternal, "a row of traces was cut off");
      // A row's versions may lie on both sides of a step's last candidate.
      const bool known =
          std::ranges::any_of(rows_, [&](const TraceText& row) { return row.key == read.key; });
      if (!known) rows_.push_back(std::move(read));
    }
    return {};
  }

  clickhouse::Client& client_;
  const TraceFilter& filter_;
  const TextMatch match_;
  const uint32_t limit_;
  std::optional<TraceCursor> cursor_;
  std::vector<TraceText> rows_;
  uint32_t window_traces_ = kWindowTraces;
  bool exhausted_ = false;
};

}  // namespace

Result<TracePage> ListTraces(clickhouse::Client& client, const TraceListRequest& request) {
  TRY(CheckFilter(request.filter));
  if (request.limit == 0 || request.limit > kPageSizeMax)
    return Fail(ErrorCode::kInvalidInput, "limit: is 1 to " + std::to_string(kPageSizeMax));
  std::optional<TraceCursor> cursor;
  if (!request.cursor.empty()) {
    TRY_ASSIGN(cursor, ParseCursor(request.cursor, FilterDigest(request.filter)));
  }
  TRY_ASSIGN(TextMatch match, FindText(client, request.filter));
  if (match.kind == TextMatch::Kind::kTraces && match.traces.empty()) return TracePage{};
  return PageReader(client, request, std::move(match)).Read(cursor);
}

}  // namespace vitrine::query
