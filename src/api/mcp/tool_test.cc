#include "api/mcp/tool.h"

#include <gtest/gtest.h>

#include <set>

#include "api/limits.h"
#include "base/arena.h"

namespace vitrine::api::mcp {
namespace {

std::string Checked(const Tool& tool, const std::string& json) {
  Arena arena;
  syntax::JsonDocument document;
  EXPECT_EQ(document.Parse(json, arena), syntax::JsonStatus::kOk) << json;
  const auto checked = Arguments(tool.arguments, document.root()).Check();
  return checked ? "ok" : checked.error().message;
}

TEST(Arguments, AreCheckedByTheTable) {
  const Tool tool = SearchTracesTool();
  EXPECT_EQ(Checked(tool, "{}"), "ok");
  EXPECT_EQ(Checked(tool, "null"), "ok");
  EXPECT_EQ(Checked(tool, R"({"status":"error","limit":100,"filter":null})"), "ok");
  EXPECT_EQ(Checked(tool, R"({"status":"bad"})"), "the argument 'status' is one of ok, error");
  EXPECT_EQ(Checked(tool, R"({"limit":0})"), "the argument 'limit' is from 1 to 100");
  EXPECT_EQ(Checked(tool, R"({"limit":"5"})"), "the argument 'limit' is a whole number");
  EXPECT_EQ(Checked(tool, R"({"user":5})"), "the argument 'user' is a text");
  EXPECT_EQ(Checked(tool, "[]"), "arguments is an object");
  EXPECT_TRUE(Checked(tool, R"({"usr":"x"})").starts_with("there is no argument 'usr' here"));
  EXPECT_TRUE(Checked(GetTraceTool(), "{}").starts_with("the argument 'trace_id' is missing"));
  EXPECT_EQ(Checked(QueryMetricsTool(), R"({"measures":["count",1]})"),
            "the argument 'measures' is a list of texts");
}

TEST(Arguments, HaveTheirDefaults) {
  const Tool tool = GetSpanTool();
  const Arguments none(tool.arguments, {});
  EXPECT_EQ(none.Integer("content_bytes"), kMcpContentBytesDefault);
  EXPECT_EQ(none.Integer("message_offset"), 0);
  EXPECT_FALSE(none.Bool("history"));
  EXPECT_EQ(none.Text("trace_id"), "");
}

TEST(Tools, AreDescribedAsTheProtocolWantsIt) {
  std::set<std::string_view> names;
  for (const Tool& tool : Tools()) {
    EXPECT_TRUE(names.insert(tool.name).second) << tool.name;
    std::string text;
    syntax::JsonWriter json(text);
    WriteTool(json, tool);
    Arena arena;
    syntax::JsonDocument document;
    ASSERT_EQ(document.Parse(text, arena), syntax::JsonStatus::kOk) << text;
    const auto root = document.root();
    EXPECT_EQ(root["inputSchema"]["type"].text(), "object");
    EXPECT_EQ(root["outputSchema"]["properties"]["data"]["type"].text(), "object") << tool.name;
    EXPECT_TRUE(root["annotations"]["readOnlyHint"].AsBool().value_or(false));
    EXPECT_EQ(root["inputSchema"]["properties"].size(), tool.arguments.size());
    for (const Argument& argument : tool.arguments) {
      EXPECT_FALSE(argument.meaning.empty()) << tool.name << " " << argument.name;
      if (argument.type == ArgumentType::kInteger) {
        EXPECT_LE(argument.min, argument.otherwise) << tool.name << " " << argument.name;
        EXPECT_LE(argument.otherwise, argument.max) << tool.name << " " << argument.name;
      }
    }
  }
}

TEST(Shortened, CutsAtACharacterAndSaysHowMuch) {
  EXPECT_EQ(Shortened("short"), "short");
  const std::string long_text = std::string(kMcpValueBytesMax - 1, 'a') + "é" + "tail";
  EXPECT_EQ(Shortened(long_text), std::string(kMcpValueBytesMax - 1, 'a') + "… (6 more bytes)");
  EXPECT_EQ(CutAt("ééé", 3), 2u);
  EXPECT_EQ(CutAt("\x80\x80\x80\x80", 2), 2u) << "no text at all still gets shorter";
}

TEST(WriteKnown, LeavesOutWhatSaysNothing) {
  Arena arena;
  syntax::JsonDocument document;
  ASSERT_EQ(document.Parse(R"({"a":null,"b":"","c":[],"d":{},"e":0,"f":false,"g":"x"})", arena),
            syntax::JsonStatus::kOk);
  std::string text;
  syntax::JsonWriter json(text);
  WriteKnown(json, document.root());
  EXPECT_EQ(text, R"({"e":0,"f":false,"g":"x"})");
}

}  // namespace
}  // namespace vitrine::api::mcp
