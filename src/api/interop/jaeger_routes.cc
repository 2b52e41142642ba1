// Jaeger's query API below /jaeger, as Grafana's Jaeger data source and Jaeger's own page ask it.
// Source: Jaeger 1.x "HTTP JSON (internal)", grafana/grafana pkg/tsdb/jaeger.
#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "api/internal/list_parameters.h"
#include "api/internal/routes.h"
#include "api/interop/jaeger_json.h"
#include "api/interop/traceql.h"
#include "api/limits.h"
#include "base/arena.h"
#include "net/http_error.h"
#include "platform/clock.h"
#include "query/span_search.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {
namespace {

using query::SpanCondition;
using query::SpanTerm;
using query::TermOperator;
using query::TermScope;
using query::TermValue;
using syntax::JsonValue;
using syntax::JsonWriter;

constexpr int64_t kMicro = 1'000;

/// An error as Jaeger tells it.
net::HttpResponse Refusal(const Error& error) {
  const int status = net::HttpStatusOf(error.code);
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("data").Null().Member("total", 0).Member("limit", 0).Member("offset", 0);
  json.Key("errors").BeginArray().BeginObject().Member("code", status);
  json.Member("msg", error.message).EndObject().EndArray().EndObject();
  net::HttpResponse response = JsonAnswer(std::move(body));
  response.status = status;
  return response;
}

/// {"data":…,"total":N,…}.
net::HttpResponse Answer(std::string_view data, size_t total) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("data").Raw(data).Member("total", total).Member("limit", 0);
  json.Member("offset", 0).Key("errors").Null().EndObject();
  return JsonAnswer(std::move(body));
}

net::HttpResponse NameAnswer(const std::vector<std::string>& names) {
  std::string data;
  JsonWriter json(data);
  json.BeginArray();
  for (const std::string& name : names) json.String(name);
  json.EndArray();
  return Answer(data, names.size());
}

Nanos Now() { return platform::SystemClock().Now(); }

/// Microseconds since the epoch. Errors: kInvalidInput.
Result<std::optional<Nanos>> MicrosOf(const Question& question, std::string_view name) {
  const std::string text = QueryText(question.request, name);
  if (text.empty()) return std::optional<Nanos>();
  int64_t micros = 0, ns = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), micros);
  if (error != std::errc() || end != text.data() + text.size() ||
      __builtin_mul_overflow(micros, kMicro, &ns))
    return Fail(ErrorCode::kInvalidInput, std::string(name) + " is microseconds since 1970");
  return std::optional(Nanos{ns});
}

/// start and end, else the lookback before now.
Result<void> ReadTimes(const Question& question, query::SpanSearch& search) {
  TRY_ASSIGN(const auto start, MicrosOf(question, "start"));
  TRY_ASSIGN(const auto end, MicrosOf(question, "end"));
  search.to = end.value_or(Now());
  int64_t lookback_ns = kInteropLookbackS * kNanosPerSecond;
  const std::string lookback = QueryText(question.request, "lookback");
  if (!start && !lookback.empty() && lookback != "custom") {
    // "2d" is Jaeger's own.
    const bool is_days = lookback.ends_with('d');
    const auto hours =
        ParseDuration(is_days ? lookback.substr(0, lookback.size() - 1) + "h" : lookback);
    if (!hours) return Fail(ErrorCode::kInvalidInput, "lookback is a duration such as 1h or 2d");
    lookback_ns = is_days ? *hours * 24 : *hours;
  }
  search.from = start.value_or(search.to + -lookback_ns);
  if (search.from >= search.to) return Fail(ErrorCode::kInvalidInput, "start is before end");
  return {};
}

SpanTerm Equal(TermScope scope, std::string key, std::string value) {
  return {scope, std::move(key), TermOperator::kEqual, TermValue::kText, std::move(value)};
}

Result<void> AddDuration(const Question& question, const char* name, TermOperator op,
                         SpanCondition& condition) {
  const std::string text = QueryText(question.request, name);
  if (text.empty()) return {};
  const auto ns = ParseDuration(text);
  if (!ns)
    return Fail(ErrorCode::kInvalidInput, std::string(name) + " is a duration such as 1.2s or 5ms");
  condition.parts.push_back(SpanCondition::Of(
      {TermScope::kIntrinsic, "duration", op, TermValue::kNumber, std::to_string(*ns)}));
  return {};
}

