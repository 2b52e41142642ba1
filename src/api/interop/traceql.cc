#include "api/interop/traceql.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "api/limits.h"

namespace vitrine::api {
namespace {

using query::SpanCondition;
using query::SpanTerm;
using query::TermOperator;
using query::TermScope;
using query::TermValue;

struct IntrinsicName {
  std::string_view name, key;
};

constexpr IntrinsicName kIntrinsics[] = {
    {"name", "name"},
    {"status", "status"},
    {"kind", "kind"},
    {"duration", "duration"},
    {"traceDuration", "trace_duration"},
    {"rootName", "root_name"},
    {"rootServiceName", "root_service"},
    {"span:name", "name"},
    {"span:status", "status"},
    {"span:kind", "kind"},
    {"span:duration", "duration"},
    {"span:id", "span_id"},
    {"trace:duration", "trace_duration"},
    {"trace:rootName", "root_name"},
    {"trace:rootService", "root_service"},
    {"trace:id", "trace_id"},
};

struct OperatorWord {
  std::string_view word;
  TermOperator op;
};

// Longer words first.
constexpr OperatorWord kOperators[] = {
    {"=~", TermOperator::kMatch},        {"!~", TermOperator::kNotMatch},
    {"!=", TermOperator::kNotEqual},     {"<=", TermOperator::kLessEqual},
    {">=", TermOperator::kGreaterEqual}, {"=", TermOperator::kEqual},
    {"<", TermOperator::kLess},          {">", TermOperator::kGreater},
};

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool EndsName(char c) {
  return IsBlank(c) || std::string_view("{}()=!<>~&|\",").find(c) != std::string_view::npos;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<SpanCondition> Read() {
    Blanks();
    if (at_ == text_.size()) return SpanCondition{};
    if (!Take("{")) return Wrong("a query begins with {");
    Blanks();
    SpanCondition condition;
    if (!Take("}")) {
      TRY_ASSIGN(condition, Either(0));
      Blanks();
      if (!Take("}")) return Wrong("a } is missing here");
    }
    Blanks();
    if (at_ == text_.size()) return condition;
    return Fail(ErrorCode::kInvalidInput,
                "of TraceQL only one pair of braces is understood here, nothing behind it", at_);
  }

 private:
  std::unexpected<Error> Wrong(std::string_view what) const {
    return Fail(ErrorCode::kInvalidInput, "TraceQL: " + std::string(what), at_);
  }
  void Blanks() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  }
  bool Take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Result<SpanCondition> Either(int depth) {
    if (depth > static_cast<int>(kTraceQlDepthMax)) return Wrong("too many brackets");
    return Joined(depth, "||", SpanCondition::Kind::kOr, &Reader::Both);
  }
  Result<SpanCondition> Both(int depth) {
    return Joined(depth, "&&", SpanCondition::Kind::kAnd, &Reader::One);
  }

  Result<SpanCondition> Joined(int depth, std::string_view word, SpanCondition::Kind kind,
                               Result<SpanCondition> (Reader::*part)(int)) {
    TRY_ASSIGN(SpanCondition first, (this->*part)(depth));
    Blanks();
    if (!text_.substr(at_).starts_with(word)) return first;
    SpanCondition all;
    all.kind = kind;
    all.parts.push_back(std::move(first));
    while (Take(word)) {
      TRY_ASSIGN(SpanCondition next, (this->*part)(depth));
      all.parts.push_back(std::move(next));
      if (all.parts.size() > kTraceQlTermsMax) return Wrong("too many terms");
      Blanks();
    }
    return all;
  }

  Result<SpanCondition> One(int depth) {
    Blanks();
    if (Take("(")) {
      TRY_ASSIGN(SpanCondition inner, Either(depth + 1));
      Blanks();
      if (!Take(")")) return Wrong("a ) is missing here");
      return inner;
    }
    if (text_.substr(at_).starts_with("!") && !text_.substr(at_).starts_with("!=")) {
      ++at_;
      if (depth >= static_cast<int>(kTraceQlDepthMax)) return Wrong("too many !");
      TRY_ASSIGN(SpanCondition inner, One(depth + 1));
      SpanCondition negated;
      negated.kind = SpanCondition::Kind::kNot;
      negated.parts.push_back(std::move(inner));
      return negated;
    }
    return Term();
  }

  Result<SpanCondition> Term() {
    const size_t begin = at_;
    TRY_ASSIGN(const std::string word, Name());
    if (word == "true") return SpanCondition{};
    const auto name = ReadTraceQlName(word);
    if (!name) {
      at_ = begin;
      return Wrong("'" + word + "' is no attribute; write span.NAME, resource.NAME or .NAME");
    }
    SpanTerm term;
    term.scope = name->scope;
    term.key = name->key;
    Blanks();
    const auto* const found = std::ranges::find_if(kOperators, [&](const OperatorWord& one) {
      return text_.substr(at_).starts_with(one.word);
    });
    if (found == std::end(kOperators)) {
      // An attribute alone is asked whether it is true.
      term.value = "true";
      return SpanCondition::Of(std::move(term));
    }
    at_ += found->word.size();
    term.op = found->op;
    TRY(Value(term));
    return SpanCondition::Of(std::move(term));
  }

