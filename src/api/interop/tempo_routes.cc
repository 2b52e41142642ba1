// A part of Tempo's API below /tempo, as Grafana's Tempo data source asks it: search, traces, tags.
// Source: Grafana Tempo "HTTP API", grafana/grafana pkg/tsdb/tempo.
#include <algorithm>
#include <charconv>

#include "api/internal/list_parameters.h"
#include "api/internal/routes.h"
#include "api/interop/otlp_spans.h"
#include "api/interop/traceql.h"
#include "api/limits.h"
#include "codecs/otlp/otlp_encode.h"
#include "net/http_error.h"
#include "platform/clock.h"
#include "query/otel_names.h"
#include "query/span_search.h"
#include "syntax/json/json_writer.h"
#include "syntax/protobuf/wire_writer.h"

namespace vitrine::api {
namespace {

using query::SpanCondition;
using query::TermOperator;
using query::TermScope;
using query::TermValue;
using syntax::JsonWriter;

/// The version of Tempo whose words these are; Grafana asks which to know what it may ask.
constexpr std::string_view kTempoVersion = "2.6.0";

/// An error as Tempo tells it: a line of text.
net::HttpResponse Refusal(const Error& error) {
  std::string message = error.message;
  if (error.offset) message += " (at byte " + std::to_string(*error.offset) + ")";
  net::HttpResponse response = net::HttpResponse::Text(net::HttpStatusOf(error.code), message);
  response.headers.Set("cache-control", "no-store");
  response.headers.Set("x-content-type-options", "nosniff");
  return response;
}

/// Seconds since the epoch; Tempo's clients also send nanoseconds. Errors: kInvalidInput.
Result<std::optional<Nanos>> SecondsOf(const Question& question, std::string_view name) {
  const std::string text = QueryText(question.request, name);
  if (text.empty()) return std::optional<Nanos>();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0)
    return Fail(ErrorCode::kInvalidInput, std::string(name) + " is seconds since 1970");
  // Seconds of the next 250 years have ten digits.
  constexpr int64_t kSecondsMax = 9'000'000'000;
  return std::optional(Nanos{number > kSecondsMax ? number : number * kNanosPerSecond});
}

struct Times {
  Nanos from, to;
};

Result<Times> TimesOf(const Question& question) {
  TRY_ASSIGN(const auto start, SecondsOf(question, "start"));
  TRY_ASSIGN(const auto end, SecondsOf(question, "end"));
  Times times;
  times.to = end.value_or(platform::SystemClock().Now());
  times.from = start.value_or(times.to + -kInteropLookbackS * kNanosPerSecond);
  if (times.from >= times.to) return Fail(ErrorCode::kInvalidInput, "start is before end");
  return times;
}

Result<void> AddDuration(const Question& question, const char* name, TermOperator op,
                         SpanCondition& condition) {
  const std::string text = QueryText(question.request, name);
  if (text.empty()) return {};
  const auto ns = ParseDuration(text);
  if (!ns)
    return Fail(ErrorCode::kInvalidInput, std::string(name) + " is a duration such as 1.2s or 5ms");
  condition.parts.push_back(SpanCondition::Of(
      {TermScope::kIntrinsic, "trace_duration", op, TermValue::kNumber, std::to_string(*ns)}));
  return {};
}

/// `q` in TraceQL, or the older `tags`, minDuration and maxDuration.
Result<SpanCondition> ConditionOf(const Question& question) {
  const std::string text = QueryText(question.request, "q");
  if (!text.empty()) return ParseTraceQl(text);
  SpanCondition condition;
  TRY_ASSIGN(const auto tags, ParseLogfmt(QueryText(question.request, "tags")));
  if (tags.size() > kTraceQlTermsMax) return Fail(ErrorCode::kLimitExceeded, "too many tags");
  for (const auto& [key, value] : tags) {
    const auto name = ReadTraceQlName(key);
    const bool is_intrinsic = name && name->scope == TermScope::kIntrinsic;
    condition.parts.push_back(SpanCondition::Of(
        {is_intrinsic ? TermScope::kIntrinsic : TermScope::kAny, is_intrinsic ? name->key : key,
         TermOperator::kEqual, TermValue::kText, value}));
  }
  TRY(AddDuration(question, "minDuration", TermOperator::kGreaterEqual, condition));
  TRY(AddDuration(question, "maxDuration", TermOperator::kLessEqual, condition));
  return condition;
}

void WriteFoundSpans(JsonWriter& json, const query::FoundTrace& trace) {
  json.BeginObject().Key("spans").BeginArray();
  for (const query::FoundSpan& span : trace.spans) {
    json.BeginObject().Member("spanID", span.span_id.ToHex()).Member("name", span.name);
    json.Member("startTimeUnixNano", std::to_string(span.start_ns));
    json.Member("durationNanos", std::to_string(span.duration_ns)).Key("attributes").BeginArray();
    json.BeginObject().Member("key", "service.name").Key("value").BeginObject();
    json.Member("stringValue", span.service).EndObject().EndObject().EndArray().EndObject();
  }
  json.EndArray().Member("matched", trace.matched).EndObject();
}

Result<net::HttpResponse> Search(const Routes& routes, const Question& question) {
  query::SpanSearch search;
  search.project = question.project;
  TRY_ASSIGN(search.condition, ConditionOf(question));
  TRY_ASSIGN(const Times times, TimesOf(question));
  search.from = times.from;
  search.to = times.to;
  TRY_ASSIGN(search.traces_max,
             QueryNumber(question.request, "limit", kInteropTracesDefault, kInteropTracesMax));
  TRY_ASSIGN(search.spans_max,
             QueryNumber(question.request, "spss", kInteropSpansDefault, kInteropSpansMax));
  TRY_ASSIGN(const auto traces, query::SearchSpans(routes.engine(), search));
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("traces").BeginArray();
  for (const query::FoundTrace& trace : traces) {
    json.BeginObject().Member("traceID", trace.trace_id.ToHex());
    json.Member("rootServiceName", trace.service).Member("rootTraceName", trace.name);
    json.Member("startTimeUnixNano", std::to_string(trace.start_ns));
    json.Member("durationMs", trace.duration_ns / 1'000'000).Key("spanSet");
    WriteFoundSpans(json, trace);
    json.Key("spanSets").BeginArray();
    WriteFoundSpans(json, trace);
    json.EndArray().EndObject();
  }
  json.EndArray().Key("metrics").BeginObject().Member("inspectedTraces", traces.size());
  json.EndObject().EndObject();
  return JsonAnswer(std::move(body));
}

bool WantsProtobuf(const net::HttpRequest& request) {
  return request.headers.First("accept").value_or("").find("protobuf") != std::string_view::npos;
}

Result<std::vector<query::OtelSpan>> SpansOf(const Routes& routes, const Question& question) {
  const std::string_view text = question.request.PathParam("trace_id");
  const auto id = text.empty() || text.size() > 32
                      ? std::nullopt
                      : TraceId::FromHex(std::string(32 - text.size(), '0') + std::string(text));
  if (!id) return Fail(ErrorCode::kInvalidInput, "a trace id has 32 hexadecimal digits");
  TRY_ASSIGN(auto spans, query::ReadOtelSpans(routes.engine(), question.project, {&*id, 1}));
  if (spans.empty()) return Fail(ErrorCode::kNotFound, "trace not found");
  return spans;
}

/// OTLP's {"resourceSpans":[…]}; wrapped in {"trace":…} from version 2 on.
Result<net::HttpResponse> Trace(const Routes& routes, const Question& question, int version) {
  TRY_ASSIGN(const auto spans, SpansOf(routes, question));
  codecs::OtlpTraces traces;
  ToOtlp(spans, traces);
  if (WantsProtobuf(question.request)) {
    std::string body = codecs::EncodeTracesProtobuf(traces);
    if (version == 2) {
      std::string wrapped;
      syntax::WireWriter(wrapped).Bytes(1, body);
      body = std::move(wrapped);
    }
    net::HttpResponse response = JsonAnswer(std::move(body));
    response.headers.Set("content-type", "application/protobuf");
    return response;
  }
  std::string body = codecs::EncodeTracesJson(traces);
  if (version == 2) return JsonAnswer("{\"trace\":" + body + ",\"metrics\":{}}");
  // Version 1 calls the same list batches.
  constexpr std::string_view kOtlpName = "{\"resourceSpans\":";
  if (body.starts_with(kOtlpName)) body.replace(0, kOtlpName.size(), "{\"batches\":");
  return JsonAnswer(std::move(body));
}

struct TagScope {
  std::string_view name;
  std::vector<std::string> tags;
};

/// Tags by scope: "span", "resource", "intrinsic"; of one where it is named.
Result<std::vector<TagScope>> TagScopes(const Routes& routes, const Question& question) {
  std::string wanted = QueryText(question.request, "scope");
  // Tempo's words for no choice.
  if (wanted == "all" || wanted == "none") wanted.clear();
  TRY_ASSIGN(const Times times, TimesOf(question));
  std::vector<TagScope> scopes;
  for (const bool of_resource : {true, false}) {
    const std::string_view name = of_resource ? "resource" : "span";
    if (!wanted.empty() && wanted != name) continue;
    TRY_ASSIGN(auto keys, query::AttributeKeys(routes.engine(), question.project, of_resource,
                                               times.from, times.to));
    for (const query::OtelName& known : query::OtelNames()) {
      if (known.is_resource == of_resource) keys.emplace_back(known.key);
    }
    std::ranges::sort(keys);
    keys.erase(std::ranges::unique(keys).begin(), keys.end());
    scopes.push_back({name, std::move(keys)});
  }
  if (wanted.empty() || wanted == "intrinsic") {
    scopes.push_back(
        {"intrinsic",
         {"duration", "kind", "name", "rootName", "rootServiceName", "status", "traceDuration"}});
  }
  return scopes;
}

Result<net::HttpResponse> TagsByScope(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const auto scopes, TagScopes(routes, question));
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("scopes").BeginArray();
  for (const TagScope& scope : scopes) {
    json.BeginObject().Member("name", scope.name).Key("tags").BeginArray();
    for (const std::string& tag : scope.tags) json.String(tag);
    json.EndArray().EndObject();
  }
  json.EndArray().EndObject();
  return JsonAnswer(std::move(body));
}

