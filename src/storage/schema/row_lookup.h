// Row lookup: conditions that lead the engine to a few rows. span_rows and trace_rows are sorted by
// time: by ids alone most of them would be looked through. So a trace's place is asked for by its
// id (trace_place_rows), then its rows within those times. Threads: free functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace vitrine::storage {

/// Both ends belong to it.
struct TimeRange {
  Nanos first, last;
  bool operator==(const TimeRange&) const = default;
};

/// Enough for one statement: what belongs together lies in a few, and each costs the engine a
/// search in every part of the table.
inline constexpr size_t kTimeRangesMax = 64;

/// At most `count_max` ranges, in order and apart, that hold all of `ranges` and as little else as
/// so many can.
std::vector<TimeRange> Cover(std::vector<TimeRange> ranges, size_t count_max = kTimeRangesMax);

/// Ids as texts of escaped bytes, commas in between: to be compared with a column of ids itself,
/// which a table is sorted by, and read faster by the engine than a call of a function for each.
std::string BytesSql(std::span<const TraceId> ids);

/// " AND (…)" that `column`, a DateTime64(9), lies in one of the ranges, of which there is one.
std::string WithinSql(std::string_view column, const std::vector<TimeRange>& ranges);

}  // namespace vitrine::storage
