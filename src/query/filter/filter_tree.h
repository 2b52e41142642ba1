// FilterNode: a filter as a tree of conditions, typed by the table of fields. Owner: values; a node
// borrows nothing but its field, which is a constant. Threads: values.
//
// In normal form: no kAnd within kAnd, no kOr within kOr, neither with one part, no kNot within
// kNot. Only the whole filter and the condition of a span may be a kAnd without parts: everything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "query/filter/filter_field.h"

namespace vitrine::query {

/// One value as it was typed. Which members count is the field type's choice.
struct FilterValue {
  enum class Kind : uint8_t { kPattern, kNumber, kWhole, kTime };
  Kind kind = Kind::kPattern;
  /// kPattern: the texts around the stars; without a star, one.
  std::vector<std::string> pieces;
  double number = 0;  ///< kNumber.
  int64_t whole = 0;  ///< kWhole: nanoseconds, nano dollars, or 0 and 1. kTime: the first moment.
  int64_t until = 0;  ///< kTime: the moment after the last one.
  bool operator==(const FilterValue&) const = default;

  bool has_star() const { return pieces.size() > 1; }
};

/// One value, or a range with both its ends.
struct FilterMatch {
  FilterValue value;
  std::optional<FilterValue> last;  ///< Only of types that have an order.
  bool operator==(const FilterMatch&) const = default;
};

enum class FilterOperator : uint8_t { kIs, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
/// ":" for kIs, else as it is written.
std::string_view OperatorText(FilterOperator op);

struct FilterNode {
  enum class Kind : uint8_t {
    kAnd,
    kOr,
    kNot,    ///< Of its only part.
    kTerm,   ///< A field, an operator and its matches.
    kWords,  ///< Words that stand side by side in a message.
    kSpan,   ///< One span of the trace meets its only part.
    kPath,   ///< Spans, each somewhere below the one before; parts are their conditions.
  };
  Kind kind = Kind::kAnd;
  std::vector<FilterNode> parts;
  const FilterField* field = nullptr;  ///< kTerm.
  std::string key;                     ///< kTerm: of attr.KEY and score.NAME.
  FilterOperator op = FilterOperator::kIs;
  std::vector<FilterMatch> matches;  ///< kTerm: one of them is met; beside kIs there is one.
  std::string text;                  ///< kWords.
  /// Bytes of the text it was read from; not part of what it means.
  size_t from = 0, to = 0;

  bool is_everything() const { return kind == Kind::kAnd && parts.empty(); }
};

bool operator==(const FilterNode& a, const FilterNode& b);

/// The same in normal form.
FilterNode AllOf(std::vector<FilterNode> parts);
FilterNode AnyOf(std::vector<FilterNode> parts);
FilterNode NotOf(FilterNode node);
/// A span of this kind.
FilterNode KindIs(std::string_view kind);

/// Which messages of a call words are searched in.
enum class WordsPlace : uint8_t {
  kNew,      ///< What is new in the call: its last input and its output.
  kHistory,  ///< Everything it was sent, and its output.
  kInput,    ///< What is new in its input.
  kOutput,   ///< Its output.
};
/// new, history, input, output.
std::string_view Name(WordsPlace place);

/// What a filter is over.
enum class FilterUnit : uint8_t { kTraces, kCalls, kSpans };

/// A filter that was read: the face's value (filter.h).
struct Filter {
  FilterUnit unit = FilterUnit::kTraces;
  FilterNode root;
  WordsPlace words_place = WordsPlace::kNew;
  /// Bytes of `in:…` in the text it was read from; not part of what it means.
  size_t place_from = 0, place_to = 0;

  bool operator==(const Filter& other) const {
    return unit == other.unit && root == other.root && words_place == other.words_place;
  }

  bool is_everything() const { return root.is_everything(); }
};

}  // namespace vitrine::query
