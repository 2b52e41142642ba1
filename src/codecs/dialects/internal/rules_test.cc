#include "codecs/dialects/internal/rules.h"

#include <gtest/gtest.h>

#include "codecs/dialects/internal/finish.h"
#include "codecs/dialects/internal/python_repr.h"
#include "codecs/dialects/internal/readers.h"
#include "codecs/dialects/internal/resolve.h"
#include "codecs/dialects/internal/rule_index.h"

namespace vitrine::codecs::dialects {
namespace {

using model::Value;

TEST(RuleIndex, FindsEveryRuleByItsOwnKey) {
  const RuleIndex& index = RuleIndex::Instance();
  for (std::span<const Rule> table : AllRuleTables()) {
    for (const Rule& rule : table) {
      bool is_prefix = rule.key.ends_with('*');
      std::string key(rule.key.substr(0, rule.key.size() - (is_prefix ? 1 : 0)));
      if (is_prefix) key += "7.some.thing_of_no_rule";
      const Rule* found = index.Find(key);
      ASSERT_NE(found, nullptr) << key;
      EXPECT_EQ(found->key, rule.key);
    }
  }
}

TEST(RuleIndex, ExactBeforePrefixAndLongBeforeShort) {
  const RuleIndex& index = RuleIndex::Instance();
  EXPECT_EQ(index.Find("langfuse.observation.type")->field, Field::kLangfuseType);
  EXPECT_EQ(index.Find("langfuse.whatever")->key, "langfuse.*");
  EXPECT_EQ(index.Find("traceloop.association.properties.user_id")->field, Field::kUserId);
  EXPECT_EQ(index.Find("gen_ai.prompt")->field, Field::kInputContent);
  EXPECT_EQ(index.Find("gen_ai.prompt.0.role")->field, Field::kPromptNumbered);
  EXPECT_EQ(SuffixOf(*index.Find("gen_ai.prompt.0.role"), "gen_ai.prompt.0.role"), "0.role");
}

TEST(RuleIndex, LeavesOtherKeysAlone) {
  const RuleIndex& index = RuleIndex::Instance();
  for (std::string_view key : {"", "x", "gen_ai", "gen_ai.", "http.route", "my.own.key",
                               "gen_ai.usage.input_tokens2", "code.function"}) {
    EXPECT_EQ(index.Find(key), nullptr) << key;
  }
}

TEST(RuleIndex, KeepsCollectedParametersNamed) {
  // A parameter without a name takes it from its key, so only prefixes may go without.
  for (std::span<const Rule> table : AllRuleTables()) {
    for (const Rule& rule : table) {
      if (rule.field == Field::kParam && rule.name.empty()) {
        EXPECT_TRUE(rule.key.ends_with('*'));
      }
    }
  }
}

TEST(Readers, NumbersHoweverSent) {
  EXPECT_EQ(ReadCount(Value::String(" 42 ")), 42u);
  EXPECT_EQ(ReadCount(Value::String("42.0")), 42u);
  EXPECT_EQ(ReadCount(Value::Double(42)), 42u);
  EXPECT_EQ(ReadCount(Value::Double(42.5)), std::nullopt);
  EXPECT_EQ(ReadCount(Value::Int(-1)), std::nullopt);
  EXPECT_EQ(ReadCount(Value::String("many")), std::nullopt);
  EXPECT_EQ(ReadCount(Value::String("")), std::nullopt);
  EXPECT_EQ(ReadCount(Value::Double(1e300)), std::nullopt);
  EXPECT_EQ(ReadDouble(Value::String("NaN")), std::nullopt);
  EXPECT_EQ(ReadBool(Value::String("False")), false);
  EXPECT_EQ(ReadBool(Value::String("TRUE")), true);
  EXPECT_EQ(ReadBool(Value::String("maybe")), std::nullopt);
  EXPECT_EQ(ReadMoney(Value::Double(1.41e-05))->ToString(), "0.0000141");
  EXPECT_EQ(ReadMoney(Value::String("0.0004095"))->ToString(), "0.0004095");
  EXPECT_EQ(ReadMoney(Value::String("cheap")), std::nullopt);
}

TEST(Readers, DurationsByUnitAndTimesBySize) {
  EXPECT_EQ(ReadDuration(Value::Double(0.0289), Unit::kSeconds), 28'900'000);
  EXPECT_EQ(ReadDuration(Value::Double(38.121443), Unit::kMilliseconds), 38'121'443);
  EXPECT_EQ(ReadDuration(Value::Int(-5), Unit::kMilliseconds), std::nullopt);
  EXPECT_EQ(ReadTime(Value::String("\"2026-11-21T00:44:28.586Z\""))->since_epoch,
            1'795'221'868'586'000'000);
  EXPECT_EQ(ReadTime(Value::Int(1'795'221'868))->since_epoch, 1'795'221'868'000'000'000);
  EXPECT_EQ(ReadTime(Value::Int(1'795'221'868'586))->since_epoch, 1'795'221'868'586'000'000);
  EXPECT_EQ(ReadTime(Value::String("yesterday")), std::nullopt);
  // Moments that nanoseconds do not reach.
  EXPECT_EQ(ReadTime(Value::Int(44'444'444'444'444)), std::nullopt);
  EXPECT_EQ(ReadTime(Value::Int(99'999'999'999)), std::nullopt);
}

TEST(Readers, TagsInEveryForm) {
  Arena arena;
  auto tags = [&](Value value) {
    std::vector<std::string_view> out;
    AppendTags(value, arena, out);
    return out;
  };
  using Tags = std::vector<std::string_view>;
  EXPECT_EQ(tags(Value::Json(R"(["a","b"])")), (Tags{"a", "b"}));
  EXPECT_EQ(tags(Value::String(R"(["a","b","a"])")), (Tags{"a", "b"}));
  EXPECT_EQ(tags(Value::String("a, b ,,c")), (Tags{"a", "b", "c"}));
  EXPECT_EQ(tags(Value::String("one")), (Tags{"one"}));
  EXPECT_EQ(tags(Value::String("[broken")), (Tags{"[broken"}));
  EXPECT_EQ(tags(Value::Int(7)), (Tags{"7"}));
}

TEST(FinishReasons, EveryVocabulary) {
  using enum model::FinishReason;
  for (std::string_view word :
       {"tool_calls", "tool-calls", "tool_call", "tool_use", "TOOL_USE", "function_call"}) {
    EXPECT_EQ(NormalizeFinishReason(word), kToolCall) << word;
  }
  for (std::string_view word : {"stop", "STOP", "end_turn", "stop_sequence", "FinishReason.STOP"}) {
    EXPECT_EQ(NormalizeFinishReason(word), kStop) << word;
  }
  for (std::string_view word : {"length", "MAX_TOKENS", "max_output_tokens"}) {
    EXPECT_EQ(NormalizeFinishReason(word), kLength) << word;
  }
  EXPECT_EQ(NormalizeFinishReason("SAFETY"), kContentFilter);
  EXPECT_EQ(NormalizeFinishReason("MALFORMED_FUNCTION_CALL"), kError);
  EXPECT_EQ(NormalizeFinishReason("other"), kNone);
  EXPECT_EQ(NormalizeFinishReason("stopped short"), kNone);
}

TEST(FinishReasons, ArraysTextsAndJsonTexts) {
  Arena arena;
  auto read = [&](Value value) {
    std::vector<std::string_view> out;
    ReadFinishReasons(value, arena, out);
    return out;
  };
  using Words = std::vector<std::string_view>;
  EXPECT_EQ(read(Value::Json(R"(["stop","length"])")), (Words{"stop", "length"}));
  EXPECT_EQ(read(Value::String(R"(["stop"])")), (Words{"stop"}));
  EXPECT_EQ(read(Value::String("end_turn")), (Words{"end_turn"}));
  EXPECT_EQ(read(Value::String("")), (Words{}));
}

TEST(PythonRepr, DictionariesAndNothingElse) {
  Arena arena;
  EXPECT_EQ(JsonFromPythonRepr("{'a': 1, 'b': None, 'c': [True, 'it\\'s'], 'd': (1, 2)}", arena),
            R"({"a": 1, "b": null, "c": [true, "it's"], "d": [1, 2]})");
  EXPECT_EQ(JsonFromPythonRepr("Usage(a=1)", arena), std::nullopt);
  EXPECT_EQ(JsonFromPythonRepr("{'a': Usage(a=1)}", arena), std::nullopt);
  EXPECT_EQ(JsonFromPythonRepr("{'a'", arena), std::nullopt);
  EXPECT_EQ(JsonFromPythonRepr("{'a': '", arena), std::nullopt);
}

TEST(Errors, ClassesByStatusTypeAndMessage) {
  using enum model::ErrorType;
  EXPECT_EQ(ClassifyError(429, "", ""), kRateLimit);
  EXPECT_EQ(ClassifyError(529, "", ""), kProvider5xx);
  EXPECT_EQ(ClassifyError(504, "", ""), kTimeout);
  EXPECT_EQ(ClassifyError(403, "", ""), kAuth);
  EXPECT_EQ(ClassifyError(404, "", ""), kInvalidRequest);
  EXPECT_EQ(ClassifyError(0, "429", ""), kRateLimit);
  EXPECT_EQ(ClassifyError(0, "openai.RateLimitError", ""), kRateLimit);
  EXPECT_EQ(ClassifyError(0, "APITimeoutError", ""), kTimeout);
  EXPECT_EQ(ClassifyError(0, "APIConnectionError", ""), kConnection);
  EXPECT_EQ(ClassifyError(0, "AuthenticationError", ""), kAuth);
  EXPECT_EQ(ClassifyError(0, "BadRequestError", ""), kInvalidRequest);
  EXPECT_EQ(ClassifyError(0, "asyncio.exceptions.CancelledError", ""), kCancelled);
  EXPECT_EQ(ClassifyError(0, "AI_APICallError", "Rate limit reached for gpt-4o"), kRateLimit);
  EXPECT_EQ(ClassifyError(0, "ValueError", "the user said timeout"), kOther);
  EXPECT_EQ(ClassifyError(0, "", ""), kOther);
}

}  // namespace
}  // namespace vitrine::codecs::dialects
