#include "query/metrics/formula.h"

#include <charconv>
#include <cmath>

#include "query/limits.h"

namespace vitrine::query {
namespace {

struct CountName {
  std::string_view name;
  LeafKind kind;
};
constexpr CountName kCounts[] = {
    {"count", LeafKind::kCount},
    {"error_count", LeafKind::kErrorCount},
    {"unpriced_count", LeafKind::kUnpricedCount},
    {"refusal_count", LeafKind::kRefusalCount},
    {"llm_count", LeafKind::kLlmCount},
    {"tool_count", LeafKind::kToolCount},
    {"tool_error_count", LeafKind::kToolErrorCount},
    {"retry_count", LeafKind::kRetryCount},
    {"fallback_count", LeafKind::kFallbackCount},
    {"guardrail_count", LeafKind::kGuardrailCount},
    {"guardrail_block_count", LeafKind::kGuardrailBlockCount},
    {"users", LeafKind::kUsers},
    {"sessions", LeafKind::kSessions},
    {"traces", LeafKind::kTraces},
    {"seconds", LeafKind::kSeconds},
};

/// Measures that are formulas of others.
struct NamedFormula {
  std::string_view name, text;
  ValueUnit unit;
};
constexpr NamedFormula kNamedFormulas[] = {
    {"error_rate", "error_count / count", ValueUnit::kRatio},
    {"rate", "count / seconds", ValueUnit::kPerSecond},
    {"cache_hit_rate", "sum(cached_input_tokens) / sum(input_tokens)", ValueUnit::kRatio},
    {"output_input_ratio", "sum(output_tokens) / sum(input_tokens)", ValueUnit::kRatio},
    {"refusal_rate", "refusal_count / llm_count", ValueUnit::kRatio},
    {"tool_success_rate", "(tool_count - tool_error_count) / tool_count", ValueUnit::kRatio},
    {"retry_rate", "retry_count / count", ValueUnit::kRatio},
    {"fallback_rate", "fallback_count / count", ValueUnit::kRatio},
    {"guardrail_block_rate", "guardrail_block_count / guardrail_count", ValueUnit::kRatio},
    {"token_rate", "sum(total_tokens) / seconds", ValueUnit::kPerSecond},
};

constexpr std::string_view kMeasureHint =
    "measures are count, error_count, error_rate, rate, token_rate, unpriced_count, users, "
    "sessions, traces, cache_hit_rate, output_input_ratio, refusal_rate, tool_success_rate, "
    "retry_rate, fallback_rate, guardrail_block_rate, and sum, avg, min, max, p50 … p99.9 or "
    "histogram of a number, like p95(duration)";

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// The unit of a part of a formula; nothing for a bare number, which fits to every unit.
using PartUnit = std::optional<ValueUnit>;

class FormulaParser {
 public:
  explicit FormulaParser(std::string_view text) : text_(text) {}

  Result<Formula> Parse() {
    if (text_.size() > kFormulaBytesMax) {
      return Fail(ErrorCode::kLimitExceeded,
                  "a measure has at most " + std::to_string(kFormulaBytesMax) + " bytes");
    }
    TRY_ASSIGN(const PartUnit unit, Sum());
    SkipBlanks();
    if (at_ != text_.size()) return Wrong("an operator (+ - * /) or the end is expected here", at_);
    formula_.unit = unit.value_or(ValueUnit::kRatio);
    if (formula_.nodes.size() > 1) TRY(CheckAlone());
    return std::move(formula_);
  }

