// Formula: a measure as it is asked for, parsed and typed: "count", "p95(duration)",
// "sum(cost_usd)/count". Grammar: docs/metrics.md "Measures".
// Owner: values. Threads: free functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/metrics/number.h"

namespace vitrine::query {

/// What is counted or computed over the rows of a group.
enum class LeafKind {
  // Counts.
  kCount,
  kErrorCount,
  kUnpricedCount,
  kRefusalCount,
  kLlmCount,
  kToolCount,
  kToolErrorCount,
  kRetryCount,
  kFallbackCount,
  kGuardrailCount,
  kGuardrailBlockCount,
  kUsers,
  kSessions,
  kTraces,
  // The length of the time asked for, in seconds; in a series that of the bucket.
  kSeconds,
  // Over a number.
  kSum,
  kAverage,
  kMin,
  kMax,
  kQuantile,
  kHistogram,
};

struct Leaf {
  LeafKind kind = LeafKind::kCount;
  const NumberField* number = nullptr;  ///< Null for counts, and for scores.
  std::string score;                    ///< The score's name, where the number is one.
  double level = 0;                     ///< Of a quantile, 0 to 1.

  bool has_number() const { return kind >= LeafKind::kSum; }
  bool operator==(const Leaf&) const = default;
};

enum class FormulaOp { kConstant, kLeaf, kAdd, kSubtract, kMultiply, kDivide, kNegate };

struct FormulaNode {
  FormulaOp op = FormulaOp::kConstant;
  double constant = 0;
  Leaf leaf;
  bool operator==(const FormulaNode&) const = default;
};

struct Formula {
  std::vector<FormulaNode> nodes;  ///< Operands before their operator.
  ValueUnit unit = ValueUnit::kCount;

  bool is_histogram() const {
    return nodes.size() == 1 && nodes[0].leaf.kind == LeafKind::kHistogram;
  }
  bool operator==(const Formula&) const = default;
};

/// Errors: kInvalidInput (byte offset given): unknown names, units that do not fit together.
///         kLimitExceeded (kFormulaBytesMax, kFormulaDepthMax).
Result<Formula> ParseFormula(std::string_view text);

/// The value of the formula; nothing where it is not known, and where something is divided by zero.
using LeafValue = std::function<std::optional<long double>(const Leaf& leaf)>;
std::optional<long double> Evaluate(const Formula& formula, const LeafValue& value_of);

}  // namespace vitrine::query
