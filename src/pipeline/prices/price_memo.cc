#include "pipeline/prices/price_memo.h"

#include <cstring>
#include <functional>
#include <memory>

namespace vitrine::pipeline {

namespace {

/// The names of a query as one text; too long where they do not fit.
struct MemoKey {
  std::array<char, 512> text;
  size_t size = 0;
  bool fits = true;

  explicit MemoKey(const model::PriceQuery& query) {
    for (std::string_view part : {query.provider, query.region, query.response_model,
                                  query.request_model, query.deployment_id}) {
      if (size + part.size() + 1 > text.size()) {
        fits = false;
        return;
      }
      if (!part.empty()) std::memcpy(text.data() + size, part.data(), part.size());
      size += part.size();
      text[size++] = '\x1f';
    }
  }
  std::string_view view() const { return {text.data(), size}; }
};

}  // namespace

PriceMemo::~PriceMemo() {
  for (auto& slot : slots_) delete slot.load(std::memory_order_relaxed);
}

Resolution PriceMemo::Resolve(const model::PriceQuery& query, const PriceIndex& index) const {
  MemoKey key(query);
  if (!key.fits) return index.Resolve(query);
  size_t hash = std::hash<std::string_view>{}(key.view());
  for (size_t probe = 0; probe < kMemoProbesMax; ++probe) {
    std::atomic<const Entry*>& slot = slots_[(hash + probe) % kMemoSlots];
    const Entry* entry = slot.load(std::memory_order_acquire);
    if (entry == nullptr) {
      auto fresh = std::make_unique<Entry>(std::string(key.view()), hash, index.Resolve(query));
      Resolution resolution = fresh->resolution;
      // Where another thread was first, its entry stays and ours goes.
      if (slot.compare_exchange_strong(entry, fresh.get(), std::memory_order_release,
                                       std::memory_order_relaxed)) {
        fresh.release();
      }
      return resolution;
    }
    if (entry->hash == hash && entry->key == key.view()) return entry->resolution;
  }
  return index.Resolve(query);
}

}  // namespace vitrine::pipeline
