// ReplayBook: recorded calls, and which of them answers a request: the one whose request was the
// same, or simply the next.
// Owner: the command. Threads: Find from any thread; calls are const.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "cli/replay/recorded_call.h"

namespace vitrine::cli {

enum class ReplayMatch : uint8_t {
  kHash,   ///< By the hash of method, query and redacted body.
  kOrder,  ///< In the order of the recording, whatever the body.
};

/// A request as the book looks for it: redacted as recordings are.
struct ReplayRequest {
  std::string_view method, target, body;
};

class ReplayBook {
 public:
  /// `calls` in the order in which they began.
  ReplayBook(std::vector<RecordedCall> calls, ReplayMatch match);

  /// The call that answers. By hash, the same request gets its answers one after the other, and the
  /// last one again from then on.
  /// Errors: kNotFound, saying what there would have been.
  Result<const RecordedCall*> Find(const ReplayRequest& request);

  size_t size() const { return calls_.size(); }
  /// How many calls have answered at least once.
  size_t served() const;

 private:
  Result<const RecordedCall*> FindNext(const ReplayRequest& request);
  Result<const RecordedCall*> FindSame(const ReplayRequest& request);
  std::string Nearest(const ReplayRequest& request) const;
  const RecordedCall* Serve(size_t index);

  const ReplayMatch match_;
  const std::vector<RecordedCall> calls_;
  std::unordered_multimap<size_t, size_t> by_hash_;  ///< To indexes of calls.
  mutable std::mutex mutex_;
  std::vector<bool> served_;
};

}  // namespace vitrine::cli
