#include "query/filter/term_reader.h"

#include <algorithm>

#include "base/ids.h"
#include "base/result.h"
#include "model/span.h"
#include "query/filter/near_name.h"
#include "query/filter/value_text.h"
#include "query/limits.h"

namespace vitrine::query {
namespace {

using Problem = std::unexpected<FilterProblem>;

Problem Wrong(size_t from, size_t to, std::string message, std::string suggestion = {}) {
  return Problem(FilterProblem{from, to, std::move(message), std::move(suggestion)});
}

std::vector<std::string_view> AllNames() {
  std::vector<std::string_view> names;
  for (const FilterField& field : FilterFields()) {
    if (field.type == FieldType::kScore || field.type == FieldType::kAttribute) continue;
    names.push_back(field.name);
    if (field.aliases.empty()) continue;
    for (const std::string_view alias : SplitAt(field.aliases, ' ')) names.push_back(alias);
  }
  return names;
}

std::string Listed(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) (list += list.empty() ? "" : ", ") += name;
  return list;
}

/// The text without its stars.
std::string Whole(const TypedText& typed) {
  std::string text = typed.pieces[0];
  for (size_t i = 1; i < typed.pieces.size(); ++i) text += "*" + typed.pieces[i];
  return text;
}

/// Makes the matches of one term.
class MatchMaker {
 public:
  MatchMaker(const FilterField& field, const TypedTerm& typed, TermPlace place)
      : field_(field), typed_(typed), place_(place) {}

  std::expected<FilterMatch, FilterProblem> Make(const TypedText& typed, FilterOperator& op) {
    const bool has_star = typed.pieces.size() > 1;
    const std::string whole = Whole(typed);
    if (whole.empty()) {
      return Wrong(typed.from, typed.to,
                   "the value is empty; what has no " + std::string(field_.name) + " is -has:" +
                       std::string(field_.name),
                   "-has:" + std::string(field_.name));
    }
    switch (field_.type) {
      case FieldType::kText: return Pattern(typed);
      case FieldType::kEnum: return OneOf(typed, has_star);
      case FieldType::kId: return Id(typed, has_star);
      case FieldType::kHas: return Has(typed, has_star);
      case FieldType::kScore:
      case FieldType::kAttribute: return Loose(typed, has_star, whole, op);
      default: return Ordered(typed, whole, op);
    }
  }

 private:
  static FilterMatch Pattern(const TypedText& typed) {
    FilterMatch match;
    match.value.pieces = typed.pieces;
    return match;
  }
  static FilterMatch Exactly(std::string_view text) {
    FilterMatch match;
    match.value.pieces = {std::string(text)};
    return match;
  }

  std::expected<FilterMatch, FilterProblem> OneOf(const TypedText& typed, bool has_star) {
    const std::string value = Small(typed.pieces[0]);
    const auto found = std::ranges::find(field_.values, value);
    if (has_star || found == field_.values.end()) {
      return Wrong(typed.from, typed.to,
                   std::string(field_.name) + " is one of " + Listed(field_.values),
                   has_star ? "" : NearestName(value, field_.values));
    }
    const auto kind = model::FromName<model::SpanKind>(value);
    if (field_.name == "kind" && place_.unit == FilterUnit::kCalls && !place_.is_in_span && kind &&
        !model::IsModelCall(*kind)) {
      return Wrong(typed.from, typed.to,
                   "a call is of kind llm, embedding or rerank; in braces it is asked of any span "
                   "of the call's trace",
                   "{kind:" + value + "}");
    }
    return Exactly(*found);
  }

  std::expected<FilterMatch, FilterProblem> Id(const TypedText& typed, bool has_star) {
    const size_t length = 2 * (field_.name == "trace_id" ? TraceId::size : SpanId::size);
    FilterMatch match = Pattern(typed);
    size_t digits = 0;
    for (std::string& piece : match.value.pieces) {
      piece = Small(piece);
      digits += piece.size();
      if (piece.find_first_not_of("0123456789abcdef") == std::string::npos) continue;
      return Wrong(typed.from, typed.to,
                   std::string(field_.name) + " has hexadecimal digits and stars only");
    }
    if (!has_star && digits != length) {
      const std::string some = digits < length ? match.value.pieces[0] + "*" : "";
      return Wrong(typed.from, typed.to,
                   std::string(field_.name) + " has " + std::to_string(length) + " digits, this " +
                       std::to_string(digits) + "; a star stands for the rest",
                   some);
    }
    return match;
  }

