// NaiveRows: random spans, traces, scores and messages as plain values, and what a filter means
// over them, said again in the simplest way: the reference for the SQL. Owner: values. Threads: one
// test.
#pragma once

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "query/filter/filter_tree.h"
#include "query/filter/filter_words.h"

namespace vitrine::query {

/// What one row has of each field, by the field's name; what it has not is not there.
struct NaiveValues {
  std::map<std::string, std::vector<std::string>, std::less<>> texts;
  std::map<std::string, double, std::less<>> numbers;
  std::map<std::string, int64_t, std::less<>> wholes;  ///< Durations, money, booleans, times.
};

struct NaiveSpan {
  std::string trace, id, parent;  ///< 16 and 8 bytes of ASCII; parent may be empty.
  int64_t start = 0, end = 0;
  bool is_fragment = false;
  NaiveValues values;
  std::map<std::string, std::string, std::less<>> attributes, resource;
  std::vector<size_t> input, output;  ///< Messages by number.
  size_t input_new_from = 0;
};

struct NaiveTrace {
  std::string id;
  int64_t start = 0, end = 0;
  NaiveValues values;
};

struct NaiveScore {
  std::string trace, span, response;  ///< What was scored: span before response before trace.
  std::string name, label, id;
  std::optional<double> value;
  int64_t time = 0;
};

struct NaiveMessage {
  std::string texts;
  bool has_attachment = false;
};

/// One project.
struct NaiveRows {
  std::vector<NaiveSpan> spans;  ///< Newest versions; fragments among them.
  std::vector<NaiveTrace> traces;
  std::vector<NaiveScore> scores;
  std::vector<NaiveMessage> messages;
};

class NaiveFilter {
 public:
  NaiveFilter(const NaiveRows& rows, const Filter& filter) : rows_(rows), filter_(filter) {}

  bool Meets(const NaiveTrace& trace) const { return OfTrace(filter_.root, trace); }
  bool Meets(const NaiveSpan& span) const { return OfSpan(filter_.root, span, true); }

 private:
  using Kind = FilterNode::Kind;

  static bool IsModelCall(const NaiveSpan& span) {
    const std::string& kind = span.values.texts.at("kind")[0];
    return kind == "llm" || kind == "embedding" || kind == "rerank";
  }
  std::vector<const NaiveSpan*> SpansOf(const std::string& trace) const {
    std::vector<const NaiveSpan*> spans;
    for (const NaiveSpan& span : rows_.spans) {
      if (span.trace == trace && !span.is_fragment) spans.push_back(&span);
    }
    return spans;
  }
  template <typename Function>
  bool AnySpan(const std::string& trace, const Function& meets) const {
    return std::ranges::any_of(SpansOf(trace), [&](const NaiveSpan* span) { return meets(*span); });
  }
  const NaiveTrace* TraceOf(const std::string& id) const {
    const auto found = std::ranges::find(rows_.traces, id, &NaiveTrace::id);
    return found == rows_.traces.end() ? nullptr : &*found;
  }

  bool OfTrace(const FilterNode& node, const NaiveTrace& trace) const {
    const auto part = [&](const FilterNode& inner) { return OfTrace(inner, trace); };
    switch (node.kind) {
      case Kind::kAnd: return std::ranges::all_of(node.parts, part);
      case Kind::kOr: return std::ranges::any_of(node.parts, part);
      case Kind::kNot: return !part(node.parts[0]);
      case Kind::kSpan:
        return AnySpan(trace.id, [&](const NaiveSpan& s) { return OfSpan(node.parts[0], s, false); });
      case Kind::kPath:
        return AnySpan(trace.id, [&](const NaiveSpan& s) { return EndsPath(node, s); });
      case Kind::kWords:
        return AnySpan(trace.id, [&](const NaiveSpan& s) { return HasWords(node, s); });
      case Kind::kTerm: return TermOfTrace(node, trace);
    }
    return false;
  }

  bool TermOfTrace(const FilterNode& term, const NaiveTrace& trace) const {
    const FilterField& field = *term.field;
    if (field.type == FieldType::kScore) return TraceScore(trace.id, term.key, &term);
    if (field.place == FieldPlace::kKindCount) return CountOf(term, trace.id);
    if (field.type == FieldType::kHas) {
      return std::ranges::any_of(term.matches, [&](const FilterMatch& match) {
        return TraceHas(match.value.pieces[0], trace);
      });
    }
    if (field.place == FieldPlace::kTrace || field.place == FieldPlace::kBoth)
      return MeetsValues(term, trace.values);
    return AnySpan(trace.id, [&](const NaiveSpan& span) { return OfSpan(term, span, false); });
  }

