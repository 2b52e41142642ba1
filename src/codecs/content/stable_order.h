// StableOrder: sorting that keeps the order among equals, for lists that are nearly always sorted
// already. (std::stable_sort of libstdc++ 12 uses what clang calls deprecated, and allocates
// always.)
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace vitrine::codecs {

/// Sorts by `key(element)`; a sorted list costs one pass.
template <typename T, typename Key>
void StableOrder(std::vector<T>& list, Key key) {
  if (std::ranges::is_sorted(list, {}, key)) return;
  std::vector<std::pair<size_t, T>> numbered;
  numbered.reserve(list.size());
  for (T& element : list) numbered.emplace_back(numbered.size(), std::move(element));
  std::ranges::sort(numbered, [&](const auto& left, const auto& right) {
    auto left_key = key(left.second), right_key = key(right.second);
    return left_key < right_key || (left_key == right_key && left.first < right.first);
  });
  for (size_t i = 0; i < list.size(); ++i) list[i] = std::move(numbered[i].second);
}

}  // namespace vitrine::codecs
