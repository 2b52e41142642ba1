// Clocks and order statistics of the measurements.
#pragma once

#include <time.h>

#include <algorithm>
#include <vector>

namespace vitrine::bench {

inline double Clock(clockid_t id) {
  timespec time;
  clock_gettime(id, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}
inline double Wall() { return Clock(CLOCK_MONOTONIC); }
inline double OwnCpu() { return Clock(CLOCK_PROCESS_CPUTIME_ID); }

inline double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[std::min(values.size() - 1,
                         static_cast<size_t>(share * static_cast<double>(values.size())))];
}

}  // namespace vitrine::bench
