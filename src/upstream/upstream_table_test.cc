#include "upstream/upstream_table.h"

#include <gtest/gtest.h>

namespace vitrine::upstream {
namespace {

TEST(ParseUpstream, TakesAUrlApart) {
  const auto upstream =
      ParseUpstream("mine", "openai", "http://llm.example.com:8080/base/v2//", nullptr);
  ASSERT_TRUE(upstream.has_value()) << upstream.error().message;
  EXPECT_EQ(upstream->origin, "http://llm.example.com:8080");
  EXPECT_EQ(upstream->authority, "llm.example.com:8080");
  EXPECT_EQ(upstream->base_path, "/base/v2");
  EXPECT_EQ(upstream->endpoint->host, "llm.example.com");
  EXPECT_EQ(upstream->endpoint->port, 8080);
}

TEST(ParseUpstream, PortsAndAddresses) {
  EXPECT_EQ(ParseUpstream("a", "", "https://api.example.com", nullptr)->endpoint->port, 443);
  EXPECT_EQ(ParseUpstream("a", "", "http://api.example.com/", nullptr)->endpoint->port, 80);
  EXPECT_EQ(ParseUpstream("a", "", "http://api.example.com/", nullptr)->base_path, "");
  const auto ip6 = ParseUpstream("a", "", "http://[::1]:11434", nullptr);
  ASSERT_TRUE(ip6.has_value());
  EXPECT_EQ(ip6->endpoint->host, "::1");
  EXPECT_EQ(ip6->authority, "[::1]:11434");
}

TEST(ParseUpstream, RefusesWhatCannotBeReached) {
  for (const char* url :
       {"", "api.example.com", "ftp://api.example.com", "https://", "https:///v1",
        "https://user:pass@api.example.com", "https://api.example.com:0",
        "https://api.example.com:65536", "https://api.example.com:", "https://api.example.com:x",
        "https://api.example.com?x=1", "https://api.example.com/#f", "https://a b.com",
        "https://[::1", "https://[nonsense]", "http://a.com/\r\nHost: b", "https://a\\b.com"}) {
    const auto upstream = ParseUpstream("mine", "", url, nullptr);
    ASSERT_FALSE(upstream.has_value()) << url;
    EXPECT_TRUE(upstream.error().message.starts_with("mine: ")) << upstream.error().message;
  }
}

TEST(UpstreamTable, KnownNamesAndTheirRest) {
  const auto table = UpstreamTable::Create({}, nullptr);
  ASSERT_TRUE(table.has_value());
  const auto found = table->Find("openai/v1/chat%2Fcompletions?x=1");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->route->targets.front().upstream->origin, "https://api.openai.com");
  EXPECT_EQ(found->rest, "/v1/chat%2Fcompletions?x=1");
  EXPECT_EQ(table->Find("openai")->rest, "");
  EXPECT_EQ(table->Find("ollama?x")->rest, "?x");
  EXPECT_EQ(table->Find("ollama/api/chat")->route->targets.front().upstream->kind, "ollama");
}

TEST(UpstreamTable, TheConfigurationWins) {
  const auto table =
      UpstreamTable::Create({{.name = "openai", .url = "http://127.0.0.1:9"},
                             {.name = "mycorp", .url = "http://10.0.0.1/llm"},
                             {.name = "claude", .url = "http://10.0.0.2", .kind = "anthropic"},
                             {.name = "bedrock", .url = "http://127.0.0.1:8"}},
                            nullptr);
  ASSERT_TRUE(table.has_value()) << table.error().message;
  EXPECT_EQ(table->Find("openai/v1")->route->targets.front().upstream->authority, "127.0.0.1:9");
  EXPECT_EQ(table->Find("openai/v1")->route->targets.front().upstream->kind, "openai");
  EXPECT_EQ(table->Find("mycorp/v1")->route->targets.front().upstream->kind, "openai");
  EXPECT_EQ(table->Find("mycorp/v1")->route->targets.front().upstream->base_path, "/llm");
  EXPECT_EQ(table->Find("claude/v1")->route->targets.front().upstream->kind, "anthropic");
  EXPECT_EQ(table->Find("bedrock/model/x/converse")->route->targets.front().upstream->kind,
            "bedrock");
  EXPECT_EQ(table->Find("bedrock/model/x/converse")->rest, "/model/x/converse");
}

TEST(UpstreamTable, APartOfTheHostMayStandInThePath) {
  const auto table = UpstreamTable::Create({}, nullptr);
  const auto azure =
      table->Find("azure/my-res/openai/deployments/d/chat/completions?api-version=1");
  ASSERT_TRUE(azure.has_value());
  EXPECT_EQ(azure->route->targets.front().upstream->origin, "https://my-res.openai.azure.com");
  EXPECT_EQ(azure->rest, "/openai/deployments/d/chat/completions?api-version=1");
  EXPECT_EQ(
      table->Find("bedrock/us-east-1/model/m/converse")->route->targets.front().upstream->authority,
      "bedrock-runtime.us-east-1.amazonaws.com");
  EXPECT_EQ(table->Find("vertex/global/v1/x")->route->targets.front().upstream->authority,
            "aiplatform.googleapis.com");
  EXPECT_EQ(table->Find("vertex/europe-west1/v1/x")->route->targets.front().upstream->authority,
            "europe-west1-aiplatform.googleapis.com");
  // Nothing that could lead to another host.
  for (const char* target : {"azure", "azure/", "azure/a.evil.net/x", "azure/a%2Fb/x",
                             "azure/evil.net%23/x", "azure/-a/x", "bedrock/us@evil/x"}) {
    const auto found = table->Find(target);
    ASSERT_FALSE(found.has_value()) << target;
    EXPECT_EQ(found.error().code, ErrorCode::kInvalidInput);
  }
}

TEST(UpstreamTable, RoutesLeadToServersOfOneInterface) {
  const UpstreamSetting eu{.name = "eu", .url = "http://10.0.0.1"};
  UpstreamSetting route{.name = "chat",
                        .url = "",
                        .targets = {{"openai", "", 3}, {"eu", "gpt-eu", 1}},
                        .policy = {.retries = 2, .is_weighted = true}};
  const auto table = UpstreamTable::Create({route, eu}, nullptr);
  ASSERT_TRUE(table.has_value()) << table.error().message;
  const auto found = table->Find("chat/v1/x");
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->route->needs_whole_request());
  EXPECT_FALSE(table->Find("openai/v1/x")->route->needs_whole_request());
  ASSERT_EQ(found->route->targets.size(), 2u);
  EXPECT_EQ(found->route->targets[0].upstream->authority, "api.openai.com");
  EXPECT_EQ(found->route->targets[1].model, "gpt-eu");
  EXPECT_EQ(found->route->policy.retries, 2u);

