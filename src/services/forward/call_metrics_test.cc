#include "services/forward/call_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "syntax/protobuf/wire_reader.h"

namespace vitrine::forward {
namespace {

using syntax::WireReader;
using syntax::WireTag;
using syntax::WireType;
using testing::Pair;
using testing::UnorderedElementsAre;

/// The message that is field `number`, of which there may be several.
std::vector<std::string_view> Messages(std::string_view message, uint32_t number) {
  std::vector<std::string_view> found;
  WireReader reader(message);
  while (reader.Next()) {
    if (reader.tag() == WireTag(number, WireType::kBytes)) found.push_back(reader.bytes());
  }
  EXPECT_TRUE(reader.ok());
  return found;
}

uint64_t Number(std::string_view message, uint32_t number) {
  WireReader reader(message);
  while (reader.Next()) {
    if (reader.field() == number) return reader.scalar();
  }
  return UINT64_MAX;
}

std::map<std::string, std::string> Attributes(std::string_view message, uint32_t field) {
  std::map<std::string, std::string> attributes;
  for (const std::string_view pair : Messages(message, field)) {
    attributes[std::string(Messages(pair, 1).at(0))] =
        std::string(Messages(Messages(pair, 2).at(0), 1).at(0));
  }
  return attributes;
}

model::CallSeries Series() {
  model::CallSeries series;
  series.labels = {"shop", "chat", "openai", "gpt-4o", ""};
  series.duration_s.Add(0.5, model::kDurationBounds);
  series.duration_s.Add(100, model::kDurationBounds);
  series.input_tokens.Add(300, model::kTokenBounds);
  series.cost = Money{1'500'000'000};
  series.errors[static_cast<size_t>(model::ErrorType::kTimeout)] = 3;
  return series;
}

std::map<std::string, std::string_view> Metrics(const std::string& request) {
  std::map<std::string, std::string_view> metrics;
  const std::string_view scope = Messages(Messages(request, 1).at(0), 2).at(0);
  for (const std::string_view metric : Messages(scope, 2))
    metrics[std::string(Messages(metric, 1).at(0))] = metric;
  return metrics;
}

TEST(CallMetrics, SayWhatWasCountedSinceTheStart) {
  const std::string request =
      EncodeCallMetrics({Series()}, {}, {"instance", "1.2", Nanos{1000}}, Nanos{5000});
  EXPECT_THAT(Attributes(Messages(Messages(request, 1).at(0), 1).at(0), 1),
              UnorderedElementsAre(Pair("service.name", "vitrine"), Pair("service.version", "1.2"),
                                   Pair("service.instance.id", "instance")));
  auto metrics = Metrics(request);
  const std::string_view duration = metrics.at("gen_ai.client.operation.duration");
  EXPECT_EQ(Messages(duration, 3).at(0), "s");
  const std::string_view histogram = Messages(duration, 9).at(0);
  EXPECT_EQ(Number(histogram, 2), 2u);  // Cumulative.
  const std::string_view point = Messages(histogram, 1).at(0);
  EXPECT_EQ(Number(point, 2), 1000u);
  EXPECT_EQ(Number(point, 3), 5000u);
  EXPECT_EQ(Number(point, 4), 2u);
  EXPECT_EQ(syntax::WireDouble(Number(point, 5)), 100.5);
  const std::string_view buckets = Messages(point, 6).at(0), bounds = Messages(point, 7).at(0);
  ASSERT_EQ(buckets.size(), 8 * (model::kDurationBounds.size() + 1));
  ASSERT_EQ(bounds.size(), 8 * model::kDurationBounds.size());
  EXPECT_EQ(buckets[8 * model::kDurationBounds.size()], 1);  // Beyond the last bound.
  EXPECT_THAT(Attributes(point, 9), UnorderedElementsAre(Pair("gen_ai.operation.name", "chat"),
                                                         Pair("gen_ai.provider.name", "openai"),
                                                         Pair("gen_ai.request.model", "gpt-4o"),
                                                         Pair("vitrine.project", "shop")));
  const std::string_view tokens = Messages(metrics.at("gen_ai.client.token.usage"), 9).at(0);
  EXPECT_EQ(Attributes(Messages(tokens, 1).at(0), 9)["gen_ai.token.type"], "input");
  const std::string_view cost = Messages(metrics.at("vitrine.calls.cost"), 7).at(0);
  EXPECT_EQ(syntax::WireDouble(Number(Messages(cost, 1).at(0), 4)), 1.5);
  EXPECT_EQ(Number(cost, 3), 1u);  // Monotonic.
  const std::string_view failed = Messages(metrics.at("vitrine.calls.failed"), 7).at(0);
  EXPECT_EQ(Attributes(Messages(failed, 1).at(0), 7)["error.type"], "timeout");
  EXPECT_FALSE(metrics.contains("gen_ai.server.time_to_first_token"));
}

TEST(CallMetrics, ScoresHaveNoBucketsButTheirRange) {
  model::ScoreSeries series{{"shop", "faithfulness", "", "judge"}, 5, 2, 1.25, 0.5, 0.75};
  const std::string request = EncodeCallMetrics({}, {series}, {"i", "1", Nanos{1}}, Nanos{2});
  auto metrics = Metrics(request);
  const std::string_view point =
      Messages(Messages(metrics.at("vitrine.score.value"), 9).at(0), 1).at(0);
  EXPECT_EQ(Number(point, 4), 2u);
  EXPECT_EQ(syntax::WireDouble(Number(point, 11)), 0.5);
  EXPECT_EQ(syntax::WireDouble(Number(point, 12)), 0.75);
  EXPECT_EQ(Messages(point, 6).at(0).size(), 8u);
  EXPECT_TRUE(Messages(point, 7).empty());
  const std::string_view count = Messages(Messages(metrics.at("vitrine.scores"), 7).at(0), 1).at(0);
  EXPECT_EQ(syntax::WireDouble(Number(count, 4)), 5.0);
}

TEST(CallMetrics, NothingCountedIsNothingToSend) {
  EXPECT_EQ(EncodeCallMetrics({}, {}, {"i", "1", Nanos{1}}, Nanos{2}), "");
}

}  // namespace
}  // namespace vitrine::forward
