// NewestStarts: how new the newest rows of each project were when a list last saw them. A list of a
// store at rest begins there, instead of looking through the last hours first; one without it
// answers the same.
// Owner: the routes of one list. Threads: any.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace vitrine::query {

class NewestStarts {
 public:
  std::optional<Nanos> Of(std::string_view project) const;
  /// A row of the project that starts then. Only the newest is kept.
  void Saw(std::string_view project, Nanos start);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Nanos, std::less<>> starts_;  ///< At most kNewestStartsMax.
};

}  // namespace vitrine::query
