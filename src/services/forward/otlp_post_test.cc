#include "services/forward/otlp_post.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/forward/limits.h"
#include "syntax/protobuf/wire_writer.h"

namespace vitrine::forward {
namespace {

using testing::HasSubstr;

// 2026-02-27T10:00:00Z
constexpr Nanos kNow{1'772'186'400 * kNanosPerSecond};

PostOutcome Judge(int status, std::string body = {}, const char* retry_after = nullptr) {
  net::HttpResponse answer;
  answer.status = status;
  answer.body = std::move(body);
  if (retry_after != nullptr) answer.headers.Add("Retry-After", retry_after);
  return JudgeAnswer(answer, kNow);
}

TEST(JudgeAnswer, TellsWhatIsSentAgainFromWhatIsNot) {
  for (const int status : {200, 202, 204}) EXPECT_EQ(Judge(status).verdict, PostVerdict::kTaken);
  for (const int status : {429, 502, 503, 504, 401, 403, 404, 301, 307})
    EXPECT_EQ(Judge(status).verdict, PostVerdict::kLater) << status;
  for (const int status : {400, 415, 422, 500, 501})
    EXPECT_EQ(Judge(status).verdict, PostVerdict::kRefused) << status;
  EXPECT_EQ(Judge(413).verdict, PostVerdict::kTooLarge);
}

TEST(JudgeAnswer, WaitsAsLongAsTheTargetSays) {
  EXPECT_EQ(Judge(429, "", "7").retry_after_ms, 7'000);
  EXPECT_EQ(Judge(503, "", "Fri, 27 Feb 2026 10:00:30 GMT").retry_after_ms, 30'000);
  EXPECT_EQ(Judge(503, "", "Fri, 27 Feb 2026 09:00:00 GMT").retry_after_ms, 0);
  EXPECT_EQ(Judge(503, "", "soon").retry_after_ms, 0);
  EXPECT_EQ(Judge(503, "", "-3").retry_after_ms, 0);
  EXPECT_EQ(Judge(503, "", "99999999").retry_after_ms, kRetryAfterMsMax);
  EXPECT_EQ(Judge(400, "", "7").retry_after_ms, 0);
}

TEST(JudgeAnswer, ReadsWhatWasLeftOut) {
  std::string body;
  syntax::WireWriter writer(body);
  const size_t partial = writer.BeginMessage(1);
  writer.Varint(1, 3);
  writer.Bytes(2, "three spans\nare too old");
  writer.EndMessage(partial);
  const PostOutcome outcome = Judge(200, body);
  EXPECT_EQ(outcome.verdict, PostVerdict::kTaken);
  EXPECT_EQ(outcome.rejected_count, 3u);
  EXPECT_THAT(outcome.message, HasSubstr("three spans are too old"));
  // Not every receiver answers protobuf.
  EXPECT_EQ(Judge(200, "{\"partialSuccess\":{}}").rejected_count, 0u);
}

TEST(JudgeAnswer, ShowsTheBeginningOfAnError) {
  const PostOutcome outcome = Judge(400, "bad\x01" + std::string(100'000, 'x'));
  EXPECT_THAT(outcome.message, HasSubstr("400: bad x"));
  EXPECT_LE(outcome.message.size(), kErrorBytesShown + 100);
}

TEST(OtlpPost, ChecksWhatItIsToSend) {
  const auto refusal = [](const PostOptions& options) {
    const auto post = OtlpPost::Create(options);
    return post ? "taken" : post.error().message;
  };
  EXPECT_EQ(refusal({"url", "http://127.0.0.1:4318/v1/traces", {{"authorization", "Bearer x"}}}),
            "taken");
  EXPECT_THAT(refusal({"url", "ftp://a/v1/traces", {}}), HasSubstr("neither http:// nor https://"));
  EXPECT_THAT(refusal({"url", "http://a/v1/traces", {{"a b", "x"}}}),
              HasSubstr("'a b' is no header"));
  EXPECT_THAT(refusal({"url", "http://a/v1/traces", {{"a", "x\r\nb: c"}}}), HasSubstr("line end"));
}

}  // namespace
}  // namespace vitrine::forward
