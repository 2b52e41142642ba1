// Batches as their providers describe them.
#include "codecs/providers/batch.h"

#include <gtest/gtest.h>

namespace vitrine::codecs::providers {
namespace {

using model::ErrorType;
using syntax::JsonDocument;
using syntax::JsonStatus;

struct RouteCase {
  std::string_view method, target;
  BatchStep step = BatchStep::kNone;
  std::string_view holder = {}, base = {};
};

TEST(BatchRouteTest, EachProvidersPaths) {
  constexpr RouteCase kCases[] = {
      {"POST", "/v1/files", BatchStep::kUpload},
      {"POST", "/openai/v1/files/", BatchStep::kUpload, "", "/openai"},
      {"POST", "/v1/batches", BatchStep::kJob},
      {"GET", "/v1/batches?limit=2", BatchStep::kJob},
      {"GET", "/v1/batches/batch_1", BatchStep::kJob},
      {"POST", "/v1/batches/batch_1/cancel", BatchStep::kJob},
      {"GET", "/v1/files/file-1/content", BatchStep::kResults, "file-1"},
      {"GET", "/openai/files/file-1/content?api-version=1", BatchStep::kResults, "file-1",
       "/openai"},
      {"POST", "/v1/messages/batches", BatchStep::kJob},
      {"GET", "/base/v1/messages/batches/msgbatch_1", BatchStep::kJob, "", "/base"},
      {"GET", "/v1/messages/batches/msgbatch_1/results", BatchStep::kResults, "msgbatch_1"},
      {"POST", "/v1/batch/jobs", BatchStep::kJob},
      {"GET", "/v1/batch/jobs/7", BatchStep::kJob},
      {"POST", "/v1beta/models/gemini-2.5-flash:batchGenerateContent", BatchStep::kJob},
      {"GET", "/v1beta/batches/abc", BatchStep::kJob},
      {"GET", "/download/v1beta/files/batch-abc:download?alt=media", BatchStep::kResults,
       "files/batch-abc"},
      {"POST", "/v1/chat/completions"},
      {"POST", "/v1/messages"},
      {"GET", "/v1/files/file-1"},
      {"GET", "/v1/files//content"},
      {"GET", "/content"},
      {"GET", "/"},
      {"GET", ""},
      {"DELETE", "/v1/files/file-1/content"},
      {"GET", "/v1/jobs"},
      {"GET", "/v1/evals/runs/results"},
  };
  for (const RouteCase& c : kCases) {
    const BatchRoute route = FindBatchRoute(c.method, c.target);
    EXPECT_EQ(route.step, c.step) << c.method << " " << c.target;
    EXPECT_EQ(route.holder, c.holder) << c.target;
    EXPECT_EQ(route.base, c.base) << c.target;
  }
}

class BatchTest : public testing::Test {
 protected:
  syntax::JsonValue Json(std::string_view text) {
    EXPECT_EQ(document_.Parse(text, arena_), JsonStatus::kOk) << text;
    return document_.root();
  }
  BatchResult Result(std::string_view text) {
    const auto result = ReadBatchResult(Json(text));
    EXPECT_TRUE(result) << text;
    return result.value_or(BatchResult());
  }

  Arena arena_;
  JsonDocument document_;
};

TEST_F(BatchTest, JobsOfEachProvider) {
  auto jobs = ReadBatchJobs(Json(
      R"({"id":"batch_1","object":"batch","endpoint":"/v1/chat/completions",
          "input_file_id":"file-in","output_file_id":"file-out","error_file_id":null,
          "created_at":1711471533,"completed_at":1711493163})"));
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].id, "batch_1");
  EXPECT_EQ(jobs[0].input, "file-in");
  EXPECT_EQ(jobs[0].output, "file-out");
  EXPECT_EQ(jobs[0].errors, "");
  EXPECT_EQ(jobs[0].endpoint, "/v1/chat/completions");
  EXPECT_EQ(jobs[0].created, Nanos{1'711'471'533'000'000'000});
  EXPECT_EQ(jobs[0].ended, Nanos{1'711'493'163'000'000'000});

