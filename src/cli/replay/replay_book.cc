#include "cli/replay/replay_book.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>

namespace vitrine::cli {

namespace {

// Credentials are masked star for star, and those of a replay are of another length. None is
// shorter than this.
constexpr size_t kStarsMin = 12;
/// Of a body, around the place where it differs.
constexpr size_t kShownBytes = 40;

std::string_view PathOf(std::string_view target) { return target.substr(0, target.find('?')); }
std::string_view QueryOf(std::string_view target) { return target.substr(PathOf(target).size()); }

/// The path behind the gateway's own part of it, so that only the host of a base URL changes.
std::string_view WithoutGateway(std::string_view path) {
  constexpr std::string_view kPrefix = "/gateway/";
  if (!path.starts_with(kPrefix)) return path;
  const size_t name = path.find('/', kPrefix.size());
  return name == std::string_view::npos ? std::string_view("/") : path.substr(name);
}

/// Base URLs differ in how much of the path is theirs.
bool IsSamePath(std::string_view recorded, std::string_view asked) {
  return recorded.ends_with(asked) || asked.ends_with(recorded);
}

std::string WithShortStars(std::string_view body) {
  std::string text;
  text.reserve(body.size());
  size_t stars = 0;
  for (const char c : body) {
    stars = c == '*' ? stars + 1 : 0;
    if (stars <= kStarsMin) text.push_back(c);
  }
  return text;
}

/// What must be equal, in one text.
std::string SameText(std::string_view method, std::string_view target, std::string_view body) {
  std::string text(method);
  text.append(QueryOf(target)).push_back('\n');
  return text.append(WithShortStars(body));
}

size_t HashOf(const std::string& text) { return std::hash<std::string>()(text); }

}  // namespace

ReplayBook::ReplayBook(std::vector<RecordedCall> calls, ReplayMatch match)
    : match_(match), calls_(std::move(calls)), served_(calls_.size()) {
  for (size_t i = 0; i < calls_.size(); ++i) {
    const RecordedCall& call = calls_[i];
    by_hash_.emplace(HashOf(SameText(call.method, call.target, call.request_body)), i);
  }
}

const RecordedCall* ReplayBook::Serve(size_t index) {
  served_[index] = true;
  return &calls_[index];
}

Result<const RecordedCall*> ReplayBook::Find(const ReplayRequest& request) {
  const std::lock_guard lock(mutex_);
  return match_ == ReplayMatch::kOrder ? FindNext(request) : FindSame(request);
}

Result<const RecordedCall*> ReplayBook::FindNext(const ReplayRequest& request) {
  const std::string_view path = WithoutGateway(PathOf(request.target));
  for (size_t i = 0; i < calls_.size(); ++i) {
    const bool fits = !served_[i] && calls_[i].method == request.method &&
                      IsSamePath(PathOf(calls_[i].target), path);
    if (fits) return Serve(i);
  }
  return Fail(ErrorCode::kNotFound, "no recorded call of " + std::string(request.method) + " " +
                                        std::string(path) + " is left");
}

Result<const RecordedCall*> ReplayBook::FindSame(const ReplayRequest& request) {
  const std::string wanted = SameText(request.method, request.target, request.body);
  const std::string_view path = WithoutGateway(PathOf(request.target));
  std::vector<size_t> same;
  const auto [begin, end] = by_hash_.equal_range(HashOf(wanted));
  for (auto entry = begin; entry != end; ++entry) {
    const RecordedCall& call = calls_[entry->second];
    if (IsSamePath(PathOf(call.target), path) &&
        SameText(call.method, call.target, call.request_body) == wanted)
      same.push_back(entry->second);
  }
  if (same.empty()) return Fail(ErrorCode::kNotFound, Nearest(request));
  std::ranges::sort(same);
  const auto next = std::ranges::find_if(same, [this](size_t index) { return !served_[index]; });
  return Serve(next == same.end() ? same.back() : *next);
}

std::string ReplayBook::Nearest(const ReplayRequest& request) const {
  const std::string_view path = WithoutGateway(PathOf(request.target));
  const std::string asked = WithShortStars(request.body);
  std::optional<size_t> nearest;
  size_t furthest = 0;
  for (size_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i].method != request.method || !IsSamePath(PathOf(calls_[i].target), path)) continue;
    const std::string recorded = WithShortStars(calls_[i].request_body);
    const auto differs =
        static_cast<size_t>(std::ranges::mismatch(asked, recorded).in1 - asked.begin());
    if (!nearest || differs > furthest) std::tie(nearest, furthest) = std::pair(i, differs);
  }
  std::string message = std::string(request.method) + " " + std::string(path);
  if (!nearest) return "no call of " + message + " was recorded";
  const auto around = [furthest](std::string_view body) {
    const size_t begin = furthest - std::min(furthest, kShownBytes / 2);
    return std::string(body.substr(std::min(begin, body.size()), kShownBytes));
  };
  message = "no recorded request of " + message + " is the same; " + calls_[*nearest].name;
  if (QueryOf(calls_[*nearest].target) != QueryOf(request.target))
    return message + " has the query '" + std::string(QueryOf(calls_[*nearest].target)) + "'";
  return message + " differs at byte " + std::to_string(furthest) + ": recorded '" +
         around(WithShortStars(calls_[*nearest].request_body)) + "', asked '" + around(asked) + "'";
}

size_t ReplayBook::served() const {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::ranges::count(served_, true));
}

}  // namespace vitrine::cli
