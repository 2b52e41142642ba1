// Quarantine: rows the engine refused for good, kept as files so that nothing is lost, and counted.
// Owner: the settler. Threads: any; names that are
// added at the same time differ.
// Format: NAME.native is the row as a Native block of its table, NAME.json says which row it is and
// why it was refused. The .json is renamed into place last, so a row that has one is whole.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vitrine::settle {

struct QuarantinedRow {
  std::string_view table;
  std::string_view project;  ///< Empty when nobody knows: the record could not be read.
  std::string identity;      ///< Ids of the row, for people.
  std::string reason;        ///< The engine's words.
  std::string_view native;   ///< The row as a Native block of the table, to be inserted again once
                             ///< the cause is mended.
};

/// A refused row as it is shown.
struct QuarantineNote {
  std::string table, project, identity, reason;
};

class Quarantine {
 public:
  /// Files go to `directory`, made when the first row comes. What earlier runs left there counts.
  explicit Quarantine(std::string directory);

  /// Keeps the row; when it returns, the row survives power loss. `name` is unique to the row: a
  /// row that is there already (a replay after a crash, a re-send) is kept and counted once.
  /// Errors: kIo, kLimitExceeded (disk full).
  Result<void> Add(const std::string& name, const QuarantinedRow& row);
  bool Contains(const std::string& name) const;
  uint64_t count() const { return count_; }
  /// The rows of a project, at most `max` of them, newest first.
  std::vector<QuarantineNote> Newest(std::string_view project, size_t max) const;

 private:
  std::string directory_;
  std::atomic<uint64_t> count_ = 0;
};

}  // namespace vitrine::settle
