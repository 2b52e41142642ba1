// Nanos: a point in time as nanoseconds since the Unix epoch (UTC), and RFC 3339 text.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine {

struct Nanos {
  int64_t since_epoch = 0;
  auto operator<=>(const Nanos&) const = default;
  Nanos operator+(int64_t ns) const { return {since_epoch + ns}; }
  int64_t operator-(Nanos other) const { return since_epoch - other.since_epoch; }
};

/// From start to end; nothing where the end is not known, which is said by an end before the start
/// (senders with wrong clocks say it too).
constexpr std::optional<int64_t> LengthOf(Nanos start, Nanos end) {
  if (end.since_epoch < start.since_epoch) return std::nullopt;
  return end.since_epoch - start.since_epoch;
}
/// What to set for an end that is not known: beside the start, so that it sorts where that does.
constexpr Nanos UnknownEnd(Nanos start) { return {start.since_epoch - 1}; }

inline constexpr int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr int64_t kNanosPerDay = 86'400 * kNanosPerSecond;

/// "2026-11-21T01:31:07.204123456Z"; always nine digits.
std::string FormatRfc3339(Nanos time);
/// RFC 3339 with any number of fraction digits (beyond nine are cut) and any offset; a missing
/// offset means UTC. Nothing on malformed text.
std::optional<Nanos> ParseRfc3339(std::string_view text);
/// Days since the epoch, rounded down.
int32_t DayNumber(Nanos time);
/// Since midnight UTC.
int64_t NanosOfDay(Nanos time);

}  // namespace vitrine
