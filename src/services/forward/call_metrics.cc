#include "services/forward/call_metrics.h"

#include "codecs/otlp/metrics_encode.h"

namespace vitrine::forward {

namespace {

using codecs::HistogramPoint;
using codecs::Metric;
using codecs::MetricAttributes;
using model::CallSeries;
using model::ScoreSeries;

MetricAttributes AttributesOf(const CallSeries& series) {
  const model::CallLabels& labels = series.labels;
  return {{"gen_ai.operation.name", labels.operation},
          {"gen_ai.provider.name", labels.provider},
          {"gen_ai.request.model", labels.model},
          {"vitrine.feature", labels.feature},
          {"vitrine.project", labels.project}};
}

MetricAttributes With(MetricAttributes attributes, std::string_view key, std::string_view value) {
  attributes.emplace_back(key, value);
  return attributes;
}

template <size_t kBounds>
void Add(Metric& to, MetricAttributes attributes, const model::CallHistogram<kBounds>& histogram,
         const std::array<double, kBounds>& bounds) {
  if (histogram.count == 0) return;
  HistogramPoint point;
  point.attributes = std::move(attributes);
  point.count = histogram.count;
  point.sum = histogram.sum;
  point.bounds = bounds;
  point.buckets = histogram.counts;
  to.histograms.push_back(std::move(point));
}

void AddCalls(const std::vector<CallSeries>& calls, std::vector<Metric>& metrics) {
  Metric duration{"gen_ai.client.operation.duration", "Duration of calls of models.", "s", {}, {}};
  Metric first{"gen_ai.server.time_to_first_token", "Time to the first token.", "s", {}, {}};
  Metric tokens{"gen_ai.client.token.usage", "Tokens of calls of models.", "{token}", {}, {}};
  Metric failed{"vitrine.calls.failed", "Calls that failed, by how.", "{call}", {}, {}};
  Metric cost{"vitrine.calls.cost", "Dollars of calls that have a price.", "{USD}", {}, {}};
  Metric unpriced{"vitrine.calls.unpriced", "Calls without a price.", "{call}", {}, {}};
  for (const CallSeries& series : calls) {
    const MetricAttributes attributes = AttributesOf(series);
    Add(duration, attributes, series.duration_s, model::kDurationBounds);
    Add(first, attributes, series.first_token_s, model::kFirstTokenBounds);
    Add(tokens, With(attributes, "gen_ai.token.type", "input"), series.input_tokens,
        model::kTokenBounds);
    Add(tokens, With(attributes, "gen_ai.token.type", "output"), series.output_tokens,
        model::kTokenBounds);
    for (size_t i = 0; i < series.errors.size(); ++i) {
      if (series.errors[i] == 0) continue;
      const std::string_view type = model::Name(static_cast<model::ErrorType>(i));
      failed.sums.push_back(
          {With(attributes, "error.type", type), static_cast<double>(series.errors[i])});
    }
    cost.sums.push_back({attributes, static_cast<double>(series.cost.nano_usd) / 1e9});
    unpriced.sums.push_back({attributes, static_cast<double>(series.unpriced_count)});
  }
  for (Metric* metric : {&duration, &first, &tokens, &failed, &cost, &unpriced})
    metrics.push_back(std::move(*metric));
}

void AddScores(const std::vector<ScoreSeries>& scores, std::vector<Metric>& metrics) {
  // Of no known scale, so without buckets.
  Metric value{"vitrine.score.value", "Scores that are numbers.", "1", {}, {}};
  Metric count{"vitrine.scores", "Scores, by label.", "{score}", {}, {}};
  for (const ScoreSeries& series : scores) {
    const MetricAttributes attributes = {{"gen_ai.evaluation.name", series.labels.name},
                                         {"gen_ai.evaluation.score.label", series.labels.label},
                                         {"vitrine.score.source", series.labels.source},
                                         {"vitrine.project", series.labels.project}};
    count.sums.push_back({attributes, static_cast<double>(series.count)});
    if (series.value_count == 0) continue;
    HistogramPoint point;
    point.attributes = attributes;
    point.count = series.value_count;
    point.sum = series.sum;
    point.min = series.min;
    point.max = series.max;
    point.buckets = std::span(&series.value_count, 1);
    value.histograms.push_back(std::move(point));
  }
  metrics.push_back(std::move(value));
  metrics.push_back(std::move(count));
}

}  // namespace

std::string EncodeCallMetrics(const std::vector<CallSeries>& calls,
                              const std::vector<ScoreSeries>& scores, const MetricsSource& source,
                              Nanos now) {
  if (calls.empty() && scores.empty()) return {};
  codecs::MetricsRequest request;
  request.resource = {{"service.name", "vitrine"},
                      {"service.version", source.version},
                      {"service.instance.id", source.instance_id}};
  request.scope_name = "vitrine";
  request.scope_version = source.version;
  request.start = source.start;
  request.now = now;
  AddCalls(calls, request.metrics);
  AddScores(scores, request.metrics);
  return codecs::EncodeMetricsProtobuf(request);
}

}  // namespace vitrine::forward