  /// A name up to what cannot be in one; parts in quotes may hold anything.
  Result<std::string> Name() {
    std::string name;
    while (at_ < text_.size()) {
      if (text_[at_] == '"') {
        TRY_ASSIGN(const std::string quoted, Quoted());
        name += quoted;
      } else if (!EndsName(text_[at_])) {
        name += text_[at_++];
      } else {
        break;
      }
    }
    if (name.empty()) return Wrong("an attribute is missing here");
    return name;
  }

  Result<std::string> Quoted() {
    const char quote = text_[at_++];
    std::string value;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        return value;
      }
      if (quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size()) {
        const char next = text_[++at_];
        value += next == 'n' ? '\n' : next == 't' ? '\t' : next;
        // Escapes that mean something to a regular expression stay.
        if (next != 'n' && next != 't' && next != '"' && next != '\\')
          value.insert(value.size() - 1, 1, '\\');
      } else {
        value += text_[at_];
      }
    }
    return Wrong("a quote is missing at the end");
  }

  Result<void> Value(SpanTerm& term) {
    Blanks();
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '`')) {
      TRY_ASSIGN(term.value, Quoted());
      return {};
    }
    const size_t begin = at_;
    while (at_ < text_.size() && !EndsName(text_[at_])) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word.empty()) return Wrong("a value is missing here");
    if (word == "nil") {
      term.type = TermValue::kNothing;
      return {};
    }
    double number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error == std::errc() && end == word.data() + word.size()) {
      term.type = TermValue::kNumber;
      term.value = word;
    } else if (const auto duration = ParseDuration(word)) {
      term.type = TermValue::kNumber;
      term.value = std::to_string(*duration);
    } else {
      term.value = word;  // error, ok, client, true.
    }
    return {};
  }

  const std::string_view text_;
  size_t at_ = 0;
};

struct TimeUnit {
  std::string_view name;
  double ns;
};

constexpr TimeUnit kTimeUnits[] = {{"ns", 1},  {"us", 1e3}, {"µs", 1e3},  {"ms", 1e6},
                                   {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};

}  // namespace

std::optional<int64_t> ParseDuration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double count = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), count, std::chars_format::fixed);
    if (error != std::errc() || count < 0) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    const size_t unit_end = std::min(text.find_first_of("0123456789."), text.size());
    const auto* const unit =
        std::ranges::find(kTimeUnits, text.substr(0, unit_end), &TimeUnit::name);
    if (unit == std::end(kTimeUnits)) return std::nullopt;
    total += count * unit->ns;
    text.remove_prefix(unit_end);
  }
  if (!(total < 9e18)) return std::nullopt;
  return static_cast<int64_t>(std::llround(total));
}

std::optional<TraceQlName> ReadTraceQlName(std::string_view text) {
  const auto* const intrinsic = std::ranges::find(kIntrinsics, text, &IntrinsicName::name);
  if (intrinsic != std::end(kIntrinsics))
    return TraceQlName{TermScope::kIntrinsic, std::string(intrinsic->key)};
  for (const auto& [prefix, scope] :
       {std::pair("resource.", TermScope::kResource), std::pair("span.", TermScope::kSpan),
        std::pair(".", TermScope::kAny)}) {
    if (text.starts_with(prefix) && text.size() > std::string_view(prefix).size())
      return TraceQlName{scope, std::string(text.substr(std::string_view(prefix).size()))};
  }
  return std::nullopt;
}

Result<SpanCondition> ParseTraceQl(std::string_view text) { return Reader(text).Read(); }

Result<std::vector<std::pair<std::string, std::string>>> ParseLogfmt(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (size_t at = 0; at < text.size();) {
    if (IsBlank(text[at])) {
      ++at;
      continue;
    }
    const size_t equals = text.find_first_of("= ", at);
    if (equals == std::string_view::npos || text[equals] != '=' || equals == at)
      return Fail(ErrorCode::kInvalidInput, "tags are pairs: service.name=shop name=\"a b\"", at);
    std::string key(text.substr(at, equals - at)), value;
    at = equals + 1;
    if (at < text.size() && text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at];
      }
      if (at == text.size())
        return Fail(ErrorCode::kInvalidInput, "tags: a quote is missing at the end", at);
      ++at;
    } else {
      const size_t end = std::min(text.find(' ', at), text.size());
      value = text.substr(at, end - at);
      at = end;
    }
    pairs.emplace_back(std::move(key), std::move(value));
  }
  return pairs;
}

}  // namespace vitrine::api
