// POST /api/v1/query: measures by group and time; /api/v1/query/forecast: the month's end.
#include <cmath>

#include "api/internal/list_parameters.h"
#include "api/internal/metrics_parameters.h"
#include "api/internal/routes.h"
#include "base/money.h"
#include "query/metrics/forecast.h"
#include "query/metrics/metrics.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {
namespace {

using query::MetricsAnswer;
using query::MetricsRow;
using syntax::JsonWriter;

void WriteValues(JsonWriter& json, const std::vector<std::string>& values) {
  json.BeginArray();
  for (const std::string& value : values) json.Raw(value);
  json.EndArray();
}

void WriteSeries(JsonWriter& json, std::string_view key, const MetricsRow* row, bool has_series) {
  json.Key(key);
  if (row == nullptr || !has_series) {
    json.Null();
    return;
  }
  json.BeginArray();
  for (const auto& series : row->series) WriteValues(json, series);
  json.EndArray();
}

/// The members of an object: values, compare, series, compare_series.
void WriteRow(JsonWriter& json, const MetricsRow& row, const std::optional<MetricsRow>& compare,
              bool has_series) {
  WriteValues(json.Key("values"), row.values);
  json.Key("compare");
  if (compare) {
    WriteValues(json, compare->values);
  } else {
    json.Null();
  }
  WriteSeries(json, "series", &row, has_series);
  WriteSeries(json, "compare_series", compare ? &*compare : nullptr, has_series);
}

void WriteTimes(JsonWriter& json, std::string_view key, const std::vector<Nanos>& times,
                bool has_series) {
  json.Key(key);
  if (!has_series) {
    json.Null();
    return;
  }
  json.BeginArray();
  for (const Nanos time : times) json.String(FormatRfc3339(time));
  json.EndArray();
}

const char* Name(query::MeasureSource source) {
  constexpr const char* names[] = {"rollup", "rows", "both"};
  return names[static_cast<size_t>(source)];
}

void WriteHead(JsonWriter& json, const query::MetricsRequest& request,
               const MetricsAnswer& answer) {
  const auto& compared = answer.compare_range;
  json.Member("from", FormatRfc3339(answer.range.from))
      .Member("to", FormatRfc3339(answer.range.to));
  json.Key("compare_range");
  if (compared) {
    json.BeginObject()
        .Member("from", FormatRfc3339(compared->from))
        .Member("to", FormatRfc3339(compared->to))
        .EndObject();
  } else {
    json.Null();
  }
  json.Key("measures").BeginArray();
  for (const query::MeasureFacts& measure : answer.measures) {
    json.BeginObject()
        .Member("name", measure.name)
        .Member("unit", query::Name(measure.unit))
        .Member("source", Name(measure.source))
        .Member("error", measure.error)
        .EndObject();
  }
  json.EndArray().Key("dimensions").BeginArray();
  for (const query::Dimension& dimension : request.group_by) json.String(dimension.name);
  json.EndArray();
  json.Member("interval", answer.interval.empty() ? std::nullopt : std::optional(answer.interval));
  WriteTimes(json, "buckets", answer.buckets, request.has_series);
  WriteTimes(json, "compare_buckets", answer.compare_buckets, request.has_series && compared);
}

void WriteGroup(JsonWriter& json, const query::MetricsGroup& group, bool has_series) {
  json.BeginObject().Key("key").BeginArray();
  for (const auto& part : group.key) {
    if (part) {
      json.String(*part);
    } else {
      json.Null();
    }
  }
  json.EndArray().Member("is_other", group.is_other);
  WriteRow(json, group.row, group.compare, has_series);
  json.EndObject();
}

std::optional<net::HttpResponse> TakeFilters(const Question& question,
                                             query::MetricsRequest& request) {
  const std::string& text = request.filter_text;
  if (auto refusal = TakeFilter(question, text, request.unit, request.scope.filter.expression))
    return refusal;
  const std::string& other = request.compare_filter_text ? *request.compare_filter_text : text;
  return TakeFilter(question, other, request.unit, request.compare_scope.filter.expression);
}

Result<net::HttpResponse> Query(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const query::CallFilter terms, CallFilterOf(question));
  TRY_ASSIGN(query::MetricsRequest request,
             query::ParseMetricsRequest(*question.request.body, terms, question.now));
  if (auto refusal = TakeFilters(question, request)) return *std::move(refusal);
  TRY_ASSIGN(const MetricsAnswer answer, query::AskMetrics(routes.engine(), request));
  std::string body;
  JsonWriter json(body);
  json.BeginObject();
  WriteHead(json, request, answer);
  json.Key("totals").BeginObject();
  WriteRow(json, answer.totals, answer.compare_totals, request.has_series);
  json.EndObject().Key("groups").BeginArray();
  for (const query::MetricsGroup& group : answer.groups)
    WriteGroup(json, group, request.has_series);
  json.EndArray()
      .Member("group_count", answer.group_count)
      .Member("unpriced_calls", answer.unpriced_calls)
      .Member("compare_unpriced_calls", answer.compare_unpriced_calls)
      .Member("elapsed_ms", question.elapsed_ms())
      .EndObject();
  return JsonAnswer(std::move(body));
}

std::optional<std::string> ValueText(const std::optional<double>& value, query::ValueUnit unit) {
  if (!value) return std::nullopt;
  std::string text;
  if (unit == query::ValueUnit::kUsd) {
    syntax::AppendJsonString(text, Money{std::llround(*value * 1e9)}.ToString());
  } else {
    syntax::AppendJsonDouble(text, *value);
  }
  return text;
}

Result<net::HttpResponse> Forecast(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const query::CallFilter terms, CallFilterOf(question));
  TRY_ASSIGN(query::ForecastRequest request,
             query::ParseForecast(*question.request.body, terms, question.now));
  query::MetricsRequest& metrics = request.metrics;
  if (auto refusal =
          TakeFilter(question, metrics.filter_text, metrics.unit, metrics.scope.filter.expression))
    return *std::move(refusal);
  TRY_ASSIGN(const query::Forecast forecast, query::AskForecast(routes.engine(), request));
  std::string body;
  JsonWriter json(body);
  json.BeginObject()
      .Member("from", FormatRfc3339(forecast.month.from))
      .Member("to", FormatRfc3339(forecast.month.to))
      .Member("measure", forecast.measure)
      .Member("unit", query::Name(forecast.unit));
  const auto value = [&](const char* name, const std::optional<double>& number) {
    json.Key(name).Raw(ValueText(number, forecast.unit).value_or("null"));
  };
  value("actual", forecast.actual);
  value("forecast", forecast.expected);
  value("low", forecast.low);
  value("high", forecast.high);
  json.Member("confidence", 0.95)
      .Member("method", forecast.method)
      .Member("days_used", forecast.days_used)
      .Member("elapsed_ms", question.elapsed_ms())
      .EndObject();
  return JsonAnswer(std::move(body));
}

}  // namespace

void AddMetricsRoutes(Routes& routes) {
  routes.Ask("POST", "/api/v1/query/forecast", TermParameters(),
             [&routes](const Question& question) { return Forecast(routes, question); });
  routes.Ask("POST", "/api/v1/query", TermParameters(),
             [&routes](const Question& question) { return Query(routes, question); });
}

}  // namespace vitrine::api
