#include "syntax/json/json_document.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <string>

#include "syntax/json/json_writer.h"

namespace vitrine::syntax {
namespace {

constexpr JsonOptions kCutOff{.allow_cut_off = true};
constexpr JsonOptions kLenient{.lenient = true};

/// The text as compact JSON, or the status's number where it does not parse.
std::string Reprint(std::string_view text, const JsonOptions& options = {}) {
  JsonDocument document;
  Arena arena;
  JsonStatus status = document.Parse(text, arena, options);
  if (status != JsonStatus::kOk && !(options.allow_cut_off && status == JsonStatus::kCutOff)) {
    return "status " + std::to_string(static_cast<int>(status)) + " at " +
           std::to_string(document.error_offset());
  }
  std::string out;
  AppendJson(out, document.root());
  return out;
}

TEST(JsonDocument, ReadsEveryKind) {
  JsonDocument document;
  Arena arena;
  std::string_view text =
      R"( {"a":[1,-2.5,"x\ny",true,null,{}], "big":18446744073709551615, "a b":{"c":"é"}} )";
  ASSERT_EQ(document.Parse(text, arena), JsonStatus::kOk);
  JsonValue root = document.root();
  EXPECT_EQ(root.size(), 3u);
  JsonValue list = root["a"];
  ASSERT_TRUE(list.is_array());
  EXPECT_EQ(list.size(), 6u);
  EXPECT_EQ(list.At(0).AsInt(), 1);
  EXPECT_EQ(list.At(1).AsDouble(), -2.5);
  EXPECT_EQ(list.At(1).AsInt(), std::nullopt);
  EXPECT_EQ(list.At(2).text(), "x\ny");
  EXPECT_EQ(list.At(2).raw(), R"("x\ny")");
  EXPECT_EQ(list.At(3).AsBool(), true);
  EXPECT_TRUE(list.At(4).is_null());
  EXPECT_TRUE(list.At(5).is_object());
  EXPECT_FALSE(list.At(6).exists());
  EXPECT_EQ(list.raw(), R"([1,-2.5,"x\ny",true,null,{}])");
  EXPECT_EQ(root["big"].AsInt(), std::nullopt);
  EXPECT_EQ(root["big"].ToUint(), 18446744073709551615u);
  EXPECT_EQ(root["a b"]["c"].text(), "é");
  EXPECT_FALSE(root["nothing"]["at"].At(3)["all"].exists());
  std::string keys;
  for (const auto& member : root.Members()) keys.append(member.key).append("|");
  EXPECT_EQ(keys, "a|big|a b|");
}

TEST(JsonDocument, LastOfEqualKeysWins) {
  JsonDocument document;
  Arena arena;
  ASSERT_EQ(document.Parse(R"({"a":[1,2],"b":0,"a":3})", arena), JsonStatus::kOk);
  EXPECT_EQ(document.root()["a"].AsInt(), 3);
  EXPECT_EQ(document.root().size(), 3u);
}

TEST(JsonDocument, ViewsBorrowFromTheTextWithoutEscapes) {
  JsonDocument document;
  Arena arena;
  std::string text = R"({"key":"value"})";
  ASSERT_EQ(document.Parse(text, arena), JsonStatus::kOk);
  EXPECT_EQ(document.root()["key"].text().data(), text.data() + 8);
  EXPECT_EQ(arena.reserved_bytes(), 0u);
}

TEST(JsonDocument, TolerantNumbers) {
  JsonDocument document;
  Arena arena;
  ASSERT_EQ(document.Parse(
                R"(["12","-9223372036854775808","9223372036854775808",3.0,3.5,1e3,"NaN","-Infinity",
                               "true","1.0","12 ",""," 1","0x10","inf",1e400,-1e-400,-0,9007199254740993])",
                arena),
            JsonStatus::kOk);
  JsonValue list = document.root();
  EXPECT_EQ(list.At(0).ToInt(), 12);
  EXPECT_EQ(list.At(1).ToInt(), INT64_MIN);
  EXPECT_EQ(list.At(2).ToInt(), std::nullopt);
  EXPECT_EQ(list.At(2).ToUint(), 9223372036854775808u);
  EXPECT_EQ(list.At(3).ToInt(), 3);
  EXPECT_EQ(list.At(4).ToInt(), std::nullopt);
  EXPECT_EQ(list.At(5).ToUint(), 1000u);
  EXPECT_TRUE(std::isnan(*list.At(6).ToDouble()));
  EXPECT_EQ(list.At(7).ToDouble(), -INFINITY);
  EXPECT_EQ(list.At(8).ToBool(), true);
  EXPECT_EQ(list.At(8).AsBool(), std::nullopt);
  EXPECT_EQ(list.At(9).ToInt(), 1);
  for (size_t i = 10; i <= 14; ++i) {
    EXPECT_EQ(list.At(i).ToDouble(), std::nullopt) << i;
    EXPECT_EQ(list.At(i).ToInt(), std::nullopt) << i;
  }
  EXPECT_EQ(list.At(15).AsDouble(), INFINITY);
  EXPECT_EQ(list.At(16).AsDouble(), 0.0);
  EXPECT_TRUE(std::signbit(*list.At(17).AsDouble()));
  EXPECT_EQ(list.At(18).ToInt(), 9007199254740993);
}

