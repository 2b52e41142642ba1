#include "settle/ingest_ledger.h"

#include <algorithm>
#include <limits>

namespace vitrine::settle {
namespace {

constexpr const char* kRefusedByEngine = "refused_by_engine";

/// A clock that was set wrong says any time; the table's ends in 2106.
int64_t MinuteOf(Nanos time) {
  constexpr int64_t kLast = std::numeric_limits<uint32_t>::max() / 60;
  return std::clamp<int64_t>(time.since_epoch / (60 * kNanosPerSecond), 0, kLast);
}

}  // namespace

void IngestLedger::Add(const model::SpanBatch& batch) {
  for (const model::IngestCount& count : batch.counts) {
    IngestSums& sums = rows_[{batch.project, std::string(count.door), std::string(count.reason),
                              MinuteOf(count.time)}];
    sums.accepted += count.accepted;
    sums.rejected += count.rejected;
    sums.dropped += count.dropped;
  }
}

void IngestLedger::AddQuarantined(std::string_view project, std::string_view door, Nanos time) {
  ++rows_[{std::string(project), std::string(door), kRefusedByEngine, MinuteOf(time)}].quarantined;
}

}  // namespace vitrine::settle
