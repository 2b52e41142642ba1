// RecentCalls: which traces reported a provider response lately, so that two traces that report the
// same paid call find one another.
// Owner: the settler. Threads: the settle thread only. A hint, not a fact: what is forgotten is not
// found, what is found is checked. Filled from stored spans after a start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "settle/span_facts.h"

namespace vitrine::settle {

/// A response within a project.
uint64_t ResponseKey(std::string_view project, uint64_t response_hash);
/// The layer (door and scope) that reports a call, in 16 bits; a wrong "equal" hides a pair once in
/// 65,536 pairs of layers.
uint16_t LayerTag(model::Capture capture, uint64_t scope_hash);

class RecentCalls {
 public:
  /// Remembers at least the latest `calls_max` / 2 reports, at most `calls_max`.
  explicit RecentCalls(size_t calls_max);

  void Insert(uint64_t response_key, uint16_t layer, const TraceId& trace);
  /// The traces that reported a response, if some reported it in one layer and some in another;
  /// else nothing, for then no two of them can mean one call. Nothing either for a response in
  /// kTracesPerResponseMax traces or more: that is no id of one call.
  std::vector<TraceId> Find(uint64_t response_key) const;

  size_t size_bytes() const;

 private:
  struct Entry {
    uint64_t key_and_layer = 0;  ///< 48 bits of the key, then the layer; 0 is free.
    TraceId trace;
  };
  /// An open hash table; reports of one response follow one another.
  struct Generation {
    std::vector<Entry> slots;
    size_t count = 0;
    void Insert(const Entry& entry);
    void Place(const Entry& entry);
    template <typename Visit>
    void ForEach(uint64_t key, const Visit& visit) const;
  };

  size_t generation_size_max_;
  Generation recent_, older_;
};

}  // namespace vitrine::settle
