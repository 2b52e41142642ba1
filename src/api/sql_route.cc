// POST /api/v1/sql: read-only questions over the public views, confined to the caller's project.
#include <cmath>

#include "api/internal/routes.h"
#include "api/limits.h"
#include "base/arena.h"
#include "query/sql_door.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {

namespace {

Result<void> ReadTimeout(const syntax::JsonValue& value, query::SqlRequest& request) {
  if (value.is_nothing()) return {};
  const auto seconds = value.AsDouble();
  const auto most = static_cast<double>(query::kSqlTimeMax.count());
  if (!seconds || !std::isfinite(*seconds) || *seconds < 0.001 || *seconds > most)
    return Fail(ErrorCode::kInvalidInput, "timeout_s is a number of seconds, at most 60");
  request.timeout = std::chrono::milliseconds(static_cast<int64_t>(*seconds * 1000));
  return {};
}

Result<void> CheckMembers(const syntax::JsonValue& root) {
  for (const auto& member : root.Members()) {
    if (member.key != "query" && member.key != "params" && member.key != "timeout_s") {
      return Fail(ErrorCode::kInvalidInput, "there is no member '" + std::string(member.key) +
                                                "' here; there are: query, params, timeout_s");
    }
  }
  if (!root["params"].is_nothing() && !root["params"].is_object())
    return Fail(ErrorCode::kInvalidInput, "params is an object of names and values");
  return {};
}

Result<query::SqlRequest> ReadRequest(const net::HttpRequest& request, const std::string& project) {
  if (request.body->size() > kSqlBodyBytesMax)
    return Fail(ErrorCode::kLimitExceeded, "the body has more than 1 MiB");
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(*request.body, arena) != syntax::JsonStatus::kOk) {
    return Fail(ErrorCode::kInvalidInput,
                "the body is JSON like {\"query\":\"SELECT count() FROM spans\",\"params\":{}}",
                document.error_offset());
  }
  syntax::JsonValue root = document.root();
  if (!root["query"].is_string())
    return Fail(ErrorCode::kInvalidInput, "the body has no text \"query\"");
  TRY(CheckMembers(root));
  query::SqlRequest sql;
  TRY(ReadTimeout(root["timeout_s"], sql));
  sql.project = project;
  sql.query = root["query"].text();
  for (const auto& member : root["params"].Members()) {
    TRY_ASSIGN(std::string value, query::SqlParamText(member.value.raw()));
    sql.params.emplace_back(member.key, std::move(value));
  }
  return sql;
}

Result<net::HttpResponse> Sql(const Routes& routes, const Question& question,
                              const std::shared_ptr<clickhouse::CancelToken>& cancel) {
  TRY_ASSIGN(query::SqlRequest sql, ReadRequest(question.request, question.project));
  sql.cancel = cancel;
  TRY_ASSIGN(query::SqlAnswer answer, query::RunSql(routes.engine(), sql));
  std::string text;
  syntax::JsonWriter json(text);
  json.BeginObject().Key("columns").BeginArray();
  for (const query::SqlColumn& column : answer.columns) {
    json.BeginObject().Member("name", column.name).Member("type", column.type).EndObject();
  }
  json.EndArray()
      .Key("rows")
      .Raw(answer.rows)
      .Member("elapsed_ms", question.elapsed_ms())
      .EndObject();
  return JsonAnswer(std::move(text));
}

}  // namespace

void AddSqlRoute(Routes& routes) {
  routes.AskSql("/api/v1/sql", [&routes](const Question& question, const auto& cancel) {
    return Sql(routes, question, cancel);
  });
}

}  // namespace vitrine::api
