#include "query/metrics/dimension.h"

namespace vitrine::query {
namespace {

// How long prompts are: each bucket holds four times what the one before it holds, as windows and
// prices of models do.
constexpr std::string_view kInputLength =
    "multiIf(isNull(input_tokens), '', input_tokens < 1000, '0-1k', input_tokens < 4000, '1k-4k', "
    "input_tokens < 16000, '4k-16k', input_tokens < 64000, '16k-64k', input_tokens < 256000, "
    "'64k-256k', '256k+')";
// How much a search brought: from nothing on.
constexpr std::string_view kRetrievalSize =
    "multiIf(isNull(retrieval_count), '', retrieval_count = 0, '0', retrieval_count <= 2, '1-2', "
    "retrieval_count <= 5, '3-5', retrieval_count <= 10, '6-10', '11+')";
constexpr std::string_view kModel = "if(response_model = '', request_model, response_model)";
// As the rollups name it: an error without a type is another error, what is no error has none.
constexpr std::string_view kErrorType =
    "if(status = 'error', if(error_type = '', 'other', error_type), '')";

constexpr DimensionField kDimensions[] = {
    {"model", kModel, "models", "model", false, true},
    {"request_model", "request_model", "", "request_model"},
    {"provider", "provider", "", "provider"},
    {"service", "service", "services", "service", false, true},
    {"environment", "environment", "environment", "environment"},
    {"release", "release", "release", "release"},
    {"feature", "feature", "feature", "feature"},
    {"experiment", "experiment", "experiment", ""},
    {"user", "user_id", "user_id", ""},
    {"session", "session_id", "session_id", ""},
    {"kind", "kind", "root_kind", "kind"},
    {"operation", "operation", "", ""},
    {"status", "status", "status", ""},
    {"error_type", kErrorType, "", "error_type"},
    {"http_status", "rare['http_status']", "", ""},
    {"finish_reason", "finish_reason", "", ""},
    {"name", "name", "name", ""},
    {"stage", "rare_stage", "", ""},
    {"tool_name", "tool_name", "", ""},
    {"agent_name", "agent_name", "", ""},
    {"workflow_name", "rare['workflow_name']", "", ""},
    {"prompt", "prompt_name", "", "prompt_name"},
    {"prompt_version", "prompt_version", "", "prompt_version"},
    {"capture", "capture", "", ""},
    {"dialect", "dialect", "", ""},
    {"stream", "multiIf(isNull(stream), '', stream = 1, 'true', 'false')", "", ""},
    {"region", "rare['region']", "", ""},
    {"service_tier", "rare['service_tier']", "", ""},
    {"cache_status", "cache_status", "", ""},
    {"guardrail_name", "guardrail_name", "", ""},
    {"guardrail_result", "guardrail_result", "", ""},
    {"data_source", "data_source", "", ""},
    {"tag", "tags", "tags", "", true, true},
    {"input_length", kInputLength, kInputLength, ""},
    {"retrieval_size", kRetrievalSize, "", ""},
};

std::string NamesOf(MetricsUnit unit) {
  std::string names;
  for (const DimensionField& field : kDimensions) {
    const bool has = !(unit == MetricsUnit::kTraces ? field.trace_sql : field.span_sql).empty();
    if (has) names.append(names.empty() ? "" : ", ").append(field.name);
  }
  return names + (unit == MetricsUnit::kTraces ? ", score.NAME" : ", score.NAME, attr.KEY");
}

}  // namespace

Result<Dimension> ParseDimension(std::string_view name, MetricsUnit unit) {
  Dimension dimension;
  dimension.name = name;
  if (name.starts_with("attr.") && name.size() > 5 && unit != MetricsUnit::kTraces) {
    dimension.key = name.substr(5);
    return dimension;
  }
  if (name.starts_with("score.") && name.size() > 6) {
    dimension.key = name.substr(6);
    dimension.is_score = true;
    return dimension;
  }
  for (const DimensionField& field : kDimensions) {
    if (field.name != name) continue;
    dimension.field = &field;
    if (unit == MetricsUnit::kTraces ? !field.trace_sql.empty() : !field.span_sql.empty())
      return dimension;
  }
  const bool is_elsewhere = dimension.field != nullptr || name.starts_with("attr.");
  return Fail(
      ErrorCode::kInvalidInput,
      "group_by: " + (is_elsewhere ? std::string(Name(unit)) + " have no '" : "there is no '") +
          std::string(name) + "'; there are " + NamesOf(unit));
}

void AppendDimension(SqlText& sql, const Dimension& dimension, MetricsUnit unit) {
  if (dimension.field == nullptr) {
    // A resource's attribute holds for its spans; the span's own comes first.
    (sql << "if(mapContains(attributes, ").Param(dimension.key);
    (sql << "), attributes[").Param(dimension.key);
    (sql << "], resource[").Param(dimension.key) << "])";
    return;
  }
  sql << (unit == MetricsUnit::kTraces ? dimension.field->trace_sql : dimension.field->span_sql);
}

std::vector<Dimension> DimensionsOf(MetricsUnit unit) {
  std::vector<Dimension> dimensions;
  for (const DimensionField& field : kDimensions) {
    if (!(unit == MetricsUnit::kTraces ? field.trace_sql : field.span_sql).empty())
      dimensions.push_back({std::string(field.name), &field, {}, false});
  }
  return dimensions;
}

}  // namespace vitrine::query