  bool TraceHas(const std::string& name, const NaiveTrace& trace) const {
    if (name == "error") return trace.values.texts.at("status")[0] == "error";
    if (name == "cost") return trace.values.wholes.contains("cost_usd");
    if (name == "unpriced") return trace.values.numbers.at("unpriced.count") > 0;
    if (name == "score") return TraceScore(trace.id, "", nullptr);
    if (name.starts_with("score.")) return TraceScore(trace.id, name.substr(6), nullptr);
    const FilterField* field = FindHasWord(name) != nullptr ? nullptr : FindField(name);
    if (field != nullptr && field->place == FieldPlace::kBoth) return Has(trace.values, name);
    return AnySpan(trace.id, [&](const NaiveSpan& span) { return SpanHas(name, span, false); });
  }

  bool CountOf(const FilterNode& term, const std::string& trace) const {
    const std::string kind(term.field->name.substr(0, term.field->name.find('.')));
    double count = 0;
    for (const NaiveSpan* span : SpansOf(trace)) count += span->values.texts.at("kind")[0] == kind;
    return std::ranges::any_of(
        term.matches, [&](const FilterMatch& m) { return MeetsNumber(term.op, m, count); });
  }

  /// `asks_trace`: a listed span, not one that is asked about by its trace.
  bool OfSpan(const FilterNode& node, const NaiveSpan& span, bool asks_trace) const {
    const auto part = [&](const FilterNode& inner) { return OfSpan(inner, span, asks_trace); };
    switch (node.kind) {
      case Kind::kAnd: return std::ranges::all_of(node.parts, part);
      case Kind::kOr: return std::ranges::any_of(node.parts, part);
      case Kind::kNot: return !part(node.parts[0]);
      case Kind::kSpan:
        return AnySpan(span.trace,
                       [&](const NaiveSpan& other) { return OfSpan(node.parts[0], other, false); });
      case Kind::kPath: return EndsPath(node, span);
      case Kind::kWords: return HasWords(node, span);
      case Kind::kTerm: return TermOfSpan(node, span, asks_trace);
    }
    return false;
  }

  bool TermOfSpan(const FilterNode& term, const NaiveSpan& span, bool asks_trace) const {
    const FilterField& field = *term.field;
    if (field.type == FieldType::kScore) return SpanScore(span, term.key, &term, asks_trace);
    if (field.type == FieldType::kAttribute) return Attribute(term, span);
    if (field.type == FieldType::kHas) {
      return std::ranges::any_of(term.matches, [&](const FilterMatch& match) {
        return SpanHas(match.value.pieces[0], span, asks_trace);
      });
    }
    if (field.place == FieldPlace::kKindCount) return CountOf(term, span.trace);
    if (field.place == FieldPlace::kTrace) {
      const NaiveTrace* trace = TraceOf(span.trace);
      return trace != nullptr && MeetsValues(term, trace->values);
    }
    if (asks_trace && field.name.starts_with("retrieval.") && !Has(span.values, field.name)) {
      return AnySpan(span.trace,
                     [&](const NaiveSpan& other) { return MeetsValues(term, other.values); });
    }
    return MeetsValues(term, span.values);
  }

