// NewestStarts: how new the newest rows of each project were when a list last saw them. A list of a
// store at rest begins there, instead of looking through the last hours first; one without it
// answers the same.
// Owner: the routes of one list. Threads: any.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "platform/clock.h"

namespace vitrine::query {

class NewestStarts {
 public:
  /// The clock outlives it.
  explicit NewestStarts(platform::Clock& clock) : clock_(clock) {}

  std::optional<Nanos> Of(std::string_view project) const;
  /// The same, where nothing has started for so many nanoseconds, as far as was seen.
  std::optional<Nanos> AtRest(std::string_view project, int64_t ns) const;
  /// A row of the project that starts then. Only the newest is kept.
  void Saw(std::string_view project, Nanos start);

 private:
  platform::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Nanos, std::less<>> starts_;  ///< At most kNewestStartsMax.
};

}  // namespace vitrine::query
