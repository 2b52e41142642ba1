// RetryLinks: which earlier call a client repeats. SDKs say only how often they have tried; that it
// is the same request, shortly after one that failed, tells the rest.
// Owner: the writer. Not thread-safe. Memory: kOpenRetriesMax entries.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"

namespace vitrine::capture {

class RetryLinks {
 public:
  /// One attempt as it was seen. `digest` stands for what is the same in every attempt: project,
  /// URL, caller and body.
  struct Attempt {
    uint64_t digest = 0;
    uint32_t retry_count = 0;  ///< 0: the first.
    Nanos start;
    bool may_be_repeated = false;  ///< It failed in a way that clients try again.
    std::string_view call_id;      ///< Its own, if it repeats nothing.
  };
  /// The call_id of the call that this attempt belongs to: of the first attempt that is known, or
  /// its own.
  std::string Link(const Attempt& attempt);

 private:
  struct Open {
    uint64_t digest;
    uint32_t retry_count;
    Nanos start;
    std::string call_id;
  };
  using Opens = std::list<Open>;  ///< Oldest first.

  Opens opens_;
  std::unordered_multimap<uint64_t, Opens::iterator> by_digest_;

  void Forget(std::unordered_multimap<uint64_t, Opens::iterator>::iterator entry);
  void ForgetOldest();
};

}  // namespace vitrine::capture
