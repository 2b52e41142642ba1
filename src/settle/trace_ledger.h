// TraceLedger: the recent traces' facts, bounded; and an approximate set of all traces that may be
// stored. Owner: the settler. Threads: the settle thread only. Rebuilt from spans after a crash.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "settle/trace_state.h"

namespace vitrine::settle {

struct TraceKey {
  std::string_view project;
  TraceId trace_id;
  bool operator==(const TraceKey&) const = default;
};

/// An approximate set: "surely not" or "maybe".
class MaybeStored {
 public:
  explicit MaybeStored(size_t bit_count);
  void Insert(uint64_t hash);
  bool Contains(uint64_t hash) const;

 private:
  std::vector<uint64_t> words_;
};

class TraceLedger {
 public:
  TraceLedger(size_t size_bytes_max, size_t maybe_stored_bit_count);

  /// The trace's state, or null if the ledger does not hold it.
  TraceState* Find(const TraceKey& key);
  /// The trace's state, made if missing.
  TraceState& Open(const TraceKey& key);
  /// False only if no span of the trace was ever stored.
  bool MayBeStored(const TraceKey& key) const { return maybe_stored_.Contains(HashOf(key)); }
  void NoteStored(const TraceKey& key) { maybe_stored_.Insert(HashOf(key)); }
  void NoteStored(uint64_t hash) { maybe_stored_.Insert(hash); }

  /// Forgets the traces that were idle longest until the limit is kept; never one touched by
  /// `batch` or later.
  void Shrink(uint64_t batch);
  void Clear();

  size_t trace_count() const { return traces_.size(); }
  size_t size_bytes() const { return size_bytes_; }
  /// Keeps size_bytes() right after a state was changed.
  void Account(const TraceKey& key);

  static uint64_t HashOf(const TraceKey& key);

 private:
  struct Entry {
    std::string project;
    TraceId trace_id;
    std::unique_ptr<TraceState> state;
    size_t accounted_bytes = 0;
  };
  struct KeyHash {
    size_t operator()(const TraceKey& key) const { return HashOf(key); }
  };

  size_t size_bytes_max_;
  size_t size_bytes_ = 0;
  std::unordered_map<TraceKey, std::unique_ptr<Entry>, KeyHash> traces_;
  MaybeStored maybe_stored_;
};

}  // namespace vitrine::settle
