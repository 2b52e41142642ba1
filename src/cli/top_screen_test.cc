#include "cli/top_screen.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vitrine::cli {
namespace {

size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

TopState Example() {
  TopState state;
  state.where = "http://127.0.0.1:7080  project default";
  state.window = "5 min";
  state.order = "calls";
  state.clock = "12:00:00 UTC";
  state.numbers = {{"calls/s", "3.2"}, {"errors", "1.25%"}};
  state.calls_over_time = "▁▂█";
  state.models = {"models", {{"", "calls", "cost"}}};
  for (int i = 0; i < 60; ++i)
    state.models.rows.push_back({"modèle-" + std::to_string(i), std::to_string(i), "$1"});
  state.features = {"features", {{"", "calls", "cost"}, {"search", "7", "—"}}};
  for (int i = 0; i < 60; ++i) state.newest.push_back("call " + std::to_string(i));
  return state;
}

TEST(TopScreen, FitsAnySize) {
  for (const size_t rows : {1u, 2u, 5u, 10u, 24u, 50u, 200u}) {
    for (const size_t columns : {1u, 20u, 80u, 149u, 150u, 300u}) {
      const auto lines = TopScreen(Example(), {rows, columns});
      EXPECT_LE(lines.size(), rows);
      for (const std::string& line : lines) {
        if (line.starts_with("call ")) continue;
        EXPECT_LE(Width(line), columns) << line;
      }
    }
  }
}

TEST(TopScreen, ShowsTablesAndTheNewestCalls) {
  const auto lines = TopScreen(Example(), {40, 100});
  const auto line_of = [&](std::string_view text) {
    return std::ranges::find_if(
               lines,
               [&](const std::string& line) { return line.find(text) != std::string::npos; }) -
           lines.begin();
  };
  EXPECT_EQ(line_of("vitrine top"), 0);
  EXPECT_LT(line_of("models"), line_of("modèle-0"));
  EXPECT_LT(line_of("modèle-0"), line_of("features"));
  EXPECT_LT(line_of("search"), line_of("newest calls"));
  EXPECT_EQ(lines.back(), "call 59");
  EXPECT_EQ(lines.size(), 40u);
}

TEST(TopScreen, PutsTablesSideBySideWhereThereIsRoom) {
  const auto lines = TopScreen(Example(), {40, 160});
  EXPECT_TRUE(std::ranges::any_of(lines, [](const std::string& line) {
    return line.find("models") != std::string::npos && line.find("features") != std::string::npos;
  }));
}

TEST(TopScreen, SaysWhenNumbersAreOldAndColoursOnlyWhenAsked) {
  TopState state = Example();
  state.problem = "no answer";
  state.is_paused = true;
  std::string all;
  for (const std::string& line : TopScreen(state, {30, 120})) all += line + "\n";
  EXPECT_NE(all.find("no answer"), std::string::npos);
  EXPECT_NE(all.find("PAUSED"), std::string::npos);
  EXPECT_EQ(all.find('\033'), std::string::npos);
  state.color = true;
  EXPECT_TRUE(TopScreen(state, {30, 120})[0].starts_with("\033[1m"));
}

}  // namespace
}  // namespace vitrine::cli
