#include "query/trace_filter.h"

#include "model/span.h"

namespace vitrine::query {
namespace {

void Equal(SqlText& sql, std::string_view column, const std::string& value) {
  if (!value.empty()) (sql << " AND " << column << " = ").Param(value);
}

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
  Equal(sql, "status", filter.status);
  Contains(sql, "models", filter.model);
  Contains(sql, "services", filter.service);
  Equal(sql, "user_id", filter.user);
  Equal(sql, "session_id", filter.session);
  Equal(sql, "environment", filter.environment);
  Equal(sql, "release", filter.release);
  Equal(sql, "feature", filter.feature);
  Contains(sql, "kinds", filter.kind);
}

uint32_t FilterDigest(const TraceFilter& filter) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a.
  for (const std::string* text : {&filter.project, &filter.status, &filter.model, &filter.service,
                                  &filter.user, &filter.session, &filter.environment,
                                  &filter.release, &filter.feature, &filter.kind, &filter.words}) {
    for (const char c : *text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash = (hash ^ 0xFF) * 0x100000001b3;
  }
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

}  // namespace vitrine::query
