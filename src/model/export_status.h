// ExportStatus: how one scheduled export goes. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"

namespace vitrine::model {

struct ExportStatus {
  std::string name, what, format, destination;
  std::string project;  ///< Whose rows.
  int64_t every_ns = 0;
  Nanos next_period, due;                   ///< The period that is next, and when it is due.
  uint64_t periods_skipped = 0;             ///< Too long ago to be caught up on, since the start.
  uint64_t files = 0, bytes = 0, rows = 0;  ///< Written since the start.
  uint64_t failures = 0;
  std::string last_file;   ///< Empty: none yet.
  std::string last_error;  ///< Empty when the last attempt went well.
  std::optional<Nanos> last_file_at, last_error_at;
};

}  // namespace vitrine::model
