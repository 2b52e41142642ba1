// SpanGroups: which spans belong to which scope, and which scopes to which resource, in order.
// Owner: an encoder, for one call.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codecs/otlp/otlp_data.h"

namespace vitrine::codecs::internal {

/// Indexes 0 … n-1 grouped by an owner each has, order kept within each group.
class Grouping {
 public:
  template <typename Items, typename OwnerOf>
  Grouping(const Items& items, size_t owner_count, OwnerOf owner_of)
      : starts_(owner_count + 1), members_(items.size()) {
    for (const auto& item : items) ++starts_[owner_of(item) + 1];
    for (size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
    std::vector<uint32_t> next(starts_.begin(), starts_.end() - 1);
    for (uint32_t i = 0; i < items.size(); ++i) members_[next[owner_of(items[i])]++] = i;
  }

  std::span<const uint32_t> operator[](size_t owner) const {
    return std::span(members_).subspan(starts_[owner], starts_[owner + 1] - starts_[owner]);
  }

 private:
  std::vector<uint32_t> starts_;
  std::vector<uint32_t> members_;
};

struct SpanGroups {
  explicit SpanGroups(const OtlpTraces& traces)
      : scopes_of_resource(traces.scopes, traces.resources.size(),
                           [](const OtlpScope& scope) { return scope.resource; }),
        spans_of_scope(traces.spans, traces.scopes.size(),
                       [](const OtlpSpan& span) { return span.scope; }) {}
  Grouping scopes_of_resource;
  Grouping spans_of_scope;
};

}  // namespace vitrine::codecs::internal
