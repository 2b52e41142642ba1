#include "pipeline/ingest_stats.h"

#include <algorithm>

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