  std::expected<FilterMatch, FilterProblem> Has(const TypedText& typed, bool has_star) {
    const std::string name = typed.pieces[0], small = Small(name);
    if (!has_star && FindHasWord(small) != nullptr) return Exactly(small);
    const FilterField* field = nullptr;
    if (!has_star) {
      const size_t dot = small.find('.');
      const bool is_keyed = small.starts_with("attr.") || small.starts_with("score.");
      field = FindField(is_keyed ? small.substr(0, dot + 1) + name.substr(dot + 1) : small);
      if (field != nullptr && is_keyed)
        return Exactly(small.substr(0, dot + 1) + name.substr(dot + 1));
    }
    if (field == nullptr || field->type == FieldType::kHas) {
      std::vector<std::string_view> names = AllNames();
      for (const HasWord& word : HasWords()) names.push_back(word.name);
      return Wrong(typed.from, typed.to,
                   "has: takes the name of a field, or error, tool_call, cost, unpriced, partial, "
                   "stall, retry, parent, score, attachment",
                   NearestName(small, names));
    }
    if (field->place == FieldPlace::kTrace || field->place == FieldPlace::kKindCount) {
      return Wrong(typed.from, typed.to,
                   "every trace has a " + std::string(field->name) + "; ask how many",
                   std::string(field->name) + ">0");
    }
    return Exactly(field->name);
  }

  /// A number where it is compared or, of scores, where it looks like one; else a text.
  std::expected<FilterMatch, FilterProblem> Loose(const TypedText& typed, bool has_star,
                                                  const std::string& whole, FilterOperator& op) {
    const bool is_compared = typed_.op != FilterOperator::kIs;
    if (is_compared) return Ordered(typed, whole, op);
    if (typed.is_quoted || has_star) return Pattern(typed);
    const size_t dots = whole.find("..");
    const auto is_number = [&](std::string_view text) {
      return text.empty() || ParseNumber(text).has_value();
    };
    const bool is_range = dots != std::string::npos && whole.size() > 2 &&
                          is_number(whole.substr(0, dots)) && is_number(whole.substr(dots + 2));
    const bool is_score = field_.type == FieldType::kScore && ParseNumber(whole);
    return is_range || is_score ? Ordered(typed, whole, op)
                                : std::expected<FilterMatch, FilterProblem>(Pattern(typed));
  }

  std::expected<FilterMatch, FilterProblem> Ordered(const TypedText& typed,
                                                    const std::string& whole, FilterOperator& op) {
    const size_t dots = IsOrdered(field_.type) ? whole.find("..") : std::string::npos;
    if (dots == std::string::npos) return OneValue(typed, whole);
    if (typed_.op != FilterOperator::kIs) {
      return Wrong(typed.from, typed.to, "a range stands behind a colon",
                   std::string(typed_.name) + ":" + whole);
    }
    const std::string first = whole.substr(0, dots), last = whole.substr(dots + 2);
    if (first.empty() || last.empty()) {
      if (typed_.is_list || (first.empty() && last.empty()))
        return Wrong(typed.from, typed.to, "here a range needs both its ends, like 1..5");
      op = first.empty() ? FilterOperator::kLessOrEqual : FilterOperator::kGreaterOrEqual;
      return OneValue(typed, first.empty() ? last : first);
    }
    TRY_ASSIGN(FilterMatch match, OneValue(typed, first));
    TRY_ASSIGN(FilterMatch end, OneValue(typed, last));
    const FilterValue &a = match.value, &b = end.value;
    if (a.number > b.number || a.whole > b.whole) {
      return Wrong(typed.from, typed.to, "the range ends before it begins", last + ".." + first);
    }
    match.last = std::move(end.value);
    return match;
  }