Result<net::HttpResponse> Tags(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const auto scopes, TagScopes(routes, question));
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("tagNames").BeginArray();
  for (const TagScope& scope : scopes) {
    for (const std::string& tag : scope.tags) json.String(tag);
  }
  json.EndArray().EndObject();
  return JsonAnswer(std::move(body));
}

/// The tag of a path. Grafana's editor encodes it twice, for a proxy in between takes one layer
/// off; where there is none, one is left.
std::string TagOf(const Question& question) {
  std::string tag(question.request.PathParam("tag"));
  if (tag.find('%') != std::string::npos)
    if (auto decoded = net::PercentDecode(tag)) tag = *std::move(decoded);
  return tag;
}

Result<net::HttpResponse> TagValues(const Routes& routes, const Question& question, int version) {
  const std::string tag = TagOf(question);
  // In version 1 a tag has no scope in front.
  auto name = ReadTraceQlName(tag);
  if (!name) name = TraceQlName{TermScope::kAny, tag};
  TRY_ASSIGN(const Times times, TimesOf(question));
  TRY_ASSIGN(const auto values,
             query::AttributeValues(routes.engine(), question.project, name->scope, name->key,
                                    times.from, times.to));
  const bool is_keyword =
      name->scope == TermScope::kIntrinsic && (name->key == "status" || name->key == "kind");
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("tagValues").BeginArray();
  for (const std::string& value : values) {
    if (version == 1) {
      json.String(value);
    } else {
      json.BeginObject().Member("type", is_keyword ? "keyword" : "string");
      json.Member("value", value).EndObject();
    }
  }
  json.EndArray().EndObject();
  return JsonAnswer(std::move(body));
}