  bool SpanHas(const std::string& name, const NaiveSpan& span, bool asks_trace) const {
    const auto text = [&](const char* field) {
      const auto found = span.values.texts.find(field);
      return found == span.values.texts.end() ? std::string() : found->second[0];
    };
    const auto number = [&](const char* field) {
      const auto found = span.values.numbers.find(field);
      return found == span.values.numbers.end() ? 0.0 : found->second;
    };
    if (name == "error") return text("status") == "error";
    if (name == "tool_call") return Has(span.values, "tool_call");
    if (name == "cost") return Has(span.values, "cost_usd");
    if (name == "unpriced") {
      const bool has_usage = Has(span.values, "input_tokens") || Has(span.values, "output_tokens");
      return span.values.wholes.at("counted") == 1 && IsModelCall(span) &&
             !Has(span.values, "cost_usd") && !(text("status") == "error" && !has_usage);
    }
    if (name == "partial") return text("error_type") == "partial";
    if (name == "stall") return number("stalls") > 0;
    if (name == "retry") return number("attempt") > 1;
    if (name == "parent") return !span.parent.empty();
    if (name == "score") return SpanScore(span, "", nullptr, asks_trace);
    if (name == "attachment") {
      std::vector<size_t> all = span.input;
      all.insert(all.end(), span.output.begin(), span.output.end());
      return std::ranges::any_of(all, [&](size_t i) { return rows_.messages[i].has_attachment; });
    }
    if (name.starts_with("score.")) return SpanScore(span, name.substr(6), nullptr, asks_trace);
    if (name.starts_with("attr.")) return AttributeText(span, name.substr(5)).has_value();
    if (asks_trace && name.starts_with("retrieval.") && !Has(span.values, name))
      return AnySpan(span.trace, [&](const NaiveSpan& other) { return Has(other.values, name); });
    return Has(span.values, name);
  }

  static bool Has(const NaiveValues& values, std::string_view name) {
    return values.texts.contains(name) || values.numbers.contains(name) ||
           values.wholes.contains(name);
  }

  static std::optional<std::string> AttributeText(const NaiveSpan& span, const std::string& key) {
    for (const auto* map : {&span.attributes, &span.resource}) {
      if (const auto found = map->find(key); found != map->end()) return found->second;
    }
    return std::nullopt;
  }

  static bool Attribute(const FilterNode& term, const NaiveSpan& span) {
    const auto text = AttributeText(span, term.key);
    if (!text) return false;
    double number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    const bool is_number = error == std::errc() && end == text->data() + text->size();
    return std::ranges::any_of(term.matches, [&](const FilterMatch& match) {
      if (match.value.kind == FilterValue::Kind::kPattern) return Fits(match.value, *text);
      return is_number && MeetsNumber(term.op, match, number);
    });
  }

  static bool MeetsValues(const FilterNode& term, const NaiveValues& values) {
    const std::string_view name = term.field->name;
    return std::ranges::any_of(term.matches, [&](const FilterMatch& match) {
      if (name == "status") {
        const bool failed = values.texts.at("status")[0] == "error";
        return failed == (match.value.pieces[0] == "error");
      }
      if (match.value.kind == FilterValue::Kind::kPattern) {
        const auto found = values.texts.find(name);
        return found != values.texts.end() &&
               std::ranges::any_of(found->second, [&](const std::string& text) {
                 return Fits(match.value, text);
               });
      }
      if (match.value.kind == FilterValue::Kind::kNumber) {
        const auto found = values.numbers.find(name);
        return found != values.numbers.end() && MeetsNumber(term.op, match, found->second);
      }
      const auto found = values.wholes.find(name);
      return found != values.wholes.end() && MeetsWhole(term.op, match, found->second);
    });
  }

  /// Letter by letter, the way people think of stars.
  static bool Fits(const FilterValue& value, std::string_view text, size_t piece = 0) {
    const std::string& now = value.pieces[piece];
    if (!text.starts_with(now)) return false;
    text.remove_prefix(now.size());
    if (piece + 1 == value.pieces.size()) return text.empty();
    for (size_t skip = 0; skip <= text.size(); ++skip) {
      if (Fits(value, text.substr(skip), piece + 1)) return true;
    }
    return false;
  }

  static bool MeetsNumber(FilterOperator op, const FilterMatch& match, double number) {
    if (match.last) return match.value.number <= number && number <= match.last->number;
    switch (op) {
      case FilterOperator::kIs: return number == match.value.number;
      case FilterOperator::kLess: return number < match.value.number;
      case FilterOperator::kLessOrEqual: return number <= match.value.number;
      case FilterOperator::kGreater: return number > match.value.number;
      case FilterOperator::kGreaterOrEqual: return number >= match.value.number;
    }
    return false;
  }

  static bool MeetsWhole(FilterOperator op, const FilterMatch& match, int64_t whole) {
    // A value stands for all moments from `first` to before `behind`.
    const bool is_time = match.value.kind == FilterValue::Kind::kTime;
    const FilterValue& end = match.last ? *match.last : match.value;
    const auto is_before = [&] { return whole < match.value.whole; };
    const auto is_behind = [&] { return is_time ? whole >= end.until : whole > end.whole; };
    switch (op) {
      case FilterOperator::kIs: return !is_before() && !is_behind();
      case FilterOperator::kLess: return is_before();
      case FilterOperator::kLessOrEqual: return !is_behind();
      case FilterOperator::kGreater: return is_behind();
      case FilterOperator::kGreaterOrEqual: return !is_before();
    }
    return false;
  }

