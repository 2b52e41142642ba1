#include "pipeline/call_meter.h"

#include <gtest/gtest.h>

#include "pipeline/limits.h"

namespace vitrine::pipeline {
namespace {

model::Span Call(std::string_view model_name) {
  model::Span span;
  span.kind = model::SpanKind::kLlm;
  span.request_model = model_name;
  span.start = Nanos{0};
  span.end = Nanos{1'500'000'000};
  return span;
}

void Send(CallMeter& meter, std::vector<model::Span> spans) {
  model::SpanBatch batch;
  batch.spans = std::move(spans);
  meter.Add(CallMeter::Gather(batch));
}

TEST(CallMeter, CountsModelCallsAndNothingElse) {
  CallMeter meter;
  model::Span call = Call("a");
  call.usage.input_tokens = 10;
  call.ttft_ns = 200'000'000;
  call.cost.total = Money{5};
  model::Span failed = Call("a");
  failed.status = model::SpanStatus::kError;
  model::Span fragment = Call("a");
  fragment.is_fragment = true;
  model::Span tool;
  tool.kind = model::SpanKind::kTool;
  Send(meter, {call, failed, fragment, tool});
  const auto series = meter.series();
  ASSERT_EQ(series.size(), 1u);
  EXPECT_EQ(series[0].labels, (model::CallLabels{"default", "", "", "a", ""}));
  EXPECT_EQ(series[0].duration_s.count, 2u);
  EXPECT_DOUBLE_EQ(series[0].duration_s.sum, 3.0);
  EXPECT_EQ(series[0].first_token_s.count, 1u);
  EXPECT_EQ(series[0].input_tokens.count, 1u);
  EXPECT_EQ(series[0].output_tokens.count, 0u) << "unknown is not 0";
  EXPECT_EQ(series[0].errors[static_cast<size_t>(model::ErrorType::kOther)], 1u);
  EXPECT_EQ(series[0].cost.nano_usd, 5);
  EXPECT_EQ(series[0].unpriced_count, 1u);
}

TEST(CallMeter, AnAggregateIsNoUsage) {
  CallMeter meter;
  model::Span sum = Call("a");
  sum.usage.input_tokens = 1'000;
  sum.usage_is_aggregate = true;
  Send(meter, {sum});
  EXPECT_EQ(meter.series()[0].input_tokens.count, 0u);
  EXPECT_EQ(meter.series()[0].unpriced_count, 0u);
}

TEST(CallMeter, ManyNamesBecomeOther) {
  CallMeter meter;
  std::vector<std::string> names;
  for (size_t i = 0; i < kCallSeriesMax + 100; ++i) names.push_back("m" + std::to_string(i));
  for (const std::string& name : names) Send(meter, {Call(name)});
  Send(meter, {Call("m0")});
  uint64_t count = 0, other = 0;
  for (const model::CallSeries& series : meter.series()) {
    count += series.duration_s.count;
    if (series.labels.model == "other") other = series.duration_s.count;
    if (series.labels.model == "m0") {
      EXPECT_EQ(series.duration_s.count, 2u);
    }
  }
  EXPECT_EQ(meter.series().size(), kCallSeriesMax + 1);
  EXPECT_EQ(count, names.size() + 1) << "nothing is lost";
  EXPECT_EQ(other, 100u);
  // Whoever makes up operations, too, ends in one set.
  for (int i = 0; i < 200; ++i) {
    const std::string operation = "op" + std::to_string(i);
    model::Span call = Call("x");
    call.operation = operation;
    Send(meter, {call});
  }
  EXPECT_EQ(meter.series().size(), kCallSeriesMax + kCallSeriesOtherMax + 1);
}

}  // namespace
}  // namespace vitrine::pipeline
