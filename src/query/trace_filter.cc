#include "query/trace_filter.h"

#include "model/span.h"

namespace vitrine::query {
namespace {

void Contains(SqlText& sql, std::string_view column, const std::string& value) {
  if (!value.empty()) (sql << " AND has(" << column << ", ").Param(value) << ")";
}

}  // namespace

Result<void> CheckFilter(const TraceFilter& filter) {
  if (filter.from && filter.to && *filter.from >= *filter.to)
    return Fail(ErrorCode::kInvalidInput, "from: must be before to");
  if (!filter.status.empty() && filter.status != "ok" && filter.status != "error")
    return Fail(ErrorCode::kInvalidInput, "status: is ok or error");
  if (!filter.kind.empty() && !model::FromName<model::SpanKind>(filter.kind)) {
    return Fail(ErrorCode::kInvalidInput,
                "kind: is one of llm, embedding, rerank, retrieval, tool, agent, workflow, "
                "guardrail, evaluator, prompt, http, db, other");
  }
  return {};
}

void AppendConditions(SqlText& sql, const TraceFilter& filter) {
  (sql << "project = ").Param(filter.project);
  if (filter.from) (sql << " AND start_time >= ").Time(*filter.from);
  if (filter.to) (sql << " AND start_time < ").Time(*filter.to);
  AppendEqual(sql, "status", filter.status);
  Contains(sql, "models", filter.model);
  Contains(sql, "services", filter.service);
  AppendEqual(sql, "user_id", filter.user);
  AppendEqual(sql, "session_id", filter.session);
  AppendEqual(sql, "environment", filter.environment);
  AppendEqual(sql, "release", filter.release);
  AppendEqual(sql, "feature", filter.feature);
  Contains(sql, "kinds", filter.kind);
}

void AppendEqual(SqlText& sql, std::string_view column, const std::string& value) {
  if (!value.empty()) (sql << " AND " << column << " = ").Param(value);
}

uint32_t FilterDigest(const TraceFilter& f) {
  const std::string expression = FilterText(f.expression);
  const std::string_view texts[] = {f.project, f.status,  f.model,       f.service,
                                    f.user,    f.session, f.environment, f.release,
                                    f.feature, f.kind,    f.words,       expression};
  return FilterDigest(0, texts);
}

uint32_t FilterDigest(uint32_t before, std::span<const std::string_view> texts) {
  uint64_t hash = 0xcbf29ce484222325 ^ before;  // FNV-1a.
  for (const std::string_view text : texts) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash = (hash ^ 0xFF) * 0x100000001b3;
  }
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

}  // namespace vitrine::query
