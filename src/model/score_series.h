// ScoreSeries: what was counted of the scores of one name since the start. Values only.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace vitrine::model {

struct ScoreLabels {
  std::string project, name, label, source;
  auto operator<=>(const ScoreLabels&) const = default;
};

struct ScoreSeries {
  ScoreLabels labels;
  uint64_t count = 0;
  uint64_t value_count = 0;  ///< Of them, those with a number; the rest is of these.
  double sum = 0, min = 0, max = 0;
};

}  // namespace vitrine::model
