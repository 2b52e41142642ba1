#include "settle/recent_calls.h"

#include <algorithm>
#include <utility>

#include "settle/limits.h"

namespace vitrine::settle {

namespace {

constexpr uint64_t kLayerMask = 0xFFFF;
constexpr size_t kSlotsMin = 1024;

uint64_t KeyOf(uint64_t key_and_layer) { return key_and_layer & ~kLayerMask; }

uint64_t Scramble(uint64_t value) {
  value *= 0x9E3779B97F4A7C15ull;
  return value ^ value >> 32;
}

}  // namespace

uint64_t ResponseKey(std::string_view project, uint64_t response_hash) {
  return Scramble(response_hash ^ std::hash<std::string_view>()(project) * 0xC2B2AE3D27D4EB4Full);
}

uint16_t LayerTag(model::Capture capture, uint64_t scope_hash) {
  return static_cast<uint16_t>(Scramble(scope_hash + static_cast<uint64_t>(capture)) >> 16);
}

RecentCalls::RecentCalls(size_t calls_max)
    : generation_size_max_(std::max<size_t>(calls_max / 2, 1)) {}

template <typename Visit>
void RecentCalls::Generation::ForEach(uint64_t key, const Visit& visit) const {
  if (slots.empty()) return;
  size_t mask = slots.size() - 1;
  for (size_t at = Scramble(key) & mask; slots[at].key_and_layer != 0; at = (at + 1) & mask) {
    if (KeyOf(slots[at].key_and_layer) == key) visit(slots[at]);
  }
}

void RecentCalls::Generation::Place(const Entry& entry) {
  size_t mask = slots.size() - 1;
  size_t at = Scramble(KeyOf(entry.key_and_layer)) & mask;
  while (slots[at].key_and_layer != 0) at = (at + 1) & mask;
  slots[at] = entry;
}

void RecentCalls::Generation::Insert(const Entry& entry) {
  size_t same_response = 0;
  bool is_known = false;
  ForEach(KeyOf(entry.key_and_layer), [&](const Entry& known) {
    ++same_response;
    is_known |= known.key_and_layer == entry.key_and_layer && known.trace == entry.trace;
  });
  if (is_known || same_response >= kTracesPerResponseMax) return;
  if ((count + 1) * 4 > slots.size() * 3) {
    std::vector<Entry> before = std::exchange(slots, {});
    slots.resize(std::max(before.size() * 2, kSlotsMin));
    for (const Entry& kept : before) {
      if (kept.key_and_layer != 0) Place(kept);
    }
  }
  Place(entry);
  ++count;
}

void RecentCalls::Insert(uint64_t response_key, uint16_t layer, const TraceId& trace) {
  if (recent_.count >= generation_size_max_) {
    older_ = std::move(recent_);
    recent_ = {};
  }
  // Bit 16 is always set, so that no entry looks free.
  recent_.Insert({KeyOf(response_key) | (kLayerMask + 1) | layer, trace});
}

std::vector<TraceId> RecentCalls::Find(uint64_t response_key) const {
  std::vector<TraceId> traces;
  size_t reports = 0;
  uint64_t first = 0;
  bool has_layers = false;
  auto visit = [&](const Entry& entry) {
    if (reports++ == 0) first = entry.key_and_layer;
    has_layers |= entry.key_and_layer != first;
    if (std::find(traces.begin(), traces.end(), entry.trace) == traces.end())
      traces.push_back(entry.trace);
  };
  uint64_t key = KeyOf(response_key) | (kLayerMask + 1);
  recent_.ForEach(key, visit);
  older_.ForEach(key, visit);
  bool may_be_one_call = has_layers && traces.size() > 1 && reports < kTracesPerResponseMax;
  return may_be_one_call ? traces : std::vector<TraceId>();
}

size_t RecentCalls::size_bytes() const {
  return (recent_.slots.capacity() + older_.slots.capacity()) * sizeof(Entry);
}

}  // namespace vitrine::settle
