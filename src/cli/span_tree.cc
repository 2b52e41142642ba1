#include "cli/span_tree.h"

#include <cstdio>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/output.h"

namespace vitrine::cli {

namespace {

using syntax::JsonValue;

// Deeper spans are drawn at this depth with their own written beside: no terminal is wider.
constexpr size_t kDepthDrawnMax = 40;

class SpanTree {
 public:
  explicit SpanTree(JsonValue spans) {
    size_t column = 0;
    for (const JsonValue field : spans["fields"].Elements())
      columns_.emplace(field.text(), column++);
    for (const JsonValue row : spans["rows"].Elements()) {
      std::vector<JsonValue> cells;
      for (const JsonValue cell : row.Elements()) cells.push_back(cell);
      cells.resize(column);
      rows_.push_back(std::move(cells));
    }
    std::unordered_map<std::string_view, size_t> index;
    for (size_t i = 0; i < rows_.size(); ++i) index.emplace(At(i, "span_id").text(), i);
    children_.resize(rows_.size());
    for (size_t i = 0; i < rows_.size(); ++i) {
      const auto parent = index.find(At(i, "parent_span_id").text());
      const bool has_parent = parent != index.end() && parent->second != i;
      (has_parent ? children_[parent->second] : roots_).push_back(i);
    }
    printed_.resize(rows_.size());
  }

  void Print(bool color) {
    for (const size_t root : roots_) PrintFrom(root, color);
    // What is left hangs below a ring of parents.
    for (size_t i = 0; i < rows_.size(); ++i) PrintFrom(i, color);
  }

 private:
  struct Branch {
    size_t row = 0;
    size_t depth = 0;
    std::string lead, below;
  };

  JsonValue At(size_t row, std::string_view column) const {
    const auto found = columns_.find(column);
    return found == columns_.end() ? JsonValue() : rows_[row][found->second];
  }

  void PrintFrom(size_t root, bool color) {
    std::vector<Branch> branches;
    branches.push_back({root, 0, "", ""});
    while (!branches.empty()) {
      const Branch branch = std::move(branches.back());
      branches.pop_back();
      if (printed_[branch.row]) continue;
      printed_[branch.row] = true;
      PrintRow(branch, color);
      const auto& children = children_[branch.row];
      for (size_t i = children.size(); i-- > 0;) {
        const bool last = i + 1 == children.size();
        const bool drawn = branch.depth < kDepthDrawnMax;
        branches.push_back({children[i], branch.depth + 1,
                            drawn ? branch.below + (last ? "└ " : "├ ") : branch.lead,
                            drawn ? branch.below + (last ? "  " : "│ ") : branch.below});
      }
    }
  }

  void PrintRow(const Branch& branch, bool color) const {
    const size_t row = branch.row;
    std::string line = branch.lead;
    if (branch.depth > kDepthDrawnMax) line += "(depth " + std::to_string(branch.depth) + ") ";
    line += Cell(At(row, "name")) + "  " + Duration(At(row, "duration_ns"));
    if (!At(row, "input_tokens").is_nothing() || !At(row, "output_tokens").is_nothing())
      line += "  " + Cell(At(row, "input_tokens")) + "→" + Cell(At(row, "output_tokens")) + " tok";
    if (!At(row, "cost_usd").is_nothing()) line += "  " + Dollars(At(row, "cost_usd"));
    const bool failed = At(row, "status").text() == "error";
    if (failed) {
      line += "  ✗ ";
      const JsonValue message = At(row, "status_message");
      line += message.is_nothing() ? Cell(At(row, "error_type")) : Cell(message);
    }
    std::printf(failed && color ? "\033[31m%s\033[0m\n" : "%s\n", line.c_str());
  }

  std::map<std::string, size_t, std::less<>> columns_;
  std::vector<std::vector<JsonValue>> rows_;
  std::vector<size_t> roots_;
  std::vector<std::vector<size_t>> children_;
  std::vector<bool> printed_;
};

}  // namespace

void PrintSpanTree(JsonValue spans, bool color) { SpanTree(spans).Print(color); }

}  // namespace vitrine::cli
