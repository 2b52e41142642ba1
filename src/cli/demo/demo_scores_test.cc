#include "cli/demo/demo_scores.h"

#include <gtest/gtest.h>

#include <set>

#include "cli/demo/scenarios.h"
#include "syntax/json/json_document.h"

namespace vitrine::cli {
namespace {

constexpr int64_t kEnd = 1'795'224'667'000'000'000;

std::vector<std::string> ScoresOfStories(uint64_t seed) {
  std::vector<std::string> all;
  for (uint64_t number = 0; number < 60; ++number) {
    for (const auto& trace : MakeStory(seed, number, {kEnd, number % 2 == 0}))
      for (std::string& score : ScoresOf(*trace)) all.push_back(std::move(score));
  }
  return all;
}

TEST(DemoScores, AreAFunctionOfTheSeed) {
  EXPECT_EQ(ScoresOfStories(7), ScoresOfStories(7));
  EXPECT_NE(ScoresOfStories(7), ScoresOfStories(8));
}

TEST(DemoScores, AreNumbersLabelsAndYesOrNoOfTracesWithIdsOfTheirOwn) {
  std::set<std::string> ids, names;
  for (const std::string& text : ScoresOfStories(7)) {
    Arena arena;
    syntax::JsonDocument document;
    ASSERT_EQ(document.Parse(text, arena), syntax::JsonStatus::kOk) << text;
    const auto score = document.root();
    EXPECT_TRUE(ids.insert(std::string(score["score_id"].text())).second) << text;
    names.emplace(score["name"].text());
    EXPECT_EQ(score["trace_id"].text().size(), 32u) << text;
    EXPECT_NE(score["value"].exists(), score["label"].exists()) << text;
    if (score["name"].text() == "faithfulness") {
      EXPECT_GE(score["value"].AsDouble().value_or(-1), 0) << text;
      EXPECT_LE(score["value"].AsDouble().value_or(2), 1) << text;
    }
  }
  EXPECT_EQ(names, (std::set<std::string>{"faithfulness", "helpful", "resolution"}));
}

}  // namespace
}  // namespace vitrine::cli
