#include "query/filter/near_name.h"

#include <algorithm>

namespace vitrine::query {

size_t EditDistance(std::string_view a, std::string_view b) {
  // Rows of the usual table: two before, one before, this one.
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string NearestName(std::string_view typed, std::span<const std::string_view> names) {
  const std::string small = Small(typed);
  const size_t allowed = std::max<size_t>(1, small.size() / 3);
  std::string_view nearest;
  size_t least = allowed + 1;
  for (const std::string_view name : names) {
    // Longer by more than that can be no nearer.
    if (name.size() > small.size() + allowed || small.size() > name.size() + allowed) continue;
    const size_t distance = EditDistance(small, name);
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return std::string(nearest);
}

std::string Small(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return small;
}

}  // namespace vitrine::query
