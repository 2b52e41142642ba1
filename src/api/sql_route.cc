// POST /api/v1/sql: read-only questions over the public views, confined to the caller's project.
#include "api/internal/routes.h"
#include "query/sql_door.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {

namespace {

Result<query::SqlRequest> ReadRequest(const net::HttpRequest& request, const std::string& project) {
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
  query::SqlRequest sql;
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
