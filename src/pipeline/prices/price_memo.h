// PriceMemo: names already looked up -> the model they mean. Fixed size, lock-free, never forgets.
// Owner: the table it belongs to. Threads: any number at once.
#pragma once

#include <array>
#include <atomic>

#include "model/price.h"
#include "pipeline/prices/limits.h"
#include "pipeline/prices/price_index.h"

namespace vitrine::pipeline {

class PriceMemo {
 public:
  static constexpr size_t kNameCount = 5;  ///< Provider, region, two models, deployment.

  PriceMemo() = default;
  ~PriceMemo();
  PriceMemo(const PriceMemo&) = delete;
  PriceMemo& operator=(const PriceMemo&) = delete;

  /// The resolution of `query` by `index`, looked up once per distinct set of names.
  Resolution Resolve(const model::PriceQuery& query, const PriceIndex& index) const;

 private:
  struct Entry;

  mutable std::array<std::atomic<const Entry*>, kMemoSlots> slots_{};
};

}  // namespace vitrine::pipeline
