#include "query/internal/page_reader.h"

#include <algorithm>
#include <optional>
#include <span>

#include "query/internal/list_keys.h"
#include "query/internal/table_ends.h"
#include "query/limits.h"
#include "query/trace_place.h"

namespace vitrine::query {

namespace {

/// Rows looked at together for words that stand in many messages; while the page is not full, twice
/// as many as should fill it by what was found so far, but at most four times as many as last time.
/// A trace has some ten spans, of which half are calls.
constexpr uint32_t kWindowTraces = 2'000;
constexpr uint32_t kWindowCalls = 10'000;
constexpr uint32_t kWindowGrowth = 4;
constexpr uint32_t kWindowRowsMax = 2'000'000;
/// The next window is looked for within so many times the time that it should have: without a bound
/// the engine begins to read every partition.
constexpr int64_t kWindowReach = 4;

/// Candidates are looked for in steps of time, newest first: each part of the table that may hold
/// one costs as much as reading some thousand rows, and mostly the last hour fills a page.
constexpr int64_t kHour = 3'600 * kNanosPerSecond;
constexpr int64_t kSteps[] = {kHour, 24 * kHour, 8 * 24 * kHour};

std::unexpected<Error> Unexpected(const std::string& line) {
  return Fail(ErrorCode::kInternal, "unexpected row of a list: " + line);
}

class PageReader {
 public:
  PageReader(clickhouse::Client& client, const ListSource& source, const PageRequest& request,
             TextMatch match)
      : client_(client),
        source_(source),
        filter_(request.filter),
        match_(std::move(match)),
        keys_(source.unit),
        newest_(request.newest),
        digest_(request.digest),
        limit_(request.limit),
        window_rows_(source.unit == TextUnit::kTraces ? kWindowTraces : kWindowCalls) {}

  Result<ListPage> Read(std::optional<ListKey> cursor) {
    cursor_ = cursor;
    is_newest_ = !cursor && !filter_.to;
    if (!is_newest_) {
      Begin(cursor ? cursor->start : *filter_.to);
    } else if (const auto newest = SeenAtRest()) {
      Begin(*newest);
    }
    // One row more than the page says whether there is a next page.
    while (rows_.size() <= limit_ && !exhausted_) {
      if (match_.kind == TextMatch::Kind::kMany) {
        TRY(ReadWindow());
      } else if (IsNamedAtOnce()) {
        TRY(ReadMatches());
      } else {
        TRY_ASSIGN(exhausted_, ReadCandidates({}, {}));
      }
    }
    ListPage page;
    const size_t count = std::min<size_t>(rows_.size(), limit_);
    for (size_t i = 0; i < count; ++i) page.rows.push_back(std::move(rows_[i].json));
    if (rows_.size() > limit_) page.next_cursor = CursorText(rows_[limit_ - 1].key, digest_);
    return page;
  }

 private:
  /// Words say which few rows it can be.
  bool IsNamedAtOnce() const {
    return (match_.kind == TextMatch::Kind::kNamed && match_.ids.size() <= kNamedAtOnceMax) ||
           (match_.only_traces && match_.only_traces->size() <= kNamedAtOnceMax);
  }

  /// The next candidates behind the cursor and down to the floor, merged. True: there are no more.
  Result<bool> ReadCandidates(const TimeWindow& window, const std::optional<ListKey>& floor) {
    std::vector<Candidate> candidates;
    bool done = false;
    while (!done && candidates.size() + rows_.size() <= limit_) {
      TRY_ASSIGN(const bool is_step_done, ReadStep(window, floor, candidates));
      if (is_step_done && !floor && !begin_ && candidates.empty()) {
        TRY_ASSIGN(done, FindBegin());
      } else {
        done = is_step_done && (floor || !NextStep());
      }
    }
    std::span<const Candidate> left = candidates;
    while (!left.empty() && rows_.size() <= limit_) {
      const auto some = left.first(std::min<size_t>(left.size(), limit_ + 1 - rows_.size()));
      TRY(Merge(some));
      cursor_ = some.back().key;
      left = left.subspan(some.size());
    }
    return done && left.empty();
  }

