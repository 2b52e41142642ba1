#include "pipeline/secret_scrubber.h"

#include <gtest/gtest.h>

#include "pipeline/secret_patterns.h"

namespace vitrine::pipeline {
namespace {

class ScrubText : public testing::Test {
 protected:
  std::string Run(std::string_view text) {
    return std::string(scrubber_.ScrubText(text, arena_, count_));
  }
  SecretScrubber scrubber_;
  Arena arena_;
  uint32_t count_ = 0;
};

std::string Key(std::string_view prefix, size_t tail) {
  return std::string(prefix) + std::string(tail - 1, 'a') + '7';
}

TEST_F(ScrubText, TakesKeysOutOfTheMiddle) {
  EXPECT_EQ(Run("use " + Key("sk-proj-", 48) + ", please"), "use [scrubbed], please");
  EXPECT_EQ(Run("a " + Key("AIza", 35) + " b " + Key("gsk_", 40)), "a [scrubbed] b [scrubbed]");
  EXPECT_EQ(Run("{\"k\":\"" + Key("sk-ant-", 90) + "\"}"), "{\"k\":\"[scrubbed]\"}");
  EXPECT_EQ(Run("{\"value\":\"" + Key("ek_", 32) + "\"}"), "{\"value\":\"[scrubbed]\"}");
  EXPECT_EQ(Run("the week_" + Key("", 32)), "the week_" + Key("", 32));
  EXPECT_EQ(count_, 5u);
}

TEST_F(ScrubText, TakesAnEscapesLetterForNoWord) {
  EXPECT_EQ(Run(R"(a\n)" + Key("sk-proj-", 48)), R"(a\n[scrubbed])");
  EXPECT_EQ(Run(R"(a\\t)" + Key("gsk_", 40) + R"(\n)"), R"(a\\t[scrubbed]\n)");
  EXPECT_EQ(Run("tan" + Key("sk-proj-", 48)), "tan" + Key("sk-proj-", 48));
  EXPECT_EQ(count_, 2u);
}

TEST_F(ScrubText, KeepsTheWordBeforeAToken) {
  EXPECT_EQ(Run("Authorization: Bearer " + Key("", 30)), "Authorization: Bearer [scrubbed]");
  EXPECT_EQ(Run("https://x/y?key=" + Key("", 39) + "&alt=sse"),
            "https://x/y?key=[scrubbed]&alt=sse");
}

TEST_F(ScrubText, FindsEveryPatternWhereverItStands) {
  for (const SecretPattern& pattern : kSecretPatterns) {
    std::string key = Key(pattern.prefix, pattern.tail_min + 4);
    std::string kept = pattern.keep_prefix ? std::string(pattern.prefix) : "";
    for (size_t before = 0; before < 40; ++before) {
      for (size_t after : {0u, 1u, 2u, 15u, 16u, 33u}) {
        std::string left(before, ' '), right(after, ' ');
        EXPECT_EQ(Run(left + key + right), left + kept + "[scrubbed]" + right)
            << pattern.prefix << " " << before << " " << after;
      }
    }
  }
}

TEST_F(ScrubText, LeavesPlainTextAlone) {
  std::string text =
      "ask-me-anything about a task-force; sk-short, Bearer of news, "
      "disk-encryption-with-long-words";
  std::string_view view = text;
  EXPECT_EQ(scrubber_.ScrubText(view, arena_, count_).data(), view.data());
  EXPECT_EQ(count_, 0u);
}

TEST(Scrub, EmptiesSecretAttributesAndMessages) {
  Arena arena;
  model::Span span;
  std::string key = Key("sk-", 40);
  std::vector<model::Attribute> attributes = {
      {"http.request.header.authorization", model::Value::String("Token x")},
      {"ai.request.headers.x-api-key", model::Value::String("abc")},
      {"note", model::Value::String("plain")}};
  span.attributes = attributes;
  std::vector<model::Message> messages(1);
  messages[0].texts = key;
  span.input_messages = messages;
  SecretScrubber().Scrub(span, arena);
  EXPECT_EQ(span.attributes[0].value.text, kScrubbed);
  EXPECT_EQ(span.attributes[1].value.text, kScrubbed);
  EXPECT_EQ(span.attributes[2].value.text, "plain");
  EXPECT_EQ(span.input_messages[0].texts, kScrubbed);
  EXPECT_EQ(span.redactions, 3u);
}

TEST(SpanScrub, TakesSecretsOutOfLookUps) {
  Arena arena;
  const std::string key = Key("sk-proj-", 48);
  const std::string url = "https://files.example/a?key=" + Key("", 39);
  model::RetrievedDocument found;
  found.id = found.data_source = url;
  found.content = found.metadata = key;
  const model::RetrievedDocument plain{"doc-1", {}, "text", "shelf", "{}"};
  const model::RetrievedDocument documents[] = {plain, found};
  model::Span span;
  span.documents = documents;
  span.retrieval_query = span.status_message = key;
  span.data_source = url;
  SecretScrubber().Scrub(span, arena);
  const std::string clean = "https://files.example/a?key=[scrubbed]";
  ASSERT_EQ(span.documents.size(), 2u);
  EXPECT_EQ(span.documents[0].id, "doc-1");
  EXPECT_EQ(span.documents[0].data_source, "shelf");
  EXPECT_EQ(span.documents[1].id, clean);
  EXPECT_EQ(span.documents[1].data_source, clean);
  EXPECT_EQ(span.documents[1].content, kScrubbed);
  EXPECT_EQ(span.documents[1].metadata, kScrubbed);
  EXPECT_EQ(span.retrieval_query, kScrubbed);
  EXPECT_EQ(span.status_message, kScrubbed);
  EXPECT_EQ(span.data_source, clean);
  EXPECT_EQ(span.redactions, 7u);
}

TEST(SpanScrub, TakesSecretsOutOfEventsLinksAndGuardrailNames) {
  Arena arena;
  const std::string key = Key("sk-proj-", 48);
  const model::Attribute attributes[] = {{"note", model::Value::String(key)},
                                         {"x-api-key", model::Value::String("short")}};
  model::SpanEvent event;
  event.name = key;
  event.attributes = attributes;
  model::SpanLink link;
  link.trace_state = key;
  link.attributes = attributes;
  model::Span span;
  span.guardrail_name = key;
  span.events = {&event, 1};
  span.links = {&link, 1};
  SecretScrubber().Scrub(span, arena);
  EXPECT_EQ(span.guardrail_name, kScrubbed);
  EXPECT_EQ(span.events[0].name, kScrubbed);
  EXPECT_EQ(span.links[0].trace_state, kScrubbed);
  for (const auto& scrubbed : {span.events[0].attributes, span.links[0].attributes}) {
    EXPECT_EQ(scrubbed[0].value.text, kScrubbed);
    EXPECT_EQ(scrubbed[1].value.text, kScrubbed);
  }
  EXPECT_EQ(span.redactions, 7u);
}

TEST(SpanScrub, TakesSecretsOutOfExchanges) {
  Arena arena;
  const std::string key = Key("sk-proj-", 48);
  const std::string url = "https://x/?key=" + key, skeleton =
                                                       "\x1F"
                                                       "1.2\x1F" +
                                                       key +
                                                       "\x1F"
                                                       "3\x1F";
  const model::HeaderPair headers[] = {{"x-api-key", "short"}, {"x-note", key}, {"accept", "*/*"}};
  model::Exchange exchange;
  exchange.url = url;
  exchange.response_headers = headers;
  exchange.request.skeleton = exchange.response.skeleton = skeleton;
  model::Span span;
  span.exchange = &exchange;
  SecretScrubber().Scrub(span, arena);
  EXPECT_EQ(span.redactions, 5u);
  EXPECT_EQ(span.exchange->url, "https://x/?key=[scrubbed]");
  EXPECT_EQ(span.exchange->request.skeleton,
            "\x1F"
            "1.2\x1F[scrubbed]\x1F"
            "3\x1F");
  EXPECT_EQ(span.exchange->response.skeleton, span.exchange->request.skeleton);
  EXPECT_EQ(span.exchange->response_headers[0].value, "[scrubbed]");
  EXPECT_EQ(span.exchange->response_headers[1].value, "[scrubbed]");
  EXPECT_EQ(span.exchange->response_headers[2].value, "*/*");
}

}  // namespace
}  // namespace vitrine::pipeline
