#include "settle/settlement.h"

#include <algorithm>
#include <map>

#include "settle/counting.h"
#include "settle/facts.h"
#include "settle/limits.h"
#include "settle/merge.h"
#include "settle/row_builder.h"
#include "storage/schema/span_table_writer.h"

namespace vitrine::settle {

using storage::StoredSpan;

Settlement::Settlement(SettleState& state, EngineStore& store, Quarantine& quarantine,
                       std::string token_prefix, uint64_t number)
    : state_(state),
      store_(store),
      quarantine_(quarantine),
      token_prefix_(std::move(token_prefix)),
      number_(number) {}

void Settlement::Add(const model::SpanBatch& batch) {
  for (const model::Span& span : batch.spans) AddSpan(span, batch);
  AddScores(batch);
}

void Settlement::AddSpan(const model::Span& span, const model::SpanBatch& batch) {
  StoredSpan row =
      BuildRow(span, {batch.project, batch.capture, batch.received}, state_.content, arena_);
  row.version = number_;
  SpanKey key{{row.project, span.trace_id}, span.span_id};
  auto [found, is_new] = changes_.try_emplace(key);
  if (is_new) {
    found->second.row = row;
  } else if (found->second.row.digest != row.digest) {
    found->second.row = MergeRows(found->second.row, row, arena_);
  } else {
    ++counts_.duplicates_dropped;
  }
  if (!span.timeline.offsets_ns.empty()) {
    timelines_.push_back(
        {row.project, row.day, span.trace_id, span.span_id, number_, span.timeline});
  }
  traces_.try_emplace(key.trace, nullptr);
}

void Settlement::AddScores(const model::SpanBatch& batch) {
  ContentHasher hasher("score");
  for (const model::Score& score : batch.scores) {
    // Named by what it says, so that a re-sent score is the same score.
    std::string time = std::to_string(score.time.since_epoch);
    ContentHash id = hasher.Hash(
        batch.project, {score.trace_id.AsBytes(), score.span_id.AsBytes(), score.session_id,
                        score.response_id, score.name, score.source, time});
    scores_.push_back({batch.project, PartitionDay(score.time, batch.received, batch.capture), id,
                       number_, score});
  }
}

Result<void> Settlement::Write() {
  TRY(LoadTraces());
  TRY(MergeWithStored());
  UpdateFacts();
  TRY(DecideTraces());
  TRY(WriteContent());
  TRY(WriteRollups());
  TRY(WriteSpans());
  TRY(WriteTraces());
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
  // A query text names every id, so it is cut into pieces well below the engine's limit of 256 KiB.
  constexpr size_t kTracesPerQueryMax = 1000;
  for (const auto& [project, traces] : missing) {
    for (size_t at = 0; at < traces.size(); at += kTracesPerQueryMax) {
      size_t size = std::min(kTracesPerQueryMax, traces.size() - at);
      TRY(LoadTracesOf(project, std::span(traces).subspan(at, size)));
    }
  }
  for (auto& [key, state] : traces_) {
    if (state == nullptr) state = &state_.ledger.Open(key);
    state->last_batch = number_;
    state_.ledger.NoteStored(key);
  }
  return {};
}

Result<void> Settlement::LoadTracesOf(std::string_view project, std::span<const TraceId> traces) {
  Arena arena;
  TRY_ASSIGN(auto rows, store_.ReadTraces(project, traces, arena));
  for (const StoredSpan& row : rows) {
    TraceState& state = state_.ledger.Open({project, row.span.trace_id});
    bool is_first = state.spans().empty() || row.received < state.first_received;
    if (is_first) state.first_received = row.received;
    if (!row.span.trace_name.empty()) state.trace_name = row.span.trace_name;
    SpanFacts facts = FactsOf(row, state);
    state.Upsert(facts);
    state.NotePreviews(facts, row.span.input_preview, row.span.output_preview);
  }
  TRY_ASSIGN(auto keys, store_.ReadTraceKeys(project, traces));
  for (const auto& stored : keys) {
    TraceState& state = state_.ledger.Open({project, stored.trace_id});
    state.stored_key = TraceState::StoredKey{stored.start, stored.day};
  }
  for (auto& [key, state] : traces_) {
    if (state == nullptr) state = state_.ledger.Find(key);
  }
  return {};
}

Result<void> Settlement::LoadStored(const SpanKeys& keys) {
  std::map<std::string_view, SpanKeys> by_project;
  for (const SpanKey& key : keys) {
    if (!stored_.contains(key)) by_project[key.trace.project].push_back(key);
  }
  for (const auto& [project, wanted] : by_project) {
    for (size_t at = 0; at < wanted.size(); at += kReadBackRowsMax) {
      size_t size = std::min(kReadBackRowsMax, wanted.size() - at);
      TRY(LoadStoredPiece(project, std::span(wanted).subspan(at, size)));
    }
  }
  return {};
}

Result<void> Settlement::LoadStoredPiece(std::string_view project, std::span<const SpanKey> keys) {
  std::vector<TraceId> traces;
  std::vector<SpanId> spans;
  for (const SpanKey& key : keys) {
    if (traces.empty() || traces.back() != key.trace.trace_id) traces.push_back(key.trace.trace_id);
    spans.push_back(key.span_id);
  }
  TRY_ASSIGN(auto rows, store_.ReadSpans(project, traces, spans, arena_));
  for (StoredSpan& row : rows) {
    stored_.try_emplace(SpanKey{{row.project, row.span.trace_id}, row.span.span_id}, row);
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
  for (auto& [key, trace] : traces_) DecideTrace(key, *trace, rewrites);
  TRY(LoadStored(rewrites));
  return Rewrite(rewrites);
}

void Settlement::DecideTrace(const TraceKey& key, TraceState& trace, SpanKeys& rewrites) {
  std::vector<OwnershipIds> ownership = InheritOwnership(trace);
  std::vector<bool> counted = CountTrace(trace.spans());
  for (size_t i = 0; i < trace.spans().size(); ++i) {
    SpanFacts& facts = trace.spans()[i];
    bool differs = !(facts.effective == ownership[i]) || facts.counted != counted[i];
    facts.effective = ownership[i];
    facts.counted = counted[i];
    auto change = changes_.find(SpanKey{key, facts.id});
    if (change != changes_.end()) {
      change->second.row.counted = counted[i];
      ApplyOwnership(ownership[i], trace, arena_, change->second.row);
    } else if (differs) {
      rewrites.push_back({key, facts.id});
    }
  }
  state_.ledger.Account(key);
}

Result<void> Settlement::Rewrite(const SpanKeys& keys) {
  for (const SpanKey& key : keys) {
    auto found = stored_.find(key);
    if (found == stored_.end()) continue;
    TraceState& trace = *traces_.at(key.trace);
    SpanFacts& facts = trace.spans()[*trace.Find(key.span_id)];
    facts.version = number_;
    Change change{found->second, &found->second};
    change.row.version = number_;
    change.row.counted = facts.counted;
    ApplyOwnership(facts.effective, trace, arena_, change.row);
    changes_.emplace(key, std::move(change));
    ++counts_.spans_rewritten;
  }
  return {};
}

std::string Settlement::Token(std::string_view table) const {
  return token_prefix_ + "-" + std::string(table);
}

/// Halves a refused block until the culprits stand alone; the rest goes in. A half's token names
/// its bytes: after a crash the halves may be cut elsewhere, and a token must never cover other
/// rows than it did.
template <typename Row>
Result<void> Settlement::InsertRows(std::string_view table, std::span<const Row> rows,
                                    const std::string& token,
                                    clickhouse::NativeBlock (*build)(std::span<const Row>),
                                    const std::function<void(const Row&, const Error&)>& refuse) {
  if (rows.empty()) return {};
  clickhouse::NativeBlock block = build(rows);
  Result<void> inserted = store_.Insert(table, block, token);
  if (inserted || inserted.error().code == ErrorCode::kCancelled) return inserted;
  if (rows.size() == 1) {
    QuarantinedRow refused{table, token, inserted.error().message, {}};
    std::string native = block.Serialize();
    refused.native = native;
    TRY(quarantine_.Add(token, refused));
    ++counts_.quarantined;
    if (refuse) refuse(rows[0], inserted.error());
    return {};
  }
  auto insert_half = [&](std::span<const Row> half) {
    uint64_t digest = std::hash<std::string>()(build(half).Serialize());
    std::string base = token.substr(0, token.find('#'));
    return InsertRows(table, half, base + "#" + std::to_string(digest), build, refuse);
  };
  TRY(insert_half(rows.first(rows.size() / 2)));
  return insert_half(rows.subspan(rows.size() / 2));
}

Result<void> Settlement::WriteContent() {
  ContentStore& content = state_.content;
  TRY(InsertRows<AttachmentRow>("attachment_rows", content.pending_attachments(),
                                Token("attachments"), AttachmentBlock, nullptr));
  TRY(InsertRows<MessageRow>("message_rows", content.pending_messages(), Token("messages"),
                             MessageBlock, nullptr));
  content.Commit();
  TRY(InsertRows<TimelineRow>("timeline_rows", timelines_, Token("timelines"), TimelineBlock,
                              nullptr));
  return InsertRows<ScoreRow>("score_rows", scores_, Token("scores"), ScoreBlock, nullptr);
}

Result<void> Settlement::WriteRollups() {
  for (const auto& [key, change] : changes_) {
    if (change.stored != nullptr) rollups_.Add(*change.stored, -1);
    rollups_.Add(change.row, +1);
  }
  std::vector<const RollupEntry*> entries;
  for (const RollupEntry& entry : rollups_.Finish()) entries.push_back(&entry);
  return InsertRows<const RollupEntry*>("rollup_rows", entries, Token("rollups"), RollupBlock,
                                        nullptr);
}

void Settlement::AddTombstone(const Change& change, std::vector<StoredSpan>& rows) const {
  if (change.stored == nullptr) return;
  const StoredSpan& old = *change.stored;
  if (old.span.start == change.row.span.start && old.day == change.row.day) return;
  StoredSpan tombstone = old;
  tombstone.version = number_;
  tombstone.is_deleted = true;
  rows.push_back(tombstone);
}

namespace {

clickhouse::NativeBlock SpanBlock(std::span<const StoredSpan> rows) {
  storage::SpanTableWriter writer;
  for (const StoredSpan& row : rows) writer.Append(row);
  return writer.Take();
}

bool TableOrder(const StoredSpan& a, const StoredSpan& b) {
  auto key = [](const StoredSpan& row) {
    return std::tie(row.day, row.project, row.span.start, row.span.trace_id, row.span.span_id,
                    row.is_deleted);
  };
  return key(a) < key(b);
}

}  // namespace

Result<void> Settlement::WriteSpans() {
  std::vector<StoredSpan> rows;
  rows.reserve(changes_.size());
  for (const auto& [key, change] : changes_) {
    AddTombstone(change, rows);
    rows.push_back(change.row);
  }
  counts_.spans_written = changes_.size() - counts_.spans_rewritten;
  // One order for every replay, so that the same token always covers the same rows.
  std::sort(rows.begin(), rows.end(), TableOrder);
  auto refuse = [&](const StoredSpan& row, const Error&) {
    auto change = changes_.find(SpanKey{{row.project, row.span.trace_id}, row.span.span_id});
    if (change == changes_.end() || row.is_deleted) return;
    refused_.Add(row, -1);
    if (change->second.stored != nullptr) refused_.Add(*change->second.stored, +1);
  };
  // Many days come only from imports; pieces of at most kDaysPerInsertMax partitions keep an
  // insert's parts few.
  size_t piece = 0;
  for (size_t at = 0; at < rows.size(); ++piece) {
    size_t end = at;
    size_t days = 0;
    for (; end < rows.size(); ++end) {
      bool new_day = end == at || rows[end].day != rows[end - 1].day;
      if (new_day && days == kDaysPerInsertMax) break;
      days += new_day ? 1 : 0;
    }
    std::string token = Token("spans") + (piece == 0 ? "" : "-" + std::to_string(piece));
    TRY(InsertRows<StoredSpan>("span_rows", std::span(rows).subspan(at, end - at), token, SpanBlock,
                               refuse));
    at = end;
  }
  std::vector<const RollupEntry*> entries;
  for (const RollupEntry& entry : refused_.Finish()) entries.push_back(&entry);
  return InsertRows<const RollupEntry*>("rollup_rows", entries, Token("refused"), RollupBlock,
                                        nullptr);
}

Result<void> Settlement::WriteTraces() {
  std::vector<TraceRow> rows;
  for (auto& [key, trace] : traces_) {
    for (TraceRow& row : BuildTraceRows(key, *trace, number_)) rows.push_back(std::move(row));
  }
  return InsertRows<TraceRow>("trace_rows", rows, Token("traces"), TraceBlock, nullptr);
}

}  // namespace vitrine::settle
