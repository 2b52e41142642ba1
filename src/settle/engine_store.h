// EngineStore: settling's reads and inserts, patient: an engine that is away is waited for, a
// refusal is an answer. Owner: the settler. Threads: the settle thread; Stop() from any.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "settle/trace_ledger.h"
#include "storage/clickhouse/client.h"
#include "storage/clickhouse/native_writer.h"
#include "storage/schema/row_lookup.h"
#include "storage/schema/stored_span.h"

namespace vitrine::settle {

class EngineStore {
 public:
  explicit EngineStore(clickhouse::Client& client) : client_(client) {}

  /// Ends every wait; the call that waits answers kCancelled.
  void Stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }
  /// Why the call at work is being repeated; empty when it is not. Any thread.
  std::string waiting_for() const;

  /// Brings the schema up to date. Waits for the engine.
  Result<void> Migrate();
  /// Calls `visit` for every stored trace (fragments' traces included).
  Result<void> VisitTraces(const std::function<void(const TraceKey&)>& visit);
  /// Calls `visit` for counted calls received in the latest hour, and those that count in another
  /// trace: at most `count_max`, the ones written last. Response ids live as long as the call.
  struct StoredCall {
    TraceKey trace;
    std::string_view response_id, scope_name;
    model::Capture capture = model::Capture::kOtlpHttp;
  };
  Result<void> VisitRecentCalls(size_t count_max,
                                const std::function<void(const StoredCall&)>& visit);
  /// Where these traces lie, once each; those of which nothing is stored are left out.
  Result<std::vector<storage::TracePlace>> ReadPlaces(std::string_view project,
                                                      std::span<const TraceId> traces);
  /// Every row of these traces, without their heavy columns: enough for facts.
  /// Lifetime: rows borrow from `arena`.
  Result<std::vector<storage::StoredSpan>> ReadTraces(std::string_view project,
                                                      std::span<const storage::TracePlace> traces,
                                                      Arena& arena);
  struct SpanPlace {
    TraceId trace_id;
    SpanId span_id;
    Nanos start;
    int32_t day = 0;
  };
  /// Whole rows of these spans. Spans that are not stored there are left out.
  Result<std::vector<storage::StoredSpan>> ReadSpans(std::string_view project,
                                                     std::span<const SpanPlace> spans,
                                                     Arena& arena);
  /// Keys of the stored trace rows of these traces.
  struct TraceRowKey {
    TraceId trace_id;
    Nanos start;
    int32_t day = 0;
  };
  Result<std::vector<TraceRowKey>> ReadTraceKeys(std::string_view project,
                                                 std::span<const storage::TracePlace> traces);

  /// Where these scores were before batch `number`: the time, name and thing they said, nothing
  /// else. At most one is right; more are what a crash left. Lifetime: texts are in `arena`.
  struct ScorePlace {
    ContentHash score_id;
    model::Score score;
  };
  Result<std::vector<ScorePlace>> ReadScorePlaces(std::string_view project,
                                                  std::span<const ContentHash> ids, uint64_t number,
                                                  Arena& arena);

  /// Inserts rows of a table of which a repeated insert is harmless: it keeps the newest version of
  /// each key, or readers take one. Blocks are made as they travel, once more for each try. Waits
  /// while the failure says nothing about the rows. Rows that are too much for the engine's memory
  /// are refused, so that the caller halves them; a single row is not: it waits for memory.
  /// Errors: kCancelled (stopped), kInvalidInput (the engine refuses these rows), kLimitExceeded
  ///         (more than one row).
  struct Rows {
    size_t count = 0, blocks = 0;
    std::function<clickhouse::NativeBlock(size_t index)> block;
  };
  Result<void> Insert(std::string_view table, const Rows& rows);
  /// Adds sums of one month to a table of sums, exactly once: a month's rows carry the number of
  /// the addition (column `batch`, growing), are committed together, and are looked for before
  /// anything is repeated. `may_be_stored`: an earlier process may have made this addition. Errors:
  /// kCancelled (stopped), kInvalidInput (refused).
  Result<void> AddSums(const std::string& table, std::chrono::year_month month, uint64_t number,
                       const Rows& rows, bool may_be_stored);
  /// What is added to the numbers of this log's batches so that versions never fall behind what is
  /// stored: not 0 where the log was renewed, or forgot its seals, beside older tables.
  /// `last_number`: of the log's last seal.
  Result<uint64_t> VersionBase(const std::string& log_id, uint64_t last_number);

 private:
  /// Runs `attempt` until it succeeds, fails for good, or Stop.
  template <typename T>
  Result<T> Patiently(const std::function<Result<T>()>& attempt);
  /// One attempt; whatever is not the rows' fault is kUnavailable.
  Result<void> TryInsert(std::string_view table, const Rows& rows, const std::string& query_id);
  void NoteWaiting(std::string reason);
  Result<std::vector<storage::StoredSpan>> ReadRows(const std::string& sql, Arena& arena);

  clickhouse::Client& client_;
  std::atomic<bool> stopped_ = false;
  mutable std::mutex mutex_;
  std::string waiting_for_;
};

}  // namespace vitrine::settle