TEST(JsonDocument, RefusesWhatIsNoJson) {
  EXPECT_EQ(Reprint("Hello"), "status 2 at 0");
  EXPECT_EQ(Reprint("{\"a\":1,}"), "status 2 at 7");
  EXPECT_EQ(Reprint("[1,]"), "status 2 at 3");
  EXPECT_EQ(Reprint("[1 2]"), "status 2 at 3");
  EXPECT_EQ(Reprint("{1:2}"), "status 2 at 1");
  EXPECT_EQ(Reprint("{\"a\" 2}"), "status 2 at 5");
  EXPECT_EQ(Reprint("[01]"), "status 2 at 2");
  EXPECT_EQ(Reprint("[1.]"), "status 2 at 3");
  EXPECT_EQ(Reprint("[.5]"), "status 2 at 1");
  EXPECT_EQ(Reprint("[+1]"), "status 2 at 1");
  EXPECT_EQ(Reprint("[1e]"), "status 2 at 3");
  EXPECT_EQ(Reprint("[]]"), "status 2 at 2");
  EXPECT_EQ(Reprint("\"\\x\""), "status 2 at 1");
  EXPECT_EQ(Reprint("\"\\u12G4\""), "status 2 at 1");
  EXPECT_EQ(Reprint("\"a\nb\""), "status 2 at 2");
  EXPECT_EQ(Reprint("[NaN]"), "status 2 at 1");
  EXPECT_EQ(Reprint("truth"), "status 2 at 3");
  EXPECT_EQ(Reprint(""), "status 1 at 0");
  EXPECT_EQ(Reprint("  "), "status 1 at 2");
  EXPECT_EQ(Reprint("{\"a\":"), "status 1 at 5");
}

