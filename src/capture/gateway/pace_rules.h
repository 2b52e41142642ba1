// PaceRules: what is kept of the pace of streamed answers: which calls keep the time of each token,
// and what counts as a stall.
// Owner: plain values. Threads: const.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codecs/content/pace.h"

namespace vitrine::capture {

/// Which calls keep their timeline. All calls of a session are treated alike.
class TimelinePolicy {
 public:
  TimelinePolicy() = default;  ///< All of them.
  /// "all", "none" or a share as "12.5%"; for calls of some features another one.
  /// Errors: kInvalidInput naming what is wrong.
  static Result<TimelinePolicy> Parse(
      std::string_view share, const std::vector<std::pair<std::string, std::string>>& by_feature);

  /// `key` is what calls are drawn by: the session, else the trace.
  bool Keeps(std::string_view feature, std::string_view key) const;

 private:
  uint32_t share_ = kWhole;  ///< Of kWhole.
  std::vector<std::pair<std::string, uint32_t>> by_feature_;
  static constexpr uint32_t kWhole = 10'000;
  static Result<uint32_t> ParseShare(std::string_view text);
};

struct PaceRules {
  TimelinePolicy timelines;
  codecs::StallRule stalls;
};

}  // namespace vitrine::capture