  jobs = ReadBatchJobs(Json(
      R"({"id":"msgbatch_1","type":"message_batch","created_at":"2024-08-20T18:37:24.5Z",
          "ended_at":null,"results_url":null})"));
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].endpoint, "/v1/messages");
  EXPECT_EQ(jobs[0].created, ParseRfc3339("2024-08-20T18:37:24.5Z"));
  EXPECT_EQ(jobs[0].ended, std::nullopt);

  jobs = ReadBatchJobs(Json(
      R"({"id":"7","object":"batch","input_files":["in"],"output_file":"out","error_file":"bad",
          "endpoint":"/v1/chat/completions","model":"mistral-small-latest","created_at":3})"));
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].input, "in");
  EXPECT_EQ(jobs[0].output, "out");
  EXPECT_EQ(jobs[0].errors, "bad");
  EXPECT_EQ(jobs[0].model, "mistral-small-latest");

  jobs = ReadBatchJobs(Json(
      R"({"name":"batches/abc","metadata":{"model":"models/gemini-2.5-flash",
          "createTime":"2025-07-10T01:02:03.000000001Z"},
          "done":true,"response":{"responsesFile":"files/batch-abc"}})"));
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].id, "batches/abc");
  EXPECT_EQ(jobs[0].output, "files/batch-abc");
  EXPECT_EQ(jobs[0].model, "models/gemini-2.5-flash");

  EXPECT_EQ(ReadBatchJobs(Json(R"({"object":"list","data":[{"object":"batch","id":"a"},
      {"object":"file","id":"b"},{"object":"batch","id":"c"},{"object":"batch"},3]})"))
                .size(),
            2u);
  EXPECT_TRUE(ReadBatchJobs(Json(R"({"id":"chatcmpl-1","object":"chat.completion"})")).empty());
}

TEST_F(BatchTest, ResultsOfFiles) {
  BatchResult result = Result(
      R"({"id":"batch_req_1","custom_id":"r-2","response":{"status_code":200,"request_id":"req_1",
          "body":{"id":"chatcmpl-1","object":"chat.completion","created":1711475054}},
          "error":null})");
  EXPECT_EQ(result.custom_id, "r-2");
  EXPECT_EQ(result.request_id, "req_1");
  EXPECT_EQ(result.status, 200);
  EXPECT_TRUE(result.body.starts_with(R"({"id":"chatcmpl-1")")) << result.body;
  EXPECT_EQ(result.endpoint, "/v1/chat/completions");
  EXPECT_EQ(result.answered, Nanos{1'711'475'054'000'000'000});

  result = Result(
      R"({"custom_id":"r","response":{"status_code":400,"body":{"error":{"message":"no"}}}})");
  EXPECT_EQ(result.status, 400);
  EXPECT_EQ(result.endpoint, "");
  EXPECT_EQ(result.answered, std::nullopt);

  result = Result(R"({"custom_id":"r","response":null,
      "error":{"code":"batch_expired","message":"This request was not run in time."}})");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.body, "");
  EXPECT_EQ(result.error_class, ErrorType::kTimeout);
  EXPECT_EQ(result.error_message, "This request was not run in time.");

  for (const char* other :
       {R"({"custom_id":"r","method":"POST","url":"/v1/chat/completions","body":{}})", R"({"a":1})",
        R"({"messages":[]})", "[]", "3", R"({"response":{"text":"of something else"}})"})
    EXPECT_FALSE(ReadBatchResult(Json(other))) << other;
}

TEST_F(BatchTest, ResultsOfMessages) {
  BatchResult result = Result(
      R"({"custom_id":"a","result":{"type":"succeeded","message":{"id":"msg_1","usage":{}}}})");
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.body, R"({"id":"msg_1","usage":{}})");
  EXPECT_EQ(result.endpoint, "/v1/messages");
  result = Result(R"({"custom_id":"b","result":{"type":"errored","error":{"type":"error",
      "error":{"type":"invalid_request_error","message":"max_tokens: Field required"},
      "request_id":"req_9"}}})");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.request_id, "req_9");
  EXPECT_EQ(result.error_class, ErrorType::kInvalidRequest);
  EXPECT_EQ(result.error_type, "invalid_request_error");
  EXPECT_EQ(result.error_message, "max_tokens: Field required");
  EXPECT_EQ(Result(R"({"custom_id":"c","result":{"type":"canceled"}})").error_class,
            ErrorType::kCancelled);
  EXPECT_EQ(Result(R"({"custom_id":"d","result":{"type":"expired"}})").error_class,
            ErrorType::kTimeout);
}

