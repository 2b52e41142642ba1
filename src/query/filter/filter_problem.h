// FilterProblem: what is wrong with the text of a filter, where, and what to write instead.
// Threads: values.
#pragma once

#include <cstddef>
#include <string>

namespace vitrine::query {

struct FilterProblem {
  size_t from = 0, to = 0;  ///< Bytes of the text.
  std::string message;      ///< A sentence without a full stop.
  std::string suggestion;   ///< What could stand there instead, or empty.
  bool operator==(const FilterProblem&) const = default;
};

}  // namespace vitrine::query
