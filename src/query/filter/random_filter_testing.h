// RandomFilter: trees of filters made by chance, in normal form, for tests. The chooser decides, so
// that rapidcheck can shrink and a seed can repeat. Owner: values. Threads: one test.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "query/filter/filter_tree.h"
#include "query/filter/value_text.h"

namespace vitrine::query {

/// A number from 0 to count - 1.
using Choose = std::function<size_t(size_t count)>;

struct RandomFilterOptions {
  FilterUnit unit = FilterUnit::kTraces;
  /// The fields that may be asked for.
  std::vector<const FilterField*> fields;
  std::vector<std::string> texts, words, keys, score_names, has_words;
  std::vector<double> numbers;
  std::vector<int64_t> durations, moneys;
  std::vector<std::string> times;
  std::vector<std::string> ids;  ///< Hexadecimal, of 32 and of 16 digits.
  size_t depth = 3;
};

class RandomFilter {
 public:
  RandomFilter(Choose choose, const RandomFilterOptions& options)
      : choose_(std::move(choose)), options_(options) {}

  Filter Make() {
    Filter filter;
    filter.unit = options_.unit;
    filter.root = Node(options_.depth, false);
    if (Chance(8)) {
      constexpr WordsPlace kPlaces[] = {WordsPlace::kHistory, WordsPlace::kInput,
                                        WordsPlace::kOutput};
      filter.words_place = kPlaces[choose_(3)];
    }
    return filter;
  }

 private:
  bool Chance(size_t one_in) { return choose_(one_in) == 0; }
  template <typename T>
  const T& One(const std::vector<T>& list) {
    return list[choose_(list.size())];
  }

  FilterNode Node(size_t depth, bool is_in_span) {
    const size_t form = depth == 0 ? 0 : choose_(is_in_span ? 8 : 12);
    if (form <= 3) return Leaf(is_in_span);
    if (form == 4 || form == 5) return AllOf(Nodes(depth, is_in_span));
    if (form == 6) return AnyOf(Nodes(depth, is_in_span));
    if (form == 7) return NotOf(Node(depth - 1, is_in_span));
    if (form == 8 || form == 9) return Span(depth);
    if (form == 10) return Path(depth);
    return Leaf(is_in_span);
  }

  std::vector<FilterNode> Nodes(size_t depth, bool is_in_span) {
    std::vector<FilterNode> nodes;
    for (size_t left = 2 + choose_(2); left > 0; --left)
      nodes.push_back(Node(depth - 1, is_in_span));
    return nodes;
  }

  FilterNode Condition(size_t depth) {
    if (Chance(12)) return FilterNode();
    return Chance(3) ? KindIs(KindNames()[choose_(KindNames().size())]) : Node(depth - 1, true);
  }

  FilterNode Span(size_t depth) {
    FilterNode span;
    span.kind = FilterNode::Kind::kSpan;
    span.parts.push_back(Condition(depth));
    return span;
  }

  FilterNode Path(size_t depth) {
    FilterNode path;
    path.kind = FilterNode::Kind::kPath;
    for (size_t left = 2 + (Chance(3) ? 1 : 0); left > 0; --left)
      path.parts.push_back(Condition(depth));
    return path;
  }

  FilterNode Leaf(bool is_in_span) {
    FilterNode node;
    if (!options_.words.empty() && Chance(8)) {
      node.kind = FilterNode::Kind::kWords;
      node.text = One(options_.words);
      return node;
    }
    node.kind = FilterNode::Kind::kTerm;
    do {
      node.field = One(options_.fields);
    } while (is_in_span && (node.field->place == FieldPlace::kTrace ||
                            node.field->place == FieldPlace::kKindCount));
    if (node.field->type == FieldType::kAttribute) node.key = One(options_.keys);
    if (node.field->type == FieldType::kScore) node.key = One(options_.score_names);
    if (IsOrdered(node.field->type) && choose_(2) == 0)
      node.op = static_cast<FilterOperator>(1 + choose_(4));
    const size_t count = node.op == FilterOperator::kIs && Chance(4) ? 2 + choose_(2) : 1;
    for (size_t i = 0; i < count; ++i) node.matches.push_back(Match(node, is_in_span));
    return node;
  }

  FilterMatch Match(const FilterNode& node, bool is_in_span) {
    FilterMatch match;
    match.value = Value(node, is_in_span);
    const bool is_range = node.op == FilterOperator::kIs && IsOrdered(node.field->type) &&
                          match.value.kind != FilterValue::Kind::kPattern && Chance(3);
    if (!is_range) return match;
    FilterValue other = Value(node, is_in_span);
    if (other.kind != match.value.kind) return match;
    if (other.number < match.value.number || other.whole < match.value.whole)
      std::swap(other, match.value);
    match.last = std::move(other);
    return match;
  }

  FilterValue Value(const FilterNode& node, bool is_in_span) {
    const FilterField& field = *node.field;
    FilterValue value;
    switch (field.type) {
      case FieldType::kText: return Pattern(options_.texts);
      case FieldType::kEnum:
        value.pieces = {std::string(field.values[choose_(IsCallKind(field, is_in_span)
                                                             ? 3
                                                             : field.values.size())])};
        return value;
      case FieldType::kId: return Id(field);
      case FieldType::kHas: value.pieces = {One(options_.has_words)}; return value;
      case FieldType::kNumber: return Number();
      case FieldType::kScore:
      case FieldType::kAttribute:
        if (node.op != FilterOperator::kIs || Chance(2)) {
          // An attribute that is equal to something is a text.
          if (field.type == FieldType::kScore || node.op != FilterOperator::kIs) return Number();
        }
        return Pattern(options_.texts);
      case FieldType::kDuration: return Whole(One(options_.durations));
      case FieldType::kMoney: return Whole(One(options_.moneys));
      case FieldType::kBool: return Whole(static_cast<int64_t>(choose_(2)));
      case FieldType::kTime: return *ParseTimeValue(One(options_.times));
    }
    return value;
  }

  /// Llm, embedding and rerank come first.
  bool IsCallKind(const FilterField& field, bool is_in_span) const {
    return field.name == "kind" && options_.unit == FilterUnit::kCalls && !is_in_span;
  }

  FilterValue Number() {
    FilterValue value;
    value.kind = FilterValue::Kind::kNumber;
    value.number = One(options_.numbers);
    return value;
  }
  static FilterValue Whole(int64_t whole) {
    FilterValue value;
    value.kind = FilterValue::Kind::kWhole;
    value.whole = whole;
    return value;
  }

  /// A text, or pieces of it with stars between them, no two side by side.
  FilterValue Pattern(const std::vector<std::string>& texts) {
    FilterValue value;
    const std::string& text = One(texts);
    value.pieces = {text};
    if (!Chance(3)) return value;
    const size_t cut = choose_(text.size() + 1), skip = choose_(2);
    value.pieces = {text.substr(0, cut), text.substr(std::min(text.size(), cut + skip))};
    if (!value.pieces[1].empty() && Chance(3)) value.pieces.emplace_back();
    return value;
  }

  FilterValue Id(const FilterField& field) {
    const size_t length = field.name == "trace_id" ? 32 : 16;
    std::string id;
    do {
      id = One(options_.ids);
    } while (id.size() != length);
    FilterValue value;
    value.pieces = {id};
    if (Chance(2)) value.pieces = {id.substr(0, choose_(length)), ""};
    return value;
  }

  const Choose choose_;
  const RandomFilterOptions& options_;
};

}  // namespace vitrine::query
