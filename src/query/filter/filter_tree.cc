#include "query/filter/filter_tree.h"

namespace vitrine::query {

bool operator==(const FilterNode& a, const FilterNode& b) {
  return a.kind == b.kind && a.parts == b.parts && a.field == b.field && a.key == b.key &&
         a.op == b.op && a.matches == b.matches && a.text == b.text;
}

namespace {

FilterNode Joined(FilterNode::Kind kind, std::vector<FilterNode> parts) {
  FilterNode node;
  node.kind = kind;
  for (FilterNode& part : parts) {
    if (part.kind == kind) {
      for (FilterNode& inner : part.parts) node.parts.push_back(std::move(inner));
    } else {
      node.parts.push_back(std::move(part));
    }
  }
  if (node.parts.size() != 1) return node;
  FilterNode only = std::move(node.parts[0]);
  return only;
}

}  // namespace

FilterNode AllOf(std::vector<FilterNode> parts) {
  return Joined(FilterNode::Kind::kAnd, std::move(parts));
}

FilterNode AnyOf(std::vector<FilterNode> parts) {
  return Joined(FilterNode::Kind::kOr, std::move(parts));
}

FilterNode NotOf(FilterNode node) {
  if (node.kind == FilterNode::Kind::kNot) {
    FilterNode inner = std::move(node.parts[0]);
    return inner;
  }
  FilterNode negated;
  negated.kind = FilterNode::Kind::kNot;
  negated.parts.push_back(std::move(node));
  return negated;
}

FilterNode KindIs(std::string_view kind) {
  FilterNode term;
  term.kind = FilterNode::Kind::kTerm;
  term.field = FindField("kind");
  FilterMatch match;
  match.value.pieces = {std::string(kind)};
  term.matches.push_back(std::move(match));
  return term;
}

std::string_view OperatorText(FilterOperator op) {
  switch (op) {
    case FilterOperator::kIs: return ":";
    case FilterOperator::kLess: return "<";
    case FilterOperator::kLessOrEqual: return "<=";
    case FilterOperator::kGreater: return ">";
    case FilterOperator::kGreaterOrEqual: return ">=";
  }
  return ":";
}

std::string_view Name(WordsPlace place) {
  switch (place) {
    case WordsPlace::kNew: return "new";
    case WordsPlace::kHistory: return "history";
    case WordsPlace::kInput: return "input";
    case WordsPlace::kOutput: return "output";
  }
  return "new";
}

}  // namespace vitrine::query