TEST(JsonDocument, LimitsDepthAndNodes) {
  std::string deep(300, '[');
  deep.append(300, ']');
  EXPECT_EQ(Reprint(deep), "status 3 at 256");
  EXPECT_EQ(Reprint("[1,2,3]", {.node_count_max = 3}), "status 4 at 5");
  JsonDocument document;
  Arena arena;
  EXPECT_EQ(document.Parse(deep, arena), JsonStatus::kTooDeep);
  EXPECT_EQ(document.error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(document.error().offset, 256u);
  EXPECT_FALSE(document.root().exists());
}

TEST(JsonDocument, Escapes) {
  EXPECT_EQ(Reprint(R"("\"\\\/\b\f\n\r\t")"), R"("\"\\/\b\f\n\r\t")");
  EXPECT_EQ(Reprint(R"("\u0041\u00e9\u65E5\uD83C\uDF88")"), "\"Aé日🎈\"");
  // Halves of a pair alone.
  EXPECT_EQ(Reprint(R"("\uD83Cx")"), "\"\uFFFDx\"");
  EXPECT_EQ(Reprint(R"("\uDF88\uD83C\n")"), "\"\uFFFD\uFFFD\\n\"");
  EXPECT_EQ(Reprint(R"("\uD83C\uD83C\uDF88")"), "\"\uFFFD🎈\"");
  EXPECT_EQ(Reprint(R"("a\u0000b")"), R"("a\u0000b")");
}

TEST(JsonDocument, LenientMode) {
  EXPECT_EQ(Reprint("[NaN,Infinity,-Infinity,\"a\tb\",\"\\x\",\"\\u12\"]", kLenient),
            R"([null,null,null,"a\tb","\\x","\\u12"])");
  JsonDocument document;
  Arena arena;
  ASSERT_EQ(document.Parse("[NaN,-Infinity]", arena, kLenient), JsonStatus::kOk);
  EXPECT_TRUE(std::isnan(*document.root().At(0).AsDouble()));
  EXPECT_EQ(document.root().At(1).AsDouble(), -INFINITY);
  EXPECT_EQ(document.root().At(1).raw(), "-Infinity");
}

TEST(JsonDocument, CutOffKeepsWhatIsThere) {
  EXPECT_EQ(Reprint(R"([{"role":"user","content":"Hello wor)", kCutOff),
            R"([{"role":"user","content":"Hello wor"}])");
  EXPECT_EQ(Reprint(R"({"a":1,"b)", kCutOff), R"({"a":1})");
  EXPECT_EQ(Reprint(R"({"a":1,"b")", kCutOff), R"({"a":1})");
  EXPECT_EQ(Reprint(R"({"a":1,"b":)", kCutOff), R"({"a":1})");
  EXPECT_EQ(Reprint(R"({"a":1,"b":tr)", kCutOff), R"({"a":1})");
  EXPECT_EQ(Reprint(R"({"a":[1,2)", kCutOff), R"({"a":[1,2]})");
  EXPECT_EQ(Reprint(R"(["x\u00)", kCutOff), R"(["x"])");
  EXPECT_EQ(Reprint(R"(["x\)", kCutOff), R"(["x"])");
  EXPECT_EQ(Reprint(R"(["x\uD83C)", kCutOff), R"(["x"])");
  EXPECT_EQ(Reprint(R"(["x\uD83C\uDF)", kCutOff), R"(["x"])");
  EXPECT_EQ(Reprint("[", kCutOff), "[]");
  EXPECT_EQ(Reprint("[1,}", kCutOff), "status 2 at 3");

  JsonDocument document;
  Arena arena;
  ASSERT_EQ(document.Parse(R"([{"done":"yes"},{"content":"Hel)", arena, kCutOff),
            JsonStatus::kCutOff);
  EXPECT_TRUE(document.root().cut_off());
  EXPECT_FALSE(document.root().At(0).cut_off());
  EXPECT_TRUE(document.root().At(1).cut_off());
  EXPECT_TRUE(document.root().At(1)["content"].cut_off());
  EXPECT_EQ(document.root().At(1)["content"].text(), "Hel");
  EXPECT_EQ(document.root().At(1).raw(), R"({"content":"Hel)");
  // And a document that is cut off says so also where that is not allowed.
  EXPECT_EQ(document.Parse(R"({"a)", arena), JsonStatus::kCutOff);
  EXPECT_FALSE(document.root().exists());
}

/// Random JSON text, by the writer.
void Generate(JsonWriter& writer, int depth, uint32_t& state) {
  auto next = [&state](uint32_t limit) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % limit;
  };
  static constexpr std::string_view kTexts[] = {
      "",
      "a",
      "line\nbreak and more text, long enough for a block",
      "\"q\"",
      "é",
      "back\\slash",
      "\x01",
      "日本語のテキスト"};
  switch (next(depth > 4 ? 5 : 7)) {
    case 0: writer.String(kTexts[next(8)]); return;
    case 1: writer.Int(static_cast<int32_t>(next(100000)) - 50000); return;
    case 2: writer.Double(next(1000) / 7.0); return;
    case 3: writer.Bool(next(2) == 0); return;
    case 4: writer.Null(); return;
    case 5:
      writer.BeginArray();
      for (uint32_t i = next(5); i > 0; --i) Generate(writer, depth + 1, state);
      writer.EndArray();
      return;
    default:
      writer.BeginObject();
      for (uint32_t i = next(5); i > 0; --i) {
        writer.Key(kTexts[next(8)]);
        Generate(writer, depth + 1, state);
      }
      writer.EndObject();
  }
}

RC_GTEST_PROP(JsonDocument, RoundTripsAndAgreesWithSimdjson, (uint32_t seed)) {
  std::string text;
  JsonWriter writer(text);
  writer.BeginArray();
  for (int i = 0; i < 5; ++i) Generate(writer, 0, seed);
  writer.EndArray();
  RC_ASSERT(Reprint(text) == text);
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  RC_ASSERT(parser.parse(text).get(element) == simdjson::SUCCESS);
}

RC_GTEST_PROP(JsonDocument, EveryPrefixIsCutOff, (uint32_t seed)) {
  std::string text;
  JsonWriter writer(text);
  writer.BeginArray();
  Generate(writer, 0, seed);
  writer.EndArray();
  for (size_t size = 0; size < text.size(); ++size) {
    JsonDocument document;
    Arena arena;
    RC_ASSERT(document.Parse(std::string_view(text).substr(0, size), arena, kCutOff) ==
              JsonStatus::kCutOff);
    if (size == 0) continue;
    std::string closed;
    AppendJson(closed, document.root());
    RC_ASSERT(Reprint(closed) == closed);
  }
}

}  // namespace
}  // namespace vitrine::syntax
