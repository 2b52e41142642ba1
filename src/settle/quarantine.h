// Quarantine: rows the engine refused for good, kept as files so that nothing is lost, and counted.
// Owner: the settler. Threads: Add on the settle thread, count() from any.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vitrine::settle {

struct QuarantinedRow {
  std::string_view table;
  std::string identity;     ///< Ids of the row, for people.
  std::string reason;       ///< The engine's words.
  std::string_view native;  ///< The row as a Native block of the table, to be inserted again once
                            ///< the cause is mended.
};

class Quarantine {
 public:
  /// Files go to `directory`, made when the first row comes.
  explicit Quarantine(std::string directory) : directory_(std::move(directory)) {}

  /// Writes NAME.native and NAME.json. `name` is unique to the row, so a replay writes the same
  /// files again.
  Result<void> Add(const std::string& name, const QuarantinedRow& row);
  uint64_t count() const { return count_; }

 private:
  std::string directory_;
  std::atomic<uint64_t> count_ = 0;
};

}  // namespace vitrine::settle
