// Aligning steps: by hand, and against properties over random runs.
#include "query/internal/step_alignment.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace vitrine::query {
namespace {

/// "llm:chat=1 tool:look=2": kind, name, content.
std::vector<StepKey> Steps(const std::string& text) {
  std::vector<StepKey> steps;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const size_t colon = word.find(':'), equal = word.find('=');
    steps.push_back({word.substr(0, colon), word.substr(colon + 1, equal - colon - 1),
                     std::stoull(word.substr(equal + 1))});
  }
  return steps;
}

std::string Aligned(const std::string& a, const std::string& b) {
  std::string text;
  for (const AlignedPair& pair : AlignSteps(Steps(a), Steps(b))) {
    text += text.empty() ? "" : " ";
    text +=
        (pair.a ? std::to_string(*pair.a) : "-") + "/" + (pair.b ? std::to_string(*pair.b) : "-");
  }
  return text;
}

TEST(StepAlignment, EqualRunsAreAlignedOneByOne) {
  EXPECT_EQ(Aligned("llm:c=1 tool:t=2", "llm:c=1 tool:t=2"), "0/0 1/1");
  EXPECT_EQ(Aligned("", "llm:c=1"), "-/0");
  EXPECT_EQ(Aligned("llm:c=1", ""), "0/-");
}

TEST(StepAlignment, AnotherToolInItsPlaceIsTheSameStep) {
  EXPECT_EQ(Aligned("llm:c=1 tool:refund=2 llm:c=3", "llm:c=1 tool:search=9 llm:c=4"),
            "0/0 1/1 2/2");
}

TEST(StepAlignment, AStepMoreStandsAlone) {
  EXPECT_EQ(Aligned("llm:c=1 llm:c=3", "llm:c=1 tool:t=2 llm:c=3"), "0/0 -/1 1/2");
  EXPECT_EQ(Aligned("llm:c=1 tool:t=2 tool:t=3 llm:c=4", "llm:c=1 tool:t=3 llm:c=4"),
            "0/0 1/- 2/1 3/2");
}

TEST(StepAlignment, AShortRunIsAlignedFromTheBeginningOfALongOne) {
  EXPECT_EQ(Aligned("llm:c=1 tool:t=2 llm:c=3 tool:t=4 llm:c=5 tool:t=6 llm:c=7",
                    "llm:c=8 tool:t=9 llm:c=10"),
            "0/0 1/1 2/2 3/- 4/- 5/- 6/-");
}

TEST(StepAlignment, EveryStepStandsInOnePairInOrder) {
  std::mt19937 random(7);
  const auto next = [&](uint32_t below) { return static_cast<uint32_t>(random() % below); };
  for (int round = 0; round < 2'000; ++round) {
    std::vector<StepKey> runs[2];
    for (auto& run : runs) {
      for (uint32_t left = next(12); left > 0; --left)
        run.push_back(
            {next(3) == 0 ? "llm" : "tool", std::string(1, char('a' + next(3))), next(4)});
    }
    size_t a = 0, b = 0;
    for (const AlignedPair& pair : AlignSteps(runs[0], runs[1])) {
      EXPECT_TRUE(pair.a || pair.b);
      if (pair.a) {
        EXPECT_EQ(*pair.a, a++);
      }
      if (pair.b) {
        EXPECT_EQ(*pair.b, b++);
      }
      if (pair.a && pair.b) {
        EXPECT_EQ(runs[0][*pair.a].kind, runs[1][*pair.b].kind);
      }
    }
    EXPECT_EQ(a, runs[0].size());
    EXPECT_EQ(b, runs[1].size());
  }
}

TEST(StepAlignment, ARunIsAlignedWithItselfWithoutGaps) {
  std::mt19937 random(8);
  for (int round = 0; round < 500; ++round) {
    std::vector<StepKey> run;
    for (auto left = random() % 20; left > 0; --left)
      run.push_back({random() % 2 ? "llm" : "tool", std::string(1, char('a' + random() % 2)), 0});
    const auto pairs = AlignSteps(run, run);
    ASSERT_EQ(pairs.size(), run.size());
    for (size_t i = 0; i < pairs.size(); ++i) EXPECT_EQ(pairs[i], (AlignedPair{i, i}));
  }
}

}  // namespace
}  // namespace vitrine::query
