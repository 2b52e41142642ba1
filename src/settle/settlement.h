// Settlement: one sealed batch on its way into the engine: content, merge, inherit, count, roll up,
// write. Owner: the settler makes one per batch; rows lie in its arena. Threads: one after the
// other: Add and WriteContent on the preparing thread, which needs nothing of earlier batches;
// Write on the settle thread, when the batch before is written.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "settle/blocks.h"
#include "settle/call_linker.h"
#include "settle/engine_store.h"
#include "settle/limits.h"
#include "settle/quarantine.h"
#include "storage/wal/log.h"

namespace vitrine::settle {

/// What the settler keeps between batches.
struct SettleState {
  SettleState(const std::string& content_key, size_t ledger_bytes, size_t stored_trace_bits,
              size_t stored_hashes)
      : ledger(ledger_bytes, stored_trace_bits), content(content_key, stored_hashes) {}
  TraceLedger ledger;
  ContentStore content;
  RecentCalls recent_calls{kRecentCallsMax};
  std::unique_ptr<CountJournal> journal;  ///< Set before the first settlement.
};

struct SettlementCounts {
  uint64_t spans_written = 0;       ///< New rows, fragments included.
  uint64_t spans_rewritten = 0;     ///< Stored rows that a later arrival changed.
  uint64_t duplicates_dropped = 0;  ///< Identical re-sends.
};

class Settlement {
 public:
  /// `is_replay`: the batch may be written in part already; rows it left in quarantine stay there.
  Settlement(SettleState& state, EngineStore& store, Quarantine& quarantine, uint64_t number,
             bool is_replay);

  /// Takes the spans and scores of one log record. `record` is what the batch borrows from: both
  /// are kept only where a row still borrows from them (exchanges, scores).
  void Add(model::SpanBatch batch, const wal::Record& record);
  /// Bytes that what was added takes, about, and how many spans there are.
  size_t size_bytes() const;
  size_t span_count() const { return changes_.size(); }
  /// Names the batch, the same in every replay; before WriteContent.
  void SetName(std::string name) { name_ = std::move(name); }
  /// Writes what spans refer to (messages, attachments, timelines, exchanges, scores). Ends adding.
  /// Errors: kCancelled, as Write.
  Result<void> WriteContent();
  /// Merges, decides and writes the rest. After WriteContent.
  /// Errors: kCancelled (stopped; settle the batch again after the next start).
  Result<void> Write();
  const SettlementCounts& counts() const { return counts_; }

 private:
  struct SpanKey {
    TraceKey trace;
    SpanId span_id;
    bool operator==(const SpanKey&) const = default;
  };
  struct SpanKeyHash {
    size_t operator()(const SpanKey& key) const {
      return TraceLedger::HashOf(key.trace) ^ key.span_id.Low64() * 0x9E3779B97F4A7C15ull;
    }
  };
  struct TraceKeyHash {
    size_t operator()(const TraceKey& key) const { return TraceLedger::HashOf(key); }
  };
  /// A row to be written, and the stored row it replaces.
  struct Change {
    storage::StoredSpan row;
    const storage::StoredSpan* stored = nullptr;
    bool is_rewrite = false;  ///< Nobody sent it now.
    bool is_refused = false;
  };
  using SpanKeys = std::vector<SpanKey>;

