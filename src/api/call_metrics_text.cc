#include "api/call_metrics_text.h"

#include <charconv>
#include <string_view>

#include "api/metrics_text.h"

namespace vitrine::api {
namespace {

using model::CallSeries;

void AppendNumber(std::string& text, double value) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  text.append(digits, end);
}

std::string LabelsOf(const CallSeries& series) {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;  // As Prometheus has it, an empty label is none.
    ((text += text.empty() ? "" : ",") += name) += "=\"" + LabelValue(value) + "\"";
  };
  add("project", series.labels.project);
  add("gen_ai_operation_name", series.labels.operation);
  add("gen_ai_provider_name", series.labels.provider);
  add("gen_ai_request_model", series.labels.model);
  add("feature", series.labels.feature);
  return text;
}

void AppendHead(std::string& text, std::string_view name, std::string_view type,
                std::string_view help) {
  ((((text += "# HELP ") += name) += " ") += help) += "\n";
  ((((text += "# TYPE ") += name) += " ") += type) += "\n";
}

template <size_t kBounds>
void AppendHistogram(std::string& text, std::string_view name, const std::string& labels,
                     const model::CallHistogram<kBounds>& histogram,
                     const std::array<double, kBounds>& bounds) {
  if (histogram.count == 0) return;
  uint64_t below = 0;
  for (size_t i = 0; i <= kBounds; ++i) {
    below += histogram.counts[i];
    ((text += name) += "_bucket{") += labels + (labels.empty() ? "" : ",") + "le=\"";
    i < kBounds ? AppendNumber(text, bounds[i]) : void(text += "+Inf");
    text += "\"} " + std::to_string(below) + "\n";
  }
  ((text += name) += "_sum{") += labels + "} ";
  AppendNumber(text, histogram.sum);
  ((text += "\n") += name) += "_count{" + labels + "} " + std::to_string(histogram.count) + "\n";
}

void AppendTokens(std::string& text, const std::vector<CallSeries>& all) {
  constexpr std::string_view kName = "gen_ai_client_token_usage";
  AppendHead(text, kName, "histogram", "Tokens of a model call, by type.");
  for (const CallSeries& series : all) {
    const std::string labels = LabelsOf(series) + ",gen_ai_token_type=";
    AppendHistogram(text, kName, labels + "\"input\"", series.input_tokens, model::kTokenBounds);
    AppendHistogram(text, kName, labels + "\"output\"", series.output_tokens, model::kTokenBounds);
  }
}

void AppendErrors(std::string& text, const std::vector<CallSeries>& all) {
  constexpr std::string_view kName = "vitrine_calls_failed_total";
  AppendHead(text, kName, "counter", "Model calls that failed, by how.");
  for (const CallSeries& series : all) {
    for (size_t i = 0; i < series.errors.size(); ++i) {
      if (series.errors[i] == 0) continue;
      const std::string_view type = model::Name(static_cast<model::ErrorType>(i));
      ((text += kName) += "{" + LabelsOf(series) + ",error_type=\"") += type;
      text += "\"} " + std::to_string(series.errors[i]) + "\n";
    }
  }
}

void AppendMoney(std::string& text, const std::vector<CallSeries>& all) {
  AppendHead(text, "vitrine_calls_cost_usd_total", "counter",
             "Dollars of model calls that have a price.");
  for (const CallSeries& series : all)
    text +=
        "vitrine_calls_cost_usd_total{" + LabelsOf(series) + "} " + series.cost.ToString() + "\n";
  AppendHead(text, "vitrine_calls_unpriced_total", "counter", "Model calls without a price.");
  for (const CallSeries& series : all) {
    text += "vitrine_calls_unpriced_total{" + LabelsOf(series) + "} " +
            std::to_string(series.unpriced_count) + "\n";
  }
}

}  // namespace

std::string CallMetricsText(const std::vector<CallSeries>& all) {
  std::string text;
  if (all.empty()) return text;
  constexpr std::string_view kDuration = "gen_ai_client_operation_duration_seconds";
  AppendHead(text, kDuration, "histogram", "Duration of model calls as they were accepted.");
  for (const CallSeries& series : all)
    AppendHistogram(text, kDuration, LabelsOf(series), series.duration_s, model::kDurationBounds);
  constexpr std::string_view kFirst = "gen_ai_server_time_to_first_token_seconds";
  AppendHead(text, kFirst, "histogram", "Time to the first token of streamed answers.");
  for (const CallSeries& series : all)
    AppendHistogram(text, kFirst, LabelsOf(series), series.first_token_s, model::kFirstTokenBounds);
  AppendTokens(text, all);
  AppendErrors(text, all);
  AppendMoney(text, all);
  return text;
}

}  // namespace vitrine::api
