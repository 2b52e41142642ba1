#include "settle/merge.h"

#include <algorithm>
#include <vector>

namespace vitrine::settle {

namespace {

using storage::StoredSpan;

/// Remembers where every column of a row is.
class ColumnCollector {
 public:
  template <typename T>
  void Lc(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void Str(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void Day(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void Time(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void Id(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void U16(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void U32(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void U64(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void Bool(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void Enum(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void OptBool(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void OptU32(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void OptU64(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void OptI64(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void OptF64(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void OptMoney(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void StrArray(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void LcArray(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void U32Array(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void F64Array(const char*, const T& v) {
    Add(v);
  }
  template <typename T>
  void HashArray(const char*, const T& v) {
    Add(v);
  }
  void InputHashes(const auto& hashes, const auto& new_from) {
    Add(hashes);
    Add(new_from);
  }
  template <typename T>
  void Map(const char*, const T& keys, const T& values) {
    Add(keys);
    Add(values);
  }

  const std::vector<const void*>& columns() const { return columns_; }

 private:
  void Add(const auto& v) { columns_.push_back(&v); }
  std::vector<const void*> columns_;
};

template <typename T>
bool IsUnset(const T& value) {
  if constexpr (requires { value.empty(); }) {
    return value.empty();
  } else if constexpr (requires { value.has_value(); }) {
    return !value.has_value();
  } else {
    return value == T{};
  }
}

/// Walks a row and takes each unset column from the collected one.
class UnsetFiller {
 public:
  explicit UnsetFiller(const std::vector<const void*>& from) : from_(from) {}

  template <typename T>
  void Lc(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void Str(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void Day(const char*, T&) {
    ++next_;
  }
  template <typename T>
  void Time(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void Id(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void U16(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void U32(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void U64(const char*, T& v) {
    Fill(v);
  }
  void Bool(const char*, bool&) { ++next_; }
  template <typename T>
  void Enum(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void OptBool(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void OptU32(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void OptU64(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void OptI64(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void OptF64(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void OptMoney(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void StrArray(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void LcArray(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void U32Array(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void F64Array(const char*, T& v) {
    Fill(v);
  }
  template <typename T>
  void HashArray(const char*, T& v) {
    Fill(v);
  }
  /// Where the new begins belongs to its list.
  void InputHashes(auto& hashes, uint32_t& new_from) {
    if (hashes.empty()) new_from = *static_cast<const uint32_t*>(from_[next_ + 1]);
    Fill(hashes);
    ++next_;
  }
  template <typename T>
  void Map(const char*, T& keys, T& values) {
    Fill(keys);
    Fill(values);
  }

 private:
  template <typename T>
  void Fill(T& value) {
    if (IsUnset(value)) value = *static_cast<const T*>(from_[next_]);
    ++next_;
  }
  const std::vector<const void*>& from_;
  size_t next_ = 0;
};

template <typename T>
std::span<const T> Concatenate(std::span<const T> first, std::span<const T> second, Arena& arena) {
  if (first.empty() || second.empty()) return first.empty() ? second : first;
  std::vector<T> all(first.begin(), first.end());
  all.insert(all.end(), second.begin(), second.end());
  return arena.CopyArray(all);
}

std::string_view JoinReasons(const StoredSpan& first, const StoredSpan& second, Arena& arena) {
  if (first.output_hashes.empty()) return second.output_finish_reasons;
  if (second.output_hashes.empty()) return first.output_finish_reasons;
  auto padded = [](const StoredSpan& row) {
    std::string text(row.output_finish_reasons);
    if (text.empty()) text.assign(row.output_hashes.size() - 1, ',');
    return text;
  };
  return arena.Copy(padded(first) + "," + padded(second));
}

struct Ordered {
  const StoredSpan& first;
  const StoredSpan& second;
};

bool Holds(std::span<const ContentHash> all, std::span<const ContentHash> part) {
  return std::search(all.begin(), all.end(), part.begin(), part.end()) != all.end() || part.empty();
}

/// The newer fragment says nothing that the older does not: a log request that was sent again. A
/// single message may well repeat in a conversation, so one alone proves nothing.
bool IsRepeated(const StoredSpan& older, const StoredSpan& newer) {
  size_t size = newer.input_hashes.size() + newer.output_hashes.size();
  bool whole = size == older.input_hashes.size() + older.output_hashes.size();
  return (size >= 2 || whole) && Holds(older.input_hashes, newer.input_hashes) &&
         Holds(older.output_hashes, newer.output_hashes);
}

/// Two fragments of one span: their messages follow one another by time.
void JoinFragments(const StoredSpan& older, const StoredSpan& newer, StoredSpan& merged,
                   Arena& arena) {
  bool swap = newer.span.start < older.span.start;
  Ordered order{swap ? newer : older, swap ? older : newer};
  merged.input_hashes = Concatenate(order.first.input_hashes, order.second.input_hashes, arena);
  auto first_size = static_cast<uint32_t>(order.first.input_hashes.size());
  bool second_moves = order.second.input_new_from > 0;
  merged.input_new_from =
      second_moves ? first_size + order.second.input_new_from : order.first.input_new_from;
  merged.output_hashes = Concatenate(order.first.output_hashes, order.second.output_hashes, arena);
  merged.output_choices =
      Concatenate(order.first.output_choices, order.second.output_choices, arena);
  merged.output_finish_reasons = JoinReasons(order.first, order.second, arena);
  merged.tool_calls.names =
      Concatenate(order.first.tool_calls.names, order.second.tool_calls.names, arena);
  merged.tool_calls.arguments =
      Concatenate(order.first.tool_calls.arguments, order.second.tool_calls.arguments, arena);
  merged.tool_calls.ids =
      Concatenate(order.first.tool_calls.ids, order.second.tool_calls.ids, arena);
  // The last input is the latest user message.
  std::string_view last_input = order.second.span.input_preview;
  merged.span.input_preview = last_input.empty() ? order.first.span.input_preview : last_input;
  merged.span.start = order.first.span.start;
  merged.span.end = std::max(older.span.end, newer.span.end);
}

/// True if `theirs` holds everything of `ours`, nothing of it more often, and more besides.
bool Completes(std::span<const ContentHash> theirs, std::span<const ContentHash> ours) {
  if (theirs.size() <= ours.size()) return false;
  std::vector<ContentHash> all(theirs.begin(), theirs.end()), own(ours.begin(), ours.end());
  std::sort(all.begin(), all.end());
  std::sort(own.begin(), own.end());
  return std::all_of(own.begin(), own.end(), [&](const ContentHash& hash) {
    auto in_all = std::equal_range(all.begin(), all.end(), hash);
    auto in_own = std::equal_range(own.begin(), own.end(), hash);
    return in_all.second - in_all.first == in_own.second - in_own.first;
  });
}

/// Lists of one span: its own before its fragments', unless these complete it (the official OpenAI
/// instrumentation has the system prompt on the span and the whole conversation in events); from
/// two whole versions, or two fragments, the longer one, newer first.
void ChooseContent(const StoredSpan& other, bool other_is_fragment, StoredSpan& merged) {
  const auto other_wins = [&](std::span<const ContentHash> theirs,
                              std::span<const ContentHash> ours) {
    return other_is_fragment ? Completes(theirs, ours) : theirs.size() > ours.size();
  };
  if (other_wins(other.input_hashes, merged.input_hashes)) {
    merged.input_hashes = other.input_hashes;
    merged.input_new_from = other.input_new_from;
    merged.span.input_preview = other.span.input_preview;
  }
  if (other_wins(other.output_hashes, merged.output_hashes)) {
    merged.output_hashes = other.output_hashes;
    merged.output_choices = other.output_choices;
    merged.output_finish_reasons = other.output_finish_reasons;
    merged.tool_calls = other.tool_calls;
    merged.span.output_preview = other.span.output_preview;
  }
}

/// A total and its parts are one statement: parts of one version beside the total of another would
/// not add up. So are the tokens, the cost and what is billed by the piece.
void KeepUsageTogether(const StoredSpan& main, StoredSpan& merged) {
  const model::Usage& from = main.span.usage;
  model::Usage& to = merged.span.usage;
  if (from.input_tokens) {
    to.cached_input_tokens = from.cached_input_tokens;
    to.cache_write_tokens = from.cache_write_tokens;
    to.cache_write_1h_tokens = from.cache_write_1h_tokens;
    to.audio_input_tokens = from.audio_input_tokens;
    to.image_input_tokens = from.image_input_tokens;
    to.cached_audio_tokens = from.cached_audio_tokens;
    to.billed_input_tokens = from.billed_input_tokens;
    to.billed_cached_input_tokens = from.billed_cached_input_tokens;
    to.billed_cache_write_tokens = from.billed_cache_write_tokens;
    to.billed_cache_write_1h_tokens = from.billed_cache_write_1h_tokens;
    to.largest_pass_tokens = from.largest_pass_tokens;
    to.smallest_pass_tokens = from.smallest_pass_tokens;
  }
  if (from.output_tokens) {
    to.reasoning_tokens = from.reasoning_tokens;
    to.audio_output_tokens = from.audio_output_tokens;
    to.image_output_tokens = from.image_output_tokens;
    to.billed_output_tokens = from.billed_output_tokens;
  }
  const bool states_call = (from.input_tokens && from.output_tokens) || main.span.cost.total;
  if (states_call) to.web_search_requests = from.web_search_requests;
  if (states_call || from.has_pieces()) {
    to.input_seconds = from.input_seconds;
    to.input_characters = from.input_characters;
    to.output_images = from.output_images;
    to.pages = from.pages;
    to.search_units = from.search_units;
  }
  if (main.span.cost.total) {
    const std::optional<Money> reported = merged.span.cost.reported;
    merged.span.cost = main.span.cost;
    merged.span.cost.reported = reported;
  }
}

/// A span that says that it went well has no error of an earlier version.
void KeepOutcomeTogether(const StoredSpan& main, StoredSpan& merged) {
  if (main.span.status != model::SpanStatus::kOk) return;
  merged.span.error_type = main.span.error_type;
  merged.span.status_message = main.span.status_message;
  merged.span.error_text = main.span.error_text;
}

/// Attributes of both; for a key that both have, the newer value.
storage::StoredAttributes UniteAttributes(const storage::StoredAttributes& older,
                                          const storage::StoredAttributes& newer, Arena& arena) {
  if (older.keys.empty() || newer.keys.empty()) return newer.keys.empty() ? older : newer;
  std::vector<std::string_view> keys(newer.keys.begin(), newer.keys.end());
  std::vector<std::string_view> values(newer.values.begin(), newer.values.end());
  std::string types(newer.types);
  for (size_t i = 0; i < older.keys.size(); ++i) {
    if (std::find(newer.keys.begin(), newer.keys.end(), older.keys[i]) != newer.keys.end())
      continue;
    keys.push_back(older.keys[i]);
    values.push_back(older.values[i]);
    types.push_back(i < older.types.size() ? older.types[i] : 's');
  }
  if (keys.size() == newer.keys.size()) return newer;
  return {arena.CopyArray(keys), arena.CopyArray(values), arena.Copy(types)};
}

void KeepIdentityOf(const StoredSpan& real, StoredSpan& merged) {
  merged.span.start = real.span.start;
  merged.span.end = real.span.end;
  merged.span.name = real.span.name;
  merged.span.kind = real.span.kind == model::SpanKind::kOther ? merged.span.kind : real.span.kind;
  merged.span.parent_span_id = real.span.parent_span_id;
  merged.span.status =
      real.span.status == model::SpanStatus::kUnset ? merged.span.status : real.span.status;
  merged.capture = real.capture;
}

}  // namespace

StoredSpan MergeRows(const StoredSpan& older, const StoredSpan& newer, Arena& arena) {
  // A fragment completes its span, whichever of them came first.
  const bool late_fragment = newer.span.is_fragment && !older.span.is_fragment;
  const StoredSpan& main = late_fragment ? older : newer;
  const StoredSpan& other = late_fragment ? newer : older;
  StoredSpan merged = main;
  ColumnCollector collector;
  storage::DescribeColumns(collector, other);
  UnsetFiller filler(collector.columns());
  storage::DescribeColumns(filler, merged);
  merged.version = newer.version;
  merged.attributes = UniteAttributes(other.attributes, main.attributes, arena);
  merged.resource = UniteAttributes(other.resource, main.resource, arena);
  merged.span.refusal = older.span.refusal || newer.span.refusal;
  merged.span.is_trace_root = older.span.is_trace_root || newer.span.is_trace_root;
  merged.span.is_fragment = older.span.is_fragment && newer.span.is_fragment;
  KeepUsageTogether(main, merged);
  KeepOutcomeTogether(main, merged);
  if (merged.span.is_fragment && !IsRepeated(older, newer)) {
    JoinFragments(older, newer, merged, arena);
  } else {
    ChooseContent(other, other.span.is_fragment && !main.span.is_fragment, merged);
    if (other.span.is_fragment != main.span.is_fragment) KeepIdentityOf(main, merged);
  }
  merged.digest = newer.digest;
  merged.day = merged.span.start == older.span.start ? older.day : newer.day;
  return merged;
}

}  // namespace vitrine::settle
