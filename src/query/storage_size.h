// What a project takes on disk: its part of each table's bytes, by its part of the rows.
// Threads: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct TableSize {
  std::string name;    ///< As the public view is called.
  uint64_t rows = 0;   ///< Of the project; versions that are not merged yet count each.
  uint64_t bytes = 0;  ///< An estimate: rows of other projects may be longer or shorter.
};

/// Tables that have rows of the project, the largest first. Errors: the client's.
Result<std::vector<TableSize>> MeasureStorage(clickhouse::Client& client, std::string_view project);

}  // namespace vitrine::query