  bool HasWords(const FilterNode& node, const NaiveSpan& span) const {
    std::vector<size_t> messages;
    const WordsPlace place = filter_.words_place;
    if (place != WordsPlace::kOutput) {
      for (size_t i = 0; i < span.input.size(); ++i) {
        if (place == WordsPlace::kHistory || i >= span.input_new_from)
          messages.push_back(span.input[i]);
      }
    }
    if (place != WordsPlace::kInput)
      messages.insert(messages.end(), span.output.begin(), span.output.end());
    const std::vector<std::string> words = WordsOf(node.text);
    return std::ranges::any_of(messages, [&](size_t i) {
      const std::vector<std::string> all = WordsOf(rows_.messages[i].texts);
      return !std::ranges::search(all, words).empty();
    });
  }

  /// The span is the last of the path: the others stand above it in their order.
  bool EndsPath(const FilterNode& path, const NaiveSpan& span) const {
    return OfSpan(path.parts.back(), span, false) && HasAbove(path, path.parts.size() - 1, span, 0);
  }
  bool HasAbove(const FilterNode& path, size_t missing, const NaiveSpan& span,
                size_t level) const {
    if (missing == 0) return true;
    if (level > rows_.spans.size()) return false;  // Its own ancestor.
    for (const NaiveSpan* above : SpansOf(span.trace)) {
      if (span.parent.empty() || above->id != span.parent) continue;
      const bool is_next = OfSpan(path.parts[missing - 1], *above, false);
      return (is_next && HasAbove(path, missing - 1, *above, level + 1)) ||
             HasAbove(path, missing, *above, level + 1);
    }
    return false;
  }

  /// The latest score of each name on one thing. `term` null: any value.
  template <typename Of>
  bool LatestMeets(const std::string& name, const FilterNode* term, const Of& is_of) const {
    std::map<std::vector<std::string>, const NaiveScore*> latest;
    for (const NaiveScore& score : rows_.scores) {
      if ((!name.empty() && score.name != name) || !is_of(score)) continue;
      const bool by_answer = score.span.empty() && !score.response.empty();
      const NaiveScore*& place =
          latest[{by_answer ? "" : score.trace, score.span, by_answer ? score.response : "",
                  score.name}];
      if (place == nullptr || std::pair(place->time, place->id) < std::pair(score.time, score.id))
        place = &score;
    }
    return std::ranges::any_of(latest, [&](const auto& entry) {
      return term == nullptr || MeetsScore(*term, *entry.second);
    });
  }

  static bool MeetsScore(const FilterNode& term, const NaiveScore& score) {
    return std::ranges::any_of(term.matches, [&](const FilterMatch& match) {
      if (match.value.kind == FilterValue::Kind::kPattern)
        return !score.label.empty() && Fits(match.value, score.label);
      return score.value && MeetsNumber(term.op, match, *score.value);
    });
  }

  static bool IsOf(const NaiveScore& score, const NaiveSpan& span) {
    if (!score.span.empty()) return score.trace == span.trace && score.span == span.id;
    const auto response = span.values.texts.find("response_id");
    return !score.response.empty() && response != span.values.texts.end() &&
           response->second[0] == score.response;
  }

  bool TraceScore(const std::string& trace, const std::string& name, const FilterNode* term) const {
    const auto spans = SpansOf(trace);
    return LatestMeets(name, term, [&](const NaiveScore& score) {
      const bool by_answer = score.span.empty() && !score.response.empty();
      if (!by_answer) return score.trace == trace;
      return std::ranges::any_of(spans, [&](const NaiveSpan* span) { return IsOf(score, *span); });
    });
  }

  bool SpanScore(const NaiveSpan& span, const std::string& name, const FilterNode* term,
                 bool asks_trace) const {
    const auto own = [&](const NaiveScore& score) { return IsOf(score, span); };
    if (asks_trace && !LatestMeets(name, nullptr, own)) return TraceScore(span.trace, name, term);
    return LatestMeets(name, term, own);
  }

  const NaiveRows& rows_;
  const Filter& filter_;
};

}  // namespace vitrine::query
