// Scenarios: believable traces, each a function of a seed: agents with tools and sub-agents,
// answers from documents, chats that grow, long runs that re-send their history, batches of
// embeddings.
#pragma once

#include <memory>
#include <vector>

#include "cli/demo/demo_trace.h"

namespace vitrine::cli {

struct ScenarioContext {
  int64_t end_ns = 0;           ///< The trace ends about now.
  bool is_new_release = false;  ///< v48: its prompt grew and no longer hits the provider's cache.
};

/// The traces of story number `number`: mostly one, several for a chat session.
std::vector<std::unique_ptr<DemoTrace>> MakeStory(uint64_t seed, uint64_t number,
                                                  const ScenarioContext& context);

}  // namespace vitrine::cli
