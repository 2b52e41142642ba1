#include "query/filter/filter_reader.h"

#include "query/filter/filter.h"
#include "query/filter/filter_words.h"
#include "query/filter/near_name.h"
#include "query/filter/term_reader.h"
#include "query/filter/value_text.h"
#include "query/limits.h"

namespace vitrine::query {
namespace {

using Node = std::expected<FilterNode, FilterProblem>;
using Problem = std::unexpected<FilterProblem>;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsBracket(char c) { return c == '(' || c == ')' || c == '{' || c == '}'; }

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-' || c == '/' || c == '@' || c == '$';
}

class Reader {
 public:
  Reader(std::string_view text, FilterUnit unit) : text_(text), unit_(unit) {}

  std::expected<Filter, FilterProblem> Read() {
    if (text_.size() > kFilterBytesMax) {
      return Wrong(kFilterBytesMax, text_.size(),
                   "a filter has at most " + std::to_string(kFilterBytesMax) + " bytes");
    }
    Filter filter;
    filter.unit = unit_;
    SkipBlanks();
    if (!AtEnd()) {
      TRY_ASSIGN(filter.root, ReadOr());
      if (!AtEnd()) {
        return Wrong(at_, at_ + 1, std::string("this ") + text_[at_] + " closes nothing",
                     text_[at_] == ')' ? "(…)" : "{…}");
      }
    }
    if (place_to_ > 0 && is_top_or_)
      return Wrong(place_from_, place_to_, "in: is of the whole filter and stands beside no 'or'");
    filter.words_place = place_;
    filter.place_from = place_from_;
    filter.place_to = place_to_;
    return filter;
  }

 private:
  static Problem Wrong(size_t from, size_t to, std::string message, std::string suggestion = {}) {
    return Problem(FilterProblem{from, to, std::move(message), std::move(suggestion)});
  }
  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void SkipBlanks() {
    while (!AtEnd() && IsBlank(text_[at_])) ++at_;
  }
  /// Where the bare characters that begin here end.
  size_t RunEnd() const {
    size_t end = at_;
    while (end < text_.size() && !IsBlank(text_[end]) && !IsBracket(text_[end]) &&
           text_[end] != '"') {
      end += text_[end] == '\\' && end + 1 < text_.size() ? 2 : 1;
    }
    return end;
  }
  std::string Run() const { return std::string(text_.substr(at_, RunEnd() - at_)); }
  bool AtKeyword(std::string_view keyword) const { return !AtEnd() && Small(Run()) == keyword; }
  bool TakeKeyword(std::string_view keyword) {
    if (!AtKeyword(keyword)) return false;
    at_ = RunEnd();
    SkipBlanks();
    return true;
  }
  bool AtClose() const { return AtEnd() || Peek() == ')' || Peek() == '}'; }

  Node ReadOr() {
    std::vector<FilterNode> parts;
    const size_t from = at_;
    do {
      TRY_ASSIGN(FilterNode part, ReadAnd());
      parts.push_back(std::move(part));
    } while (TakeKeyword("or"));
    is_top_or_ = is_top_or_ || (depth_ == 0 && parts.size() > 1);
    return Ranged(AnyOf(std::move(parts)), from);
  }

  Node ReadAnd() {
    std::vector<FilterNode> parts;
    const size_t from = at_;
    while (true) {
      if (AtClose() || AtKeyword("or") || AtKeyword("and")) {
        return Wrong(at_, AtEnd() ? at_ : at_ + std::max<size_t>(1, RunEnd() - at_),
                     "a condition is missing here");
      }
      TRY_ASSIGN(FilterNode part, ReadItem());
      parts.push_back(std::move(part));
      SkipBlanks();
      const bool is_and = TakeKeyword("and");
      if (!is_and && (AtClose() || AtKeyword("or"))) break;
    }
    return Ranged(AllOf(std::move(parts)), from);
  }

