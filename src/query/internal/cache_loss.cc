#include "query/internal/cache_loss.h"

#include <algorithm>

namespace vitrine::query {
namespace {

constexpr int64_t kPicoPerNano = 1'000;

}  // namespace

std::optional<Money> CacheLoss(const model::Rates& rates, const CacheCall& call,
                               const CacheFinding& finding) {
  using model::RateDim;
  if (!finding.lost_tokens) return std::nullopt;
  if (!rates.has(RateDim::kInput) || !rates.has(RateDim::kCacheRead)) return std::nullopt;
  const uint64_t lost = *finding.lost_tokens;
  const uint64_t written_long = std::min(lost, call.written_long_tokens.value_or(0));
  const uint64_t written_all = std::min(lost, call.written_tokens.value_or(0));
  const uint64_t written = written_all - std::min(written_all, written_long);
  const auto rate = [&](RateDim dim) {
    return rates.has(dim) ? rates[dim] : rates[RateDim::kInput];
  };
  // Pico-USD a token, of at most some millions of tokens: far from 63 bits.
  int64_t paid = static_cast<int64_t>(written_long) * rate(RateDim::kCacheWrite1h);
  paid += static_cast<int64_t>(written) * rate(RateDim::kCacheWrite5m);
  paid += static_cast<int64_t>(lost - written - written_long) * rates[RateDim::kInput];
  const int64_t as_read = static_cast<int64_t>(lost) * rates[RateDim::kCacheRead];
  return Money{std::max<int64_t>(0, paid - as_read) / kPicoPerNano};
}

}  // namespace vitrine::query
