#include "syntax/json/json_escapes.h"

#include <gtest/gtest.h>

#include <random>

#include "syntax/json/json_writer.h"

namespace vitrine::syntax {
namespace {

/// The inside of a string unescaped, and written again in the style it was found in.
std::string Again(std::string_view inside, std::string* text_out = nullptr) {
  std::string text, again;
  const JsonEscapeStyle style = UnescapeJson(inside, text);
  AppendJsonEscaped(again, text, style);
  if (text_out != nullptr) *text_out = text;
  return again;
}

TEST(JsonEscapes, WhatCommonWritersWriteIsReproduced) {
  for (const char* inside : {
           R"(plain)",
           R"(JSON.stringify: \"\\\b\f\n\r\t\u0001\u001f é < & / 😀)",
           R"(Python: \u00e9 \ud83d\ude00 \u007f \n \u0001)",
           R"(Go: \u003cb\u003e \u0026 \u2028 é \u0001)",
           R"(older Go: \u0008 \u000c)",
           R"(PHP: http:\/\/x \u00e9 \u4e2d)",
           R"(.NET: \u0022 \u0027 \u002B \u003C \u0026 \u0060 \u00E9 \uD83D\uDE00)",
           R"(Gson: \u003c\u003d\u0027)",
           R"(half a pair: \ud800 and \udc00 x)",
       }) {
    EXPECT_EQ(Again(inside), inside);
  }
}

TEST(JsonEscapes, TextIsWhatItMeans) {
  std::string text;
  Again(R"(\u00e9\ud83d\ude00\/\n\"\\x)", &text);
  EXPECT_EQ(text, "\xC3\xA9\xF0\x9F\x98\x80/\n\"\\x");
}

TEST(JsonEscapes, APairWrittenAsTwoHalvesInUtf8StaysTwoHalves) {
  constexpr std::string_view kHigh = "\xED\xA0\x8B", kLow = "\xED\xB0\x8B";
  const std::string pair = std::string(kHigh) + std::string(kLow);
  EXPECT_EQ(Again(pair), pair);
  for (const std::string& text :
       {pair, std::string(kHigh) + pair, pair + std::string(kLow), pair + pair + "x"}) {
    for (const JsonEscapeStyle style : {JsonEscapeStyle{0}, kEscapeNonAscii, kEscapeStyleAll}) {
      std::string inside, back;
      AppendJsonEscaped(inside, text, style);
      UnescapeJson(inside, back);
      EXPECT_EQ(back, text) << inside;
    }
  }
}

TEST(JsonEscapes, MixedStylesAndWrongEscapesDiffer) {
  EXPECT_NE(Again(R"(\u00e9 é)"), R"(\u00e9 é)");
  EXPECT_NE(Again(R"(\x)"), R"(\x)");
  EXPECT_NE(Again(R"(\u12)"), R"(\u12)");
  EXPECT_NE(Again("raw\nline"), "raw\nline");
  EXPECT_NE(Again(R"(\u0041)"), R"(\u0041)");
}

TEST(JsonEscapes, StyleNoneIsOurWriters) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    while (text.size() < 40) {
      constexpr std::string_view kPieces[] = {"a",    "\"", "\\", "\n", "\x01",
                                              "\x7F", "é",  "中", "😀", "/"};
      text.append(kPieces[random() % std::size(kPieces)]);
    }
    std::string ours, written;
    AppendJsonEscaped(ours, text, 0);
    AppendJsonString(written, text);
    ASSERT_EQ("\"" + ours + "\"", written);
    for (int i = 0; i < 20; ++i) {
      const auto style = static_cast<JsonEscapeStyle>(random() & kEscapeStyleAll);
      std::string inside, back;
      AppendJsonEscaped(inside, text, style);
      UnescapeJson(inside, back);
      ASSERT_EQ(back, text) << style;
      ASSERT_EQ(Again(inside), inside) << style;
    }
  }
}

}  // namespace
}  // namespace vitrine::syntax
