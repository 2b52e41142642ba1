// The list of traces, its histogram and facets, and one trace with all its spans.
#include <functional>
#include <future>
#include <memory>
#include <optional>

#include "api/internal/list_parameters.h"
#include "api/internal/routes.h"
#include "api/limits.h"
#include "base/beside.h"
#include "query/facets.h"
#include "query/limits.h"
#include "query/trace_histogram.h"
#include "query/trace_list.h"
#include "query/trace_page.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {

namespace {

using syntax::JsonWriter;

Result<net::HttpResponse> TraceList(const Routes& routes, query::NewestStarts& newest,
                                    const Question& question) {
  query::TraceListRequest list;
  list.newest = &newest;
  TRY_ASSIGN(list.filter, TraceFilterOf(question));
  if (auto refusal = TakeExpression(question, query::FilterUnit::kTraces, list.filter))
    return *std::move(refusal);
  TRY_ASSIGN(list.limit, LimitOf(question));
  list.cursor = QueryText(question.request, "cursor");
  TRY_ASSIGN(const query::ListPage page, query::ListTraces(routes.engine(), list));
  return ListAnswer(question, "traces", page);
}

Result<net::HttpResponse> TraceHistogramOf(const Routes& routes, const Question& question) {
  TRY_ASSIGN(query::TraceFilter filter, TraceFilterOf(question));
  if (auto refusal = TakeExpression(question, query::FilterUnit::kTraces, filter))
    return *std::move(refusal);
  query::HistogramShape shape;
  TRY_ASSIGN(shape.bucket_count, QueryNumber(question.request, "buckets", kHistogramBucketsDefault,
                                             query::kBucketsMax));
  shape.time_zone = QueryText(question.request, "time_zone");
  TRY_ASSIGN(query::Histogram histogram, query::TraceHistogram(routes.engine(), filter, shape));
  std::string text;
  JsonWriter json(text);
  // Without bounds in the question and without traces there is no time to speak of.
  const auto time = [&](Nanos at) {
    return histogram.buckets.empty() ? std::nullopt : std::optional(FormatRfc3339(at));
  };
  json.BeginObject().Member("from", time(histogram.from)).Member("to", time(histogram.to));
  json.Member("bucket_ns", histogram.bucket_ns).Key("buckets").BeginArray();
  for (const query::HistogramBucket& bucket : histogram.buckets) {
    json.BeginObject()
        .Member("start_time", FormatRfc3339(bucket.start))
        .Member("count", bucket.count);
    json.Member("error_count", bucket.error_count).Member("cost_usd", bucket.cost_usd).EndObject();
  }
  json.EndArray().Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(text));
}

Result<net::HttpResponse> Facets(const Routes& routes, const Question& question) {
  TRY_ASSIGN(query::TraceFilter filter, TraceFilterOf(question));
  if (auto refusal = TakeExpression(question, query::FilterUnit::kTraces, filter))
    return *std::move(refusal);
  TRY_ASSIGN(std::vector<query::Facet> facets, query::TraceFacets(routes.engine(), filter));
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("facets").BeginObject();
  for (const query::Facet& facet : facets) {
    json.Key(facet.name).BeginArray();
    for (const query::FacetValue& value : facet.values) {
      json.BeginObject().Member("value", value.value).Member("count", value.count).EndObject();
    }
    json.EndArray();
  }
  json.EndObject().Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(text));
}

/// One trace on its way out: its head, then its spans as they come from the engine, so that a trace
/// of 100,000 spans needs no memory. Both are asked for at once; what is there first waits here.
class TraceAnswer {
 public:
  TraceAnswer(const Routes& routes, const Question& question, const query::TracePlace& place,
              net::HttpResponder responder)
      : routes_(routes),
        question_(question),
        place_(place),
        responder_(std::move(responder)),
        head_(RunBeside([&routes, project = question.project, place] {
          return query::FindTrace(routes.engine(), project, place);
        })) {}

  void Send() {
    const auto missing = query::StreamSpans(
        routes_.engine(), question_.project, place_, [&] { return Begin(); },
        [&](std::string_view rows) { return stream_->Write(rows).has_value(); });
    // A trace of which no span is left has no first span to wait for.
    if (missing && !head_taken_) Begin();
    if (!missing && !stream_) return Refuse(missing.error());
    // A failure in between cuts the answer short, which every client sees as such.
    if (missing && stream_ && !stream_->disconnected()) End(*missing);
  }

 private:
  using Head = std::future<Result<query::TraceHead>>;

  void Refuse(const Error& error) {
    // No spans, because there is no such trace: that one says what is wrong.
    if (head_taken_) return;
    responder_.Send(ErrorAnswer(error, question_.request.request_id));
  }

  std::optional<Nanos> Begin() {
    head_taken_ = true;
    const auto head = head_.get();
    if (!head) {
      responder_.Send(ErrorAnswer(head.error(), question_.request.request_id));
      return std::nullopt;
    }
    stream_.emplace(responder_.Begin(200, {{"content-type", "application/json"},
                                           {"cache-control", "no-store"},
                                           {"x-content-type-options", "nosniff"}}));
    std::string text;
    JsonWriter json(text);
    json.BeginObject().Key("trace").Raw(head->json).Key("spans").BeginObject();
    json.Key("fields").BeginArray();
    for (const std::string& field : query::SpanFields()) json.String(field);
    json.EndArray();
    text += ",\"rows\":[";
    if (!stream_->Write(text)) return std::nullopt;
    return head->start;
  }

  void End(const std::vector<std::string>& missing_parents) {
    std::string text = "]},\"missing_parents\":";
    JsonWriter rest(text);
    rest.BeginArray();
    for (const std::string& parent : missing_parents) rest.String(parent);
    rest.EndArray();
    text += ",\"elapsed_ms\":";
    syntax::AppendJsonDouble(text, question_.elapsed_ms());
    text += '}';
    if (stream_->Write(text)) stream_->End();
  }

  const Routes& routes_;
  const Question& question_;
  const query::TracePlace place_;
  net::HttpResponder responder_;
  std::optional<net::HttpStream> stream_;
  bool head_taken_ = false;
  Head head_;
};

void Trace(const Routes& routes, const Question& question, net::HttpResponder responder) {
  const auto trace_id = TraceId::FromHex(question.request.PathParam("trace_id"));
  if (!trace_id) {
    return responder.Send(
        ErrorAnswer({ErrorCode::kInvalidInput, "a trace id has 32 hexadecimal digits", {}},
                    question.request.request_id));
  }
  const auto place = query::FindPlace(routes.engine(), question.project, *trace_id);
  if (!place) return responder.Send(ErrorAnswer(place.error(), question.request.request_id));
  TraceAnswer(routes, question, *place, std::move(responder)).Send();
}

}  // namespace

void AddTraceRoutes(Routes& routes) {
  routes.Ask("GET", "/api/v1/traces", TraceParametersAnd({"limit", "cursor"}),
             [&routes, newest = std::make_shared<query::NewestStarts>(*routes.services().clock)](
                 const Question& question) { return TraceList(routes, *newest, question); });
  routes.Ask("GET", "/api/v1/traces/histogram", TraceParametersAnd({"buckets", "time_zone"}),
             [&routes](const Question& question) { return TraceHistogramOf(routes, question); });
  routes.Ask("GET", "/api/v1/facets", TraceParametersAnd({}),
             [&routes](const Question& question) { return Facets(routes, question); });
  routes.AskStreamed("/api/v1/traces/{trace_id}",
                     [&routes](Question question, net::HttpResponder responder) {
                       Trace(routes, question, std::move(responder));
                     });
}

}  // namespace vitrine::api
