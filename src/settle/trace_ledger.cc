#include "settle/trace_ledger.h"

#include <algorithm>

namespace vitrine::settle {

namespace {
// Seven probes are the optimum for about ten bits an entry.
constexpr int kProbeCount = 7;
// Shrinking goes a quarter below the limit, so that it is not needed after every batch.
constexpr size_t kShrinkNumerator = 3, kShrinkDenominator = 4;
}  // namespace

MaybeStored::MaybeStored(size_t bit_count) : words_((bit_count + 63) / 64) {}

void MaybeStored::Insert(uint64_t hash) {
  uint64_t step = hash * 0x9E3779B97F4A7C15ull | 1;
  for (int i = 0; i < kProbeCount; ++i, hash += step) {
    size_t bit = hash % (words_.size() * 64);
    words_[bit / 64] |= 1ull << (bit % 64);
  }
}

bool MaybeStored::Contains(uint64_t hash) const {
  uint64_t step = hash * 0x9E3779B97F4A7C15ull | 1;
  for (int i = 0; i < kProbeCount; ++i, hash += step) {
    size_t bit = hash % (words_.size() * 64);
    if ((words_[bit / 64] >> (bit % 64) & 1) == 0) return false;
  }
  return true;
}

TraceLedger::TraceLedger(size_t size_bytes_max, size_t maybe_stored_bit_count)
    : size_bytes_max_(size_bytes_max), maybe_stored_(maybe_stored_bit_count) {}

uint64_t TraceLedger::HashOf(const TraceKey& key) {
  uint64_t high = 0;
  std::memcpy(&high, key.trace_id.bytes.data() + 8, 8);
  uint64_t hash = key.trace_id.Low64() ^ (high * 0xC2B2AE3D27D4EB4Full);
  for (char c : key.project) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3ull;
  return hash ^ hash >> 31;
}

TraceState* TraceLedger::Find(const TraceKey& key) {
  auto found = traces_.find(key);
  return found == traces_.end() ? nullptr : found->second->state.get();
}

TraceState& TraceLedger::Open(const TraceKey& key) {
  auto found = traces_.find(key);
  if (found != traces_.end()) return *found->second->state;
  auto entry = std::make_unique<Entry>();
  entry->project = key.project;
  entry->trace_id = key.trace_id;
  entry->state = std::make_unique<TraceState>();
  TraceKey own_key{entry->project, entry->trace_id};
  auto& stored = *traces_.emplace(own_key, std::move(entry)).first->second;
  return *stored.state;
}

void TraceLedger::Account(const TraceKey& key) {
  auto found = traces_.find(key);
  if (found == traces_.end()) return;
  Entry& entry = *found->second;
  size_t now = sizeof(Entry) + entry.state->EstimateBytes();
  size_bytes_ = size_bytes_ - entry.accounted_bytes + now;
  entry.accounted_bytes = now;
}

void TraceLedger::Shrink(uint64_t batch) {
  if (size_bytes_ <= size_bytes_max_) return;
  std::vector<Entry*> by_age;
  by_age.reserve(traces_.size());
  for (auto& [key, entry] : traces_) {
    if (entry->state->last_batch < batch) by_age.push_back(entry.get());
  }
  std::sort(by_age.begin(), by_age.end(), [](const Entry* a, const Entry* b) {
    return a->state->last_batch < b->state->last_batch;
  });
  for (Entry* entry : by_age) {
    if (size_bytes_ <= size_bytes_max_ / kShrinkDenominator * kShrinkNumerator) break;
    size_bytes_ -= entry->accounted_bytes;
    traces_.erase(TraceKey{entry->project, entry->trace_id});
  }
}

void TraceLedger::Clear() {
  traces_.clear();
  size_bytes_ = 0;
}

}  // namespace vitrine::settle
