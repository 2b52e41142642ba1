#include "capture/gateway/call_context.h"

#include <gtest/gtest.h>

namespace vitrine::capture {
namespace {

constexpr const char* kTrace = "0af7651916cd43dd8448eb211c80319c";
constexpr const char* kSpan = "b7ad6b7169203331";

std::string Parent(const std::string& version = "00", const std::string& tail = "") {
  return version + "-" + kTrace + "-" + kSpan + "-01" + tail;
}

TEST(CallContext, OurHeaders) {
  const CallContext context = ReadContext({{"X-Vitrine-User", "u"},
                                           {"x-vitrine-session", "s"},
                                           {"x-vitrine-feature", "f"},
                                           {"x-vitrine-release", "r"},
                                           {"x-vitrine-environment", "e"},
                                           {"x-vitrine-service", "svc"},
                                           {"x-vitrine-experiment", "x"},
                                           {"x-vitrine-prompt", "p"},
                                           {"x-vitrine-prompt-version", "3"},
                                           {"x-vitrine-tag-Team", "blue"},
                                           {"x-vitrine-property-shard", "7"},
                                           {"x-vitrine-omit-request", "true"}});
  EXPECT_EQ(context.user, "u");
  EXPECT_EQ(context.session, "s");
  EXPECT_EQ(context.feature, "f");
  EXPECT_EQ(context.release, "r");
  EXPECT_EQ(context.environment, "e");
  EXPECT_EQ(context.service, "svc");
  EXPECT_EQ(context.experiment, "x");
  EXPECT_EQ(context.prompt_name, "p");
  EXPECT_EQ(context.prompt_version, "3");
  EXPECT_EQ(context.tags, std::vector<std::string>{"Team:blue"});
  ASSERT_EQ(context.properties.size(), 1u);
  EXPECT_EQ(context.properties[0].first, "shard");
  EXPECT_TRUE(context.omits_request);
  EXPECT_FALSE(context.omits_response);
}

TEST(CallContext, OursWinThenHeliconesThenPortkeysThenBaggage) {
  net::HttpHeaders headers = {{"baggage", "user.id=b,session.id=bs;ttl=1 , service.name=a%20b"},
                              {"x-portkey-metadata", R"({"_user":"p","team":"red","n":3})"},
                              {"helicone-user-id", "h"},
                              {"helicone-property-City", "Rome"}};
  CallContext context = ReadContext(headers);
  EXPECT_EQ(context.user, "h");
  EXPECT_EQ(context.session, "bs");
  EXPECT_EQ(context.service, "a b");
  EXPECT_EQ(context.tags, (std::vector<std::string>{"City:Rome", "team:red", "n:3"}));
  headers.Add("x-vitrine-user", "v");
  EXPECT_EQ(ReadContext(headers).user, "v");
  headers.Remove("x-vitrine-user");
  headers.Remove("helicone-user-id");
  EXPECT_EQ(ReadContext(headers).user, "p");
  headers.Remove("x-portkey-metadata");
  EXPECT_EQ(ReadContext(headers).user, "b");
}

TEST(CallContext, JoinsTheCallersTrace) {
  const CallContext context =
      ReadContext({{"traceparent", Parent()}, {"tracestate", "a=1"}, {"tracestate", "b=2"}});
  EXPECT_EQ(context.trace_id.ToHex(), kTrace);
  EXPECT_EQ(context.parent_span_id.ToHex(), kSpan);
  EXPECT_EQ(context.trace_state, "a=1,b=2");
  EXPECT_EQ(ReadContext({{"traceparent", Parent("cc", "-more")}}).trace_id.ToHex(), kTrace);
}

TEST(CallContext, ATraceParentThatIsNoneIsNone) {
  const std::string zero(32, '0');
  for (const std::string& text :
       {std::string(), std::string("nonsense"), Parent("ff"), Parent("00", "-more"),
        Parent("cc", "more"), "00-" + zero + "-" + kSpan + "-01",
        std::string("00-") + kTrace + "-0000000000000000-01", Parent().substr(0, 54)}) {
    EXPECT_FALSE(ReadContext({{"traceparent", text}}).trace_id) << text;
  }
  EXPECT_FALSE(ReadContext({{"traceparent", Parent()}, {"traceparent", Parent()}}).trace_id);
}

TEST(CallContext, TracesWithOtherNames) {
  EXPECT_EQ(ReadContext({{"x-portkey-trace-id", kTrace}}).trace_id.ToHex(), kTrace);
  const CallContext named = ReadContext({{"x-portkey-trace-id", "order 66"}});
  EXPECT_FALSE(named.trace_id);
  EXPECT_EQ(named.external_trace_id, "order 66");
}

TEST(CallContext, WhatIsWrongIsLeftOut) {
  const CallContext context = ReadContext({{"x-portkey-metadata", "{not json"},
                                           {"baggage", "=,;,a,user.id=%zz,,session.id="},
                                           {"x-vitrine-tag-", "nameless"},
                                           {"x-vitrine-user", std::string("\xFF\x41", 2)}});
  EXPECT_TRUE(context.tags.empty());
  EXPECT_EQ(context.session, "");
  EXPECT_EQ(context.user,
            "\xEF\xBF\xBD"
            "A");
}

TEST(CallContext, TagsAndPropertiesAreBounded) {
  net::HttpHeaders headers;
  for (int i = 0; i < 500; ++i)
    headers.Add("x-vitrine-tag-t" + std::to_string(i), std::string(5000, 'x'));
  const CallContext context = ReadContext(headers);
  EXPECT_LE(context.tags.size(), 64u);
  EXPECT_LE(context.tags.front().size(), 1024u);
}

TEST(CallContext, HeadersThatSpeakToTheGateway) {
  for (const char* name : {"x-vitrine-user", "Helicone-Auth", "X-PORTKEY-API-KEY"})
    EXPECT_TRUE(IsGatewayHeader(name)) << name;
  for (const char* name : {"x-vitrine", "helicone", "authorization", "x-request-id", "traceparent"})
    EXPECT_FALSE(IsGatewayHeader(name)) << name;
}

}  // namespace
}  // namespace vitrine::capture
