#include "syntax/json/json_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <simdjson.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "syntax/json/utf8.h"

namespace vitrine::syntax {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

TEST(JsonWriter, WritesCompactly) {
  std::string out;
  JsonWriter(out)
      .BeginObject()
      .Member("text", "a\"b")
      .Member("int", -1)
      .Member("uint", std::numeric_limits<uint64_t>::max())
      .Member("double", 0.1)
      .Member("bool", true)
      .Member("unknown", std::optional<int64_t>())
      .Member("known", std::optional<int64_t>(7))
      .Key("list")
      .BeginArray()
      .Null()
      .BeginObject()
      .EndObject()
      .Raw("[1,2]")
      .EndArray()
      .Member("nan", std::nan(""))
      .EndObject();
  EXPECT_EQ(
      out,
      R"({"text":"a\"b","int":-1,"uint":18446744073709551615,"double":0.1,"bool":true,"unknown":null,"known":7,)"
      R"("list":[null,{},[1,2]],"nan":null})");
}

TEST(JsonWriter, Escapes) {
  EXPECT_EQ(Quoted(std::string_view("\0\x1f\x7f\b\f\n\r\t\\\"/", 11)),
            "\"\\u0000\\u001f\x7f\\b\\f\\n\\r\\t\\\\\\\"/\"");
  EXPECT_EQ(Quoted("é日🎈"), "\"é日🎈\"");
}

TEST(Utf8, RepairsMaximalParts) {
  auto repaired = [](std::string_view text) {
    std::string out;
    AppendUtf8Repaired(out, text);
    return out;
  };
  EXPECT_EQ(repaired("plain"), "plain");
  EXPECT_EQ(repaired("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(repaired("\xC3"), "\uFFFD");
  EXPECT_EQ(repaired("\xE6\x97"), "\uFFFD");      // Cut off after two of three.
  EXPECT_EQ(repaired("\xF0\x9F\x8E"), "\uFFFD");  // After three of four.
  EXPECT_EQ(repaired("\xF0\x9F\x8Ex"), "\uFFFDx");
  EXPECT_EQ(repaired("\xC0\xAF"), "\uFFFD\uFFFD");                      // Overlong.
  EXPECT_EQ(repaired("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");            // A surrogate.
  EXPECT_EQ(repaired("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");  // Above U+10FFFF.
  EXPECT_EQ(repaired("\xF4\x8F\xBF\xBF"), "\xF4\x8F\xBF\xBF");
  EXPECT_EQ(Quoted("x\xE2\x82"), "\"x\uFFFD\"");
}

RC_GTEST_PROP(Utf8, RepairedIsValidAndValidIsKept, (std::string text)) {
  std::string repaired;
  size_t count = AppendUtf8Repaired(repaired, text);
  RC_ASSERT(simdjson::validate_utf8(repaired));
  RC_ASSERT((count == 0) == simdjson::validate_utf8(text));
  RC_ASSERT((count == 0) == Utf8IsValid(text));
  if (count == 0) RC_ASSERT(repaired == text);
}

RC_GTEST_PROP(JsonWriter, StringsReadBack, (std::string text)) {
  std::string repaired;
  AppendUtf8Repaired(repaired, text);
  simdjson::dom::parser parser;
  std::string json = Quoted(text);
  std::string_view read;
  RC_ASSERT(parser.parse(json).get(read) == simdjson::SUCCESS);
  RC_ASSERT(read == repaired);
}

RC_GTEST_PROP(JsonWriter, DoublesReadBack, (uint64_t bits)) {
  auto value = std::bit_cast<double>(bits);
  std::string json;
  AppendJsonDouble(json, value);
  if (!std::isfinite(value)) {
    RC_ASSERT(json == "null");
    return;
  }
  RC_ASSERT(std::strtod(json.c_str(), nullptr) == value);
}

}  // namespace
}  // namespace vitrine::syntax
