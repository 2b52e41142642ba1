#include "settle/settlement.h"

#include <algorithm>
#include <map>

#include "platform/thread_turns.h"
#include "settle/counting.h"
#include "settle/facts.h"
#include "settle/limits.h"
#include "settle/merge.h"
#include "settle/row_builder.h"
#include "settle/row_keeper.h"

namespace vitrine::settle {

using storage::StoredSpan;

Settlement::Settlement(SettleState& state, EngineStore& store, Quarantine& quarantine,
                       uint64_t number, bool is_replay)
    : state_(state),
      store_(store),
      quarantine_(quarantine),
      number_(number),
      is_replay_(is_replay) {}

void Settlement::Add(model::SpanBatch batch, const wal::Record& record) {
  const std::string_view project = *projects_.insert(batch.project).first;
  for (const model::Span& span : batch.spans) {
    AddSpan(span, batch, project);
    platform::YieldIfLong();
  }
  AddScores(batch, project);
  ingest_.Add(batch);
  const bool is_borrowed = std::ranges::any_of(
      batch.spans, [](const model::Span& span) { return span.exchange != nullptr; });
  if (!is_borrowed) return;
  // What one of a buffer's records borrows keeps the whole of it.
  if (kept_.empty() || kept_.back().buffer != record.buffer) kept_bytes_ += record.buffer->size();
  kept_bytes_ += batch.arena.reserved_bytes();
  kept_.push_back({std::move(batch), record.buffer});
}

size_t Settlement::size_bytes() const {
  return arena_.reserved_bytes() + kept_bytes_ + changes_.size() * sizeof(Change);
}

void Settlement::AddSpan(const model::Span& span, const model::SpanBatch& batch,
                         std::string_view project) {
  StoredSpan row = BuildRow(span, {project, batch.capture, batch.received}, state_.content, arena_);
  row.version = number_;
  if (!span.timeline.offsets_ns.empty()) {
    const model::TokenTimeline timeline{arena_.CopyArray(span.timeline.offsets_ns),
                                        arena_.CopyArray(span.timeline.sizes)};
    timelines_.push_back({project, row.day, span.trace_id, span.span_id, number_, timeline});
  }
  if (span.exchange != nullptr) {
    exchanges_.push_back({row.project, row.day, span.retention, span.start, span.trace_id,
                          span.span_id, number_, span.exchange,
                          ExchangeHashes(row, state_.content, arena_)});
  }
  KeepRow(row, arena_);
  SpanKey key{{row.project, span.trace_id}, span.span_id};
  auto [found, is_new] = changes_.try_emplace(key);
  if (is_new) {
    found->second.row = row;
  } else if (row.span.is_fragment) {
    fragments_[key].push_back(row);
  } else if (found->second.row.digest != row.digest) {
    found->second.row = MergeRows(found->second.row, row, arena_);
  } else {
    ++counts_.duplicates_dropped;
  }
  traces_.try_emplace(key.trace, nullptr);
}

void Settlement::AddScores(const model::SpanBatch& batch, std::string_view project) {
  if (batch.scores.empty()) return;
  scores_received_ = batch.received;
  ContentHasher hasher("score");
  for (const model::Score& score : batch.scores) {
    // Named by what it says, so that a re-sent score is the same score.
    std::string time = std::to_string(score.time.since_epoch);
    const ContentHash named =
        hasher.Hash(project, {score.trace_id.AsBytes(), score.span_id.AsBytes(), score.session_id,
                              score.response_id, score.name, score.source, time});
    const ContentHash id = ContentHash::FromHex(score.id).value_or(named);
    scores_.push_back({project, PartitionDay(score.time, batch.received, batch.capture), id,
                       number_, false, KeptScore(score, arena_)});
  }
}

/// Log events of one span may come in any number and order; joining halves copies each of them a
/// few times only.
void Settlement::JoinFragments() {
  for (auto& [key, rows] : fragments_) {
    StoredSpan& first = changes_.at(key).row;
    if (first.span.is_fragment) rows.push_back(first);
    // Not stable: rows that compare equal say the same. (clang refuses stable_sort of
    // libstdc++ 12.)
    std::sort(rows.begin(), rows.end(), [](const StoredSpan& a, const StoredSpan& b) {
      return std::tie(a.span.start, a.digest) < std::tie(b.span.start, b.digest);
    });
    auto same = [](const StoredSpan& a, const StoredSpan& b) {
      return a.span.start == b.span.start && a.digest == b.digest;
    };
    const auto doubles = std::unique(rows.begin(), rows.end(), same);
    counts_.duplicates_dropped += static_cast<uint64_t>(rows.end() - doubles);
    rows.erase(doubles, rows.end());
    for (size_t width = 1; width < rows.size(); width *= 2) {
      for (size_t at = 0; at + width < rows.size(); at += 2 * width)
        rows[at] = MergeRows(rows[at], rows[at + width], arena_);
    }
    first = first.span.is_fragment ? rows[0] : MergeRows(first, rows[0], arena_);
  }
  fragments_.clear();
}

Result<void> Settlement::Write() {
  TRY(LoadTraces());
  TRY(MergeWithStored());
  UpdateFacts();
  TRY(DecideTraces());
  TRY(WritePlaces());
  TRY(WriteRollups());
  TRY(WriteSpans());
  TRY(WriteTraces());
  TRY(WriteIngest());
  state_.ledger.Shrink(number_);
  return {};
}

Result<void> Settlement::LoadTraces() {
  std::map<std::string_view, std::vector<TraceId>> missing;
  for (auto& [key, state] : traces_) {
    state = state_.ledger.Find(key);
    if (state == nullptr && state_.ledger.MayBeStored(key))
      missing[key.project].push_back(key.trace_id);
  }
  for (const auto& [project, traces] : missing) TRY(LoadTracesOf(project, traces));
  for (auto& [key, state] : traces_) {
    if (state == nullptr) state = &state_.ledger.Open(key);
    state->last_batch = number_;
    state_.ledger.NoteStored(key);
  }
  return {};
}

Result<void> Settlement::LoadTracesOf(std::string_view project, std::span<const TraceId> traces) {
  std::vector<storage::TracePlace> places;
  for (size_t at = 0; at < traces.size(); at += kReadBackTracesMax) {
    const size_t size = std::min(kReadBackTracesMax, traces.size() - at);
    TRY_ASSIGN(const auto some, store_.ReadPlaces(project, traces.subspan(at, size)));
    places.insert(places.end(), some.begin(), some.end());
  }
  for (const storage::TracePlace& place : places)
    state_.ledger.Open({project, place.trace_id}).place = place;
  // What lies together is read together.
  std::ranges::sort(places, {}, [](const storage::TracePlace& place) { return place.times.first; });
  for (size_t at = 0; at < places.size(); at += kReadBackTracesMax) {
    const size_t size = std::min(kReadBackTracesMax, places.size() - at);
    TRY(LoadTracesPiece(project, std::span(places).subspan(at, size)));
  }
  for (auto& [key, state] : traces_) {
    if (state == nullptr) state = state_.ledger.Find(key);
  }
  return {};
}

/// Traces whose rows are too much for one answer are read in halves.
Result<void> Settlement::LoadTracesPiece(std::string_view project,
                                         std::span<const storage::TracePlace> traces) {
  Arena arena;
  auto rows = store_.ReadTraces(project, traces, arena);
  if (!rows && rows.error().code == ErrorCode::kLimitExceeded && traces.size() > 1) {
    TRY(LoadTracesPiece(project, traces.first(traces.size() / 2)));
    return LoadTracesPiece(project, traces.subspan(traces.size() / 2));
  }
  if (!rows) return std::unexpected(rows.error());
  TakeStored(project, *rows);
  TRY_ASSIGN(auto keys, store_.ReadTraceKeys(project, traces));
  for (const auto& stored : keys) {
    TraceState& state = state_.ledger.Open({project, stored.trace_id});
    state.stored_keys.push_back({stored.start, stored.day});
  }
  return {};
}

/// Where a span's start moved, its new row is written before the old one's tombstone; a crash in
/// between leaves both. The newer one stands, the older one gets its tombstone with this batch.
void Settlement::TakeStored(std::string_view project, std::vector<StoredSpan>& rows) {
  auto order = [](const StoredSpan& row) {
    return std::tie(row.span.trace_id, row.span.span_id, row.version);
  };
  std::sort(rows.begin(), rows.end(),
            [&](const StoredSpan& a, const StoredSpan& b) { return order(a) < order(b); });
  for (size_t i = 0; i < rows.size(); ++i) {
    const StoredSpan& row = rows[i];
    if (i + 1 < rows.size() && rows[i + 1].span.trace_id == row.span.trace_id &&
        rows[i + 1].span.span_id == row.span.span_id) {
      StoredSpan leftover;
      leftover.project = arena_.Copy(project);
      leftover.span.trace_id = row.span.trace_id;
      leftover.span.span_id = row.span.span_id;
      leftover.span.start = row.span.start;
      leftover.day = row.day;
      leftovers_.push_back(leftover);
      continue;
    }
    TraceState& state = state_.ledger.Open({project, row.span.trace_id});
    bool is_first = state.spans().empty() || row.received < state.first_received;
    if (is_first) state.first_received = row.received;
    if (!row.span.trace_name.empty()) state.trace_name = row.span.trace_name;
    SpanFacts facts = FactsOf(row, state);
    state.Upsert(facts);
    state.NotePreviews(facts, row.span.input_preview, row.span.output_preview);
  }
}

Result<void> Settlement::LoadStored(const SpanKeys& keys) {
  std::map<std::string_view, std::vector<EngineStore::SpanPlace>> by_project;
  for (const SpanKey& key : keys) {
    if (stored_.contains(key)) continue;
    const TraceState& trace = *traces_.at(key.trace);
    const SpanFacts& stored = trace.spans()[*trace.Find(key.span_id)];
    by_project[key.trace.project].push_back(
        {key.trace.trace_id, key.span_id, stored.start, stored.day});
  }
  for (auto& [project, wanted] : by_project) {
    // What lies together is read together.
    std::ranges::sort(wanted, {}, &EngineStore::SpanPlace::start);
    for (size_t at = 0; at < wanted.size(); at += kReadBackRowsMax) {
      size_t size = std::min(kReadBackRowsMax, wanted.size() - at);
      TRY(LoadStoredPiece(project, std::span(wanted).subspan(at, size)));
    }
  }
  return {};
}

Result<void> Settlement::LoadStoredPiece(std::string_view project,
                                         std::span<const EngineStore::SpanPlace> spans) {
  auto rows = store_.ReadSpans(project, spans, arena_);
  if (!rows && rows.error().code == ErrorCode::kLimitExceeded && spans.size() > 1) {
    TRY(LoadStoredPiece(project, spans.first(spans.size() / 2)));
    return LoadStoredPiece(project, spans.subspan(spans.size() / 2));
  }
  if (!rows) return std::unexpected(rows.error());
  for (StoredSpan& row : *rows) {
    SpanKey key{{row.project, row.span.trace_id}, row.span.span_id};
    auto [found, is_new] = stored_.try_emplace(key, row);
    if (!is_new && found->second.version < row.version) found->second = row;
  }
  return {};
}

Result<void> Settlement::MergeWithStored() {
  SpanKeys to_read;
  for (auto at = changes_.begin(); at != changes_.end();) {
    TraceState& trace = *traces_.at(at->first.trace);
    auto known = trace.Find(at->first.span_id);
    const SpanFacts* facts = known ? &trace.spans()[*known] : nullptr;
    if (facts != nullptr && facts->digest == at->second.row.digest) {
      ++counts_.duplicates_dropped;
      at = changes_.erase(at);
      continue;
    }
    if (facts != nullptr) to_read.push_back(at->first);
    ++at;
  }
  TRY(LoadStored(to_read));
  for (const SpanKey& key : to_read) {
    auto found = stored_.find(key);
    if (found == stored_.end())
      continue;  // Refused into quarantine earlier: the new version stands alone.
    Change& change = changes_.at(key);
    change.row = MergeRows(found->second, change.row, arena_);
    change.row.version = number_;
    change.stored = &found->second;
  }
  return {};
}

void Settlement::UpdateFacts() {
  for (auto& [key, change] : changes_) {
    TraceState& trace = *traces_.at(key.trace);
    bool is_first = trace.spans().empty() || change.row.received < trace.first_received;
    if (is_first) trace.first_received = change.row.received;
    if (!change.row.span.trace_name.empty()) trace.trace_name = change.row.span.trace_name;
    SpanFacts facts = FactsOf(change.row, trace);
    trace.Upsert(facts);
    trace.NotePreviews(facts, change.row.span.input_preview, change.row.span.output_preview);
  }
}

Result<void> Settlement::DecideTraces() {
  SpanKeys rewrites;
  for (auto& [key, trace] : traces_) {
    DecideOwnership(key, *trace, rewrites);
    platform::YieldIfLong();
  }
  TRY(DecideCounts(rewrites));
  for (auto& [key, trace] : traces_) state_.ledger.Account(key);
  TRY(LoadStored(rewrites));
  return Rewrite(rewrites);
}

void Settlement::DecideOwnership(const TraceKey& key, TraceState& trace, SpanKeys& rewrites) {
  std::vector<OwnershipIds> ownership = InheritOwnership(trace);
  for (size_t i = 0; i < trace.spans().size(); ++i) {
    SpanFacts& facts = trace.spans()[i];
    bool differs = !(facts.effective == ownership[i]);
    facts.effective = ownership[i];
    auto change = changes_.find(SpanKey{key, facts.id});
    if (change != changes_.end()) {
      ApplyOwnership(ownership[i], trace, arena_, change->second.row);
    } else if (differs) {
      rewrites.push_back({key, facts.id});
    }
  }
}

Result<void> Settlement::DecideCounts(SpanKeys& rewrites) {
  CallLinker linker(state_.ledger, state_.recent_calls, number_,
                    [&](std::string_view project, std::span<const TraceId> traces) {
                      return LoadTracesOf(project, traces);
                    });
  std::unordered_map<TraceKey, std::vector<bool>, TraceKeyHash> by_trace;
  for (auto& [key, trace] : traces_) {
    std::vector<bool>& counted = by_trace[key] = CountTrace(trace->spans());
    linker.Add(key, *trace, counted,
               [&](SpanId id) { return changes_.contains(SpanKey{key, id}); });
  }
  TRY_ASSIGN(std::span<const CallVerdict> linked, LinkCalls(linker));
  std::unordered_map<SpanKey, const CallVerdict*, SpanKeyHash> verdicts;
  for (const CallVerdict& verdict : linked)
    verdicts[{{verdict.project, verdict.trace}, verdict.span}] = &verdict;
  for (const auto& [key, counted] : by_trace) {
    TraceState& trace = *traces_.at(key);
    for (size_t i = 0; i < counted.size(); ++i) {
      SpanFacts& facts = trace.spans()[i];
      auto found = verdicts.find(SpanKey{key, facts.id});
      bool is_linked = found != verdicts.end();
      SetCounted(key, trace, facts, is_linked ? found->second->counted : counted[i],
                 is_linked ? found->second->counted_in : TraceId{}, rewrites);
    }
  }
  for (const auto& [key, verdict] : verdicts) {
    TraceState* trace = by_trace.contains(key.trace) ? nullptr : state_.ledger.Find(key.trace);
    auto at = trace == nullptr ? std::nullopt : trace->Find(key.span_id);
    if (!at) continue;
    // Even if nothing differs: an earlier try may have written the span and not the trace's totals.
    trace->last_batch = number_;
    traces_.try_emplace(key.trace, trace);
    SetCounted(key.trace, *trace, trace->spans()[*at], verdict->counted, verdict->counted_in,
               rewrites);
  }
  return {};
}

Result<std::span<const CallVerdict>> Settlement::LinkCalls(CallLinker& linker) {
  // What an earlier try had written raises no question any more, so its verdicts come first.
  auto kept = state_.journal->Find(name_);
  if (!kept) {
    if (!linker.has_questions()) return std::span<const CallVerdict>();
    TRY_ASSIGN(std::vector<CallVerdict> decided, linker.Decide());
    TRY(state_.journal->Keep(name_, std::move(decided)));
    return *state_.journal->Find(name_);
  }
  std::map<std::string_view, std::vector<TraceId>> missing;
  for (const CallVerdict& verdict : *kept) {
    TraceKey key{verdict.project, verdict.trace};
    auto& traces = missing[key.project];
    bool is_known = state_.ledger.Find(key) != nullptr;
    if (!is_known && std::find(traces.begin(), traces.end(), key.trace_id) == traces.end())
      traces.push_back(key.trace_id);
  }
  for (const auto& [project, traces] : missing) {
    if (!traces.empty()) TRY(LoadTracesOf(project, traces));
  }
  return *kept;
}

void Settlement::SetCounted(const TraceKey& key, TraceState& trace, SpanFacts& facts, bool counted,
                            const TraceId& counted_in, SpanKeys& rewrites) {
  uint32_t elsewhere = counted_in ? trace.texts().Intern(counted_in.AsBytes()) : 0;
  bool differs = facts.counted != counted || facts.counted_in != elsewhere;
  facts.counted = counted;
  facts.counted_in = elsewhere;
  auto change = changes_.find(SpanKey{key, facts.id});
  if (change != changes_.end()) {
    change->second.row.counted = counted;
    change->second.row.counted_in = counted_in;
  } else if (differs) {
    rewrites.push_back({key, facts.id});
  }
}

Result<void> Settlement::Rewrite(const SpanKeys& keys) {
  for (const SpanKey& key : keys) {
    auto found = stored_.find(key);
    if (found == stored_.end() || changes_.contains(key)) continue;
    TraceState& trace = *traces_.at(key.trace);
    SpanFacts& facts = trace.spans()[*trace.Find(key.span_id)];
    facts.version = number_;
    Change change{found->second, &found->second, true};
    change.row.version = number_;
    change.row.counted = facts.counted;
    change.row.counted_in =
        TraceId::FromBytes(trace.texts().Text(facts.counted_in)).value_or(TraceId{});
    ApplyOwnership(facts.effective, trace, arena_, change.row);
    changes_.emplace(key, std::move(change));
    ++counts_.spans_rewritten;
  }
  return {};
}

}  // namespace vitrine::settle
