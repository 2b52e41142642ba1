// Settlement, second half: writing what was decided, in the order that makes replays exact, and
// what happens to rows that the engine refuses.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>

#include "platform/thread_turns.h"
#include "settle/facts.h"
#include "settle/limits.h"
#include "settle/settlement.h"
#include "storage/schema/span_table_writer.h"

namespace vitrine::settle {

using storage::StoredSpan;

namespace {

/// How a refused row is called: `file` is the same for every replay and re-send of the row.
struct RowName {
  std::string_view project;
  std::string identity, file;
};

std::string Hex(uint64_t number) {
  std::array<char, 17> text;
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

RowName NameOf(const StoredSpan* stored, std::string_view) {
  const StoredSpan& row = *stored;
  std::string trace = row.span.trace_id.ToHex(), span = row.span.span_id.ToHex();
  std::string identity = "trace " + trace + " span " + span;
  if (row.is_deleted) identity += " (removal from an earlier place)";
  return {row.project, std::move(identity),
          trace + "-" + span + "-" + Hex(row.digest) + (row.is_deleted ? "-removal" : "")};
}

constexpr const char* kIngestTable = "ingest_ledger_rows";

std::chrono::year_month MonthOf(int64_t minute) {
  const std::chrono::sys_days day{std::chrono::days(minute / (24 * 60))};
  const std::chrono::year_month_day date{day};
  return date.year() / date.month();
}

std::string IdentityOf(const TraceRow& row) { return "trace " + row.trace_id.ToHex(); }
std::string IdentityOf(const TracePlaceRow& row) {
  return "place of trace " + row.extent.trace_id.ToHex();
}
std::string IdentityOf(const TimelineRow& row) {
  return "trace " + row.trace_id.ToHex() + " span " + row.span_id.ToHex();
}
std::string IdentityOf(const ExchangeRow& row) {
  return "trace " + row.trace_id.ToHex() + " span " + row.span_id.ToHex();
}
std::string IdentityOf(const ScoreRow& row) { return "score " + row.score_id.ToHex(); }
template <typename ContentRow>
std::string IdentityOf(const ContentRow& row) {
  return "content " + row.hash.ToHex();
}

template <typename Row>
std::string_view ProjectOf(const Row& row) {
  if constexpr (requires { row.place; }) {
    return row.place.project;
  } else {
    return row.project;
  }
}

template <typename Row>
RowName NameOf(const Row& row, std::string_view native) {
  return {ProjectOf(row), IdentityOf(row), Hex(std::hash<std::string_view>()(native))};
}

}  // namespace

/// Halves a refused block until the culprits stand alone; the rest goes in.
template <typename Row>
Result<void> Settlement::InsertRows(std::string_view table, std::span<const Row> rows,
                                    clickhouse::NativeBlock (*build)(std::span<const Row>),
                                    const std::function<void(const Row&, const Error&)>& refuse) {
  if (rows.empty()) return {};
  const size_t blocks = (rows.size() + kRowsPerBlock - 1) / kRowsPerBlock;
  const auto block = [&](size_t i) {
    const size_t at = i * kRowsPerBlock;
    return build(rows.subspan(at, std::min(kRowsPerBlock, rows.size() - at)));
  };
  Result<void> inserted = store_.Insert(table, {rows.size(), blocks, block});
  if (inserted || inserted.error().code == ErrorCode::kCancelled) return inserted;
  if (rows.size() == 1) {
    std::string native = build(rows).Serialize();
    RowName name = NameOf(rows[0], native);
    TRY(quarantine_.Add(std::string(table) + "-" + name.file,
                        {table, name.project, name.identity, inserted.error().message, native}));
    if (refuse) refuse(rows[0], inserted.error());
    return {};
  }
  TRY(InsertRows(table, rows.first(rows.size() / 2), build, refuse));
  return InsertRows(table, rows.subspan(rows.size() / 2), build, refuse);
}

Result<void> Settlement::WriteContent() {
  JoinFragments();
  const NewContent content = state_.content.TakeNew();
  TRY(InsertRows<AttachmentRow>("attachment_rows", content.attachments, AttachmentBlock, nullptr));
  TRY(InsertRows<MessageRow>("message_rows", content.messages, MessageBlock, nullptr));
  TRY(InsertRows<TimelineRow>("timeline_rows", timelines_, TimelineBlock, nullptr));
  TRY(InsertRows<ExchangeRow>("exchange_rows", exchanges_, ExchangeBlock, nullptr));
  return WriteScores();
}

namespace {

/// What the table keeps one row of, beside the id.
auto PlaceOf(const model::Score& score) {
  return std::tie(score.time, score.name, score.trace_id, score.span_id, score.session_id,
                  score.response_id);
}

}  // namespace

/// A score that says another time, name or thing than it did before takes its earlier row away.
/// Only once it is stored itself, as spans do.
Result<void> Settlement::WriteScores() {
  std::map<std::pair<std::string_view, ContentHash>, const ScoreRow*> latest;
  for (const ScoreRow& row : scores_) latest[{row.project, row.score_id}] = &row;
  std::vector<ScoreRow> rows;
  rows.reserve(latest.size());
  for (const auto& [key, row] : latest) rows.push_back(*row);
  TRY(InsertRows<ScoreRow>("score_rows", rows, ScoreBlock, [&](const ScoreRow& row, const Error&) {
    latest.erase({row.project, row.score_id});
    ingest_.AddQuarantined(row.project, "scores", scores_received_);
  }));
  std::map<std::string_view, std::vector<ContentHash>> ids;
  for (const auto& [key, row] : latest) ids[key.first].push_back(key.second);
  std::vector<ScoreRow> removals;
  for (const auto& [project, all] : ids) {
    for (size_t at = 0; at < all.size(); at += kReadBackScoresMax) {
      const auto piece = std::span(all).subspan(at, std::min(kReadBackScoresMax, all.size() - at));
      TRY_ASSIGN(const auto places, store_.ReadScorePlaces(project, piece, number_, arena_));
      for (const EngineStore::ScorePlace& place : places) {
        const ScoreRow& row = *latest.at({project, place.score_id});
        if (PlaceOf(place.score) == PlaceOf(row.score)) continue;
        removals.push_back({project, row.day, place.score_id, number_, true, place.score});
      }
    }
  }
  return InsertRows<ScoreRow>("score_rows", removals, ScoreBlock, nullptr);
}

/// Before any row that lies there: what has no place is not stored, also after a crash in between.
Result<void> Settlement::WritePlaces() {
  std::vector<TracePlaceRow> rows;
  for (auto& [key, trace] : traces_) {
    if (const auto row = BuildPlaceRow(key, *trace, number_)) rows.push_back(*row);
  }
  return InsertRows<TracePlaceRow>("trace_place_rows", rows, TracePlaceBlock, nullptr);
}

Result<void> Settlement::WriteRollups() {
  for (const auto& [key, change] : changes_) {
    if (change.stored != nullptr) rollups_.Add(*change.stored, -1);
    rollups_.Add(change.row, +1);
  }
  return AddRollups(rollups_, 2 * number_);
}

/// Sums are added once and whole: a block that the engine refuses is kept in quarantine as it is.
Result<void> Settlement::AddRollups(const RollupDelta& delta, uint64_t number) {
  for (const RollupTable table : kRollupTables) TRY(AddRollups(table, delta.Finish(table), number));
  return {};
}

Result<void> Settlement::AddRollups(RollupTable table, const RollupDelta::Sums& sums,
                                    uint64_t number) {
  std::map<std::chrono::year_month, std::vector<const RollupEntry*>> by_month;
  for (const RollupEntry& entry : sums) by_month[MonthOf(entry.first.minute)].push_back(&entry);
  for (const auto& [month, entries] : by_month) {
    const auto block = [&](size_t) { return RollupBlock(table, entries, number); };
    const RollupKey& first = entries.front()->first;
    TRY(AddSums(TableName(table), month, number, {entries.size(), 1, block},
                {first.project, first.minute, "service " + first.service}));
  }
  return {};
}

Result<void> Settlement::AddSums(const std::string& table, std::chrono::year_month month,
                                 uint64_t number, const EngineStore::Rows& rows,
                                 const FirstOfSums& first) {
  const Result<void> added = store_.AddSums(table, month, number, rows, is_replay_);
  if (added || added.error().code == ErrorCode::kCancelled) return added;
  const Nanos minute{first.minute * 60 * kNanosPerSecond};
  return quarantine_.Add(
      table + "-" + Hex(number) + "-" + Hex(static_cast<uint64_t>(first.minute)),
      {table, first.project,
       std::to_string(rows.count) + " sums from minute " + FormatRfc3339(minute) + " " + first.what,
       added.error().message, rows.block(0).Serialize()});
}

/// Removals of rows that a row of this batch replaces in another place of the table.
std::vector<StoredSpan> Settlement::Tombstones() const {
  std::vector<StoredSpan> rows = leftovers_;
  for (const auto& [key, change] : changes_) {
    if (change.stored == nullptr || change.is_refused) continue;
    const StoredSpan& old = *change.stored;
    if (old.span.start != change.row.span.start || old.day != change.row.day) rows.push_back(old);
  }
  std::erase_if(rows, [&](const StoredSpan& row) {
    auto found = changes_.find(SpanKey{{row.project, row.span.trace_id}, row.span.span_id});
    return found != changes_.end() && !found->second.is_refused &&
           found->second.row.span.start == row.span.start && found->second.row.day == row.day;
  });
  for (StoredSpan& row : rows) {
    row.version = number_;
    row.is_deleted = true;
  }
  return rows;
}

namespace {

clickhouse::NativeBlock SpanBlock(std::span<const StoredSpan* const> rows) {
  storage::SpanTableWriter writer;
  for (const StoredSpan* row : rows) {
    writer.Append(*row);
    platform::YieldIfLong();
  }
  return writer.Take();
}

bool TableOrder(const StoredSpan* a, const StoredSpan* b) {
  auto key = [](const StoredSpan& row) {
    return std::tie(row.day, row.project, row.span.start, row.span.trace_id, row.span.span_id,
                    row.is_deleted);
  };
  return key(*a) < key(*b);
}

}  // namespace

/// Rows are some kilobytes each; their places are sorted instead.
Result<void> Settlement::InsertSpans(
    std::vector<const StoredSpan*> rows,
    const std::function<void(const StoredSpan* const&, const Error&)>& refuse) {
  // As the table has them: an insert need not sort them again.
  std::sort(rows.begin(), rows.end(), TableOrder);
  // Many days come only from imports; pieces of at most kDaysPerInsertMax partitions keep an
  // insert's parts few.
  for (size_t at = 0; at < rows.size();) {
    size_t end = at;
    size_t days = 0;
    for (; end < rows.size(); ++end) {
      bool new_day = end == at || rows[end]->day != rows[end - 1]->day;
      if (new_day && days == kDaysPerInsertMax) break;
      days += new_day ? 1 : 0;
    }
    TRY(InsertRows<const StoredSpan*>("span_rows", std::span(rows).subspan(at, end - at), SpanBlock,
                                      refuse));
    at = end;
  }
  return {};
}

/// A refused row is taken out of everything that was decided with it: what rollups had added, and
/// the trace's facts, so that the trace's totals say what is stored. What inherited from it or was
/// not counted because of it is decided anew when the trace is next touched.
void Settlement::NoteRefused(const StoredSpan& row) {
  auto found = changes_.find(SpanKey{{row.project, row.span.trace_id}, row.span.span_id});
  if (found == changes_.end()) return;
  Change& change = found->second;
  change.is_refused = true;
  if (!change.is_rewrite)
    ingest_.AddQuarantined(row.project, model::Name(row.capture), row.received);
  refused_.Add(row, -1);
  TraceState& trace = *traces_.at(found->first.trace);
  if (change.stored != nullptr) {
    refused_.Add(*change.stored, +1);
    trace.Upsert(FactsOf(*change.stored, trace));
  } else {
    trace.Erase(row.span.span_id);
  }
  state_.ledger.Account(found->first.trace);
}

Result<void> Settlement::WriteSpans() {
  std::vector<const StoredSpan*> rows;
  rows.reserve(changes_.size());
  for (const auto& [key, change] : changes_) {
    // Finding the refused ones again takes longer than a server in trouble may live.
    bool known = is_replay_ && quarantine_.Contains("span_rows-" + NameOf(&change.row, {}).file);
    if (known) {
      NoteRefused(change.row);
    } else {
      rows.push_back(&change.row);
    }
  }
  counts_.spans_written = changes_.size() - counts_.spans_rewritten;
  TRY(InsertSpans(std::move(rows),
                  [&](const StoredSpan* row, const Error&) { NoteRefused(*row); }));
  // Only now: a removal that came before a row which is then refused, or never comes because of a
  // crash, would take the span away.
  const std::vector<StoredSpan> removals = Tombstones();
  rows.clear();
  for (const StoredSpan& row : removals) rows.push_back(&row);
  TRY(InsertSpans(std::move(rows), nullptr));
  return AddRollups(refused_, 2 * number_ + 1);
}

Result<void> Settlement::WriteTraces() {
  std::vector<TraceRow> rows;
  for (auto& [key, trace] : traces_) {
    for (TraceRow& row : BuildTraceRows(key, *trace, number_)) rows.push_back(std::move(row));
    platform::YieldIfLong();
  }
  return InsertRows<TraceRow>("trace_rows", rows, TraceBlock, nullptr);
}

Result<void> Settlement::WriteIngest() {
  std::map<std::chrono::year_month, std::vector<const IngestEntry*>> by_month;
  for (const IngestEntry& entry : ingest_.rows())
    by_month[MonthOf(entry.first.minute)].push_back(&entry);
  for (const auto& [month, entries] : by_month) {
    const auto block = [&](size_t) { return IngestBlock(entries, number_); };
    TRY(AddSums(kIngestTable, month, number_, {entries.size(), 1, block},
                {entries.front()->first.project, entries.front()->first.minute, "of the ledger"}));
  }
  return {};
}

}  // namespace vitrine::settle
