#include "codecs/content/message_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs {
namespace {

using model::kAttachmentSlot;
using model::kTextSlot;
using model::Message;

std::string Parts(const Message& message, std::vector<std::string> names = {}) {
  auto json = PartsJson(message, names);
  return json ? *json : "error: " + json.error().message;
}

/// The promise of model/message.h: as many slots as texts and attachments, none of them in a text.
void ExpectInvariants(const Message& message) {
  auto slots = std::ranges::count(message.parts_template, kTextSlot);
  auto separators = std::ranges::count(message.texts, kTextSlot);
  EXPECT_EQ(separators, slots == 0 ? 0 : slots - 1);
  EXPECT_EQ(std::ranges::count(message.parts_template, kAttachmentSlot),
            static_cast<ptrdiff_t>(message.attachments.size()));
  EXPECT_EQ(std::ranges::count(message.texts, kAttachmentSlot), 0);
}

TEST(MessageBuilder, OneTextIsTheSharedTemplate) {
  Arena arena;
  MessageBuilder builder(arena);
  builder.Begin();
  builder.AddText("hello");
  Message message = builder.Finish("user", "bob");
  EXPECT_EQ(message.role, "user");
  EXPECT_EQ(message.name, "bob");
  EXPECT_EQ(message.parts_template, "[{\"type\":\"text\",\"content\":\x1F}]");
  EXPECT_EQ(message.texts, "hello");
  EXPECT_EQ(Parts(message), R"([{"type":"text","content":"hello"}])");
}

TEST(MessageBuilder, EveryKindOfPart) {
  Arena arena;
  MessageBuilder builder(arena);
  builder.Begin();
  builder.AddReasoning("hm", "sig");
  builder.AddText("a \"quote\"\n");
  builder.AddRefusal("no");
  builder.AddToolCall("call_1", "get_weather", R"({"city":"Rome"})");
  builder.AddToolCall({}, "search", "", true);
  builder.AddToolResponse("call_1", {}, "sunny");
  builder.AddBlob("image", "image/png", "\x89PNG");
  builder.AddUri("image", {}, "https://example.com/a.png");
  builder.AddFile("document", "application/pdf", "file_1");
  Message message = builder.Finish("assistant");
  ExpectInvariants(message);
  EXPECT_EQ(
      Parts(message, {"HASH"}),
      R"([{"type":"reasoning","content":"hm","signature":"sig"},)"
      R"({"type":"text","content":"a \"quote\"\n"},{"type":"refusal","content":"no"},)"
      R"({"type":"tool_call","id":"call_1","name":"get_weather","arguments":"{\"city\":\"Rome\"}"},)"
      R"({"type":"tool_call","name":"search","arguments":"","server_side":true},)"
      R"({"type":"tool_call_response","id":"call_1","response":"sunny"},)"
      R"({"type":"blob","modality":"image","mime_type":"image/png","attachment":"HASH"},)"
      R"({"type":"uri","modality":"image","uri":"https://example.com/a.png"},)"
      R"({"type":"file","modality":"document","mime_type":"application/pdf","file_id":"file_1"}])");
  ASSERT_EQ(message.attachments.size(), 1u);
  EXPECT_EQ(message.attachments[0].bytes, "\x89PNG");
}

TEST(MessageBuilder, EmptyTextsKeepTheirPlaces) {
  Arena arena;
  MessageBuilder builder(arena);
  builder.Begin();
  builder.AddText("");
  builder.AddText("");
  builder.AddText("x");
  Message message = builder.Finish("user");
  EXPECT_EQ(message.texts, "\x1F\x1Fx");
  EXPECT_EQ(
      Parts(message),
      R"([{"type":"text","content":""},{"type":"text","content":""},{"type":"text","content":"x"}])");
}

TEST(MessageBuilder, SlotBytesStayInTheTemplateEscaped) {
  Arena arena;
  MessageBuilder builder(arena);
  builder.Begin();
  builder.AddText(
      "a\x1F"
      "b");
  builder.AddText("plain");
  builder.AddToolResponse("id\x1E", "n", "c\x1E");
  Message message = builder.Finish("user");
  ExpectInvariants(message);
  EXPECT_EQ(message.texts, "plain");
  EXPECT_EQ(Parts(message),
            R"([{"type":"text","content":"a\u001fb"},{"type":"text","content":"plain"},)"
            R"({"type":"tool_call_response","id":"id\u001e","name":"n","response":"c\u001e"}])");
}