  Node ReadItem() {
    const size_t from = at_;
    const bool is_minus = Peek() == '-';
    if (!is_minus && !AtKeyword("not")) return ReadPath();
    at_ = is_minus ? at_ + 1 : RunEnd();
    if (is_minus && (AtEnd() || IsBlank(Peek())))
      return Wrong(from, at_, "a minus stands directly before what must not be");
    SkipBlanks();
    if (AtClose() || AtKeyword("and") || AtKeyword("or"))
      return Wrong(from, at_, "a condition is missing behind it");
    TRY(Deeper(from));
    TRY_ASSIGN(FilterNode node, ReadItem());
    --depth_;
    if (node.is_everything()) return Wrong(from, at_, "in: cannot be negated");
    return Ranged(NotOf(std::move(node)), from);
  }

  std::expected<void, FilterProblem> Deeper(size_t from) {
    if (++depth_ > kFilterDepthMax) {
      return Wrong(from, at_,
                   "more than " + std::to_string(kFilterDepthMax) + " brackets within each other");
    }
    return {};
  }

  /// One part, or several with ">" between them.
  Node ReadPath() {
    const size_t from = at_;
    std::vector<FilterNode> parts;
    while (true) {
      const size_t part_from = at_;
      TRY_ASSIGN(FilterNode part, ReadPart());
      const size_t part_to = at_;
      if (parts.empty() && !TakeArrow()) return part;
      TRY_ASSIGN(FilterNode condition, OfOneSpan(std::move(part), part_from, part_to));
      parts.push_back(std::move(condition));
      if (at_ == part_to && !TakeArrow()) break;
      if (AtClose()) return Wrong(at_, at_, "behind > a span is missing, as in agent > tool");
    }
    if (is_in_span_)
      return Wrong(from, at_, "one span has no other below it; write > outside of the braces");
    FilterNode path;
    path.kind = FilterNode::Kind::kPath;
    path.parts = std::move(parts);
    return Ranged(std::move(path), from);
  }

  /// Takes " > ", with a blank on both sides.
  bool TakeArrow() {
    size_t at = at_;
    while (at < text_.size() && IsBlank(text_[at])) ++at;
    const bool is_arrow = at > at_ && at < text_.size() && text_[at] == '>' &&
                          (at + 1 == text_.size() || IsBlank(text_[at + 1]));
    // Behind a brace no blank is needed.
    const bool is_close = at > 0 && at == at_ && text_[at - 1] == '}' && at < text_.size() &&
                          text_[at] == '>';
    if (!is_arrow && !is_close) return false;
    at_ = at + 1;
    SkipBlanks();
    return true;
  }

  /// The condition of a part of a path.
  Node OfOneSpan(FilterNode part, size_t from, size_t to) {
    if (part.kind == FilterNode::Kind::kSpan) {
      FilterNode inner = std::move(part.parts[0]);
      return inner;
    }
    if (part.kind == FilterNode::Kind::kWords && text_[from] != '"') {
      const std::string kind = Small(part.text);
      if (IsKind(kind)) return KindIs(kind);
      return Wrong(from, to, "beside > stands a kind of span, or conditions in braces",
                   NearestName(kind, KindNames()));
    }
    const bool is_of_trace = part.kind == FilterNode::Kind::kTerm &&
                             (part.field->place == FieldPlace::kTrace ||
                              part.field->place == FieldPlace::kKindCount);
    if ((part.kind == FilterNode::Kind::kTerm && !is_of_trace) ||
        part.kind == FilterNode::Kind::kWords) {
      return part;
    }
    return Wrong(from, to, "beside > stands a kind of span, or conditions in braces");
  }

  Node ReadPart() {
    if (Peek() == '(') return ReadGroup();
    if (Peek() == '{') return ReadSpan({}, at_);
    if (Peek() == '"') return ReadPhrase();
    return ReadBare();
  }

