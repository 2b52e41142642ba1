// The canonical text of a filter.
#include <algorithm>

#include "query/filter/filter.h"
#include "query/filter/near_name.h"
#include "query/filter/value_text.h"

namespace vitrine::query {
namespace {

using Kind = FilterNode::Kind;

/// Within what a node stands: a looser one gets brackets.
enum class Strength : uint8_t { kOr, kAnd, kItem };

void Append(std::string& out, const FilterNode& node, Strength strength);

/// A word needs no quotes when it is letters and digits and nothing that means something.
void AppendWords(std::string& out, const std::string& text) {
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  const std::string small = Small(text);
  const bool means_more = small == "and" || small == "or" || small == "not" || IsKind(small) ||
                          FindField(small) != nullptr;
  out += std::ranges::all_of(text, is_plain) && !means_more ? text : Quoted(text);
}

void AppendName(std::string& out, const FilterNode& term) {
  if (term.key.empty()) {
    out += term.field->name;
    return;
  }
  out += term.field->type == FieldType::kScore ? "score." : "attr.";
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("_.-/@$").find(c) != std::string_view::npos;
  };
  out += std::ranges::all_of(term.key, is_plain) ? term.key : Quoted(term.key);
}

void AppendTerm(std::string& out, const FilterNode& term) {
  AppendName(out, term);
  out += OperatorText(term.op);
  const bool is_list = term.matches.size() > 1;
  if (is_list) out += '(';
  for (size_t i = 0; i < term.matches.size(); ++i) {
    const FilterMatch& match = term.matches[i];
    if (i > 0) out += " or ";
    const std::string value = ValueText(term.field->type, match.value);
    // In a list, a bare "or" would part the values.
    out += is_list && Small(value) == "or" ? Quoted(value) : value;
    if (match.last) out += ".." + ValueText(term.field->type, *match.last);
  }
  if (is_list) out += ')';
}

bool IsPlainKind(const FilterNode& node) {
  return node.kind == Kind::kTerm && node.field->name == "kind" && node.matches.size() == 1;
}

/// "tool", "tool{status:error}" or "{status:error}".
void AppendSpan(std::string& out, const FilterNode& condition, bool is_in_path) {
  if (IsPlainKind(condition)) {
    out += condition.matches[0].value.pieces[0];
    if (!is_in_path) out += "{}";
    return;
  }
  const bool has_kind = condition.kind == Kind::kAnd && !condition.parts.empty() &&
                        IsPlainKind(condition.parts[0]);
  if (has_kind) out += condition.parts[0].matches[0].value.pieces[0];
  out += '{';
  if (condition.kind != Kind::kAnd) {
    Append(out, condition, Strength::kOr);
  } else {
    for (size_t i = has_kind ? 1 : 0; i < condition.parts.size(); ++i) {
      if (out.back() != '{') out += ' ';
      Append(out, condition.parts[i], Strength::kItem);
    }
  }
  out += '}';
}

void AppendJoined(std::string& out, const FilterNode& node, Strength strength) {
  const bool is_or = node.kind == Kind::kOr;
  const bool has_brackets = is_or ? strength != Strength::kOr : strength == Strength::kItem;
  if (has_brackets) out += '(';
  for (size_t i = 0; i < node.parts.size(); ++i) {
    if (i > 0) out += is_or ? " or " : " ";
    Append(out, node.parts[i], is_or ? Strength::kAnd : Strength::kItem);
  }
  if (has_brackets) out += ')';
}

void Append(std::string& out, const FilterNode& node, Strength strength) {
  switch (node.kind) {
    case Kind::kAnd:
    case Kind::kOr: return AppendJoined(out, node, strength);
    case Kind::kNot: {
      out += '-';
      const bool has_brackets = node.parts[0].kind == Kind::kPath;
      if (has_brackets) out += '(';
      Append(out, node.parts[0], Strength::kItem);
      if (has_brackets) out += ')';
      return;
    }
    case Kind::kTerm: return AppendTerm(out, node);
    case Kind::kWords: return AppendWords(out, node.text);
    case Kind::kSpan: return AppendSpan(out, node.parts[0], false);
    case Kind::kPath:
      for (size_t i = 0; i < node.parts.size(); ++i) {
        if (i > 0) out += " > ";
        AppendSpan(out, node.parts[i], true);
      }
      return;
  }
}

/// The field's name, its operator and its values, as chips show them.
FilterChip ChipOf(std::string_view text, const FilterNode& node) {
  FilterChip chip;
  chip.from = node.from;
  chip.to = node.to;
  chip.text = text.substr(node.from, node.to - node.from);
  chip.is_negated = node.kind == Kind::kNot;
  const FilterNode& inner = chip.is_negated ? node.parts[0] : node;
  if (inner.kind != Kind::kTerm) return chip;
  AppendName(chip.field, inner);
  chip.op = OperatorText(inner.op);
  std::string term;
  AppendTerm(term, inner);
  chip.value = term.substr(chip.field.size() + chip.op.size());
  return chip;
}

}  // namespace

std::string FilterText(const Filter& filter) {
  std::string text;
  Append(text, filter.root, Strength::kOr);
  if (filter.words_place == WordsPlace::kNew) return text;
  if (filter.root.kind == Kind::kOr) text = "(" + text + ")";
  return text + (text.empty() ? "in:" : " in:") + std::string(Name(filter.words_place));
}

std::vector<FilterChip> FilterChips(std::string_view text, const Filter& filter) {
  std::vector<FilterChip> chips;
  if (filter.root.kind == Kind::kAnd) {
    for (const FilterNode& part : filter.root.parts) chips.push_back(ChipOf(text, part));
  } else {
    chips.push_back(ChipOf(text, filter.root));
  }
  if (filter.place_to > 0) {
    FilterChip place;
    place.from = filter.place_from;
    place.to = filter.place_to;
    place.text = text.substr(place.from, place.to - place.from);
    place.field = "in";
    place.op = ":";
    place.value = Name(filter.words_place);
    chips.push_back(std::move(place));
  }
  std::ranges::sort(chips, {}, &FilterChip::from);
  return chips;
}

}  // namespace vitrine::query
