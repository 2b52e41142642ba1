// CallLinker: finds, for one batch, calls that several traces report, and decides which span of
// which trace counts (docs/counting.md).
// Owner: a settlement. Threads: the settle thread only. Traces it opens stay in the ledger until
// the batch ends.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "settle/count_journal.h"
#include "settle/counting.h"
#include "settle/recent_calls.h"
#include "settle/trace_ledger.h"

namespace vitrine::settle {

class CallLinker {
 public:
  /// Brings stored traces of a project into the ledger.
  using Load = std::function<Result<void>(std::string_view project, std::span<const TraceId>)>;

  CallLinker(TraceLedger& ledger, RecentCalls& recent, uint64_t batch, Load load)
      : ledger_(ledger), recent_(recent), batch_(batch), load_(std::move(load)) {}

  /// Takes a trace of the batch. `counted` is what the trace says by itself; `is_written` tells of
  /// a span whether the batch writes it.
  void Add(const TraceKey& key, TraceState& trace, const std::vector<bool>& counted,
           const std::function<bool(SpanId)>& is_written);
  /// True if the decision asks what is remembered, and so must be kept for a replay.
  bool has_questions() const { return !questions_.empty(); }
  /// Decides, once all traces are added.
  /// Shape: an entry for every report of a response that more than one trace reports; whatever has
  ///        none counts as its trace says.
  Result<std::vector<CallVerdict>> Decide();

 private:
  struct KeyHash {
    size_t operator()(const TraceKey& key) const { return TraceLedger::HashOf(key); }
  };
  struct Question {
    TraceKey trace;
    uint64_t response_hash = 0;
    TraceId counted_in;  ///< Where an earlier batch found the call counted.
  };
  /// A trace that takes part, with the calls that count by its own rules, by response.
  struct Member {
    TraceState* trace = nullptr;
    std::unordered_map<uint64_t, std::vector<uint32_t>> calls;
  };
  using Group = std::vector<TraceId>;
  using Groups = std::map<std::pair<std::string_view, uint64_t>, Group>;

  Groups FindGroups() const;
  Result<void> OpenTraces(const Groups& groups);
  Member& Open(const TraceKey& key, TraceState& trace, const std::vector<bool>& counted);
  std::vector<CallReport> ReportsOf(std::string_view project, uint64_t response_hash,
                                    const Group& traces);

  TraceLedger& ledger_;
  RecentCalls& recent_;
  uint64_t batch_;
  Load load_;
  std::vector<Question> questions_;
  std::unordered_map<TraceKey, Member, KeyHash> members_;
};

}  // namespace vitrine::settle
