#include "capture/gateway/guardrails.h"

#include <gtest/gtest.h>

namespace vitrine::capture {
namespace {

using model::GuardrailResult;

GuardrailSetting Pattern(const std::string& name, const std::string& pattern,
                         GuardrailAction action, bool on_request = true, bool on_answer = false) {
  GuardrailSetting setting;
  setting.name = name;
  setting.pattern = pattern;
  setting.action = action;
  setting.is_for_requests = on_request;
  setting.is_for_answers = on_answer;
  return setting;
}

TEST(Guardrails, BlockMaskAndFlag) {
  const auto rails = Guardrails::Create({Pattern("f", "hello", GuardrailAction::kFlag),
                                         Pattern("m", "\\d{4}", GuardrailAction::kMask),
                                         Pattern("b", "(?i)secret", GuardrailAction::kBlock)});
  ASSERT_TRUE(rails.has_value()) << rails.error().message;
  EXPECT_TRUE(rails->has_for_requests());
  EXPECT_FALSE(rails->has_for_answers());
  EXPECT_EQ(rails->CheckRequest(R"({"a":"nothing"})", "", 0).result, GuardrailResult::kPass);
  EXPECT_EQ(rails->CheckRequest(R"({"a":"hello"})", "", 0).result, GuardrailResult::kFlag);
  const auto masked = rails->CheckRequest(R"({"a":["x 1234 \"5678\"",1234],"b":"hello"})", "", 0);
  EXPECT_EQ(masked.result, GuardrailResult::kMask);
  EXPECT_EQ(masked.name, "m");
  EXPECT_EQ(masked.body, R"({"a":["x [masked] \"[masked]\"",1234],"b":"hello"})");
  const auto blocked = rails->CheckRequest(R"({"a":"my SECRET 1234"})", "", 0);
  EXPECT_EQ(blocked.result, GuardrailResult::kBlock);
  EXPECT_EQ(blocked.message, "the guardrail 'b' blocked this request");
}

TEST(Guardrails, LooksIntoEscapedTextAndNotAtNames) {
  const auto rails = Guardrails::Create({Pattern("b", "caf\xC3\xA9", GuardrailAction::kBlock)});
  EXPECT_EQ(rails->CheckRequest(R"({"a":"caf\u00e9"})", "", 0).result, GuardrailResult::kBlock);
  EXPECT_EQ(rails->CheckRequest(R"({"caf\u00e9":"a"})", "", 0).result, GuardrailResult::kPass);
  EXPECT_EQ(rails->CheckRequest("no json, caf\xC3\xA9", "", 0).result, GuardrailResult::kBlock);
}

TEST(Guardrails, StreamsAreBlockedWhereTheyCannotBeMasked) {
  const auto rails =
      Guardrails::Create({Pattern("m", "\\d{4}", GuardrailAction::kMask, false, true)});
  EXPECT_TRUE(rails->has_for_answers());
  EXPECT_EQ(rails->CheckAnswer(R"({"t":"1234"})", false, "").body, R"({"t":"[masked]"})");
  EXPECT_EQ(rails->CheckAnswer("data: 12\n\ndata: 34\n\n", true, "1234").result,
            GuardrailResult::kBlock);
  EXPECT_EQ(rails->CheckAnswer("data: x", true, "x").result, GuardrailResult::kPass);
  EXPECT_EQ(rails->CheckRequest(R"({"t":"1234"})", "", 0).result, GuardrailResult::kNone);
}

TEST(Guardrails, ModelsAndTokens) {
  GuardrailSetting setting;
  setting.name = "small";
  setting.models = {"gpt-4o-mini"};
  setting.tokens_max = 100;
  std::vector<GuardrailSetting> settings;
  settings.push_back(setting);
  const auto rails = Guardrails::Create(std::move(settings));
  ASSERT_TRUE(rails.has_value());
  EXPECT_EQ(rails->CheckRequest("{}", "gpt-4o-mini", 100).result, GuardrailResult::kNone);
  EXPECT_EQ(rails->CheckRequest("{}", "gpt-4o", 1).message,
            "the guardrail 'small' does not allow the model 'gpt-4o'");
  EXPECT_EQ(rails->CheckRequest("{}", "gpt-4o-mini", 101).result, GuardrailResult::kBlock);
}

TEST(Guardrails, RefusesRulesThatCannotWork) {
  EXPECT_FALSE(Guardrails::Create({Pattern("x", "(", GuardrailAction::kBlock)}).has_value());
  EXPECT_FALSE(Guardrails::Create({Pattern("x", "", GuardrailAction::kBlock)}).has_value());
  EXPECT_FALSE(Guardrails::Create({Pattern("x", "(?=look)", GuardrailAction::kBlock)}).has_value());
}

}  // namespace
}  // namespace vitrine::capture
