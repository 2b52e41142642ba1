#include "query/filter/rollup_filter.h"

#include <algorithm>

#include "base/check.h"
#include "query/filter/value_sql.h"

namespace vitrine::query {
namespace {

struct RollupField {
  std::string_view field, expressions;
};
constexpr RollupField kFields[] = {
    {"kind", "kind"},
    {"status", "if(error_type = '', 'ok', 'error')"},
    {"model", "request_model|model"},
    {"request_model", "request_model"},
    {"provider", "provider"},
    {"service", "service"},
    {"environment", "environment"},
    {"release", "release"},
    {"feature", "feature"},
    {"prompt", "prompt_name"},
    {"prompt_version", "prompt_version"},
};

const RollupField* FindRollupField(const FilterField& field) {
  const auto* found = std::ranges::find(kFields, field.name, &RollupField::field);
  return found == std::end(kFields) ? nullptr : found;
}

bool Holds(const FilterNode& node) {
  switch (node.kind) {
    case FilterNode::Kind::kAnd:
    case FilterNode::Kind::kOr:
    case FilterNode::Kind::kNot: return std::ranges::all_of(node.parts, Holds);
    case FilterNode::Kind::kTerm:
      return node.op == FilterOperator::kIs && FindRollupField(*node.field) != nullptr;
    default: return false;
  }
}

void Append(SqlText& sql, const FilterNode& node) {
  if (node.kind == FilterNode::Kind::kTerm) {
    const RollupField* field = FindRollupField(*node.field);
    VITRINE_CHECK(field != nullptr);
    AppendMatches(sql, node, field->expressions);
    return;
  }
  if (node.parts.empty()) {
    sql << "1";
    return;
  }
  sql << (node.kind == FilterNode::Kind::kNot ? "NOT (" : "(");
  for (size_t i = 0; i < node.parts.size(); ++i) {
    if (i > 0) sql << (node.kind == FilterNode::Kind::kOr ? " OR " : " AND ");
    Append(sql, node.parts[i]);
  }
  sql << ")";
}

}  // namespace

bool RollupsAnswer(const Filter& filter) {
  return filter.unit != FilterUnit::kTraces && Holds(filter.root);
}

void AppendRollupFilter(SqlText& sql, const Filter& filter) {
  if (filter.is_everything()) return;
  sql << " AND ";
  Append(sql, filter.root);
}

}  // namespace vitrine::query
