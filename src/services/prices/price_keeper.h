// PriceKeeper: keeps every row of the price table that is or was in use in the engine's table of
// prices, so that a stored price_id leads to its rates (docs/prices.md). Rows are only added: what
// is stored already is asked first, and nothing is changed or taken away.
// Owner: the app; book and client outlive it. Threads: one of its own; Start and Stop on one,
// status and WaitKept from any. The engine may be away: it is tried again, less and less often.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "model/price.h"
#include "pipeline/price_table.h"
#include "storage/clickhouse/client.h"

namespace vitrine::prices {

struct PriceKeeperOptions {
  /// Whether the engine's tables are there and of this program's version.
  std::function<bool()> is_ready = [] { return true; };
  /// A failure that is not the engine's absence, once until something else happens.
  std::function<void(const Error&)> on_fault = [](const Error&) {};
};

struct PriceKeeperStatus {
  std::string kept_version;     ///< Of the last table whose rows are all stored; empty: none yet.
  uint64_t rows_inserted = 0;   ///< By this object.
  uint64_t rows_forgotten = 0;  ///< Replaced while too many others waited for the engine.
  uint64_t failures = 0;
  std::string last_error;  ///< Empty when the last attempt went well.
};

class PriceKeeper {
 public:
  PriceKeeper(const pipeline::PriceBook& book, clickhouse::Client& client,
              PriceKeeperOptions options = {});
  ~PriceKeeper();  ///< Stops.
  PriceKeeper(const PriceKeeper&) = delete;
  PriceKeeper& operator=(const PriceKeeper&) = delete;

  /// From here on no table of the book is missed, however short its time was.
  void Start();
  /// Ends a call that waits. What is not stored then comes with the next start, if it is still in
  /// use.
  void Stop();
  PriceKeeperStatus status() const;
  /// Waits until every row that is or was in use is stored, or the timeout. True when it is.
  bool WaitKept(std::chrono::milliseconds timeout) const;

 private:
  using RowPointers = std::vector<const model::PriceRow*>;

  void Run(const std::stop_token& stop);
  Result<void> Keep(const std::stop_token& stop);
  Result<void> RemoveStored(RowPointers& rows, const clickhouse::QueryOptions& asking) const;
  void NoteReplaced(const pipeline::PriceTable& before, const pipeline::PriceTable& after);
  void NoteFailure(const Error& error);
  /// With mutex_ held.
  bool IsKept() const;

  const pipeline::PriceBook& book_;
  clickhouse::Client& client_;
  const PriceKeeperOptions options_;
  mutable std::mutex mutex_;  ///< Guards what follows.
  mutable std::condition_variable_any changed_;
  std::map<std::string, model::PriceRow> replaced_;  ///< No longer in use, perhaps not stored.
  PriceKeeperStatus status_;
  std::jthread thread_;
};

}  // namespace vitrine::prices