TEST(MessageBuilder, OtherPartsLoseCacheMarkersAndWhiteSpaceOnly) {
  Arena arena;
  syntax::JsonDocument document;
  ASSERT_EQ(document.Parse(R"({ "type" : "search_result", "cache_control": {"type":"ephemeral"},
                                "items": [1, 2.50, true, null, "x\u001fy"] })",
                           arena),
            syntax::JsonStatus::kOk);
  MessageBuilder builder(arena);
  builder.Begin();
  builder.AddOther(document.root());
  Message message = builder.Finish("user");
  ExpectInvariants(message);
  EXPECT_EQ(Parts(message), R"([{"type":"search_result","items":[1,2.50,true,null,"x\u001fy"]}])");
}

TEST(MessageBuilder, NothingIsAnEmptyList) {
  Arena arena;
  MessageBuilder builder(arena);
  builder.Begin();
  EXPECT_TRUE(builder.empty());
  EXPECT_EQ(Parts(builder.Finish("assistant")), "[]");
}

TEST(PartsJson, RefusesTextsWithoutPlaces) {
  Message message;
  message.parts_template = "[]";
  message.texts = "left over";
  EXPECT_FALSE(PartsJson(message, {}));
  message.parts_template = "[\x1F,\x1F]";
  EXPECT_FALSE(PartsJson(message, {}));
  message.parts_template = "[\"\x1E\"]";
  message.texts = {};
  EXPECT_FALSE(PartsJson(message, {}));
  EXPECT_TRUE(PartsJson(message, {"h"}));
  EXPECT_FALSE(PartsJson(message, {"h", "i"}));
}

/// Random parts, read back part by part.
TEST(MessageBuilder, RoundTripOfRandomParts) {
  std::mt19937 random(20261121);
  auto text = [&](size_t size_max) {
    // Favours the bytes that could break the format.
    constexpr std::string_view kAlphabet = "ab\x1F\x1E\"\\\n{}[],:\x01 \x7F";
    std::string result(random() % (size_max + 1), 'x');
    for (char& c : result) c = kAlphabet[random() % kAlphabet.size()];
    return result;
  };
  for (int round = 0; round < 2000; ++round) {
    Arena arena;
    MessageBuilder builder(arena);
    builder.Begin();
    std::vector<std::pair<std::string, std::string>> expected;  // Type and its searched string.
    std::vector<std::string> kept;
    kept.reserve(64);
    for (size_t i = random() % 6; i > 0; --i) {
      std::string_view value = kept.emplace_back(text(12));
      switch (random() % 4) {
        case 0:
          builder.AddText(value);
          expected.emplace_back("text", value);
          break;
        case 1:
          builder.AddReasoning(value, text(3));
          expected.emplace_back("reasoning", value);
          break;
        case 2: {
          std::string_view id = kept.emplace_back(text(4));
          builder.AddToolCall(id, id, value);
          expected.emplace_back("tool_call", value);
          break;
        }
        default: builder.AddBlob("image", "image/png", value); expected.emplace_back("blob", "H");
      }
    }
    Message message = builder.Finish("user");
    ExpectInvariants(message);
    auto json = PartsJson(message, std::vector<std::string>(message.attachments.size(), "H"));
    ASSERT_TRUE(json) << json.error().message;
    syntax::JsonDocument document;
    ASSERT_EQ(document.Parse(*json, arena), syntax::JsonStatus::kOk) << *json;
    ASSERT_EQ(document.root().size(), expected.size());
    size_t at = 0;
    for (syntax::JsonValue part : document.root().Elements()) {
      const auto& [type, value] = expected[at++];
      EXPECT_EQ(part["type"].text(), type);
      std::string_view key = type == "tool_call" ? "arguments"
                             : type == "blob"    ? "attachment"
                                                 : "content";
      EXPECT_EQ(part[key].text(), value);
    }
  }
}

}  // namespace
}  // namespace vitrine::codecs
