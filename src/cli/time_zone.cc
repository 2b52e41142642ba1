#include "cli/time_zone.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>

namespace vitrine::cli {

namespace {

// Spans are of these years; beyond them a zone keeps its first and last offset.
constexpr int64_t kFirstSecond = 0;                // 1970
constexpr int64_t kLastSecond = 4'102'444'800;     // 2100
constexpr int64_t kStepSeconds = 7 * 86'400;       // No zone changes its clocks twice in a week.
constexpr int64_t kDifferenceSeconds = 26 * 3600;  // No clock is further from UTC.

bool IsThere(const std::string& name) {
  // A name leads nowhere but into the folder of zones.
  if (name.empty() || name[0] == '/' || name.find("..") != std::string::npos) return false;
  const char* folder = std::getenv("TZDIR");
  std::ifstream file(std::filesystem::path(folder != nullptr ? folder : "/usr/share/zoneinfo") /
                     name);
  char magic[4] = {};
  return file.read(magic, sizeof magic) && std::string_view(magic, sizeof magic) == "TZif";
}

/// The C library's time zone for as long as this lives.
class ProcessZone {
 public:
  explicit ProcessZone(const std::string& name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    setenv("TZ", (":" + name).c_str(), 1);
    tzset();
  }
  ~ProcessZone() {
    before_ ? setenv("TZ", before_->c_str(), 1) : unsetenv("TZ");
    tzset();
  }
  ProcessZone(const ProcessZone&) = delete;
  ProcessZone& operator=(const ProcessZone&) = delete;

  int64_t OffsetSeconds(int64_t second) const {
    const time_t time = second;
    tm parts = {};
    localtime_r(&time, &parts);
    return parts.tm_gmtoff;
  }

 private:
  std::optional<std::string> before_;
};

/// The moment at which clocks so far ahead show it; the last or first there is where it lies
/// beyond.
Nanos MomentShown(Nanos shown, int64_t ahead_s) {
  int64_t moment = 0;
  if (__builtin_sub_overflow(shown.since_epoch, ahead_s * kNanosPerSecond, &moment))
    return Nanos{ahead_s < 0 ? INT64_MAX : INT64_MIN};
  return Nanos{moment};
}

}  // namespace

Result<TimeZone> TimeZone::Load(const std::string& name) {
  TimeZone zone;
  if (name == "UTC") return zone;
  if (!IsThere(name)) {
    return Fail(ErrorCode::kNotFound, "this machine knows no time zone '" + name +
                                          "'; it is a name like Europe/Berlin, and the package "
                                          "tzdata has them");
  }
  const ProcessZone clocks(name);
  zone.name_ = name;
  zone.periods_ = {{INT64_MIN, clocks.OffsetSeconds(kFirstSecond)}};
  for (int64_t at = kFirstSecond; at < kLastSecond; at += kStepSeconds) {
    int64_t same = at, other = at + kStepSeconds;
    const int64_t before = clocks.OffsetSeconds(same), after = clocks.OffsetSeconds(other);
    if (before == after) continue;
    while (other - same > 1) {
      const int64_t middle = same + (other - same) / 2;
      (clocks.OffsetSeconds(middle) == before ? same : other) = middle;
    }
    zone.periods_.push_back({other, after});
  }
  return zone;
}

int64_t TimeZone::OffsetSeconds(Nanos time) const {
  int64_t second = time.since_epoch / kNanosPerSecond;
  if (time.since_epoch % kNanosPerSecond < 0) --second;
  const auto next = std::ranges::upper_bound(periods_, second, {}, &Period::from_s);
  return std::prev(next)->offset_s;
}

Nanos TimeZone::Shown(Nanos time) const {
  // Wrong clocks do send the last moment there is.
  int64_t shown = 0;
  const int64_t ahead = OffsetSeconds(time) * kNanosPerSecond;
  return __builtin_add_overflow(time.since_epoch, ahead, &shown) ? time : Nanos{shown};
}

Nanos TimeZone::FirstMoment(Nanos shown) const {
  // The first period in which the clocks come to show it: in it, or by jumping over it.
  const int64_t earliest = shown.since_epoch / kNanosPerSecond - kDifferenceSeconds;
  auto period = std::prev(std::ranges::upper_bound(periods_, earliest, {}, &Period::from_s));
  for (;; ++period) {
    const Nanos moment = MomentShown(shown, period->offset_s);
    const auto next = std::next(period);
    if (next != periods_.end() && moment >= Nanos{next->from_s * kNanosPerSecond}) continue;
    const bool was_jumped_over =
        period != periods_.begin() && moment < Nanos{period->from_s * kNanosPerSecond};
    return was_jumped_over ? Nanos{period->from_s * kNanosPerSecond} : moment;
  }
}

}  // namespace vitrine::cli
