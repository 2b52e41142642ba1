#include "settle/trace_state.h"

#include <algorithm>
#include <set>

namespace vitrine::settle {

namespace {
// Below this a linear search beats a hash table, and most traces stay below it.
constexpr size_t kSmallTraceMax = 16;
constexpr char kTagSeparator = '\x1F';
}  // namespace

uint32_t TextPool::Intern(std::string_view text) {
  if (text.empty()) return 0;
  auto found = ids_.find(text);
  if (found != ids_.end()) return found->second;
  texts_.emplace_back(text);
  bytes_ += text.size() + 64;
  auto id = static_cast<uint32_t>(texts_.size());
  ids_.emplace(texts_.back(), id);
  return id;
}

std::optional<uint32_t> TraceState::Find(SpanId id) const {
  if (!index_.empty()) {
    auto found = index_.find(id);
    if (found == index_.end()) return std::nullopt;
    return found->second;
  }
  for (uint32_t i = 0; i < spans_.size(); ++i) {
    if (spans_[i].id == id) return i;
  }
  return std::nullopt;
}

uint32_t TraceState::Upsert(const SpanFacts& facts) {
  if (auto at = Find(facts.id)) {
    spans_[*at] = facts;
    return *at;
  }
  auto at = static_cast<uint32_t>(spans_.size());
  spans_.push_back(facts);
  if (!index_.empty()) {
    index_.emplace(facts.id, at);
  } else if (spans_.size() > kSmallTraceMax) {
    for (uint32_t i = 0; i < spans_.size(); ++i) index_.emplace(spans_[i].id, i);
  }
  return at;
}

void TraceState::Erase(SpanId id) {
  auto at = Find(id);
  if (!at) return;
  spans_.erase(spans_.begin() + *at);
  index_.clear();
  if (spans_.size() <= kSmallTraceMax) return;
  for (uint32_t i = 0; i < spans_.size(); ++i) index_.emplace(spans_[i].id, i);
}

void TraceState::NotePreviews(const SpanFacts& facts, std::string_view input,
                              std::string_view output) {
  bool is_root = !facts.parent || facts.is_trace_root;
  TracePreview& in = is_root ? root_input_ : first_input_;
  if (!input.empty() && (!in.time || facts.start < *in.time))
    in = {facts.start, std::string(input)};
  TracePreview& out = is_root ? root_output_ : last_output_;
  if (!output.empty() && (!out.time || facts.end >= *out.time))
    out = {facts.end, std::string(output)};
}

std::string_view TraceState::input_preview() const {
  return root_input_.text.empty() ? first_input_.text : root_input_.text;
}

std::string_view TraceState::output_preview() const {
  return root_output_.text.empty() ? last_output_.text : root_output_.text;
}

size_t TraceState::EstimateBytes() const {
  return sizeof(TraceState) + spans_.capacity() * sizeof(SpanFacts) + index_.size() * 48 +
         texts_.bytes() + first_input_.text.capacity() + last_output_.text.capacity() +
         root_input_.text.capacity() + root_output_.text.capacity();
}

std::string JoinTags(std::span<const std::string_view> tags) {
  std::set<std::string_view> unique(tags.begin(), tags.end());
  std::string joined;
  for (std::string_view tag : unique) {
    if (!joined.empty()) joined.push_back(kTagSeparator);
    joined.append(tag);
  }
  return joined;
}

std::vector<std::string_view> SplitTags(std::string_view joined) {
  std::vector<std::string_view> tags;
  while (!joined.empty()) {
    size_t end = std::min(joined.find(kTagSeparator), joined.size());
    tags.push_back(joined.substr(0, end));
    joined.remove_prefix(std::min(end + 1, joined.size()));
  }
  return tags;
}

namespace {

using Field = uint32_t OwnershipIds::*;
constexpr Field kInheritedFields[] = {&OwnershipIds::user,        &OwnershipIds::session,
                                      &OwnershipIds::feature,     &OwnershipIds::release,
                                      &OwnershipIds::environment, &OwnershipIds::experiment};

uint32_t UniteTags(TraceState& trace) {
  std::set<uint32_t> distinct;
  for (const SpanFacts& span : trace.spans()) distinct.insert(span.own.tags);
  distinct.erase(0);
  if (distinct.empty()) return 0;
  if (distinct.size() == 1) return *distinct.begin();
  std::vector<std::string_view> all;
  for (uint32_t id : distinct) {
    for (std::string_view tag : SplitTags(trace.texts().Text(id))) all.push_back(tag);
  }
  return trace.texts().Intern(JoinTags(all));
}

/// The value of the earliest span that has one of its own, for each field.
OwnershipIds TraceDefaults(const TraceState& trace) {
  OwnershipIds defaults;
  for (Field field : kInheritedFields) {
    const SpanFacts* first = nullptr;
    for (const SpanFacts& span : trace.spans()) {
      if (span.own.*field == 0) continue;
      if (first == nullptr || std::pair(span.start, span.id) < std::pair(first->start, first->id))
        first = &span;
    }
    if (first != nullptr) defaults.*field = first->own.*field;
  }
  return defaults;
}

}  // namespace

std::vector<OwnershipIds> InheritOwnership(TraceState& trace) {
  const auto& spans = trace.spans();
  if (spans.size() == 1) return {spans[0].own};
  OwnershipIds defaults = TraceDefaults(trace);
  defaults.tags = UniteTags(trace);
  // `resolved` marks spans whose ancestors have been walked; a cycle of parents ends at the trace's
  // defaults.
  std::vector<OwnershipIds> effective(spans.size());
  std::vector<uint8_t> state(spans.size(), 0);  // 0 unseen, 1 on the path, 2 resolved
  std::vector<uint32_t> path;
  for (uint32_t i = 0; i < spans.size(); ++i) {
    std::optional<uint32_t> at = i;
    path.clear();
    while (at && state[*at] == 0) {
      state[*at] = 1;
      path.push_back(*at);
      at = spans[*at].parent ? trace.Find(spans[*at].parent) : std::nullopt;
    }
    OwnershipIds above = at && state[*at] == 2 ? effective[*at] : defaults;
    for (size_t k = path.size(); k-- > 0;) {
      OwnershipIds own = spans[path[k]].own;
      for (Field field : kInheritedFields) {
        if (own.*field == 0) own.*field = above.*field;
      }
      own.tags = defaults.tags;
      effective[path[k]] = above = own;
      state[path[k]] = 2;
    }
  }
  return effective;
}

}  // namespace vitrine::settle
