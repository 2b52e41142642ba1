#include "pipeline/prices/price_memo.h"

#include <cstring>
#include <memory>

namespace vitrine::pipeline {

namespace {

using Names = std::array<std::string_view, PriceMemo::kNameCount>;

Names NamesOf(const model::PriceQuery& query) {
  return {query.provider, query.region, query.response_model, query.request_model,
          query.deployment_id};
}

uint64_t Load(const char* from, size_t size) {
  uint64_t word = 0;
  if (size >= 8) {
    std::memcpy(&word, from, 8);
  } else if (size >= 4) {
    uint32_t low = 0, high = 0;  // They overlap, which does no harm to a hash.
    std::memcpy(&low, from, 4);
    std::memcpy(&high, from + size - 4, 4);
    word = low | static_cast<uint64_t>(high) << 32;
  } else {
    for (size_t i = 0; i < size; ++i) word = word << 8 | static_cast<unsigned char>(from[i]);
  }
  return word;
}

/// Names are a few words long, so the hash is inlined rather than called five times.
uint64_t HashOf(const Names& names) {
  uint64_t hash = 0;
  auto mix = [&hash](uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  };
  for (std::string_view name : names) {
    mix(name.size());
    for (; name.size() > 8; name.remove_prefix(8)) mix(Load(name.data(), 8));
    if (!name.empty()) mix(Load(name.data(), name.size()));
  }
  return hash;
}

size_t SizeOf(const Names& names) {
  size_t size = 0;
  for (std::string_view name : names) size += name.size();
  return size;
}

}  // namespace

struct PriceMemo::Entry {
  uint64_t hash;
  std::string text;  ///< The names one after the other.
  std::array<uint32_t, kNameCount> sizes;
  Resolution resolution;

  Entry(uint64_t hash_of_names, const Names& names, Resolution found)
      : hash(hash_of_names), resolution(found) {
    for (size_t i = 0; i < kNameCount; ++i) {
      text += names[i];
      sizes[i] = static_cast<uint32_t>(names[i].size());
    }
  }

  bool Is(uint64_t hash_of_names, const Names& names) const {
    if (hash != hash_of_names) return false;
    const char* at = text.data();
    for (size_t i = 0; i < kNameCount; ++i) {
      if (names[i].size() != sizes[i]) return false;
      if (sizes[i] != 0 && std::memcmp(at, names[i].data(), sizes[i]) != 0) return false;
      at += sizes[i];
    }
    return true;
  }
};

PriceMemo::~PriceMemo() {
  for (auto& slot : slots_) delete slot.load(std::memory_order_relaxed);
}

Resolution PriceMemo::Resolve(const model::PriceQuery& query, const PriceIndex& index) const {
  Names names = NamesOf(query);
  if (SizeOf(names) > kMemoNameBytesMax) return index.Resolve(query);
  uint64_t hash = HashOf(names);
  for (size_t probe = 0; probe < kMemoProbesMax; ++probe) {
    std::atomic<const Entry*>& slot = slots_[(hash + probe) % kMemoSlots];
    const Entry* entry = slot.load(std::memory_order_acquire);
    if (entry == nullptr) {
      auto fresh = std::make_unique<const Entry>(hash, names, index.Resolve(query));
      Resolution resolution = fresh->resolution;
      // Where another thread was first, its entry stays and ours goes.
      if (slot.compare_exchange_strong(entry, fresh.get(), std::memory_order_release,
                                       std::memory_order_relaxed)) {
        static_cast<void>(fresh.release());
      }
      return resolution;
    }
    if (entry->Is(hash, names)) return entry->resolution;
  }
  return index.Resolve(query);
}

}  // namespace vitrine::pipeline
