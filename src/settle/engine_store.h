// EngineStore: settling's reads and inserts, patient: an engine that is away is waited for, a
// refusal is an answer. Owner: the settler. Threads: the settle thread; Stop() from any.
#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "settle/trace_ledger.h"
#include "storage/clickhouse/client.h"
#include "storage/clickhouse/native_writer.h"
#include "storage/schema/stored_span.h"

namespace vitrine::settle {

class EngineStore {
 public:
  explicit EngineStore(clickhouse::Client& client) : client_(client) {}

  /// Ends every wait; the call that waits answers kCancelled.
  void Stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

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
  /// Every row of these traces, without their heavy columns: enough for facts.
  /// Lifetime: rows borrow from `arena`.
  Result<std::vector<storage::StoredSpan>> ReadTraces(std::string_view project,
                                                      std::span<const TraceId> traces,
                                                      Arena& arena);
  /// Whole rows of these spans. Spans that are not stored are left out.
  Result<std::vector<storage::StoredSpan>> ReadSpans(std::string_view project,
                                                     std::span<const TraceId> traces,
                                                     std::span<const SpanId> spans, Arena& arena);
  /// Keys of the stored trace rows of these traces.
  struct TraceRowKey {
    TraceId trace_id;
    Nanos start;
    int32_t day = 0;
  };
  Result<std::vector<TraceRowKey>> ReadTraceKeys(std::string_view project,
                                                 std::span<const TraceId> traces);

  /// Inserts a block under a deduplication token, retrying while the failure is transient. A block
  /// that is too large for the engine's memory is refused, so that the caller halves it; a single
  /// row is not: it waits until there is memory. Errors: kCancelled (stopped), else the engine's
  /// refusal.
  Result<void> Insert(std::string_view table, const clickhouse::NativeBlock& block,
                      std::string_view token);

 private:
  /// Runs `attempt` until it succeeds, is refused, or Stop.
  template <typename T>
  Result<T> Patiently(const std::function<Result<T>()>& attempt);
  Result<std::vector<storage::StoredSpan>> ReadRows(const std::string& sql, Arena& arena);

  clickhouse::Client& client_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace vitrine::settle