 private:
  std::unexpected<Error> Wrong(std::string what, size_t at) const {
    return Fail(ErrorCode::kInvalidInput, "measure '" + std::string(text_) + "': " + what, at);
  }
  void SkipBlanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool Take(char c) {
    SkipBlanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Result<void> CheckAlone() const {
    for (const FormulaNode& node : formula_.nodes) {
      if (node.op == FormulaOp::kLeaf && node.leaf.kind == LeafKind::kHistogram)
        return Wrong("a histogram is no number and stands alone", 0);
    }
    return {};
  }
  void Push(FormulaOp op) { formula_.nodes.push_back({op, 0, {}}); }

  Result<PartUnit> Sum() {
    TRY_ASSIGN(PartUnit left, Product());
    for (;;) {
      SkipBlanks();
      const size_t at = at_;
      const bool adds = Take('+');
      if (!adds && !Take('-')) return left;
      TRY_ASSIGN(const PartUnit right, Product());
      if (left && right && *left != *right) {
        return Wrong("there is no " + std::string(adds ? "sum" : "difference") + " of " +
                         std::string(Name(*left)) + " and " + std::string(Name(*right)),
                     at);
      }
      if (!left) left = right;
      Push(adds ? FormulaOp::kAdd : FormulaOp::kSubtract);
    }
  }

  Result<PartUnit> Product() {
    TRY_ASSIGN(PartUnit left, Signed());
    for (;;) {
      SkipBlanks();
      const size_t at = at_;
      const bool multiplies = Take('*');
      if (!multiplies && !Take('/')) return left;
      TRY_ASSIGN(const PartUnit right, Signed());
      if (multiplies) {
        TRY_ASSIGN(left, UnitOfProduct(left, right, at));
      } else {
        left = UnitOfQuotient(left, right);
      }
      Push(multiplies ? FormulaOp::kMultiply : FormulaOp::kDivide);
    }
  }

  static bool IsPlain(const PartUnit& unit) {
    return !unit || *unit == ValueUnit::kCount || *unit == ValueUnit::kRatio;
  }
  Result<PartUnit> UnitOfProduct(const PartUnit& left, const PartUnit& right, size_t at) const {
    if (!left) return right;
    if (IsPlain(right)) return left;
    if (IsPlain(left)) return right;
    return Wrong(
        "there is no product of " + std::string(Name(*left)) + " and " + std::string(Name(*right)),
        at);
  }
  /// What something is measured in stays so when it is told by something: dollars per call are
  /// dollars. Of two alike it is their ratio.
  static PartUnit UnitOfQuotient(const PartUnit& left, const PartUnit& right) {
    if (!left && !right) return std::nullopt;
    if (!left) return ValueUnit::kRatio;
    return left == right ? ValueUnit::kRatio : *left;
  }

  Result<PartUnit> Signed() {
    if (depth_ >= kFormulaDepthMax) {
      return Fail(ErrorCode::kLimitExceeded,
                  "a measure nests at most " + std::to_string(kFormulaDepthMax) + " levels deep");
    }
    ++depth_;
    Result<PartUnit> unit = Take('-') ? Negated() : Primary();
    --depth_;
    return unit;
  }
  Result<PartUnit> Negated() {
    TRY_ASSIGN(const PartUnit unit, Signed());
    Push(FormulaOp::kNegate);
    return unit;
  }

  Result<PartUnit> Primary() {
    if (Take('(')) {
      TRY_ASSIGN(const PartUnit unit, Sum());
      if (!Take(')')) return Wrong("a ')' is missing", at_);
      return unit;
    }
    SkipBlanks();
    if (at_ < text_.size() && (IsDigit(text_[at_]) || text_[at_] == '.')) return Constant();
    const size_t begin = at_;
    while (at_ < text_.size() && IsNameByte(text_[at_])) ++at_;
    if (at_ == begin) return Wrong("a measure is expected here; " + std::string(kMeasureHint), at_);
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (Take('(')) return Statistic(name, begin);
    return Named(name, begin);
  }

  Result<PartUnit> Constant() {
    double value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, problem] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (problem != std::errc() || !std::isfinite(value)) return Wrong("this is no number", at_);
    at_ += static_cast<size_t>(end - begin);
    formula_.nodes.push_back({FormulaOp::kConstant, value, {}});
    return PartUnit();
  }

