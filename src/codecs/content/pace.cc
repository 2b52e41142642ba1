#include "codecs/content/pace.h"

#include <algorithm>
#include <vector>

namespace vitrine::codecs {

void MeasureStalls(model::Span& span, const StallRule& rule) {
  const std::span<const uint64_t> offsets = span.timeline.offsets_ns;
  if (offsets.size() < 2) return;
  std::vector<uint64_t> gaps(offsets.size() - 1);
  for (size_t i = 0; i < gaps.size(); ++i) gaps[i] = offsets[i + 1] - offsets[i];
  const auto middle = gaps.begin() + static_cast<ptrdiff_t>(gaps.size() / 2);
  std::ranges::nth_element(gaps, middle);
  const uint64_t median = std::min(*middle, UINT64_MAX / std::max<uint64_t>(1, rule.medians));
  const uint64_t least = std::max(rule.min_ns, median * rule.medians);
  uint32_t count = 0;
  uint64_t longest = 0;
  for (const uint64_t gap : gaps) {
    if (gap < least) continue;
    ++count;
    longest = std::max(longest, gap);
  }
  span.stall_count = count;
  if (count > 0)
    span.longest_stall_ns = static_cast<int64_t>(std::min<uint64_t>(longest, INT64_MAX));
}

void MeasureRates(model::Span& span) {
  if (!span.ttft_ns || !span.usage.output_tokens || *span.usage.output_tokens < 2) return;
  if (span.usage_is_aggregate || span.end <= span.start) return;
  const int64_t rest_ns = (span.end - span.start) - *span.ttft_ns;
  if (rest_ns <= 0) return;
  const auto others = static_cast<int64_t>(
      std::min<uint64_t>(*span.usage.output_tokens - 1, static_cast<uint64_t>(INT64_MAX)));
  if (!span.tpot_ns) span.tpot_ns = rest_ns / others;
  if (!span.output_tokens_per_second) {
    span.output_tokens_per_second =
        static_cast<double>(others) * 1e9 / static_cast<double>(rest_ns);
  }
}

}  // namespace vitrine::codecs