TEST_F(BatchTest, ResultsOfGoogle) {
  BatchResult result =
      Result(R"({"key":"k-1","response":{"candidates":[],"modelVersion":"gemini-2.5-flash"}})");
  EXPECT_EQ(result.custom_id, "k-1");
  EXPECT_EQ(result.endpoint, "/v1beta/models/gemini-2.5-flash:generateContent");
  result = Result(R"({"metadata":{"key":"k-2"},"error":{"code":3,"message":"bad"}})");
  EXPECT_EQ(result.custom_id, "k-2");
  EXPECT_EQ(result.error_type, "3");
  EXPECT_EQ(result.error_message, "bad");
  const auto inside = BatchResultsIn(Json(
      R"({"name":"batches/1","response":{"inlinedResponses":{"inlinedResponses":[{"a":1},{}]}}})"));
  EXPECT_EQ(inside.size(), 2u);
  EXPECT_FALSE(BatchResultsIn(Json(R"({"name":"batches/1","metadata":{}})")).exists());
}

TEST_F(BatchTest, RequestsOfEachProvider) {
  auto request = ReadBatchRequest(
      Json(R"({"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"x":1}})"));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->url, "/v1/embeddings");
  EXPECT_EQ(request->body, R"({"x":1})");
  const auto list =
      BatchRequestsIn(Json(R"({"requests":[{"custom_id":"b","params":{"max_tokens":9}}]})"));
  request = ReadBatchRequest(list.At(0));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->custom_id, "b");
  EXPECT_EQ(request->body, R"({"max_tokens":9})");
  const auto google = BatchRequestsIn(Json(
      R"({"batch":{"input_config":{"requests":{"requests":[{"request":{"contents":[]},
          "metadata":{"key":"c"}}]}}}})"));
  request = ReadBatchRequest(google.At(0));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->custom_id, "c");
  EXPECT_EQ(request->body, R"({"contents":[]})");
  EXPECT_FALSE(ReadBatchRequest(Json(R"({"custom_id":"d"})")));
}

TEST_F(BatchTest, NamesOfFiles) {
  EXPECT_EQ(FileNameIn(Json(R"({"id":"file-1"})")), "file-1");
  EXPECT_EQ(FileNameIn(Json(R"({"file":{"name":"files/a","uri":"u"}})")), "files/a");
  EXPECT_EQ(FileNameIn(Json("{}")), "");
  EXPECT_EQ(BatchInputIn(Json(R"({"batch":{"input_config":{"file_name":"files/a"}}})")), "files/a");
  EXPECT_EQ(BatchInputIn(Json(R"({"batch":{"inputConfig":{"fileName":"files/b"}}})")), "files/b");
  EXPECT_EQ(BatchInputIn(Json(R"({"input_file_id":"file-1"})")), "");
}

TEST(BatchFileTest, GoogleTakesThemWithoutAForm) {
  const std::string lines = "{\"key\":\"a\",\"request\":{}}\n{\"key\":\"b\",\"request\":{}}\n";
  EXPECT_EQ(BatchFileOf(lines), lines);
  EXPECT_EQ(BatchFileOf("--b\r\ncontent-type: application/json\r\n\r\n{\"file\":{}}\r\n--b\r\n"
                        "content-type: application/jsonl\r\n\r\n" +
                        lines + "\r\n--b--\r\n"),
            lines);
  EXPECT_FALSE(BatchFileOf("{\"file\":{\"displayName\":\"x\"}}"));
  EXPECT_FALSE(BatchFileOf("a picture"));
  EXPECT_FALSE(BatchFileOf(""));
}

TEST(BatchFileTest, IsTheFileOfAFormMeantForABatch) {
  const auto form = [](const std::string& purpose) {
    return "--b\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\n" + purpose +
           "\r\n--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n"
           "content-type: application/jsonl\r\n\r\n{\"a\":1}\n{\"b\":2}\n\r\n--b--\r\n";
  };
  EXPECT_EQ(BatchFileOf(form("batch")), "{\"a\":1}\n{\"b\":2}\n");
  EXPECT_EQ(BatchFileOf(form("fine-tune")), std::nullopt);
  EXPECT_EQ(BatchFileOf("{}"), std::nullopt);
}

}  // namespace
}  // namespace vitrine::codecs::providers
