// The stage of a request that a span belongs to: what it was sent with, else by kind, name and
// place. The pages have the same rules (ui/src/features/trace/lib/stages.ts); both are held against
// tests/golden/stages/cases.json. Private to query. Threads: free functions.
#pragma once

#include <string_view>

namespace vitrine::query {

/// Stages of a request, in the order of its way. The time to the first token is a part of a call.
inline constexpr std::string_view kFirstTokenStage = "ttft";
inline constexpr std::string_view kGenerationStage = "generation";

struct StageQuestion {
  std::string_view sent, kind, name;
  bool is_before_first_call = false;  ///< It starts before the trace's first model call.
};

/// Empty where no rule fits, as for agents and workflows, whose work is that of their parts.
std::string_view StageOf(const StageQuestion& span);

}  // namespace vitrine::query
