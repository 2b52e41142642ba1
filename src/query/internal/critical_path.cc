#include "query/internal/critical_path.h"

#include <algorithm>
#include <unordered_map>

namespace vitrine::query {
namespace {

// Clocks of different machines disagree by a little: so much of the parent's time is let through.
constexpr int64_t kSlackPart = 1'000;

constexpr size_t kNone = static_cast<size_t>(-1);

/// Children of each span, as lists through the spans.
struct Family {
  std::vector<size_t> first_child, next_sibling;
  size_t root = kNone;
};

Family FamilyOf(std::span<const PathSpan> spans) {
  std::unordered_map<uint64_t, size_t> places;
  places.reserve(spans.size());
  for (size_t i = 0; i < spans.size(); ++i) places.emplace(spans[i].id, i);
  Family family{std::vector<size_t>(spans.size(), kNone), std::vector<size_t>(spans.size(), kNone)};
  for (size_t i = spans.size(); i-- > 0;) {
    const auto parent = spans[i].parent == 0 ? places.end() : places.find(spans[i].parent);
    if (parent != places.end()) {
      family.next_sibling[i] = family.first_child[parent->second];
      family.first_child[parent->second] = i;
      continue;
    }
    const auto length = [&](size_t span) { return spans[span].end - spans[span].start; };
    if (family.root == kNone || length(i) >= length(family.root)) family.root = i;
  }
  return family;
}

}  // namespace

std::vector<PathPiece> CriticalPath(std::span<const PathSpan> spans) {
  const Family family = FamilyOf(spans);
  std::vector<PathPiece> pieces;
  if (family.root == kNone) return pieces;
  std::vector<PathPiece> open{{family.root, spans[family.root].start, spans[family.root].end}};
  std::vector<size_t> children;
  while (!open.empty()) {
    const PathPiece whole = open.back();
    open.pop_back();
    children.clear();
    for (size_t i = family.first_child[whole.span]; i != kNone; i = family.next_sibling[i])
      children.push_back(i);
    std::ranges::sort(children, [&](size_t a, size_t b) {
      return spans[a].end != spans[b].end ? spans[a].end > spans[b].end
                                          : spans[a].start > spans[b].start;
    });
    const int64_t slack = (spans[whole.span].end - spans[whole.span].start) / kSlackPart;
    int64_t cursor = whole.to;
    for (const size_t child : children) {
      if (spans[child].end > cursor + slack) continue;
      const int64_t to = std::min(spans[child].end, cursor);
      const int64_t from = std::max(spans[child].start, whole.from);
      if (from >= to) continue;
      if (to < cursor) pieces.push_back({whole.span, to, cursor});
      open.push_back({child, from, to});
      cursor = from;
    }
    if (whole.from < cursor) pieces.push_back({whole.span, whole.from, cursor});
  }
  return pieces;
}

}  // namespace vitrine::query