net::HttpResponse BuildInfo() {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Member("status", "success").Key("data").BeginObject();
  json.Member("version", kTempoVersion).Member("application", "vitrine").EndObject();
  json.Member("version", kTempoVersion).EndObject();
  return JsonAnswer(std::move(body));
}

}  // namespace

void AddTempoRoutes(Routes& routes) {
  const auto add = [&routes](std::string_view pattern, Routes::Answer answer) {
    routes.Ask("GET", pattern, {std::string(kAnyParameter)},
               [answer = std::move(answer)](const Question& question) -> Result<net::HttpResponse> {
                 auto made = answer(question);
                 return made ? std::move(*made) : Refusal(made.error());
               });
  };
  add("/tempo/api/echo", [](const Question&) -> Result<net::HttpResponse> {
    return net::HttpResponse::Text(200, "echo");
  });
  add("/tempo/api/status/buildinfo",
      [](const Question&) -> Result<net::HttpResponse> { return BuildInfo(); });
  add("/tempo/api/search",
      [&routes](const Question& question) { return Search(routes, question); });
  add("/tempo/api/search/tags",
      [&routes](const Question& question) { return Tags(routes, question); });
  add("/tempo/api/v2/search/tags",
      [&routes](const Question& question) { return TagsByScope(routes, question); });
  add("/tempo/api/search/tag/{tag}/values",
      [&routes](const Question& question) { return TagValues(routes, question, 1); });
  add("/tempo/api/v2/search/tag/{tag}/values",
      [&routes](const Question& question) { return TagValues(routes, question, 2); });
  add("/tempo/api/traces/{trace_id}",
      [&routes](const Question& question) { return Trace(routes, question, 1); });
  add("/tempo/api/v2/traces/{trace_id}",
      [&routes](const Question& question) { return Trace(routes, question, 2); });
}

}  // namespace vitrine::api
