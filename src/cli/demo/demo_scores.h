// What people and judges think of the demo's traces. Each score is a function of its trace alone,
// so that the same seed makes the same scores, with the same ids. Threads: free functions.
#pragma once

#include <string>
#include <vector>

#include "cli/demo/demo_trace.h"

namespace vitrine::cli {

/// The scores of a trace as JSON objects for POST /api/v1/scores; of some traces none.
std::vector<std::string> ScoresOf(const DemoTrace& trace);

}  // namespace vitrine::cli
