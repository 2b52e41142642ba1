// UsageLimits: how many requests, tokens and dollars somebody may use in a window of time. A call
// reserves what it probably takes before it is sent, and corrects that when it is known.
// What was used is noted with access::LimitUse and taken up again after a restart. What counts is
// who and how long a window is, so a limit keeps what was used of it when its name or amount
// changes. Owner: the door. Threads: every function from any thread. Memory: kLimitSubjectsMax
// windows (of several of these together, where they share a count); when there are more, those that
// have passed are forgotten, and if none has, who is not known yet is let through: limits fail
// open.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "access/limit_use.h"
#include "base/money.h"
#include "base/result.h"

namespace vitrine::capture {

/// Whom a limit counts apart.
enum class LimitBy : uint8_t { kAll, kProject, kKey, kUser, kSession, kFeature };

struct LimitSetting {
  std::string name;  ///< Stands in the error.
  LimitBy by = LimitBy::kAll;
  int64_t window_ms = 60'000;
  std::optional<uint64_t> requests, tokens;
  std::optional<Money> cost;  ///< US dollars.
};

/// Who makes a call. Empty: not known, and not limited by that.
struct LimitSubject {
  std::string project, key, user, session, feature;
};

/// Upstreams name what these sums are made of, so they stop at the bounds of their types.
struct LimitedUse {
  uint64_t tokens = 0;
  Money cost;

  /// Never makes it less: a negative cost counts nothing.
  void Add(const LimitedUse& more);
  /// Takes back what was added before, as far as it is there.
  void TakeBack(const LimitedUse& added);
};

/// What was reserved for one call; give it back with Correct.
struct LimitReservation {
  struct Part {
    size_t limit;
    std::string subject;
    int64_t window;
    LimitedUse used;  ///< In the window, this call's estimate included.
    uint64_t requests = 0;
    int64_t reset_ms = 0;  ///< Until the next window.
  };
  std::vector<Part> parts;
  LimitedUse use;
};

/// A limit that is used up.
struct LimitRefusal {
  std::string message;
  int64_t retry_after_ms = 0;
  bool is_budget = false;  ///< Dollars, not a rate.
};

class UsageLimits {
 public:
  using WindowCount = std::shared_ptr<std::atomic<size_t>>;

  /// `use` outlives it and may be null: then nothing is kept. `scope` is whose limits these are,
  /// "key/ID"; empty: everybody's. `count`: of the windows of all that share it.
  explicit UsageLimits(std::vector<LimitSetting> settings, access::LimitUse* use = nullptr,
                       std::string scope = {},
                       WindowCount count = std::make_shared<std::atomic<size_t>>(0));
  ~UsageLimits();
  UsageLimits(const UsageLimits&) = delete;
  UsageLimits& operator=(const UsageLimits&) = delete;

  bool empty() const { return settings_.empty(); }
  /// True where a limit counts tokens or dollars: the request's body has to be estimated.
  bool needs_estimate() const;

  /// Takes one request and its estimate from every limit that counts the subject; from none where
  /// one of them is used up. A call is let through while anything is left: the last one may go
  /// beyond by what was estimated too low.
  std::expected<LimitReservation, LimitRefusal> Reserve(const LimitSubject& subject,
                                                        const LimitedUse& estimate, int64_t now_ms);
  /// Puts what a call really used in the place of its estimate.
  void Correct(const LimitReservation& reservation, const LimitedUse& actual);
  /// Gives everything back: the call was not made.
  void Release(const LimitReservation& reservation);

 private:
  struct Window {
    int64_t number = 0;
    uint64_t requests = 0;
    LimitedUse used = {};
  };
  using Windows = std::unordered_map<std::string, Window>;

  void TakeUp(const catalog::LimitUseRow& row);
  std::string ScopeOf(const LimitSetting& setting) const;
  Window* Find(size_t limit, const std::string& subject, int64_t number);
  void Note(size_t limit, const std::string& subject, const Window& window);
  void Replace(const LimitReservation& reservation, const LimitedUse& actual, uint64_t requests);

  const std::vector<LimitSetting> settings_;
  access::LimitUse* const use_;
  const std::string scope_;
  std::mutex mutex_;
  std::vector<Windows> windows_{settings_.size()};
  const WindowCount window_count_;
};

/// "all", "project", "key", "user", "session", "feature".
std::string_view Name(LimitBy by);

}  // namespace vitrine::capture