  void AddSpan(const model::Span& span, const model::SpanBatch& batch, std::string_view project);
  void AddScores(const model::SpanBatch& batch, std::string_view project);
  void JoinFragments();
  Result<void> LoadTraces();
  Result<void> LoadTracesOf(std::string_view project, std::span<const TraceId> traces);
  Result<void> LoadTracesPiece(std::string_view project,
                               std::span<const storage::TracePlace> traces);
  void TakeStored(std::string_view project, std::vector<storage::StoredSpan>& rows);
  /// Reads whole stored rows into stored_, in pieces. The facts of each are those that are stored.
  Result<void> LoadStored(const SpanKeys& keys);
  Result<void> LoadStoredPiece(std::string_view project,
                               std::span<const EngineStore::SpanPlace> spans);
  Result<void> MergeWithStored();
  void UpdateFacts();
  Result<void> DecideTraces();
  /// The following add to `rewrites` the spans that change although they are not in this batch.
  void DecideOwnership(const TraceKey& key, TraceState& trace, SpanKeys& rewrites);
  Result<void> DecideCounts(SpanKeys& rewrites);
  /// Verdicts over calls that several traces report: those of an earlier try of this batch, else
  /// new ones, made durable.
  Result<std::span<const CallVerdict>> LinkCalls(CallLinker& linker);
  void SetCounted(const TraceKey& key, TraceState& trace, SpanFacts& facts, bool counted,
                  const TraceId& counted_in, SpanKeys& rewrites);
  Result<void> Rewrite(const SpanKeys& keys);

  Result<void> WriteScores();
  Result<void> WritePlaces();
  Result<void> WriteRollups();
  Result<void> WriteSpans();
  Result<void> WriteTraces();
  /// Last: a batch that was cut off has not counted yet.
  Result<void> WriteIngest();
  /// Inserts into span_rows in pieces of few partitions.
  Result<void> InsertSpans(
      std::vector<const storage::StoredSpan*> rows,
      const std::function<void(const storage::StoredSpan* const&, const Error&)>& refuse);
  void NoteRefused(const storage::StoredSpan& row);
  std::vector<storage::StoredSpan> Tombstones() const;
  Result<void> AddRollups(const RollupDelta& delta, uint64_t number);
  Result<void> AddRollups(RollupTable table, const RollupDelta::Sums& sums, uint64_t number);
  /// By which a block of sums is called in quarantine.
  struct FirstOfSums {
    std::string project;
    int64_t minute = 0;
    std::string what;
  };
  /// One block of one month. What the engine refuses goes to quarantine whole.
  Result<void> AddSums(const std::string& table, std::chrono::year_month month, uint64_t number,
                       const EngineStore::Rows& rows, const FirstOfSums& first);
  template <typename Row>
  Result<void> InsertRows(std::string_view table, std::span<const Row> rows,
                          clickhouse::NativeBlock (*build)(std::span<const Row>),
                          const std::function<void(const Row&, const Error&)>& refuse);

  SettleState& state_;
  EngineStore& store_;
  Quarantine& quarantine_;
  std::string name_;
  uint64_t number_;
  bool is_replay_;
  Arena arena_;
  std::set<std::string, std::less<>> projects_;  ///< Names that rows and keys borrow.
  struct Kept {
    model::SpanBatch batch;
    std::shared_ptr<const std::string> buffer;
  };
  std::vector<Kept> kept_;
  size_t kept_bytes_ = 0;
  std::unordered_map<SpanKey, Change, SpanKeyHash> changes_;
  /// Fragments whose span, or first fragment, is in changes_ already.
  std::unordered_map<SpanKey, std::vector<storage::StoredSpan>, SpanKeyHash> fragments_;
  std::unordered_map<SpanKey, storage::StoredSpan, SpanKeyHash> stored_;
  std::unordered_map<TraceKey, TraceState*, TraceKeyHash> traces_;  ///< Touched by this batch.
  /// Stored rows that a newer row of the same span replaced elsewhere, and a crash left standing.
  std::vector<storage::StoredSpan> leftovers_;
  std::vector<TimelineRow> timelines_;
  std::vector<ExchangeRow> exchanges_;
  std::vector<ScoreRow> scores_;
  IngestLedger ingest_;
  Nanos scores_received_;  ///< When the latest of scores_ came.
  RollupDelta rollups_;
  RollupDelta refused_;  ///< Takes back what refused rows had added.
  SettlementCounts counts_;
};

}  // namespace vitrine::settle
