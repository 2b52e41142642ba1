// IngestStats: counts what the doors accepted and refused, and remembers the latest problems.
// Owner: the app. Threads: every function from any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "model/ingest_count.h"
#include "model/ingest_status.h"

namespace vitrine::pipeline {

class IngestStats {
 public:
  struct Outcome {
    uint64_t accepted = 0, rejected = 0, repaired = 0;
    bool unavailable = false;  ///< Answered 503; the sender comes again.
  };
  void CountRequest(const std::string& door, const Outcome& outcome, Nanos now);
  /// Notes, for the ledger, what `door` did not take of a project: until TakeLosses. `door` and
  /// `reason` live for ever. Of more than kLossesMax kinds, the kinds beyond are not noted: names
  /// of projects may be anybody's.
  void CountLoss(const std::string& project, const model::IngestCount& loss);
  /// By project: what was noted since the last time, by minute.
  std::map<std::string, std::vector<model::IngestCount>> TakeLosses();
  /// Remembers a problem; equal ones are counted together.
  void NoteProblem(const std::string& door, int http_status, const std::string& message,
                   const std::string& hint, Nanos now);
  model::IngestStatus Snapshot() const;

 private:
  // Enough to diagnose a set-up at a glance; older kinds of problems fall out.
  static constexpr size_t kProblemsMax = 50;

  mutable std::mutex mutex_;
  std::map<std::string, model::DoorStatus> doors_;
  std::vector<model::IngestProblem> problems_;
  std::optional<Nanos> first_, last_;
  std::map<std::string, std::vector<model::IngestCount>> losses_;
  size_t loss_count_ = 0;
};

}  // namespace vitrine::pipeline