  /// Appends candidates of the step of time in question. True: it has no more.
  Result<bool> ReadStep(const TimeWindow& window, const std::optional<ListKey>& floor,
                        std::vector<Candidate>& candidates) {
    const uint32_t wanted = (limit_ + 1) * kCandidatesPerRow;
    SqlText sql;
    sql << "SELECT reinterpretAsInt64(start_time), lower(hex(concat('', " << keys_.ids()
        << "))), toString(start_time) FROM " << source_.table << " WHERE ";
    source_.append_conditions(sql);
    keys_.AppendBehind(sql, candidates.empty() ? cursor_ : candidates.back().key);
    keys_.AppendDownTo(sql, floor);
    if (!floor) AppendStep(sql);
    AppendTextCondition(sql, filter_, match_, window);
    AppendFilter(sql, filter_.expression, CandidateScope(floor, candidates));
    sql << " AND is_deleted = 0 ORDER BY " << keys_.newest_first() << " LIMIT " << wanted
        << " FORMAT TSV";
    TRY_ASSIGN(const auto lines, AskLines(client_, sql));
    for (const std::string& line : lines) {
      const auto cells = CellsOf(line);
      const auto key = keys_.Read(cells);
      if (!key || cells.size() != 3) return Unexpected(line);
      if (&line == &lines.front() && is_newest_) Saw(key->start);
      if (candidates.empty() || candidates.back().key != *key)
        candidates.push_back({*key, std::string(cells[2])});
    }
    return lines.size() < wanted;
  }

  FilterScope Scope() const {
    FilterScope scope;
    scope.project = filter_.project;
    scope.from = filter_.from;
    scope.to = filter_.to;
    scope.lookups = &match_.lookups;
    return scope;
  }
  /// What ReadStep asks about.
  FilterScope CandidateScope(const std::optional<ListKey>& floor,
                             std::span<const Candidate> candidates) const {
    FilterScope scope = Scope();
    scope.is_candidates = true;
    const auto not_before = [&](Nanos time) {
      scope.from = std::max(scope.from.value_or(time), time);
    };
    const auto before = [&](Nanos time) { scope.to = std::min(scope.to.value_or(time), time); };
    if (!candidates.empty()) {
      before(candidates.back().key.start + 1);
    } else if (cursor_) {
      before(cursor_->start + 1);
    }
    if (floor) {
      not_before(floor->start);
      return scope;
    }
    if (!has_steps_) return scope;
    if (step_ > 0 && begin_) before(*begin_ + -kSteps[step_ - 1]);
    if (step_ == std::size(kSteps)) return scope;
    if (begin_) {
      not_before(*begin_ + -kSteps[step_]);
    } else if (!scope.from) {
      SqlText text;
      AppendBack(text, kSteps[step_]);
      scope.from_sql = text.sql();
    }
    return scope;
  }

  /// Appends the moment so long before the list begins.
  void AppendBack(SqlText& sql, int64_t ns) const {
    if (begin_) {
      sql.Time(*begin_ + -ns);
    } else {
      sql << "(now64(9) - toIntervalNanosecond(" << static_cast<uint64_t>(ns) << "))";
    }
  }

  /// Appends the bounds of the step of time in question: back from where the list begins.
  void AppendStep(SqlText& sql) const {
    if (!has_steps_) return;
    if (step_ > 0) AppendBack(sql << " AND start_time < ", kSteps[step_ - 1]);
    if (step_ < std::size(kSteps)) AppendBack(sql << " AND start_time >= ", kSteps[step_]);
  }

  /// Nothing came lately: steps begin at the newest row there is. True: there is none.
  Result<bool> FindBegin() {
    TRY_ASSIGN(const auto lines, AskAtEnd(client_, {source_.table, filter_.project,
                                                    "reinterpretAsInt64(start_time)", ""}));
    if (lines.empty()) return true;
    const auto newest = NumberOf(lines[0]);
    if (!newest) return Unexpected(lines[0]);
    Saw(Nanos{*newest});
    Begin(Nanos{*newest});
    return false;
  }

  void Saw(Nanos start) {
    if (newest_ != nullptr) newest_->Saw(filter_.project, start);
  }

  /// Where the newest row was, if it is older than the first step from now would reach. There may
  /// be newer ones since: the first step has no other end.
  std::optional<Nanos> SeenAtRest() const {
    return newest_ == nullptr ? std::nullopt : newest_->AtRest(filter_.project, kSteps[0]);
  }

  void Begin(Nanos begin) {
    begin_ = begin;
    // A cursor may say any time, and a sender's clock.
    has_steps_ = begin.since_epoch >= kSteps[std::size(kSteps) - 1];
    if (!has_steps_) step_ = std::size(kSteps);
  }

