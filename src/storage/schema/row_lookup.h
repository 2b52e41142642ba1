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

/// " AND (…)" that `column`, a DateTime64(9), lies in one of the ranges, of which there is one.
std::string WithinSql(std::string_view column, const std::vector<TimeRange>& ranges);

/// Where the rows of a trace lie, in trace_rows too: their starts and the ends of spans, and their
/// partitions, as days since the epoch. It may hold more than is there, never less.
struct TracePlace {
  TraceId trace_id;
  TimeRange times;
  int32_t first_day = 0, last_day = 0;
  bool operator==(const TracePlace&) const = default;

  void Widen(const TimeRange& range, int32_t first, int32_t last);
  void Widen(const TracePlace& other) { Widen(other.times, other.first_day, other.last_day); }
};

/// What to ask for places: then the project, then OfTracesSql. Rows of trace_id, first and last
/// (Int64), first and last day (UInt16); a trace may have several, of which its place is all.
inline constexpr std::string_view kPlacesSql =
    "SELECT trace_id, reinterpretAsInt64(first), reinterpretAsInt64(last), toUInt16(day), "
    "toUInt16(last_day) FROM vitrine.trace_place_rows WHERE project = ";
/// " AND trace_id IN (…)" over the column itself, which the table is sorted by: ids as texts of
/// escaped bytes, read faster by the engine than a call of a function for each.
std::string OfTracesSql(std::span<const TraceId> ids);

/// " AND …" over span_rows or trace_rows: all rows of these places, of which there is one, and what
/// else lies there.
std::string InPlacesSql(std::span<const TracePlace> places);

}  // namespace vitrine::storage
