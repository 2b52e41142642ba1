// The gateway's tables of the configuration file, and the examples of its page.
#include "app/gateway_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/config.h"
#include "app/whole_file.h"
#include "base/arena.h"
#include "capture/gateway/gateway_door.h"
#include "syntax/toml/toml_text.h"

namespace vitrine::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

/// Works in a folder of its own, so that "file:NAME" finds what the test wrote.
class GatewayTablesTest : public testing::Test {
 protected:
  GatewayTablesTest() : before_(std::filesystem::current_path()) {
    char name[] = "/tmp/vitrine-tables-XXXXXX";
    folder_ = mkdtemp(name);
    std::filesystem::current_path(folder_);
  }
  ~GatewayTablesTest() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }

  /// Reads what stands below [gateway] of a file.
  Result<GatewayTables> Read(const std::string& toml) {
    TRY_ASSIGN(const std::string json, syntax::TomlToJson(toml));
    Arena arena;
    syntax::JsonDocument document;
    EXPECT_EQ(document.Parse(json, arena), syntax::JsonStatus::kOk);
    GatewayTables tables;
    for (const auto [name, value] : document.root()["gateway"].Members()) {
      EXPECT_TRUE(GatewayTables::Has(name)) << name;
      TRY(tables.Take(name, value));
    }
    return tables;
  }
  std::string Refusal(const std::string& toml) {
    const auto tables = Read(toml);
    if (tables) return "accepted";
    EXPECT_EQ(tables.error().code, ErrorCode::kInvalidInput);
    return tables.error().message;
  }
  static void Write(const std::string& name, const std::string& text) {
    std::ofstream(name) << text;
  }

  const std::filesystem::path before_;
  std::string folder_;
};

TEST_F(GatewayTablesTest, AnUpstreamHasAllItsSettings) {
  const auto tables = Read(R"(
[gateway.upstreams.mine]
url = "https://llm.example.com/base"
kind = "anthropic"
key = "sk-mine"
retries = 3
cache_ttl = "10m"
cache_scope = "global"
cache_keeps_timing = true
include_usage = true
http2 = true
[gateway.upstreams.chat]
targets = ["mine", { upstream = "openai", model = "gpt-eu", weight = 3 }]
strategy = "weighted"
[gateway.upstreams.bedrock]
region = "eu-west-1"
access_key_id = "AKIA1"
secret_access_key = "secret"
session_token = "token"
)");
  ASSERT_TRUE(tables) << tables.error().message;
  ASSERT_EQ(tables->upstreams.size(), 3u);
  const auto named = [&tables](std::string_view name) {
    return *std::ranges::find(tables->upstreams, name, &upstream::UpstreamSetting::name);
  };
  EXPECT_EQ(named("mine"),
            (upstream::UpstreamSetting{.name = "mine",
                                       .url = "https://llm.example.com/base",
                                       .kind = "anthropic",
                                       .key = "sk-mine",
                                       .http2 = net::UpstreamHttp2::kOn,
                                       .policy = {.retries = 3,
                                                  .cache_ttl_ms = 600'000,
                                                  .cache_scope = upstream::CacheScope::kGlobal,
                                                  .cache_keeps_timing = true,
                                                  .include_usage = true}}));
  EXPECT_EQ(named("chat"),
            (upstream::UpstreamSetting{.name = "chat",
                                       .url = "",
                                       .targets = {{"mine", "", 1}, {"openai", "gpt-eu", 3}},
                                       .policy = {.is_weighted = true}}));
  EXPECT_EQ(named("bedrock").aws,
            (upstream::AwsCredentials{"eu-west-1", "AKIA1", "secret", "token"}));
}

