#include "pipeline/prices/price_memo.h"

#include <gtest/gtest.h>

#include <thread>

#include "pipeline/price_table.h"

namespace vitrine::pipeline {
namespace {

model::PriceQuery Call(std::string_view provider, std::string_view model) {
  model::PriceQuery query;
  query.provider = provider;
  query.response_model = model;
  query.tokens.input = 1000;
  return query;
}

TEST(PriceMemo, NamesThatJoinAlikeStayApart) {
  auto table = *PriceTable::BuiltIn();
  EXPECT_TRUE(table->PriceCall(Call("openai", "gpt-4o")));
  model::PriceQuery query = Call("openai", "");
  query.request_model = "gpt-4o";
  ASSERT_TRUE(table->PriceCall(query));
  EXPECT_EQ(table->PriceCall(query)->match, model::PriceMatch::kRequestModel);
}

TEST(PriceMemo, MoreNamesThanSlotsStillGetTheRightAnswer) {
  auto table = *PriceTable::BuiltIn();
  for (size_t i = 0; i < kMemoSlots * 2; ++i) {
    std::string unknown = "no-such-model-" + std::to_string(i);
    EXPECT_FALSE(table->PriceCall(Call("openai", unknown)));
  }
  EXPECT_EQ(table->PriceCall(Call("openai", "gpt-4o"))->total.ToString(), "0.0025");
  EXPECT_EQ(table->PriceCall(Call("anthropic", "claude-opus-4-8"))->total.ToString(), "0.005");
}

TEST(PriceMemo, ThreadsAgreeWhileTheTableIsReplaced) {
  PriceBook book(*PriceTable::BuiltIn());
  std::vector<std::string> models;
  for (const model::PriceRow& row : book.snapshot()->rows()) {
    if (row.provider == "openai" && models.size() < 200) models.push_back(row.model);
  }
  std::atomic<bool> failed = false;
  auto read = [&] {
    for (int round = 0; round < 20; ++round) {
      auto table = book.snapshot();
      for (const std::string& name : models) {
        model::PriceQuery query = Call("openai", name);
        PriceAnswer first = table->Answer(query), again = table->Answer(query);
        if (first.call.has_value() != again.call.has_value() ||
            (first.call && first.call->row != again.call->row)) {
          failed = true;
        }
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(read);
  for (int i = 0; i < 3; ++i) book.Replace(*PriceTable::BuiltIn());
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(failed);
}

}  // namespace
}  // namespace vitrine::pipeline