  std::expected<FilterMatch, FilterProblem> OneValue(const TypedText& typed,
                                                     const std::string& text) {
    auto value = ParseTyped(field_.type, field_.type == FieldType::kBool ? Small(text) : text);
    if (value) {
      FilterMatch match;
      match.value = *std::move(value);
      return match;
    }
    std::string suggestion;
    if (field_.type == FieldType::kDuration && ParseNumber(text)) suggestion = text + "s";
    const std::string small = Small(text);
    // People write 5xx for a class of statuses.
    if (field_.name == "http_status" && small.size() == 3 && small.ends_with("xx"))
      suggestion = text.substr(0, 1) + "00.." + text.substr(0, 1) + "99";
    const std::string name = field_.type == FieldType::kScore || field_.type == FieldType::kAttribute
                                 ? typed_.name
                                 : std::string(field_.name);
    return Wrong(typed.from, typed.to, name + " is " + std::string(TypeHint(field_.type)),
                 std::move(suggestion));
  }

  const FilterField& field_;
  const TypedTerm& typed_;
  const TermPlace place_;
};

std::expected<void, FilterProblem> CheckTerm(const FilterField& field, const TypedTerm& typed,
                                             TermPlace place) {
  const std::string name(field.name);
  if (place.is_in_span &&
      (field.place == FieldPlace::kTrace || field.place == FieldPlace::kKindCount)) {
    return Wrong(typed.from, typed.to,
                 name + " is of the whole trace, not of one span; write it outside of the braces");
  }
  if (typed.op == FilterOperator::kIs) return {};
  if (!IsOrdered(field.type)) {
    const bool is_path = typed.op == FilterOperator::kGreater && IsKind(typed.name);
    return Wrong(typed.from, typed.to,
                 name + " has no order" +
                     (is_path ? "; for spans below others, put blanks around >" : "; use a colon"),
                 is_path ? typed.name + " > " + Whole(typed.values[0])
                         : typed.name + ":" + Whole(typed.values[0]));
  }
  if (typed.is_list) {
    return Wrong(typed.from, typed.to, "brackets with several values stand behind a colon",
                 typed.name + ":(…)");
  }
  return {};
}

}  // namespace

std::expected<const FilterField*, FilterProblem> FieldOf(std::string_view text,
                                                         const TypedTerm& typed) {
  const std::string small = Small(typed.name);
  if (const FilterField* field = FindField(small)) return field;
  if (small == "attr." || small == "score.") {
    return Wrong(typed.from, typed.name_to,
                 small == "attr." ? "the attribute's key is missing, as in attr.my.key:x"
                                  : "the score's name is missing, as in score.faithfulness<0.7");
  }
  const std::vector<std::string_view> names = AllNames();
  const std::string nearest = NearestName(small, names);
  std::string message = "there is no field '" + typed.name + "'";
  if (!nearest.empty()) return Wrong(typed.from, typed.name_to, std::move(message), nearest);
  return Wrong(typed.from, typed.name_to,
               message + "; an attribute as it was sent is attr." + typed.name +
                   ", and a text to search for stands in quotes",
               Quoted(text.substr(typed.from, typed.to - typed.from)));
}

std::expected<FilterNode, FilterProblem> MakeTerm(const FilterField& field, const TypedTerm& typed,
                                                  TermPlace place) {
  TRY(CheckTerm(field, typed, place));
  FilterNode term;
  term.kind = FilterNode::Kind::kTerm;
  term.field = &field;
  term.op = typed.op;
  if (field.type == FieldType::kAttribute || field.type == FieldType::kScore)
    term.key = typed.name.substr(typed.name.find('.') + 1);
  if (typed.values.size() > kFilterValuesMax) {
    return Wrong(typed.from, typed.to,
                 "at most " + std::to_string(kFilterValuesMax) + " values stand in brackets");
  }
  MatchMaker maker(field, typed, place);
  for (const TypedText& value : typed.values) {
    TRY_ASSIGN(FilterMatch match, maker.Make(value, term.op));
    term.matches.push_back(std::move(match));
  }
  return typed.is_negated ? NotOf(std::move(term)) : std::move(term);
}

}  // namespace vitrine::query
