// TimeZone: how far the clocks of a place are ahead of UTC, and when that changes, from this
// machine's time zone data (package tzdata). The standard library reads them from GCC 14 on.
// Owner: a value. Threads: Load changes the process's time zone for a moment, so it is for one
// thread before others ask the C library for local times; the rest is for any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vitrine::cli {

class TimeZone {
 public:
  /// UTC.
  TimeZone() = default;

  /// Reads a zone of the IANA database: "Europe/Berlin".
  /// Errors: kNotFound when this machine does not know it.
  static Result<TimeZone> Load(const std::string& name);

  const std::string& name() const { return name_; }
  bool is_utc() const { return name_ == "UTC"; }

  int64_t OffsetSeconds(Nanos time) const;
  /// What the clocks show, as the moment at which those of UTC show the same.
  Nanos Shown(Nanos time) const;
  /// The first moment at which the clocks show what those of UTC show at `shown`; where they leave
  /// that out, the moment they jump.
  Nanos FirstMoment(Nanos shown) const;

 private:
  /// From a second on until the next one's.
  struct Period {
    int64_t from_s = 0;
    int64_t offset_s = 0;
  };

  std::string name_ = "UTC";
  std::vector<Period> periods_ = {{INT64_MIN, 0}};  ///< Never empty, in order.
};

}  // namespace vitrine::cli