  route.targets[1].upstream = "anthropic";
  EXPECT_FALSE(UpstreamTable::Create({route}, nullptr).has_value());
  route.targets[1].upstream = "nobody";
  EXPECT_FALSE(UpstreamTable::Create({route}, nullptr).has_value());
  EXPECT_FALSE(UpstreamTable::Create({{.name = "empty", .url = ""}}, nullptr).has_value());
  // A known server stays where it is when it gets a key.
  const auto keyed = UpstreamTable::Create({{.name = "openai", .url = "", .key = "sk-1"}}, nullptr);
  ASSERT_TRUE(keyed.has_value());
  EXPECT_EQ(keyed->Find("openai")->route->targets[0].upstream->key, "sk-1");
  EXPECT_EQ(keyed->Find("openai")->route->targets[0].upstream->authority, "api.openai.com");
}

TEST(UpstreamTable, Http2NeedsWhatItIsAskedBy) {
  const auto tls = net::UpstreamTls::Create();
  ASSERT_TRUE(tls.has_value());
  const auto made = [&tls](const UpstreamSetting& setting) {
    return UpstreamTable::Create(
        {setting, {.name = "route", .url = "", .targets = {{"openai", "", 1}}}}, *tls);
  };
  using net::UpstreamHttp2;
  const auto http2_of = [](const Result<UpstreamTable>& table, std::string_view target) {
    return table->Find(target)->route->targets[0].upstream->endpoint->http2;
  };
  const auto on = made({.name = "openai", .url = "", .http2 = UpstreamHttp2::kOn});
  ASSERT_TRUE(on.has_value()) << on.error().message;
  EXPECT_EQ(http2_of(on, "openai/v1"), UpstreamHttp2::kOn);
  EXPECT_EQ(http2_of(on, "route/v1"), UpstreamHttp2::kOn);
  EXPECT_EQ(http2_of(on, "anthropic/v1"), UpstreamHttp2::kOff);
  EXPECT_EQ(http2_of(made({.name = "azure", .url = "", .http2 = UpstreamHttp2::kOn}), "azure/r/x"),
            UpstreamHttp2::kOn);
  const auto known =
      made({.name = "a", .url = "http://h", .http2 = UpstreamHttp2::kPriorKnowledge});
  EXPECT_EQ(http2_of(known, "a/x"), UpstreamHttp2::kPriorKnowledge);

  const std::pair<UpstreamSetting, const char*> wrong[] = {
      {{.name = "a", .url = "http://h", .http2 = UpstreamHttp2::kOn}, "prior-knowledge"},
      {{.name = "a", .url = "https://h", .http2 = UpstreamHttp2::kPriorKnowledge}, "http2 = true"},
      {{.name = "a", .url = "", .http2 = UpstreamHttp2::kOn, .targets = {{"openai", "", 1}}},
       "http2 are theirs"}};
  for (const auto& [setting, expected] : wrong) {
    const auto refused = made(setting);
    ASSERT_FALSE(refused.has_value()) << expected;
    EXPECT_TRUE(refused.error().message.contains(expected)) << refused.error().message;
  }
}

TEST(UpstreamTable, SaysWhichNamesThereAre) {
  const auto table = UpstreamTable::Create({{.name = "mycorp", .url = "http://10.0.0.1"}}, nullptr);
  const auto found = table->Find("nobody/v1");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(found.error().message.contains(" mycorp")) << found.error().message;
  EXPECT_TRUE(found.error().message.contains(" azure")) << found.error().message;
  EXPECT_FALSE(
      UpstreamTable::Create({{.name = "my/corp", .url = "http://10.0.0.1"}}, nullptr).has_value());
}

}  // namespace
}  // namespace vitrine::upstream
