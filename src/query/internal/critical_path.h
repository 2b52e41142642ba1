// The critical path of a trace: what its time was spent on, one span at each moment. Private to
// query. Owner: values. Threads: free functions. Source: docs/metrics.md "The slowest".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vitrine::query {

struct PathSpan {
  uint64_t id = 0, parent = 0;  ///< 0: none.
  int64_t start = 0, end = 0;   ///< Nanoseconds.
};

/// A time in which a span itself was on the path, and not one of its children.
struct PathPiece {
  size_t span = 0;  ///< Index into the spans.
  int64_t from = 0, to = 0;
};

/// The pieces cover the trace's longest root from start to end, without overlaps; empty where no
/// span is a root (each is its own ancestor).
std::vector<PathPiece> CriticalPath(std::span<const PathSpan> spans);

}  // namespace vitrine::query