  Node ReadGroup() {
    const size_t from = at_++;
    TRY(Deeper(from));
    SkipBlanks();
    if (Peek() == ')') return Wrong(from, at_ + 1, "there is nothing in these brackets");
    TRY_ASSIGN(FilterNode node, ReadOr());
    if (Peek() != ')') return Wrong(from, from + 1, "this bracket is not closed", ")");
    ++at_;
    --depth_;
    return Ranged(std::move(node), from);
  }

  /// "{…}"; before it may stand a kind.
  Node ReadSpan(const std::string& kind, size_t from) {
    if (is_in_span_) return Wrong(from, at_ + 1, "braces do not stand within braces");
    const size_t brace = at_++;
    TRY(Deeper(from));
    SkipBlanks();
    std::vector<FilterNode> parts;
    if (!kind.empty()) parts.push_back(KindIs(kind));
    if (Peek() != '}') {
      is_in_span_ = true;
      TRY_ASSIGN(FilterNode inner, ReadOr());
      parts.push_back(std::move(inner));
      is_in_span_ = false;
    }
    if (Peek() != '}') return Wrong(brace, brace + 1, "this brace is not closed", "}");
    ++at_;
    --depth_;
    FilterNode span;
    span.kind = FilterNode::Kind::kSpan;
    span.parts.push_back(AllOf(std::move(parts)));
    return Ranged(std::move(span), from);
  }

  Node ReadPhrase() {
    const size_t from = at_;
    TRY_ASSIGN(std::string text, ReadQuoted());
    return Words(std::move(text), from);
  }

  /// A quoted text, its backslashes taken away.
  std::expected<std::string, FilterProblem> ReadQuoted() {
    const size_t from = at_++;
    std::string text;
    for (; !AtEnd() && Peek() != '"'; ++at_) {
      if (Peek() == '\\' && at_ + 1 < text_.size()) ++at_;
      text += Peek();
    }
    if (AtEnd()) return Wrong(from, from + 1, "this quote is not closed", "\"");
    ++at_;
    return text;
  }

  Node Words(std::string text, size_t from) {
    if (WordsOf(text).empty()) {
      return Wrong(from, at_, "there is no word in it; words are made of letters and digits");
    }
    if (WordsOf(text).size() > kSearchWordsMax) {
      return Wrong(from, at_,
                   "a phrase has at most " + std::to_string(kSearchWordsMax) + " words");
    }
    TRY(CountTerm(from));
    FilterNode node;
    node.kind = FilterNode::Kind::kWords;
    node.text = std::move(text);
    return Ranged(std::move(node), from);
  }

  std::expected<void, FilterProblem> CountTerm(size_t from) {
    if (++terms_ > kFilterTermsMax) {
      return Wrong(from, at_, "a filter has at most " + std::to_string(kFilterTermsMax) + " terms");
    }
    return {};
  }

  /// A term, a kind with braces, or a word.
  Node ReadBare() {
    TypedTerm typed;
    typed.from = at_;
    size_t end = at_;
    while (end < text_.size() && IsNameByte(text_[end])) ++end;
    typed.name = std::string(text_.substr(at_, end - at_));
    const std::string small = Small(typed.name);
    if ((small == "attr." || small == "score.") && end < text_.size() && text_[end] == '"') {
      at_ = end;
      TRY_ASSIGN(const std::string key, ReadQuoted());
      if (key.empty()) return Wrong(end, at_, "the name is empty");
      typed.name += key;
      end = at_;
      at_ = typed.from;
    }
    typed.name_to = end;
    if (!typed.name.empty() && IsOperatorAt(end)) return ReadTerm(std::move(typed), end);
    if (end < text_.size() && text_[end] == '{' && !typed.name.empty()) {
      if (!IsKind(small)) {
        return Wrong(at_, end, "there is no kind of span '" + typed.name + "'",
                     NearestName(small, KindNames()));
      }
      at_ = end;
      return ReadSpan(small, typed.from);
    }
    if (const size_t op = ComparisonBehind(small, end); op > 0)
      return ReadTerm(std::move(typed), op);
    return ReadWord();
  }

