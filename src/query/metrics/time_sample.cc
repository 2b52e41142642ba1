#include "query/metrics/time_sample.h"

#include "query/limits.h"

namespace vitrine::query {

namespace {

/// Numbers of which each differs in most bits from the one before (SplitMix64's finisher).
uint64_t Scattered(uint64_t number) {
  number = (number + 1) * 0x9E3779B97F4A7C15ull;
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9ull;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EBull;
  return number ^ (number >> 31);
}

}  // namespace

std::vector<storage::TimeRange> SampleTimes(const storage::TimeRange& range, uint64_t sampling) {
  const auto length = static_cast<uint64_t>(range.last - range.first);
  const uint64_t part = length / kSampleStretches, stretch = part / sampling;
  std::vector<storage::TimeRange> stretches;
  for (uint64_t i = 0; i < kSampleStretches; ++i) {
    const uint64_t begin = i * part + Scattered(i) % (part - stretch + 1);
    stretches.push_back({range.first + static_cast<int64_t>(begin),
                         range.first + static_cast<int64_t>(begin + stretch)});
  }
  return stretches;
}

void AppendSample(SqlText& sql, const storage::TimeRange& range, uint64_t sampling) {
  if (sampling > 1) sql << storage::WithinSql("start_time", SampleTimes(range, sampling));
}

}  // namespace vitrine::query
