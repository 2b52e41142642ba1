#include "query/call_filter.h"

#include "query/filter/span_match.h"

namespace vitrine::query {
namespace {

/// Empty: not asked for.
bool Is(std::string_view asked, std::string_view value) { return asked.empty() || asked == value; }

}  // namespace

Result<void> CheckCallFilter(const CallFilter& filter, KindRule rule) {
  TRY(CheckFilter(filter));
  const auto kind = model::FromName<model::SpanKind>(filter.kind);
  if (rule == KindRule::kModelCalls && kind && !model::IsModelCall(*kind))
    return Fail(ErrorCode::kInvalidInput, "kind: of a call is llm, embedding or rerank");
  if (!filter.error_type.empty() && !model::FromName<model::ErrorType>(filter.error_type)) {
    return Fail(ErrorCode::kInvalidInput,
                "error_type: is one of rate_limit, timeout, provider_5xx, invalid_request, auth, "
                "content_filter, connection, cancelled, partial, other");
  }
  if (!filter.capture.empty() && !model::FromName<model::Capture>(filter.capture)) {
    return Fail(ErrorCode::kInvalidInput,
                "capture: is one of otlp_http, otlp_grpc, gateway, langfuse, sdk, import");
  }
  return {};
}

void AppendCallConditions(SqlText& sql, const CallFilter& filter) {
  AppendSpanConditions(sql, filter);
  sql << " AND counted = 1";
  if (filter.kind.empty()) sql << " AND kind IN ('llm', 'embedding', 'rerank')";
}

void AppendSpanConditions(SqlText& sql, const CallFilter& filter) {
  (sql << "project = ").Param(filter.project);
  if (filter.from) (sql << " AND start_time >= ").Time(*filter.from);
  if (filter.to) (sql << " AND start_time < ").Time(*filter.to);
  sql << " AND is_fragment = 0";
  AppendEqual(sql, "kind", filter.kind);
  if (!filter.status.empty())
    sql << " AND status " << (filter.status == "error" ? "=" : "!=") << " 'error'";
  AppendEqual(sql, "error_type", filter.error_type);
  if (!filter.model.empty()) {
    (sql << " AND (request_model = ").Param(filter.model);
    (sql << " OR response_model = ").Param(filter.model) << ")";
  }
  AppendEqual(sql, "provider", filter.provider);
  AppendEqual(sql, "service", filter.service);
  AppendEqual(sql, "user_id", filter.user);
  AppendEqual(sql, "session_id", filter.session);
  AppendEqual(sql, "environment", filter.environment);
  AppendEqual(sql, "release", filter.release);
  AppendEqual(sql, "feature", filter.feature);
  AppendEqual(sql, "capture", filter.capture);
  if (filter.stream) sql << " AND ifNull(stream, 2) = " << (*filter.stream ? "1" : "0");
}

uint32_t CallFilterDigest(const CallFilter& filter) {
  const std::string_view stream = !filter.stream ? "" : *filter.stream ? "true" : "false";
  const std::string_view texts[] = {"calls", filter.error_type, filter.provider, filter.capture,
                                    stream};
  return FilterDigest(FilterDigest(filter), texts);
}

bool Matches(const CallFilter& filter, const model::Span& span, model::Capture capture) {
  const bool is_error = span.status == model::SpanStatus::kError;
  return Is(filter.kind, model::Name(span.kind)) &&
         (filter.status.empty() || (filter.status == "error") == is_error) &&
         Is(filter.error_type, model::Name(span.error_type)) &&
         (Is(filter.model, span.request_model) || filter.model == span.response_model) &&
         Is(filter.provider, span.provider) && Is(filter.service, span.service) &&
         Is(filter.user, span.user_id) && Is(filter.session, span.session_id) &&
         Is(filter.environment, span.environment) && Is(filter.release, span.release) &&
         Is(filter.feature, span.feature) && Is(filter.capture, model::Name(capture)) &&
         (!filter.stream || span.stream == filter.stream) &&
         MatchesSpan(filter.expression, span, capture);
}

}  // namespace vitrine::query
