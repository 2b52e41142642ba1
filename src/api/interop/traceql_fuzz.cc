// TraceQL, durations and logfmt on any text: they end, and what is wrong is within the text.
#include <algorithm>
#include <cstdlib>

#include "api/interop/traceql.h"
#include "api/limits.h"

namespace {

using vitrine::query::SpanCondition;

/// How deep a condition is.
size_t Depth(const SpanCondition& condition) {
  size_t depth = 0;
  for (const SpanCondition& part : condition.parts) depth = std::max(depth, Depth(part));
  return depth + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrine;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto condition = api::ParseTraceQl(text);
  if (condition && Depth(*condition) > 3 * (api::kTraceQlDepthMax + 2)) abort();
  if (!condition && condition.error().offset.value_or(0) > size) abort();
  if (const auto duration = api::ParseDuration(text); duration && *duration < 0) abort();
  (void)api::ReadTraceQlName(text);
  (void)api::ParseLogfmt(text);
  return 0;
}
