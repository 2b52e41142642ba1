// LimitUse: what has been used of limits and budgets, kept through restarts and crashes. Calls only
// note it in memory; a thread writes it to the catalog a moment later, so that no call waits for a
// disk. What a crash loses is what was noted in the last kUseWriteMs and the disk's own time.
// Owner: the app; catalog and clock outlive it. Threads: any; Note holds a lock for the time of one
// map entry. Format: docs/formats/catalog.md.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "platform/clock.h"
#include "storage/catalog/catalog.h"
#include "storage/catalog/limit_use.h"

namespace vitrine::access {

struct LimitUseOptions {
  catalog::Catalog* catalog = nullptr;
  platform::Clock* clock = nullptr;
  /// Told when writing begins to fail, on the thread; it is tried again.
  std::function<void(const Error&)> on_fault = [](const Error&) {};
};

class LimitUse {
 public:
  /// Reads what was used of windows that run still. Errors: the catalog's.
  static Result<std::unique_ptr<LimitUse>> Open(LimitUseOptions options);
  ~LimitUse();  ///< Stops.

  /// What was used in a scope before the server started; once, then it is the caller's to know.
  std::vector<catalog::LimitUseRow> Take(const std::string& scope);
  /// What a subject has used by now. The last one noted is the one that is kept.
  void Note(catalog::LimitUseRow row);
  /// Writes what was noted. Errors: the catalog's; then it is kept for the next time.
  Result<void> Write();
  /// Writes what was noted, and ends. Harmless to repeat.
  void Stop();

 private:
  using Rows = std::unordered_map<std::string, catalog::LimitUseRow>;

  explicit LimitUse(LimitUseOptions options) : options_(std::move(options)) {}
  Result<void> Load();
  void Run();
  Result<void> WriteRows(const Rows& rows);
  void PutBack(Rows rows);
  int64_t NowMs() const { return options_.clock->Now().since_epoch / 1'000'000; }

  const LimitUseOptions options_;
  std::mutex writing_;  ///< One Write at a time.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::string, std::vector<catalog::LimitUseRow>> before_;  ///< By scope.
  Rows noted_;
  int64_t removed_at_ms_ = 0;
  bool is_stopped_ = false;
  std::thread thread_;
};

}  // namespace vitrine::access
