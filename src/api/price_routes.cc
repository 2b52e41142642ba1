// The price table, what has no price, and the user's own prices.
#include <charconv>

#include "api/internal/routes.h"
#include "api/limits.h"
#include "api/price_json.h"
#include "base/arena.h"
#include "query/projects.h"
#include "syntax/json/json_document.h"

namespace vitrine::api {
namespace {

using syntax::JsonStatus;
using syntax::JsonValue;
using syntax::JsonWriter;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

Result<size_t> LimitOf(const Question& question) {
  const std::string_view text = question.request.Query("limit").value_or("");
  if (text.empty()) return kPriceRowsDefault;
  size_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size() || limit == 0 ||
      limit > kPriceRowsMax) {
    return Fail(ErrorCode::kInvalidInput, "limit: is 1 to " + std::to_string(kPriceRowsMax));
  }
  return limit;
}

Result<net::HttpResponse> Unpriced(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const auto models, query::ListUnpricedModels(routes.engine(), question.project));
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("unpriced").BeginArray();
  for (const query::UnpricedModel& model : models) {
    json.BeginObject()
        .Member("provider", model.provider)
        .Member("model", model.model)
        .Member("calls", model.calls)
        .Member("last_seen", model.last_seen)
        .EndObject();
  }
  json.EndArray().EndObject();
  return JsonAnswer(std::move(body));
}

Result<net::HttpResponse> Prices(const Routes& routes, const Question& question) {
  const std::string_view unpriced = question.request.Query("unpriced").value_or("");
  if (unpriced == "1" || unpriced == "true") return Unpriced(routes, question);
  TRY_ASSIGN(const size_t limit, LimitOf(question));
  const std::string words = Lower(question.request.Query("q").value_or(""));
  std::string body;
  JsonWriter json(body);
  size_t total = 0;
  json.BeginObject().Key("prices").BeginArray();
  routes.services().visit_prices([&](const model::PriceRow& row) {
    const bool matches =
        words.empty() || Lower(row.provider + " " + row.model).find(words) != std::string::npos;
    if (matches && total++ < limit) WritePrice(json, row);
    return true;
  });
  json.EndArray().Member("total", total).EndObject();
  return JsonAnswer(std::move(body));
}

net::HttpResponse OverridesAnswer(const Routes& routes) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("overrides").BeginArray();
  for (const model::PriceRow& row : routes.services().price_overrides()) WritePrice(json, row);
  json.EndArray().EndObject();
  return JsonAnswer(std::move(body));
}

/// The short form {"provider","model","rates","effective_from"}, with rates in dollars per million
/// tokens as text, as a row of docs/prices.md. "cache_write" stands for both lifetimes.
Result<std::string> LongForm(const JsonValue& root) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("prices").BeginArray().BeginObject();
  for (const auto [key, value] : root.Members()) {
    if (key == "effective_from") {
      if (!value.is_null()) json.Key("from").Raw(value.raw());
    } else if (key != "rates") {
      json.Key(key).Raw(value.raw());
      continue;
    } else {
      if (!value.is_object())
        return Fail(ErrorCode::kInvalidInput, "rates: is an object of names and decimal texts");
      json.Key("usd_per_million").BeginObject();
      for (const auto [name, rate] : value.Members()) {
        const bool write = name == "cache_write";
        json.Key(write ? "cache_write_5m" : name).Raw(rate.raw());
        if (write) json.Key("cache_write_1h").Raw(rate.raw());
      }
      json.EndObject();
    }
  }
  json.EndObject().EndArray().EndObject();
  return text;
}

Result<net::HttpResponse> PutOverrides(const Routes& routes, const Question& question) {
  const std::string& body = *question.request.body;
  if (body.size() > kOverridesBodyBytesMax)
    return Fail(ErrorCode::kLimitExceeded, "the body has more than 4 MiB");
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(body, arena) != JsonStatus::kOk) return std::unexpected(document.error());
  const JsonValue root = document.root();
  if (!root.is_object()) return Fail(ErrorCode::kInvalidInput, "the body is a JSON object");
  std::string long_form = body;
  if (!root.Has("prices") && !root.Has("deployments")) {
    if (!root["provider"].is_string())
      return Fail(ErrorCode::kInvalidInput, "provider: is missing; prices belong to a provider");
    TRY_ASSIGN(long_form, LongForm(root));
  }
  TRY(routes.services().put_price_overrides(long_form));
  return OverridesAnswer(routes);
}

Result<net::HttpResponse> DeleteOverride(const Routes& routes, const Question& question) {
  const std::string_view price_id = question.request.Query("price_id").value_or("");
  if (price_id.empty())
    return Fail(ErrorCode::kInvalidInput, "price_id: says which override to remove");
  TRY(routes.services().delete_price_override(price_id));
  return OverridesAnswer(routes);
}

}  // namespace

void AddPriceRoutes(Routes& routes) {
  routes.Ask("GET", "/api/v1/prices", {"q", "unpriced", "limit"},
             [&routes](const Question& question) { return Prices(routes, question); });
  routes.Ask("GET", "/api/v1/prices/overrides", {}, [&routes](const Question&) {
    return Result<net::HttpResponse>(OverridesAnswer(routes));
  });
  routes.Ask("PUT", "/api/v1/prices/overrides", {},
             [&routes](const Question& question) { return PutOverrides(routes, question); });
  routes.Ask("DELETE", "/api/v1/prices/overrides", {"price_id"},
             [&routes](const Question& question) { return DeleteOverride(routes, question); });
}

}  // namespace vitrine::api
