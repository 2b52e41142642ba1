#include "syntax/toml/toml_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/arena.h"
#include "syntax/json/json_document.h"

namespace vitrine::syntax {
namespace {

using testing::HasSubstr;

TEST(TomlText, BecomesJson) {
  const auto json = TomlToJson("a = 1\n[b.c]\nd = \"x\"\n[[e]]\nf = true\n[[e]]\nf = [1, \"\"]\n");
  ASSERT_TRUE(json) << json.error().message;
  Arena arena;
  JsonDocument document;
  ASSERT_EQ(document.Parse(*json, arena), JsonStatus::kOk);
  const JsonValue root = document.root();
  EXPECT_EQ(root["a"].AsInt(), 1);
  EXPECT_EQ(root["b"]["c"]["d"].text(), "x");
  EXPECT_EQ(root["e"].At(0)["f"].AsBool(), true);
  EXPECT_EQ(root["e"].At(1)["f"].size(), 2u);
}

TEST(TomlText, MistakesHaveAPlace) {
  const auto json = TomlToJson("a = 1\nb = nothing\n");
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(json.error().message, HasSubstr("line 2, column"));
}

TEST(TomlText, AHeaderWithoutAKeyIsAMistake) {
  for (const char* text : {"[\n", "[$", "[[\n", "[[$]]", "[ =", "[a.\n", "a = {$"}) {
    const auto json = TomlToJson(text);
    ASSERT_FALSE(json) << text;
    EXPECT_THAT(json.error().message, HasSubstr("line 1, column")) << text;
  }
  EXPECT_TRUE(TomlToJson("a = [\n[\n1]]"));
}

TEST(TomlText, LettersBeyondAsciiStandInDoubleQuotes) {
  for (const char* text : {"\u03d2 = 1", "a = 2026-05-0\u03d2e", "a = '\u03d2'", "[\u03d2]",
                           "a = \"\xff\"", "a = \"\\\u03d2\"", "a = \"\xed\xa0\x80\""}) {
    const auto json = TomlToJson(text);
    ASSERT_FALSE(json) << text;
    EXPECT_THAT(json.error().message, HasSubstr("line 1: letters beyond ASCII"));
  }
  const auto json = TomlToJson("# \u03d2\na = \"\u03d2\U0001f600\" # '\u03d2\n");
  ASSERT_TRUE(json) << json.error().message;
  Arena arena;
  JsonDocument document;
  ASSERT_EQ(document.Parse(*json, arena), JsonStatus::kOk);
  EXPECT_EQ(document.root()["a"].text(), "\u03d2\U0001f600");
}

TEST(TomlText, SizeIsBounded) {
  EXPECT_EQ(TomlToJson(std::string(kTomlBytesMax + 1, ' ')).error().code,
            ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace vitrine::syntax
