// The parser of measures on any text: it ends, and what it takes can be computed.
#include <cmath>
#include <cstdlib>

#include "query/limits.h"
#include "query/metrics/formula.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrine::query;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto formula = ParseFormula(text);
  if (!formula) {
    if (formula.error().message.empty()) abort();
    if (formula.error().offset && *formula.error().offset > size) abort();
    return 0;
  }
  if (size > kFormulaBytesMax || formula->nodes.empty()) abort();
  // Every operator finds its operands, and one value is left.
  size_t depth = 0;
  for (const FormulaNode& node : formula->nodes) {
    const bool is_operand = node.op == FormulaOp::kConstant || node.op == FormulaOp::kLeaf;
    const size_t takes = is_operand ? 0 : node.op == FormulaOp::kNegate ? 1 : 2;
    if (depth < takes) abort();
    depth += 1 - takes;
  }
  if (depth != 1) abort();
  const auto nothing = Evaluate(*formula, [](const Leaf&) { return std::nullopt; });
  bool has_leaf = false;
  for (const FormulaNode& node : formula->nodes) has_leaf |= node.op == FormulaOp::kLeaf;
  if (has_leaf && nothing) abort();
  Evaluate(*formula, [](const Leaf&) { return std::optional<long double>(1); });
  // The same text is the same formula.
  const auto again = ParseFormula(text);
  if (!again || !(*again == *formula)) abort();
  return 0;
}