/// Jaeger's tags: an object of texts; error and span.kind mean what Jaeger shows under these names.
Result<void> AddTags(const Question& question, SpanCondition& condition) {
  const std::string text = QueryText(question.request, "tags");
  if (text.empty()) return {};
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(text, arena) != syntax::JsonStatus::kOk || !document.root().is_object())
    return Fail(ErrorCode::kInvalidInput, "tags is a JSON object: {\"http.method\":\"GET\"}");
  if (document.root().size() > kTraceQlTermsMax)
    return Fail(ErrorCode::kLimitExceeded, "too many tags");
  for (const auto [key, value] : document.root().Members()) {
    const std::string wanted(value.is_string() ? value.text() : value.raw());
    SpanTerm term = Equal(TermScope::kAny, std::string(key), wanted);
    if (key == "error") {
      term = Equal(TermScope::kIntrinsic, "status", "error");
      if (wanted != "true") term.op = TermOperator::kNotEqual;
    } else if (key == "span.kind") {
      term = Equal(TermScope::kIntrinsic, "kind", wanted);
    } else if (key == "otel.status_code") {
      std::string status = wanted;
      std::ranges::transform(status, status.begin(),
                             [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
      term = Equal(TermScope::kIntrinsic, "status", status);
    }
    condition.parts.push_back(SpanCondition::Of(std::move(term)));
  }
  return {};
}

Result<query::SpanSearch> SearchOf(const Question& question) {
  query::SpanSearch search;
  search.project = question.project;
  search.spans_max = 1;
  const std::string service = QueryText(question.request, "service");
  if (service.empty()) return Fail(ErrorCode::kInvalidInput, "the parameter 'service' is needed");
  search.condition.parts.push_back(
      SpanCondition::Of(Equal(TermScope::kAny, "service.name", service)));
  if (const std::string operation = QueryText(question.request, "operation");
      !operation.empty() && operation != "all") {
    search.condition.parts.push_back(
        SpanCondition::Of(Equal(TermScope::kIntrinsic, "name", operation)));
  }
  TRY(AddTags(question, search.condition));
  TRY(AddDuration(question, "minDuration", TermOperator::kGreaterEqual, search.condition));
  TRY(AddDuration(question, "maxDuration", TermOperator::kLessEqual, search.condition));
  TRY_ASSIGN(search.traces_max,
             QueryNumber(question.request, "limit", kInteropTracesDefault, kInteropTracesMax));
  TRY(ReadTimes(question, search));
  return search;
}

Result<net::HttpResponse> Traces(const Routes& routes, const Question& question) {
  std::vector<TraceId> ids;
  // Traces by their ids, as Jaeger's page asks to compare them.
  for (const std::string_view text : question.request.QueryAll("traceID")) {
    if (const auto id = TraceId::FromHex(text)) ids.push_back(*id);
  }
  if (ids.empty()) {
    TRY_ASSIGN(const query::SpanSearch search, SearchOf(question));
    TRY_ASSIGN(const auto found, query::SearchSpans(routes.engine(), search));
    for (const query::FoundTrace& trace : found) ids.push_back(trace.trace_id);
  }
  TRY_ASSIGN(const auto spans, query::ReadOtelSpans(routes.engine(), question.project, ids));
  std::string data;
  JsonWriter json(data);
  WriteJaegerTraces(json, spans);
  return Answer(data, ids.size());
}

/// Ids as Jaeger writes them have no zeros in front.
std::optional<TraceId> JaegerTraceId(std::string_view text) {
  if (text.empty() || text.size() > 32) return std::nullopt;
  return TraceId::FromHex(std::string(32 - text.size(), '0') + std::string(text));
}

Result<net::HttpResponse> Trace(const Routes& routes, const Question& question) {
  const auto id = JaegerTraceId(question.request.PathParam("trace_id"));
  if (!id) return Fail(ErrorCode::kInvalidInput, "a trace id has 32 hexadecimal digits");
  TRY_ASSIGN(const auto spans, query::ReadOtelSpans(routes.engine(), question.project, {&*id, 1}));
  if (spans.empty()) return Fail(ErrorCode::kNotFound, "trace not found");
  std::string data;
  JsonWriter json(data);
  WriteJaegerTraces(json, spans);
  return Answer(data, 1);
}

Result<std::vector<std::string>> OperationNames(const Routes& routes, const Question& question,
                                                std::string_view service) {
  if (service.empty()) return Fail(ErrorCode::kInvalidInput, "the parameter 'service' is needed");
  return query::SpanNames(routes.engine(), question.project, service,
                          Now() + -kInteropOperationsLookbackS * kNanosPerSecond);
}

Result<net::HttpResponse> Operations(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const auto names,
             OperationNames(routes, question, QueryText(question.request, "service")));
  std::string data;
  JsonWriter json(data);
  json.BeginArray();
  for (const std::string& name : names)
    json.BeginObject().Member("name", name).Member("spanKind", "").EndObject();
  json.EndArray();
  return Answer(data, names.size());
}

