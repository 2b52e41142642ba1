// POST /api/v1/reprice: what stored calls would cost under the prices in use now.
#include "api/internal/routes.h"
#include "api/limits.h"
#include "base/arena.h"
#include "query/reprice.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {
namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

Result<std::optional<Nanos>> TimeOf(const JsonValue& value, std::string_view name) {
  if (value.is_nothing()) return std::optional<Nanos>();
  const auto time = value.is_string() ? ParseRfc3339(value.text()) : std::nullopt;
  if (!time) {
    return Fail(ErrorCode::kInvalidInput,
                std::string(name) + " is a time like 2026-11-21T01:31:07Z");
  }
  return time;
}

Result<query::RepriceRequest> ReadRequest(const Question& question) {
  const std::string& body = *question.request.body;
  if (body.size() > kSqlBodyBytesMax)
    return Fail(ErrorCode::kLimitExceeded, "the body has more than 1 MiB");
  Arena arena;
  syntax::JsonDocument document;
  const auto status = document.Parse(body, arena);
  const JsonValue root = document.root();
  if (status != syntax::JsonStatus::kOk || !root.is_object())
    return Fail(ErrorCode::kInvalidInput, "the body is JSON like {\"dry_run\":true}");
  for (const auto& member : root.Members()) {
    if (member.key != "dry_run" && member.key != "from" && member.key != "to") {
      return Fail(ErrorCode::kInvalidInput, "there is no member '" + std::string(member.key) +
                                                "' here; there are: dry_run, from, to");
    }
  }
  if (root["dry_run"].AsBool() != true) {
    return Fail(ErrorCode::kInvalidInput,
                "dry_run must be true: this server shows what other prices would change, and "
                "does not rewrite the stored costs");
  }
  query::RepriceRequest request;
  request.project = question.project;
  TRY_ASSIGN(request.from, TimeOf(root["from"], "from"));
  TRY_ASSIGN(request.to, TimeOf(root["to"], "to"));
  return request;
}

std::optional<std::string> TimeText(const std::optional<Nanos>& time) {
  return time ? std::optional(FormatRfc3339(*time)) : std::nullopt;
}

std::optional<std::string> MoneyText(const std::optional<Money>& money) {
  return money ? std::optional(money->ToString()) : std::nullopt;
}

std::optional<std::string> TextOrNull(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// What is unpriced adds nothing to a sum, so it adds nothing to the difference of sums.
std::string Difference(const std::optional<Money>& before, const std::optional<Money>& after) {
  return (after.value_or(Money{}) - before.value_or(Money{})).ToString();
}

void WriteChange(JsonWriter& json, const query::RepriceChange& change) {
  json.BeginObject()
      .Member("provider", TextOrNull(change.provider))
      .Member("model", TextOrNull(change.model))
      .Member("old_price_id", TextOrNull(change.old_price_id))
      .Member("new_price_id", TextOrNull(change.new_price_id));
  json.Member("unpriced_reason", TextOrNull(std::string(model::Name(change.reason))))
      .Member("calls", change.calls)
      .Member("old_cost_usd", MoneyText(change.old_cost))
      .Member("new_cost_usd", MoneyText(change.new_cost))
      .Member("difference_usd", Difference(change.old_cost, change.new_cost))
      .EndObject();
}

Result<net::HttpResponse> RepriceAnswer(const Routes& routes, const Question& question,
                                        const std::shared_ptr<clickhouse::CancelToken>& cancel) {
  TRY_ASSIGN(query::RepriceRequest request, ReadRequest(question));
  request.cancel = cancel;
  // One table for the whole run, also when somebody changes prices meanwhile.
  const query::PriceFunction price = routes.services().current_prices();
  TRY_ASSIGN(const query::RepriceReport report, query::Reprice(routes.engine(), request, price));
  std::string body;
  JsonWriter json(body);
  json.BeginObject()
      .Member("dry_run", true)
      .Member("from", TimeText(request.from))
      .Member("to", TimeText(request.to))
      .Member("calls", report.calls)
      .Member("changed_calls", report.changed_calls)
      .Member("newly_priced_calls", report.newly_priced)
      .Member("newly_unpriced_calls", report.newly_unpriced);
  json.Member("unpriced_calls_before", report.unpriced_before)
      .Member("unpriced_calls_after", report.unpriced_after)
      .Member("old_cost_usd", report.old_cost.ToString())
      .Member("new_cost_usd", report.new_cost.ToString())
      .Member("difference_usd", Difference(report.old_cost, report.new_cost));
  json.Key("changes").BeginArray();
  for (const query::RepriceChange& change : report.changes) WriteChange(json, change);
  json.EndArray().Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(body));
}

}  // namespace

void AddRepriceRoute(Routes& routes) {
  routes.AskSql("/api/v1/reprice", [&routes](const Question& question, const auto& cancel) {
    return RepriceAnswer(routes, question, cancel);
  });
}

}  // namespace vitrine::api