  /// False: the step in question was the last one.
  bool NextStep() {
    if (step_ == std::size(kSteps)) return false;
    const bool is_over = begin_ && filter_.from && *begin_ + -kSteps[step_] <= *filter_.from;
    ++step_;
    return !is_over;
  }

  /// Rows next behind the cursor.
  struct Window {
    int64_t count = 0;
    ListKey floor;  ///< The last of them.
    Nanos last;     ///< When the last of them ended.
  };

  /// The next window_rows_ of those that `append_bound` leaves, or all.
  Result<Window> FindWindow(const std::function<void(SqlText&)>& append_bound) {
    SqlText sql;
    sql << "SELECT reinterpretAsInt64(tupleElement(floor, 1)), lower(hex(tupleElement(floor, 2))), "
           "reinterpretAsInt64(last), count FROM (SELECT min((start_time, ids)) AS floor, "
           "max(end_time) AS last, count() AS count FROM (SELECT start_time, concat('', "
        << keys_.ids() << ") AS ids, end_time FROM " << source_.table << " WHERE ";
    source_.append_conditions(sql);
    keys_.AppendBehind(sql, cursor_);
    append_bound(sql);
    sql << " AND is_deleted = 0 ORDER BY " << keys_.newest_first() << " LIMIT " << window_rows_
        << ")) FORMAT TSV";
    TRY_ASSIGN(const auto lines, AskLines(client_, sql));
    const auto cells = lines.empty() ? std::vector<std::string_view>() : CellsOf(lines[0]);
    const auto count = cells.size() == 4 ? NumberOf(cells[3]) : std::nullopt;
    if (!count) return Unexpected(lines.empty() ? "" : lines[0]);
    if (*count == 0) return Window{};
    const auto floor = keys_.Read(cells);
    const auto last = NumberOf(cells[2]);
    if (!floor || !last) return Unexpected(lines[0]);
    return Window{*count, *floor, Nanos{*last}};
  }

  /// Looks where it should lie first: not far behind the window before, in the last hour at first.
  Result<Window> NextWindow() {
    if (has_steps_) {
      TRY_ASSIGN(const Window near, FindWindow([&](SqlText& sql) {
                   sql << " AND start_time >= ";
                   if (reach_) {
                     sql.Time(*reach_);
                   } else {
                     AppendBack(sql, kSteps[0]);
                   }
                 }));
      if (near.count == window_rows_) return near;
    }
    return FindWindow([](SqlText&) {});
  }

  /// Words of many messages: takes the newest rows behind the cursor as one window of time, so that
  /// only its calls are read.
  Result<void> ReadWindow() {
    TRY_ASSIGN(const Window window, NextWindow());
    if (window.count == 0) {
      exhausted_ = true;
      return {};
    }
    const Nanos began = cursor_ ? cursor_->start : begin_.value_or(window.last);
    bool done = false;
    while (rows_.size() <= limit_ && !done) {
      TRY_ASSIGN(done, ReadCandidates({window.floor.start, window.last}, window.floor));
    }
    if (!done) return {};
    cursor_ = window.floor;
    exhausted_ = window.count < static_cast<int64_t>(window_rows_);
    if (rows_.size() <= limit_) ReachOn(window, began);
    return {};
  }

  /// How large the window after this one is, and where it should lie. The page is not full.
  void ReachOn(const Window& window, Nanos began) {
    looked_at_ += window.count;
    const auto missing = static_cast<int64_t>(limit_ + 1 - rows_.size());
    const int64_t each = looked_at_ / static_cast<int64_t>(std::max<size_t>(rows_.size(), 1));
    const int64_t most = std::min<int64_t>(int64_t{window_rows_} * kWindowGrowth, kWindowRowsMax);
    window_rows_ = static_cast<uint32_t>(
        std::clamp<int64_t>(2 * missing * each, std::min(window.count, most), most));
    // As doubles, for a sender's clock may say any time.
    const double took = static_cast<double>(began.since_epoch) -
                        static_cast<double>(window.floor.start.since_epoch);
    const double reach = static_cast<double>(kWindowReach) * std::max(took, 0.0) * window_rows_ /
                         static_cast<double>(window.count);
    constexpr int64_t kFar = kSteps[std::size(kSteps) - 1];
    has_steps_ = reach < static_cast<double>(kFar) && window.floor.start.since_epoch >= kFar;
    if (has_steps_) reach_ = window.floor.start + -static_cast<int64_t>(reach);
  }