  Result<PartUnit> Named(std::string_view name, size_t begin) {
    for (const CountName& count : kCounts) {
      if (count.name != name) continue;
      formula_.nodes.push_back({FormulaOp::kLeaf, 0, {count.kind, nullptr, {}, 0}});
      return PartUnit(ValueUnit::kCount);
    }
    for (const NamedFormula& named : kNamedFormulas) {
      if (named.name != name) continue;
      TRY_ASSIGN(Formula inner, ParseFormula(named.text));
      for (FormulaNode& node : inner.nodes) formula_.nodes.push_back(std::move(node));
      return PartUnit(named.unit);
    }
    if (FindNumber(name) != nullptr || name.starts_with("score.")) {
      return Wrong("'" + std::string(name) + "' is a number; say what of it: sum(" +
                       std::string(name) + "), avg, min, max, p50 … p99.9 or histogram",
                   begin);
    }
    return Wrong("there is no measure '" + std::string(name) + "'; " + std::string(kMeasureHint),
                 begin);
  }

  /// The kind and level of "sum", "p95" …
  static std::optional<Leaf> StatisticOf(std::string_view name) {
    if (name == "sum") return Leaf{LeafKind::kSum, nullptr, {}, 0};
    if (name == "avg") return Leaf{LeafKind::kAverage, nullptr, {}, 0};
    if (name == "min") return Leaf{LeafKind::kMin, nullptr, {}, 0};
    if (name == "max") return Leaf{LeafKind::kMax, nullptr, {}, 0};
    if (name == "histogram") return Leaf{LeafKind::kHistogram, nullptr, {}, 0};
    if (name.size() < 2 || name[0] != 'p' || !IsDigit(name[1])) return std::nullopt;
    double percent = 0;
    const char* last = name.data() + name.size();
    const auto [end, problem] = std::from_chars(name.data() + 1, last, percent);
    if (problem != std::errc() || end != last || !(percent > 0 && percent < 100))
      return std::nullopt;
    return Leaf{LeafKind::kQuantile, nullptr, {}, percent / 100};
  }

  Result<PartUnit> Statistic(std::string_view name, size_t begin) {
    std::optional<Leaf> leaf = StatisticOf(name);
    if (!leaf) {
      return Wrong("there is no '" + std::string(name) +
                       "' of a number; there are sum, avg, min, max, histogram and percentiles "
                       "from p0.1 to p99.9",
                   begin);
    }
    SkipBlanks();
    const size_t field_begin = at_;
    const size_t close = std::min(text_.find(')', at_), text_.size());
    std::string_view field = text_.substr(at_, close - at_);
    while (!field.empty() && field.back() == ' ') field.remove_suffix(1);
    at_ = close;
    if (!Take(')')) return Wrong("a ')' is missing", at_);
    ValueUnit unit = ValueUnit::kScore;
    if (field.starts_with("score.") && field.size() > 6) {
      leaf->score = field.substr(6);
    } else if (const NumberField* number = FindNumber(field)) {
      leaf->number = number;
      unit = number->unit;
    } else {
      return Wrong("there is no number '" + std::string(field) + "'; there are " +
                       std::string(NumberNames()),
                   field_begin);
    }
    formula_.nodes.push_back({FormulaOp::kLeaf, 0, *std::move(leaf)});
    return PartUnit(unit);
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t depth_ = 0;
  Formula formula_;
};

std::optional<long double> Combine(FormulaOp op, long double left, long double right) {
  switch (op) {
    case FormulaOp::kAdd: return left + right;
    case FormulaOp::kSubtract: return left - right;
    case FormulaOp::kMultiply: return left * right;
    default: return right == 0 ? std::nullopt : std::optional(left / right);
  }
}

}  // namespace

Result<Formula> ParseFormula(std::string_view text) { return FormulaParser(text).Parse(); }

std::optional<long double> Evaluate(const Formula& formula, const LeafValue& value_of) {
  std::vector<std::optional<long double>> stack;
  for (const FormulaNode& node : formula.nodes) {
    if (node.op == FormulaOp::kConstant) {
      stack.emplace_back(node.constant);
    } else if (node.op == FormulaOp::kLeaf) {
      stack.push_back(value_of(node.leaf));
    } else if (node.op == FormulaOp::kNegate) {
      if (stack.back()) stack.back() = -*stack.back();
    } else {
      const std::optional<long double> right = stack.back();
      stack.pop_back();
      std::optional<long double>& left = stack.back();
      left = left && right ? Combine(node.op, *left, *right) : std::nullopt;
    }
  }
  return stack.empty() ? std::nullopt : stack.back();
}

}  // namespace vitrine::query
