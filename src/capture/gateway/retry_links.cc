#include "capture/gateway/retry_links.h"

#include "capture/gateway/limits.h"

namespace vitrine::capture {

std::string RetryLinks::Link(const Attempt& attempt) {
  std::string call_id(attempt.call_id);
  if (attempt.retry_count > 0) {
    // Of several that fit, the one that failed last: parallel calls with the same body are told
    // apart by nothing else.
    auto [begin, end] = by_digest_.equal_range(attempt.digest);
    auto found = end;
    for (auto entry = begin; entry != end; ++entry) {
      const Open& open = *entry->second;
      const int64_t age_ns = attempt.start - open.start;
      const bool fits =
          open.retry_count + 1 == attempt.retry_count && age_ns >= 0 && age_ns <= kRetryWindowNs;
      if (fits && (found == end || open.start > found->second->start)) found = entry;
    }
    if (found != end) {
      call_id = found->second->call_id;
      Forget(found);
    }
  }
  if (attempt.may_be_repeated) {
    if (opens_.size() == kOpenRetriesMax) ForgetOldest();
    opens_.push_back({attempt.digest, attempt.retry_count, attempt.start, call_id});
    by_digest_.emplace(attempt.digest, std::prev(opens_.end()));
  }
  return call_id;
}

void RetryLinks::Forget(std::unordered_multimap<uint64_t, Opens::iterator>::iterator entry) {
  opens_.erase(entry->second);
  by_digest_.erase(entry);
}

void RetryLinks::ForgetOldest() {
  auto [begin, end] = by_digest_.equal_range(opens_.front().digest);
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second == opens_.begin()) return Forget(entry);
  }
}

}  // namespace vitrine::capture
