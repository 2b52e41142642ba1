// POST /api/v1/query/what-if: what this traffic would have cost on another model.
#include <map>

#include "api/internal/list_parameters.h"
#include "api/internal/metrics_parameters.h"
#include "api/internal/routes.h"
#include "query/reprice.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {
namespace {

using syntax::JsonWriter;

struct WhatIf {
  std::string provider, model;
  query::RepriceRequest calls;
  std::string filter;
};

Result<WhatIf> ReadRequest(const Question& question) {
  Arena arena;
  syntax::JsonDocument document;
  TRY(query::ParseBody(*question.request.body,
                       R"({"provider":"openai","model":"gpt-4o-mini","filter":"feature:search"})",
                       arena, document));
  const syntax::JsonValue root = document.root();
  TRY(query::CheckMembers(root, "provider, model, filter, from, to"));
  WhatIf what_if;
  what_if.provider = root["provider"].text();
  what_if.model = root["model"].text();
  what_if.filter = root["filter"].text();
  if (what_if.model.empty() || what_if.provider.empty()) {
    return Fail(ErrorCode::kInvalidInput,
                "provider and model: name what the calls are priced as, like \"openai\" and "
                "\"gpt-4o-mini\"");
  }
  TRY_ASSIGN(what_if.calls.terms, CallFilterOf(question));
  // An embedding has no price as an answer.
  if (what_if.calls.terms.kind.empty()) what_if.calls.terms.kind = "llm";
  TRY(query::CheckTerms(what_if.calls.terms, query::MetricsUnit::kCalls));
  TRY_ASSIGN(const query::TimeRange range, query::ParseTimeRange(root, question.now));
  what_if.calls.project = question.project;
  what_if.calls.from = range.from;
  what_if.calls.to = range.to;
  return what_if;
}

/// Prices a call as if another model had answered it: the same tokens of each kind. What belongs to
/// the provider it had (deployment, region, tier) says nothing about another.
query::PriceFunction PriceAs(const WhatIf& what_if, query::PriceFunction price) {
  return [provider = what_if.provider, model = what_if.model, price = std::move(price)](
             model::Span& span, Arena& arena) {
    model::Span other = span;
    other.provider = provider;
    other.request_model = model;
    other.response_model = {};
    other.deployment_id = other.region = other.service_tier = {};
    other.speed = other.inference_geo = {};
    const model::UnpricedReason reason = price(other, arena);
    span.cost = other.cost;
    return reason;
  };
}

struct ModelSums {
  uint64_t calls = 0;
  Money now, then;
};

void WriteReport(JsonWriter& json, const query::RepriceReport& report) {
  std::map<std::pair<std::string, std::string>, ModelSums> models;
  for (const query::RepriceChange& change : report.changes) {
    ModelSums& sums = models[{change.provider, change.model}];
    sums.calls += change.calls;
    sums.now += change.old_cost.value_or(Money{});
    sums.then += change.new_cost.value_or(Money{});
  }
  json.Member("calls", report.calls)
      .Member("unpriced_calls", report.unpriced_before)
      .Member("what_if_unpriced_calls", report.unpriced_after)
      .Member("cost_usd", report.old_cost.ToString());
  const bool is_known = report.unpriced_after < report.calls || report.calls == 0;
  json.Member("what_if_cost_usd",
              is_known ? std::optional(report.new_cost.ToString()) : std::nullopt)
      .Member("difference_usd", is_known
                                    ? std::optional((report.new_cost - report.old_cost).ToString())
                                    : std::nullopt);
  json.Key("models").BeginArray();
  for (const auto& [name, sums] : models) {
    json.BeginObject()
        .Member("provider", name.first)
        .Member("model", name.second)
        .Member("calls", sums.calls)
        .Member("cost_usd", sums.now.ToString())
        .Member("what_if_cost_usd", sums.then.ToString())
        .EndObject();
  }
  json.EndArray();
}

Result<net::HttpResponse> WhatIfAnswer(const Routes& routes, const Question& question,
                                       const std::shared_ptr<clickhouse::CancelToken>& cancel) {
  TRY_ASSIGN(WhatIf what_if, ReadRequest(question));
  if (auto refusal = TakeFilter(question, what_if.filter, query::MetricsUnit::kCalls,
                                what_if.calls.terms.expression))
    return *std::move(refusal);
  what_if.calls.cancel = cancel;
  const query::PriceFunction price = PriceAs(what_if, routes.services().current_prices());
  TRY_ASSIGN(const query::RepriceReport report,
             query::Reprice(routes.engine(), what_if.calls, price));
  std::string body;
  JsonWriter json(body);
  json.BeginObject()
      .Member("provider", what_if.provider)
      .Member("model", what_if.model)
      .Member("from", FormatRfc3339(*what_if.calls.from))
      .Member("to", FormatRfc3339(*what_if.calls.to));
  WriteReport(json, report);
  json.Member("note",
              "tokens are those that the present model counted; another tokenizer counts others")
      .Member("elapsed_ms", question.elapsed_ms())
      .EndObject();
  return JsonAnswer(std::move(body));
}

}  // namespace

void AddWhatIfRoute(Routes& routes) {
  routes.AskSql("/api/v1/query/what-if", [&routes](const Question& question, const auto& cancel) {
    return WhatIfAnswer(routes, question, cancel);
  });
}

}  // namespace vitrine::api