Result<net::HttpResponse> Dependencies(const Routes& routes, const Question& question) {
  const auto number = [&](const char* name, int64_t otherwise) {
    const std::string text = QueryText(question.request, name);
    return text.empty() ? otherwise : std::strtoll(text.c_str(), nullptr, 10);
  };
  constexpr int64_t kMillisMax = 9'000'000'000'000;  // In the year 2255; beyond, ns overflow.
  const int64_t end_ms = number("endTs", Now().since_epoch / 1'000'000);
  const int64_t lookback_ms = number("lookback", kInteropLookbackS * 1'000);
  if (end_ms < 0 || end_ms > kMillisMax || lookback_ms <= 0 || lookback_ms > kMillisMax)
    return Fail(ErrorCode::kInvalidInput, "endTs and lookback are milliseconds");
  const Nanos to{end_ms * 1'000'000};
  TRY_ASSIGN(const auto calls,
             query::ServiceCalls(routes.engine(), question.project,
                                 to + -std::min(lookback_ms, end_ms) * 1'000'000, to));
  std::string data;
  JsonWriter json(data);
  json.BeginArray();
  for (const query::ServiceCall& call : calls) {
    json.BeginObject().Member("parent", call.parent).Member("child", call.child);
    json.Member("callCount", call.count).EndObject();
  }
  json.EndArray();
  return Answer(data, calls.size());
}

}  // namespace

void AddJaegerRoutes(Routes& routes) {
  const auto add = [&routes](std::string_view pattern, Routes::Answer answer) {
    routes.Ask("GET", pattern, {std::string(kAnyParameter)},
               [answer = std::move(answer)](const Question& question) -> Result<net::HttpResponse> {
                 auto made = answer(question);
                 return made ? std::move(*made) : Refusal(made.error());
               });
  };
  add("/jaeger/api/services", [&routes](const Question& question) -> Result<net::HttpResponse> {
    TRY_ASSIGN(const auto names, query::ServiceNames(routes.engine(), question.project));
    return NameAnswer(names);
  });
  add("/jaeger/api/services/{service}/operations",
      [&routes](const Question& question) -> Result<net::HttpResponse> {
        TRY_ASSIGN(const auto names,
                   OperationNames(routes, question, question.request.PathParam("service")));
        return NameAnswer(names);
      });
  add("/jaeger/api/operations",
      [&routes](const Question& question) { return Operations(routes, question); });
  // Some versions of Grafana's data source replace the whole path of the address by /api/traces
  // when they search.
  for (const char* pattern : {"/jaeger/api/traces", "/api/traces"})
    add(pattern, [&routes](const Question& question) { return Traces(routes, question); });
  add("/jaeger/api/traces/{trace_id}",
      [&routes](const Question& question) { return Trace(routes, question); });
  add("/jaeger/api/dependencies",
      [&routes](const Question& question) { return Dependencies(routes, question); });
}

}  // namespace vitrine::api