  /// Few rows hold the words: all of them behind the cursor at once.
  Result<void> ReadMatches() {
    exhausted_ = true;
    FilterScope scope = Scope();
    if (match_.only_traces && match_.only_traces->size() <= kNamedAtOnceMax)
      scope.traces = *match_.only_traces;
    SqlText places;
    TRY(AppendPlaces(client_, filter_.project,
                     scope.traces.empty() ? TracesOf(match_) : scope.traces, places));
    return TakeNewest(scope, [&](SqlText& sql) {
      keys_.AppendBehind(sql, cursor_);
      sql << places.sql();
      AppendTextCondition(sql, filter_, match_);
    });
  }

  /// Reads the newest version of the rows next behind the cursor and keeps those that match still.
  Result<void> Merge(std::span<const Candidate> candidates) {
    FilterScope scope = Scope();
    scope.from = candidates.back().key.start;
    scope.to = candidates.front().key.start + 1;
    if (!filter_.expression.is_everything()) {
      for (const Candidate& candidate : candidates) {
        std::string trace = candidate.key.trace_id.ToHex();
        if (scope.traces.empty() || scope.traces.back() != trace)
          scope.traces.push_back(std::move(trace));
      }
    }
    return TakeNewest(scope, [&](SqlText& sql) {
      keys_.AppendBehind(sql, cursor_);
      keys_.AppendDownTo(sql, candidates.back().key);
      AppendStarts(sql, candidates);
      // Which rows hold the words is known already, and another one may start at the same moment.
      if (match_.kind != TextMatch::Kind::kEverything) keys_.AppendOneOf(sql, candidates);
    });
  }

  /// Appends the newest versions that match and meet the condition on keys.
  Result<void> TakeNewest(const FilterScope& scope,
                          const std::function<void(SqlText&)>& append_keys) {
    SqlText sql;
    sql << "SELECT " << source_.columns << " FROM " << source_.table << " FINAL WHERE ";
    source_.append_conditions(sql);
    append_keys(sql);
    AppendFilter(sql, filter_.expression, scope);
    sql << " ORDER BY " << keys_.newest_first() << " LIMIT " << limit_ + 1;
    if (match_.kind == TextMatch::Kind::kEverything && filter_.expression.is_everything())
      sql << " SETTINGS " << kPlainStatement;
    sql << " FORMAT RowBinary";
    TRY_ASSIGN(const std::string answer, AskText(client_, sql));
    for (BinaryRow left(answer); !left.rest().empty();) {
      ListRow row = source_.read(left);
      if (!left.complete()) return Fail(ErrorCode::kInternal, "a row of a list was cut off");
      rows_.push_back(std::move(row));
    }
    return {};
  }

  clickhouse::Client& client_;
  const ListSource& source_;
  const TraceFilter& filter_;
  const TextMatch match_;
  const ListKeys keys_;
  NewestStarts* const newest_;
  const uint32_t digest_, limit_;
  std::optional<ListKey> cursor_;
  bool is_newest_ = false;      ///< The page begins with the newest row that matches.
  std::optional<Nanos> begin_;  ///< Nothing of the page is after it; now, where it is not known.
  bool has_steps_ = true;       ///< No: too near the beginning of time, all is one.
  size_t step_ = 0;             ///< Between the times kSteps[step_] and kSteps[step_ - 1] before.
  std::vector<ListRow> rows_;
  uint32_t window_rows_;
  int64_t looked_at_ = 0;       ///< Rows of all windows so far.
  std::optional<Nanos> reach_;  ///< The next window should lie behind it.
  bool exhausted_ = false;
};

}  // namespace

Result<ListPage> ReadPage(clickhouse::Client& client, const ListSource& source,
                          const PageRequest& request) {
  if (request.limit == 0 || request.limit > kPageSizeMax)
    return Fail(ErrorCode::kInvalidInput, "limit: is 1 to " + std::to_string(kPageSizeMax));
  std::optional<ListKey> cursor;
  if (!request.cursor.empty()) {
    TRY_ASSIGN(cursor, ParseCursor(request.cursor, request.digest));
  }
  TRY_ASSIGN(TextMatch match, FindText(client, request.filter, source.unit));
  if (match.is_nothing()) return ListPage{};
  return PageReader(client, source, request, std::move(match)).Read(cursor);
}

}  // namespace vitrine::query
