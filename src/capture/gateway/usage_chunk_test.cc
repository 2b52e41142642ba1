// Usage that is asked for on the caller's behalf, and hidden again.
#include "capture/gateway/usage_chunk.h"

#include <gtest/gtest.h>

namespace vitrine::capture {
namespace {

std::optional<std::string> Asked(std::string_view body,
                                 std::string_view target = "/v1/chat/completions") {
  upstream::Upstream upstream;
  upstream.kind = "openai";
  upstream.origin = "http://127.0.0.1:1";
  return WithUsageAsked(upstream, "POST", target, body);
}

TEST(UsageChunk, IsAskedForWithoutTouchingAnythingElse) {
  EXPECT_EQ(Asked(R"( { "model" : "m", "stream": true ,"messages":[]} )"),
            R"( {"stream_options":{"include_usage":true}, "model" : "m", "stream": true ,)"
            R"("messages":[]} )");
  EXPECT_EQ(Asked(R"({"stream":true,"stream_options":{}})"),
            R"({"stream":true,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(Asked(R"({"stream":true,"stream_options":{ "x":1 }})"),
            R"({"stream":true,"stream_options":{"include_usage":true, "x":1 }})");
  EXPECT_EQ(Asked(R"({"stream":true,"stream_options":null,"a":1})"),
            R"({"stream":true,"stream_options":{"include_usage":true},"a":1})");
  EXPECT_TRUE(Asked(R"({"stream":true,"prompt":"a"})", "/v1/completions"));
}

TEST(UsageChunk, IsNotAskedForWhereItWouldBeWrong) {
  for (const char* body :
       {R"({"stream":false})", R"({"messages":[]})", R"({"stream":true)", "[]", "", "no json",
        R"({"stream":true,"stream_options":{"include_usage":true}})",
        R"({"stream":true,"stream_options":{"include_usage":false}})",
        R"({"stream":true,"stream_options":7})"}) {
    EXPECT_EQ(Asked(body), std::nullopt) << body;
  }
  EXPECT_EQ(Asked(R"({"stream":true})", "/v1/responses"), std::nullopt);
  EXPECT_EQ(Asked(R"({"stream":true})", "/v1/messages"), std::nullopt);
}

constexpr std::string_view kHidden =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n";

/// What comes out of pieces of this size.
std::string Filtered(std::string_view body, size_t piece_bytes) {
  UsageChunkFilter filter;
  std::string out;
  for (size_t at = 0; at < body.size(); at += piece_bytes)
    filter.Take(body.substr(at, piece_bytes), out);
  filter.End(out);
  return out;
}

TEST(UsageChunk, IsLeftOutHoweverItIsCut) {
  const std::string before =
      "data: {\"choices\":[{\"delta\":{\"content\":\"a \\\"usage\\\"\"}}],\"usage\":null}\n\n"
      ": a comment\n\n"
      "event: x\ndata: {}\n\n"
      "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n";
  const std::string after = "data: [DONE]\n\n";
  const std::string body = before + std::string(kHidden) + after;
  for (size_t size = 1; size <= body.size(); ++size)
    ASSERT_EQ(Filtered(body, size), before + after) << size;
  std::string crlf;
  for (const char c : body) crlf.append(c == '\n' ? "\r\n" : std::string(1, c));
  for (size_t size = 1; size <= crlf.size(); ++size)
    ASSERT_FALSE(Filtered(crlf, size).contains("prompt_tokens")) << size;
  EXPECT_EQ(Filtered(crlf, 7).size(), crlf.size() - kHidden.size() - 2);
}

TEST(UsageChunk, WhatBreaksOffGoesThrough) {
  for (const std::string body : {"data: {\"choices\":[{\"delta\":{\"cont",
                                 "data: {\"choices\":[],\"usage\":{", "x", "\n", ""})
    EXPECT_EQ(Filtered(body, 3), body);
  // Whole, but for its blank line.
  EXPECT_EQ(Filtered(kHidden.substr(0, kHidden.size() - 2), 9), "");
  const std::string endless = "data: " + std::string(1 << 20, 'x');
  EXPECT_EQ(Filtered(endless, 4096), endless);
}

TEST(UsageChunk, OnlyPlainStreamsAreFiltered) {
  EXPECT_NE(UsageChunkFilterFor(200, {{"content-type", "text/event-stream; charset=utf-8"}}),
            nullptr);
  EXPECT_EQ(UsageChunkFilterFor(200, {{"content-type", "application/json"}}), nullptr);
  EXPECT_EQ(UsageChunkFilterFor(500, {{"content-type", "text/event-stream"}}), nullptr);
  EXPECT_EQ(UsageChunkFilterFor(
                200, {{"content-type", "text/event-stream"}, {"content-encoding", "gzip"}}),
            nullptr);
}

}  // namespace
}  // namespace vitrine::capture