  bool IsOperatorAt(size_t at) const {
    if (at >= text_.size()) return false;
    const char c = text_[at];
    return c == ':' || c == '=' || c == '<' || c == '>' ||
           (c == '!' && at + 1 < text_.size() && text_[at + 1] == '=');
  }

  /// Where the comparison stands in "duration > 5s"; 0 where there is none.
  size_t ComparisonBehind(const std::string& name, size_t at) const {
    const FilterField* field = IsKind(name) ? nullptr : FindField(name);
    if (field == nullptr || !IsOrdered(field->type)) return 0;
    size_t op = at;
    while (op < text_.size() && IsBlank(text_[op])) ++op;
    return op > at && IsOperatorAt(op) && text_[op] != ':' ? op : 0;
  }

  Node ReadWord() {
    const size_t from = at_;
    const size_t end = RunEnd();
    // A closing bracket cannot come here, and an opening one has a rule of its own.
    at_ = std::max(end, at_ + 1);
    const std::string text(text_.substr(from, at_ - from));
    if (text.find('*') != std::string::npos) {
      return Wrong(from, at_, "words are searched whole; stars stand in the values of fields");
    }
    if (text[0] == '>' || text[0] == '<' || text[0] == '=' || text[0] == ':') {
      return Wrong(from, at_, "before it the name of a field is missing, as in duration>5s");
    }
    return Words(text, from);
  }

  Node ReadTerm(TypedTerm typed, size_t op_at) {
    at_ = op_at;
    const bool has_blanks = op_at > typed.name_to;
    ReadOperator(typed);
    const size_t op_to = at_;
    if (has_blanks) SkipBlanks();
    if (AtEnd() || IsBlank(Peek()) || Peek() == ')' || Peek() == '}' || Peek() == '{') {
      return Wrong(typed.from, op_to,
                   "a value follows directly behind " +
                       std::string(text_.substr(op_at, op_to - op_at)));
    }
    if (Peek() == '(') {
      TRY(ReadList(typed));
    } else {
      TRY_ASSIGN(TypedText value, ReadValue());
      typed.values.push_back(std::move(value));
    }
    typed.to = at_;
    if (Peek() == '(' || Peek() == '{' || Peek() == '"') {
      const size_t from = typed.values[0].from;
      const size_t blank = std::min(text_.find(' ', at_), text_.size());
      return Wrong(from, at_ + 1, "a value with brackets stands in quotes",
                   Quoted(text_.substr(from, blank - from)));
    }
    if (Small(typed.name) == "in") return ReadPlace(typed);
    TRY(CountTerm(typed.from));
    TRY_ASSIGN(const FilterField* const field, FieldOf(text_, typed));
    TRY_ASSIGN(FilterNode term, MakeTerm(*field, typed, {unit_, is_in_span_}));
    return Ranged(std::move(term), typed.from);
  }

  void ReadOperator(TypedTerm& typed) {
    if (Peek() == ':') ++at_;
    const auto take = [&](std::string_view op) {
      if (text_.substr(at_, op.size()) != op) return false;
      at_ += op.size();
      return true;
    };
    if (take(">=")) {
      typed.op = FilterOperator::kGreaterOrEqual;
    } else if (take("<=")) {
      typed.op = FilterOperator::kLessOrEqual;
    } else if (take(">")) {
      typed.op = FilterOperator::kGreater;
    } else if (take("<")) {
      typed.op = FilterOperator::kLess;
    } else if (take("!=")) {
      typed.is_negated = true;
    } else if (!take("==")) {
      take("=");
    }
  }

