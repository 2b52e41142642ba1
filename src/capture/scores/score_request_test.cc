#include "capture/scores/score_request.h"

#include <gtest/gtest.h>

#include "capture/scores/limits.h"

namespace vitrine::capture {
namespace {

constexpr Nanos kNow{1'795'224'667'000'000'000};
constexpr const char* kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";

struct Read {
  model::SpanBatch batch;
  Result<std::vector<std::string>> ids;
};

Read ReadBody(const std::string& body, const std::string& project = "default") {
  Read read;
  read.batch.project = project;
  read.ids = ReadScores(std::make_shared<const std::string>(body), kNow, read.batch);
  return read;
}

std::string OfTrace(const std::string& members) {
  return std::string(R"({"trace_id":")") + kTrace + R"(",)" + members + "}";
}

void ExpectWrong(const std::string& body, std::string_view message) {
  const Read read = ReadBody(body);
  ASSERT_FALSE(read.ids) << body;
  EXPECT_NE(read.ids.error().message.find(message), std::string::npos) << read.ids.error().message;
  EXPECT_TRUE(read.batch.scores.empty());
}

TEST(ScoreRequest, NumbersLabelsAndBooleansAreScores) {
  const Read read = ReadBody(
      R"({"scores":[{"name":"faithfulness","value":0.75,"response_id":"chatcmpl-1","source":"judge"},
      {"name":"tone","label":"kind","session_id":"s-1","comment":"caf\u00e9"},
      {"name":"helpful","value":false,"trace_id":")" +
      std::string(kTrace) +
      R"(","span_id":"00f067aa0ba902b7","time":"2026-11-01T00:00:00Z","author":"ann"}]})");
  ASSERT_TRUE(read.ids) << read.ids.error().message;
  ASSERT_EQ(read.batch.scores.size(), 3u);
  const auto& [number, label, boolean] =
      std::tie(read.batch.scores[0], read.batch.scores[1], read.batch.scores[2]);
  EXPECT_EQ(number.value, 0.75);
  EXPECT_EQ(number.response_id, "chatcmpl-1");
  EXPECT_EQ(number.source, "judge");
  EXPECT_EQ(number.time, kNow);
  EXPECT_EQ(label.value, std::nullopt);
  EXPECT_EQ(label.label, "kind");
  EXPECT_EQ(label.comment, "caf\u00e9");
  EXPECT_EQ(label.source, "api");
  EXPECT_EQ(boolean.value, 0);
  EXPECT_EQ(boolean.label, "false");
  EXPECT_EQ(boolean.trace_id.ToHex(), kTrace);
  EXPECT_EQ(boolean.span_id.ToHex(), "00f067aa0ba902b7");
  EXPECT_EQ(FormatRfc3339(boolean.time), "2026-11-01T00:00:00.000000000Z");
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(read.batch.scores[i].id, (*read.ids)[i]);
}

TEST(ScoreRequest, AnIdNamesOneScoreOfAProject) {
  const std::string one = OfTrace(R"("name":"a","value":1,"score_id":"mine")");
  const std::string other = OfTrace(R"("name":"b","value":2,"score_id":"mine")");
  EXPECT_EQ(*ReadBody(one).ids, *ReadBody(other).ids);
  EXPECT_NE(*ReadBody(one).ids, *ReadBody(one, "another").ids);
  const std::string hex = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(ReadBody(OfTrace(R"("name":"a","value":1,"score_id":")" + hex + "\"")).ids->at(0), hex);
}

TEST(ScoreRequest, WithoutAnIdWhatItSaysNamesIt) {
  const std::string timed = R"("name":"a","value":1,"time":"2026-11-01T00:00:00Z")";
  EXPECT_EQ(*ReadBody(OfTrace(timed)).ids, *ReadBody(OfTrace(timed)).ids);
  const std::string plain = OfTrace(R"("name":"a","value":1)");
  const Read twice = ReadBody(R"({"scores":[)" + plain + "," + plain + "]}");
  ASSERT_TRUE(twice.ids);
  EXPECT_NE(twice.ids->at(0), twice.ids->at(1)) << "two scores of one moment are two";
}

TEST(ScoreRequest, ErrorsNameTheScoreAndSayWhatIsWrong) {
  ExpectWrong("", "the body is JSON like");
  ExpectWrong("[]", "the body is JSON like");
  ExpectWrong(R"({"scores":{}})", "scores: is a list");
  ExpectWrong(R"({"scores":[],"name":"a"})", "stands alone");
  ExpectWrong(R"({"scores":[7]})", "score 0 is an object");
  ExpectWrong(OfTrace(R"("value":1)"), "score 0 has no name");
  ExpectWrong(OfTrace(R"("name":"a")"), "neither a value nor a label");
  ExpectWrong(OfTrace(R"("name":"a","value":"good")"), "a category is a label");
  ExpectWrong(OfTrace(R"("name":"a","value":1,"rating":2)"), "has a member 'rating'; there are:");
  ExpectWrong(OfTrace(R"("name":"a","value":1,"time":"now")"), "has a time that is not like");
  ExpectWrong(OfTrace(R"("name":"a","value":1,"session_id":"s")"), "is of one thing");
  ExpectWrong(R"({"name":"a","value":1})", "is of one thing");
  ExpectWrong(R"({"name":"a","value":1,"span_id":"00f067aa0ba902b7"})", "without the trace_id");
  ExpectWrong(R"({"name":"a","value":1,"trace_id":"xyz"})", "not 32 hexadecimal digits");
  ExpectWrong(R"({"name":"a","value":1,"trace_id":"00000000000000000000000000000000"})",
              "not 32 hexadecimal digits");
  ExpectWrong(OfTrace(R"("name":")" + std::string(kScoreWordBytesMax + 1, 'x') + R"(","value":1)"),
              "of more than 200 bytes");
  ExpectWrong(R"({"scores":[)" + OfTrace(R"("name":"a","value":1)") + R"(,{"name":"b"}]})",
              "score 1 has neither");
}

}  // namespace
}  // namespace vitrine::capture
