// TimeRanges: few stretches of time that hold many. What is read back of a table sorted by time is
// asked for within them: by its ids alone the engine would look through most of it.
// Threads: free functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace vitrine::settle {

/// Both ends belong to it.
struct TimeRange {
  Nanos first, last;
  bool operator==(const TimeRange&) const = default;
};

/// At most `count_max` ranges, in order and apart, that hold all of `ranges` and as little else as
/// so many can.
std::vector<TimeRange> Cover(std::vector<TimeRange> ranges, size_t count_max);

/// " AND (…)" that `column`, a DateTime64(9), lies in one of the ranges, of which there is one.
std::string WithinSql(std::string_view column, const std::vector<TimeRange>& ranges);

}  // namespace vitrine::settle