  std::expected<void, FilterProblem> ReadList(TypedTerm& typed) {
    const size_t from = at_++;
    typed.is_list = true;
    do {
      SkipBlanks();
      if (AtEnd()) return Wrong(from, from + 1, "this bracket is not closed", ")");
      if (Peek() == ')' || AtKeyword("or")) return Wrong(at_, at_ + 1, "a value is missing here");
      if (IsBracket(Peek())) return Wrong(at_, at_ + 1, "between these brackets stand values only");
      TRY_ASSIGN(TypedText value, ReadValue());
      typed.values.push_back(std::move(value));
      SkipBlanks();
    } while (TakeKeyword("or"));
    if (AtEnd()) return Wrong(from, from + 1, "this bracket is not closed", ")");
    if (Peek() != ')') {
      return Wrong(at_, std::max(RunEnd(), at_ + 1), "between values stands 'or'",
                   "or " + Run());
    }
    ++at_;
    return {};
  }

  /// Bare and quoted characters and stars, side by side.
  std::expected<TypedText, FilterProblem> ReadValue() {
    TypedText value;
    value.from = at_;
    value.pieces.emplace_back();
    while (!AtEnd() && !IsBlank(Peek()) && !IsBracket(Peek())) {
      if (Peek() == '"') {
        TRY_ASSIGN(const std::string quoted, ReadQuoted());
        value.pieces.back() += quoted;
        value.is_quoted = true;
        continue;
      }
      if (Peek() == '*') {
        // Stars side by side are one.
        if (value.pieces.size() == 1 || !value.pieces.back().empty() || text_[at_ - 1] != '*')
          value.pieces.emplace_back();
        ++at_;
        continue;
      }
      if (Peek() == '\\' && at_ + 1 < text_.size()) {
        value.is_quoted = true;
        ++at_;
      }
      value.pieces.back() += Peek();
      ++at_;
    }
    value.to = at_;
    return value;
  }

  /// in:history.
  Node ReadPlace(const TypedTerm& typed) {
    constexpr WordsPlace kPlaces[] = {WordsPlace::kNew, WordsPlace::kHistory, WordsPlace::kInput,
                                      WordsPlace::kOutput};
    constexpr std::string_view kNames[] = {"new", "history", "input", "output"};
    if (depth_ > 0)
      return Wrong(typed.from, typed.to, "in: is of the whole filter and stands in no brackets");
    if (place_to_ > 0) return Wrong(typed.from, typed.to, "in: stands there twice");
    const std::string value = Small(typed.values[0].pieces[0]);
    for (size_t i = 0; i < std::size(kPlaces); ++i) {
      if (typed.is_list || typed.values[0].pieces.size() > 1 || kNames[i] != value) continue;
      place_ = kPlaces[i];
      place_from_ = typed.from;
      place_to_ = typed.to;
      return FilterNode();
    }
    return Wrong(typed.values[0].from, typed.to, "in: is new, history, input or output",
                 NearestName(value, kNames));
  }

  /// The node with the bytes it was read from, up to here without blanks.
  FilterNode Ranged(FilterNode node, size_t from) const {
    node.from = from;
    node.to = at_;
    while (node.to > from && IsBlank(text_[node.to - 1])) --node.to;
    return node;
  }

  const std::string_view text_;
  const FilterUnit unit_;
  size_t at_ = 0, depth_ = 0, terms_ = 0;
  bool is_in_span_ = false, is_top_or_ = false;
  WordsPlace place_ = WordsPlace::kNew;
  size_t place_from_ = 0, place_to_ = 0;
};

}  // namespace

std::expected<Filter, FilterProblem> ReadFilter(std::string_view text, FilterUnit unit) {
  return Reader(text, unit).Read();
}

Error FilterError(const FilterProblem& problem) {
  std::string message = "filter: " + problem.message;
  if (!problem.suggestion.empty()) message += "; perhaps " + problem.suggestion;
  return {ErrorCode::kInvalidInput, std::move(message), problem.from};
}

Result<Filter> ParseFilter(std::string_view text, FilterUnit unit) {
  auto filter = ReadFilter(text, unit);
  if (!filter) return std::unexpected(FilterError(filter.error()));
  return *std::move(filter);
}

}  // namespace vitrine::query
