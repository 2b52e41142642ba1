#include <gtest/gtest.h>

#include "pipeline/price_table.h"

namespace vitrine::pipeline {
namespace {

TEST(PriceBook, AWatcherIsToldOfEveryTableAndMayLook) {
  const auto one = *PriceTable::BuiltIn();
  PriceOverrides overrides;
  overrides.deployments.push_back({"azure.ai.openai", "team-blue", "gpt-4o"});
  const auto two = *PriceTable::BuiltIn(overrides);
  PriceBook book(one);
  std::vector<std::pair<const PriceTable*, const PriceTable*>> told;
  book.Watch([&](const PriceTable& before, const PriceTable& after) {
    told.emplace_back(&before, &after);
    EXPECT_EQ(book.snapshot().get(), &after);
  });
  book.Replace(two);
  book.Replace(one);
  book.Watch(nullptr);
  book.Replace(two);
  EXPECT_EQ(told, (std::vector{std::pair{one.get(), two.get()}, std::pair{two.get(), one.get()}}));
  EXPECT_EQ(book.snapshot(), two);
}

}  // namespace
}  // namespace vitrine::pipeline