TEST_F(GatewayTablesTest, KeysLimitsAndGuardrails) {
  const auto tables = Read(R"(
[[gateway.keys]]
name = "team"
key = "0123456789abcdef"
project = "shop"
upstreams = ["openai"]
models = ["a", "b"]
[[gateway.limits]]
name = "per user"
by = "user"
window = "1h"
requests = 5
tokens = 6
dollars = 2.5
[[gateway.limits]]
name = "text"
dollars = "0.01"
[[gateway.guardrails]]
name = "both"
on = "both"
pattern = "x+"
action = "mask"
[[gateway.guardrails]]
name = "answers"
on = "answer"
action = "flag"
pattern = "y"
max_tokens = 7
[gateway.timeline_features]
checkout = "all"
"a b" = "5%"
)");
  ASSERT_TRUE(tables) << tables.error().message;
  ASSERT_EQ(tables->keys.size(), 1u);
  EXPECT_EQ(tables->keys[0].project, "shop");
  EXPECT_THAT(tables->keys[0].models, ElementsAre("a", "b"));
  ASSERT_EQ(tables->limits.size(), 2u);
  EXPECT_EQ(tables->limits[0].by, capture::LimitBy::kUser);
  EXPECT_EQ(tables->limits[0].window_ms, 3'600'000);
  EXPECT_EQ(tables->limits[0].requests, 5u);
  EXPECT_EQ(tables->limits[0].tokens, 6u);
  EXPECT_EQ(tables->limits[0].cost->ToString(), "2.5");
  EXPECT_EQ(tables->limits[1].by, capture::LimitBy::kAll);
  EXPECT_EQ(tables->limits[1].window_ms, 60'000);
  EXPECT_EQ(tables->limits[1].requests, std::nullopt);
  EXPECT_EQ(tables->limits[1].cost->ToString(), "0.01");
  ASSERT_EQ(tables->guardrails.size(), 2u);
  EXPECT_TRUE(tables->guardrails[0].is_for_requests && tables->guardrails[0].is_for_answers);
  EXPECT_EQ(tables->guardrails[0].action, capture::GuardrailAction::kMask);
  EXPECT_FALSE(tables->guardrails[1].is_for_requests);
  EXPECT_EQ(tables->guardrails[1].tokens_max, 7u);
  EXPECT_THAT(tables->timeline_features,
              UnorderedElementsAre(Pair("checkout", "all"), Pair("a b", "5%")));
}

TEST_F(GatewayTablesTest, SecretsMayBeKeptElsewhere) {
  Write("team.key", "0123456789abcdef \n\n");
  setenv("VITRINE_TEST_KEY", "from-the-environment", 1);
  const auto tables = Read(
      "[gateway.upstreams.openai]\nkey = \"env:VITRINE_TEST_KEY\"\n"
      "[[gateway.keys]]\nname = \"n\"\nkey = \"file:team.key\"\n");
  unsetenv("VITRINE_TEST_KEY");
  ASSERT_TRUE(tables) << tables.error().message;
  EXPECT_EQ(tables->upstreams[0].key, "from-the-environment");
  EXPECT_EQ(tables->keys[0].key, "0123456789abcdef") << "without the line's end";
}

TEST_F(GatewayTablesTest, MistakesNameTheirPlace) {
  const std::string up = "[gateway.upstreams.x]\n", key = "[[gateway.keys]]\nname = \"n\"\n",
                    limit = "[[gateway.limits]]\nname = \"n\"\n",
                    guard = "[[gateway.guardrails]]\nname = \"n\"\n";
  const std::pair<std::string, const char*> cases[] = {
      {"[gateway]\nupstreams = 1", "[gateway.upstreams.NAME]"},
      {"[gateway.upstreams]\nx = 1", "[gateway.upstreams.x]: is a table"},
      {up + "url = 1", "[gateway.upstreams.x]: url is text"},
      {up + "urll = \"http://h\"", "urll is not known; there are url, kind, key, region"},
      {up + "retries = 11", "retries is a whole number up to 10"},
      {up + "retries = -1", "retries is a whole number up to 10"},
      {up + "cache_ttl = \"5\"", "cache_ttl is a duration, as 500ms"},
      {up + "cache_ttl = \"0s\"", "cache_ttl is a duration"},
      {up + "cache_scope = \"all\"", "cache_scope is one of user, global"},
      {up + "cache_keeps_timing = 1", "cache_keeps_timing is true or false"},
      {up + "include_usage = \"yes\"", "include_usage is true or false"},
      {up + "http2 = 1", "http2 is true, false, \"auto\" or \"prior-knowledge\""},
      {up + "http2 = \"yes\"", "http2 is true, false, \"auto\" or \"prior-knowledge\""},
      {up + "strategy = \"random\"", "strategy is one of fallback, weighted"},
      {up + "targets = []", "targets is a list of upstreams"},
      {up + "targets = [{ model = \"m\" }]", "upstream is missing"},
      {up + "targets = [{ upstream = \"a\", wieght = 2 }]", "wieght is not known"},
      {up + "key = \"env:VITRINE_TEST_UNSET\"", "VITRINE_TEST_UNSET, which is not set"},
      {up + "key = \"file:nowhere\"", "nowhere"},
      {"[gateway]\nkeys = \"k\"", "write each of gateway.keys as [[gateway.keys]]"},
      {key + "key = \"short\"", "at least 16 characters"},
      {key + "key = \"0123456789abcdef\"\nproject = \"a b\"", "project is no project's name"},
      {"[[gateway.keys]]\nkey = \"0123456789abcdef\"", "name is missing"},
      {key + "key = \"0123456789abcdef\"\nmodels = \"m\"", "models is a list of texts"},
      {key + "key = \"0123456789abcdef\"\nmodels = [1]", "models is a list of texts"},
      {limit, "needs requests, tokens or dollars"},
      {limit + "dollars = 0", "dollars is dollars, as 2.5"},
      {limit + "dollars = \"a\"", "dollars is dollars, as 2.5"},
      {limit + "requests = 1\nby = \"team\"", "by is one of all, project, key, user"},
      {limit + "requests = 1\nwindow = \"1 h\"", "window is a duration"},
      {guard + "action = \"stop\"", "action is one of block, mask, flag"},
      {guard + "max_tokens = 1.5", "max_tokens is a whole number"},
      {"[gateway]\ntimeline_features = \"all\"", "[gateway.timeline_features]"},
      {"[gateway.timeline_features]\nx = 5", "[gateway.timeline_features]"},
  };
  for (const auto& [toml, expected] : cases)
    EXPECT_THAT(Refusal(toml), HasSubstr(expected)) << toml;
}

/// The blocks of a page that are marked as TOML.
std::vector<std::string> ExamplesOf(const std::string& page) {
  const auto text = ReadWhole(page);
  EXPECT_TRUE(text) << page;
  std::vector<std::string> examples;
  constexpr std::string_view kBegin = "```toml\n", kEnd = "\n```";
  for (size_t at = text->find(kBegin); at != std::string::npos; at = text->find(kBegin, at)) {
    at += kBegin.size();
    const size_t end = text->find(kEnd, at);
    examples.push_back(text->substr(at, end - at + 1));
    at = end;
  }
  return examples;
}

TEST_F(GatewayTablesTest, TheExamplesOfTheGatewaysPageLoad) {
  Write("team-a.key", "a-key-of-our-own-for-team-a");
  for (const char* name : {"OPENAI_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"})
    setenv(name, "AKIDEXAMPLE", 1);
  const std::vector<std::string> examples =
      ExamplesOf(std::string(VITRINE_SOURCE_DIR) + "/docs/gateway.md");
  EXPECT_GE(examples.size(), 5u);
  capture::GatewayOptions all;
  char* no_environment[] = {nullptr};
  for (const std::string& example : examples) {
    Write("vitrine.toml", example);
    const auto config = Config::Load({"--config=vitrine.toml"}, no_environment);
    ASSERT_TRUE(config) << config.error().message << "\n" << example;
    const GatewayTables& tables = config->gateway();
    std::ranges::copy(tables.upstreams, std::back_inserter(all.upstreams));
    std::ranges::copy(tables.keys, std::back_inserter(all.keys));
    std::ranges::copy(tables.limits, std::back_inserter(all.limits));
    std::ranges::copy(tables.guardrails, std::back_inserter(all.guardrails));
    EXPECT_TRUE(capture::TimelinePolicy::Parse(config->Text("gateway.timelines"),
                                               tables.timeline_features));
  }
  // What a page shows together works together.
  const auto upstreams = upstream::UpstreamTable::Create(all.upstreams, nullptr);
  ASSERT_TRUE(upstreams) << upstreams.error().message;
  EXPECT_TRUE(upstreams->Find("mycorp/v1/x"));
  EXPECT_NE(upstreams->Find("bedrock/us-east-1/model/m/converse")->route->targets[0].upstream->aws,
            nullptr);
  const auto guardrails = capture::Guardrails::Create(all.guardrails);
  EXPECT_TRUE(guardrails);
  EXPECT_FALSE(all.keys.empty());
  EXPECT_FALSE(all.limits.empty());
}

}  // namespace
}  // namespace vitrine::app
