#include "pipeline/ingest_stats.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "pipeline/limits.h"

namespace vitrine::pipeline {

void IngestStats::CountRequest(const std::string& door, const Outcome& outcome, Nanos now) {
  std::lock_guard lock(mutex_);
  model::DoorStatus& status = doors_[door];
  status.door = door;
  ++status.requests;
  status.accepted += outcome.accepted;
  status.rejected += outcome.rejected;
  status.repaired += outcome.repaired;
  status.unavailable += outcome.unavailable ? 1 : 0;
  if (outcome.accepted > 0) {
    if (!first_) first_ = now;
    last_ = now;
  }
}

void IngestStats::CountLoss(const std::string& project, const model::IngestCount& loss) {
  constexpr int64_t kMinute = 60 * kNanosPerSecond;
  const auto minute = [](const model::IngestCount& count) {
    return count.time.since_epoch / kMinute;
  };
  std::lock_guard lock(mutex_);
  const auto place = losses_.find(project);
  if (place != losses_.end()) {
    // The latest are the likeliest.
    auto newest_first = std::views::reverse(place->second);
    const auto same = std::ranges::find_if(newest_first, [&](const model::IngestCount& other) {
      return other.door == loss.door && other.reason == loss.reason &&
             minute(other) == minute(loss);
    });
    if (same != newest_first.end()) {
      same->rejected += loss.rejected;
      same->dropped += loss.dropped;
      return;
    }
  }
  if (loss_count_ == kLossesMax) return;
  ++loss_count_;
  losses_[project].push_back(loss);
}

std::map<std::string, std::vector<model::IngestCount>> IngestStats::TakeLosses() {
  std::lock_guard lock(mutex_);
  loss_count_ = 0;
  return std::exchange(losses_, {});
}

void IngestStats::NoteProblem(const std::string& door, int http_status, const std::string& message,
                              const std::string& hint, Nanos now) {
  std::lock_guard lock(mutex_);
  auto same = std::find_if(problems_.begin(), problems_.end(), [&](const model::IngestProblem& p) {
    return p.door == door && p.http_status == http_status && p.message == message;
  });
  if (same != problems_.end()) {
    same->time = now;
    ++same->count;
    std::rotate(problems_.begin(), same, same + 1);
    return;
  }
  problems_.insert(problems_.begin(), {now, door, http_status, message, hint, 1});
  if (problems_.size() > kProblemsMax) problems_.pop_back();
}

model::IngestStatus IngestStats::Snapshot() const {
  std::lock_guard lock(mutex_);
  model::IngestStatus status;
  status.first_span_at = first_;
  status.last_span_at = last_;
  for (const auto& [name, door] : doors_) status.doors.push_back(door);
  status.problems = problems_;
  return status;
}

}  // namespace vitrine::pipeline
