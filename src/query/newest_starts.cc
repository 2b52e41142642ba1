#include "query/newest_starts.h"

#include <algorithm>

#include "query/limits.h"

namespace vitrine::query {

std::optional<Nanos> NewestStarts::Of(std::string_view project) const {
  const std::lock_guard lock(mutex_);
  const auto found = starts_.find(project);
  return found == starts_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Nanos> NewestStarts::AtRest(std::string_view project, int64_t ns) const {
  const auto newest = Of(project);
  return newest && *newest < clock_.Now() + -ns ? newest : std::nullopt;
}

void NewestStarts::Saw(std::string_view project, Nanos start) {
  const std::lock_guard lock(mutex_);
  const auto found = starts_.find(project);
  if (found != starts_.end()) {
    found->second = std::max(found->second, start);
    return;
  }
  if (starts_.size() >= kNewestStartsMax) starts_.erase(starts_.begin());
  starts_.emplace(project, start);
}

}  // namespace vitrine::query
