// Batches through the real door: what is fetched of their results becomes calls, once each.
#include "capture/gateway/batch_calls.h"

#include <map>

#include "capture/gateway/gateway_testing.h"
#include "syntax/compress/compress.h"

namespace vitrine::capture {
namespace {

std::string ChatLine(const std::string& name, const std::string& words) {
  return R"({"id":"batch_req_)" + name + R"(","custom_id":")" + name +
         R"(","response":{"status_code":200,"request_id":"req_)" + name +
         R"(","body":{"id":"chatcmpl-)" + name +
         R"(","object":"chat.completion","created":1750000054,"model":"gpt-4o-mini-2024-07-18",)"
         R"("choices":[{"index":0,"message":{"role":"assistant","content":")" +
         words +
         R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":100,)"
         R"("total_tokens":1100}}},"error":null})" +
         "\n";
}

std::string RequestLine(const std::string& name, const std::string& words) {
  return R"({"custom_id":")" + name +
         R"(","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o-mini",)"
         R"("messages":[{"role":"user","content":")" +
         words + R"("}],"max_tokens":50}})" + "\n";
}

std::string Form(const std::string& file) {
  return "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\n"
         "Content-Disposition: form-data; name=\"file\"; filename=\"in.jsonl\"\r\n\r\n" +
         file + "\r\n--b--\r\n";
}

constexpr std::string_view kJob =
    R"({"id":"batch_1","object":"batch","endpoint":"/v1/chat/completions",)"
    R"("input_file_id":"file-in","output_file_id":"file-out","error_file_id":"file-bad",)"
    R"("created_at":1711471533,"completed_at":1711493163})";

class BatchCallsTest : public GatewayTest {
 protected:
  /// An upstream that answers "METHOD PATH" with these texts.
  void StartWithAnswers(std::map<std::string, std::string> answers) {
    Start([answers](net::HttpRequest request, net::HttpResponder responder) {
      const auto found = answers.find(request.method + " " + request.target);
      net::HttpResponse answer = net::HttpResponse::Json(
          found == answers.end() ? 404 : 200, found == answers.end() ? "{}" : found->second);
      if (found != answers.end() && request.headers.Has("x-pack")) {
        answer.body = *compress::Deflate(compress::Encoding::kGzip, answer.body);
        answer.headers.Add("content-encoding", "gzip");
      }
      responder.Send(std::move(answer));
    });
  }
  std::string Get(const std::string& target, net::HttpHeaders headers = {}) {
    net::HttpClient client({.endpoint = {.host = "127.0.0.1", .port = server_->port()}});
    auto answer =
        client.Send({.method = "GET", .target = "/gateway/up" + target, .headers = headers});
    EXPECT_TRUE(answer.has_value()) << answer.error().message;
    return answer ? answer->body : "";
  }
  /// The recorded calls of batches, by custom_id.
  std::multimap<std::string_view, const model::Span*> Calls() {
    std::multimap<std::string_view, const model::Span*> calls;
    for (const model::Span& span : Spans()) {
      if (span.is_batch) calls.emplace(Attribute(span, "vitrine.batch.custom_id"), &span);
    }
    return calls;
  }
};

TEST_F(BatchCallsTest, EachLineIsACallWithItsPromptAtBatchPrice) {
  const std::string out = ChatLine("a", "Hello") + "\n" + ChatLine("b", "Bye");
  StartWithAnswers({{"POST /v1/files", R"({"id":"file-in","object":"file"})"},
                    {"POST /v1/batches", std::string(kJob)},
                    {"GET /v1/files/file-out/content", out}});
  Post("/gateway/up/v1/files", Form(RequestLine("b", "And then?") + RequestLine("a", "Hi")));
  Post("/gateway/up/v1/batches", R"({"input_file_id":"file-in"})",
       {{"x-vitrine-feature", "nightly"}, {"x-vitrine-tag-team", "blue"}});
  EXPECT_EQ(Get("/v1/files/file-out/content", {{"x-vitrine-user", "u"}}), out);
  EXPECT_EQ(Get("/v1/files/file-out/content", {{"x-pack", "1"}}),
            *compress::Deflate(compress::Encoding::kGzip, out));
  const auto calls = Calls();
  ASSERT_EQ(calls.size(), 4u) << "twice fetched";
  const auto [first, end] = calls.equal_range("a");
  const model::Span& span = *first->second;
  EXPECT_EQ(std::distance(first, end), 2);
  for (auto call = first; call != end; ++call) {
    EXPECT_EQ(call->second->trace_id, span.trace_id);
    EXPECT_EQ(call->second->span_id, span.span_id);
    EXPECT_EQ(call->second->start, span.start);
  }
  EXPECT_NE(calls.find("b")->second->trace_id, span.trace_id);
  EXPECT_EQ(span.kind, model::SpanKind::kLlm);
  EXPECT_EQ(span.name, "chat gpt-4o-mini");
  EXPECT_EQ(span.provider, "openai");
  EXPECT_EQ(span.input_preview, "Hi");
  EXPECT_EQ(span.output_preview, "Hello");
  EXPECT_EQ(span.max_tokens, 50);
  EXPECT_EQ(span.response_id, "chatcmpl-a");
  EXPECT_EQ(span.request_id, "req_a");
  EXPECT_EQ(span.feature, "nightly");
  EXPECT_EQ(span.user_id, "u") << "of the download, where the batch says nothing";
  EXPECT_EQ(std::vector(span.tags.begin(), span.tags.end()),
            (std::vector<std::string_view>{"team:blue"}));
  EXPECT_EQ(span.status, model::SpanStatus::kOk);
  EXPECT_EQ(span.http_status, 200);
  EXPECT_EQ(span.start, Nanos{1'750'000'054'000'000'000});
  // Half of $0.15 and $0.60 a million.
  EXPECT_EQ(span.cost.total->ToString(), "0.000105");
  EXPECT_EQ(Attribute(span, "vitrine.batch.id"), "batch_1");
  EXPECT_EQ(Attribute(span, "vitrine.batch.results"), "file-out");
  ASSERT_NE(span.exchange, nullptr);
  EXPECT_TRUE(span.exchange->url.ends_with("/v1/chat/completions")) << span.exchange->url;
  EXPECT_EQ(span.exchange->request.state, model::BodyState::kKept);
  // The downloads are there as well, as what they are, without the bodies.
  size_t downloads = 0;
  for (const model::Span& other : Spans()) {
    if (other.name != "GET /v1/files/file-out/content") continue;
    ++downloads;
    EXPECT_EQ(other.kind, model::SpanKind::kHttp);
    EXPECT_EQ(other.exchange->response.state, model::BodyState::kOmitted);
    EXPECT_EQ(other.exchange->response.skeleton, "");
    EXPECT_EQ(Attribute(other, "vitrine.gateway.response_body"), "kept as the calls of the batch");
  }
  EXPECT_EQ(downloads, 2u);
  EXPECT_EQ(door_->batch_counts().calls, 4u);
  EXPECT_EQ(door_->batch_counts().unread, 0u);
  EXPECT_EQ(door_->counts().written, 4u);
  EXPECT_EQ(door_->counts().bytes_held, 0u);
}

TEST_F(BatchCallsTest, WithoutTheBatchThereAreTheAnswersAlone) {
  StartWithAnswers({{"GET /v1/files/file-out/content",
                     ChatLine("a", "Hello") + "no json\n{\"other\":1}\n" + ChatLine("b", "Bye")}});
  Get("/v1/files/file-out/content");
  const auto calls = Calls();
  ASSERT_EQ(calls.size(), 2u);
  const model::Span& span = *calls.find("a")->second;
  EXPECT_TRUE(span.input_messages.empty());
  EXPECT_EQ(span.output_preview, "Hello");
  EXPECT_EQ(span.usage.input_tokens, 1000u);
  EXPECT_EQ(Attribute(span, "vitrine.batch.id"), "");
  EXPECT_EQ(Attribute(span, "vitrine.batch.results"), "file-out");
  EXPECT_EQ(span.exchange->request.state, model::BodyState::kOmitted);
  EXPECT_EQ(door_->batch_counts().unread, 2u);
}

TEST_F(BatchCallsTest, RequestsThatFailedAreCallsThatFailed) {
  StartWithAnswers(
      {{"GET /v1/batches/batch_1", std::string(kJob)},
       {"GET /v1/files/file-bad/content",
        R"({"custom_id":"x","response":{"status_code":400,"request_id":"r","body":{"error":)"
        R"({"message":"no such model","type":"invalid_request_error"}}},"error":null})"
        "\n"
        R"({"custom_id":"y","response":null,"error":{"code":"batch_expired","message":"late"}})"}});
  Get("/v1/batches/batch_1");
  Get("/v1/files/file-bad/content");
  const auto calls = Calls();
  ASSERT_EQ(calls.size(), 2u);
  const model::Span& refused = *calls.find("x")->second;
  EXPECT_EQ(refused.status, model::SpanStatus::kError);
  EXPECT_EQ(refused.http_status, 400);
  EXPECT_EQ(refused.error_type, model::ErrorType::kInvalidRequest);
  EXPECT_EQ(refused.status_message, "no such model");
  EXPECT_EQ(refused.kind, model::SpanKind::kLlm);
  EXPECT_EQ(refused.start, Nanos{1'711'493'163'000'000'000}) << "the batch's end";
  const model::Span& late = *calls.find("y")->second;
  EXPECT_EQ(late.status, model::SpanStatus::kError);
  EXPECT_EQ(late.http_status, 0);
  EXPECT_EQ(late.error_type, model::ErrorType::kTimeout);
  EXPECT_EQ(late.status_message, "late");
  EXPECT_EQ(late.error_text, "batch_expired");
  EXPECT_EQ(late.usage.input_tokens, std::nullopt);
}

TEST_F(BatchCallsTest, MessagesBringTheirRequestsWithTheBatch) {
  StartWithAnswers(
      {{"POST /v1/messages/batches",
        R"({"id":"msgbatch_1","type":"message_batch","created_at":"2024-08-20T18:37:24Z"})"},
       {"GET /v1/messages/batches/msgbatch_1/results",
        R"({"custom_id":"m-1","result":{"type":"succeeded","message":{"id":"msg_1","type":"message",)"
        R"("role":"assistant","model":"claude-3-5-haiku-20241022","content":[{"type":"text",)"
        R"("text":"Four."}],"stop_reason":"end_turn","usage":{"input_tokens":1000,)"
        R"("output_tokens":100,"service_tier":"batch"}}}})"
        "\n"
        R"({"custom_id":"m-2","result":{"type":"canceled"}})"}});
  Post("/gateway/up/v1/messages/batches",
       R"({"requests":[{"custom_id":"m-1","params":{"model":"claude-3-5-haiku-latest",)"
       R"("max_tokens":9,"messages":[{"role":"user","content":"Two and two?"}]}},)"
       R"({"custom_id":"m-2","params":{"model":"claude-3-5-haiku-latest","max_tokens":9,)"
       R"("messages":[{"role":"user","content":"And more?"}]}}]})");
  Get("/v1/messages/batches/msgbatch_1/results");
  const auto calls = Calls();
  ASSERT_EQ(calls.size(), 2u);
  const model::Span& span = *calls.find("m-1")->second;
  EXPECT_EQ(span.input_preview, "Two and two?");
  EXPECT_EQ(span.output_preview, "Four.");
  EXPECT_EQ(span.request_model, "claude-3-5-haiku-latest");
  EXPECT_EQ(span.service_tier, "batch");
  EXPECT_EQ(span.start, *ParseRfc3339("2024-08-20T18:37:24Z"));
  EXPECT_EQ(Attribute(span, "vitrine.batch.id"), "msgbatch_1");
  EXPECT_EQ(Attribute(span, "vitrine.batch.results"), "");
  const model::Span& other = *calls.find("m-2")->second;
  EXPECT_EQ(other.error_type, model::ErrorType::kCancelled);
  EXPECT_EQ(other.input_preview, "And more?");
}

TEST_F(BatchCallsTest, GooglesResultsStandInTheBatchItself) {
  StartWithAnswers(
      {{"POST /v1beta/models/gemini-2.5-flash:batchGenerateContent",
        R"({"name":"batches/1","metadata":{"model":"models/gemini-2.5-flash"}})"},
       {"GET /v1beta/batches/1",
        R"({"name":"batches/1","metadata":{"model":"models/gemini-2.5-flash"},"done":true,)"
        R"("response":{"inlinedResponses":{"inlinedResponses":[{"response":{"candidates":[)"
        R"({"content":{"role":"model","parts":[{"text":"A joke."}]},"finishReason":"STOP"}],)"
        R"("usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":3,"totalTokenCount":10},)"
        R"("modelVersion":"gemini-2.5-flash"}}]}}})"}});
  Post("/gateway/up/v1beta/models/gemini-2.5-flash:batchGenerateContent",
       R"({"batch":{"input_config":{"requests":{"requests":[{"request":{"contents":[{"role":)"
       R"("user","parts":[{"text":"Tell me one."}]}]}}]}}}})");
  Get("/v1beta/batches/1");
  Get("/v1beta/batches/1");
  const auto calls = Calls();
  ASSERT_EQ(calls.size(), 2u);
  const model::Span& span = *calls.begin()->second;
  EXPECT_EQ(span.span_id, std::next(calls.begin())->second->span_id);
  EXPECT_EQ(span.input_preview, "Tell me one.");
  EXPECT_EQ(span.output_preview, "A joke.");
  EXPECT_EQ(span.usage.input_tokens, 7u);
  EXPECT_EQ(span.response_model, "gemini-2.5-flash");
}

TEST_F(BatchCallsTest, GooglesRequestsMayBeInAFile) {
  StartWithAnswers(
      {{"POST /upload/v1beta/files", R"({"file":{"name":"files/in","uri":"https://x/files/in"}})"},
       {"POST /v1beta/models/gemini-2.5-flash:batchGenerateContent",
        R"({"name":"batches/1","metadata":{"model":"models/gemini-2.5-flash"}})"},
       {"GET /v1beta/batches/1",
        R"({"name":"batches/1","metadata":{"model":"models/gemini-2.5-flash"},"done":true,)"
        R"("response":{"responsesFile":"files/out"}})"},
       {"GET /download/v1beta/files/out:download",
        R"({"key":"k-1","response":{"candidates":[{"content":{"role":"model","parts":[{"text":)"
        R"("A joke."}]},"finishReason":"STOP"}],"modelVersion":"gemini-2.5-flash"}})"
        "\n"}});
  Post("/gateway/up/upload/v1beta/files",
       R"({"key":"k-1","request":{"contents":[{"role":"user","parts":[{"text":"Tell one."}]}]}})"
       "\n",
       {{"x-goog-upload-protocol", "raw"}});
  Post("/gateway/up/v1beta/models/gemini-2.5-flash:batchGenerateContent",
       R"({"batch":{"input_config":{"file_name":"files/in"}}})");
  Get("/v1beta/batches/1");
  Get("/download/v1beta/files/out:download");
  const auto calls = Calls();
  ASSERT_EQ(calls.size(), 1u);
  const model::Span& span = *calls.find("k-1")->second;
  EXPECT_EQ(span.input_preview, "Tell one.");
  EXPECT_EQ(span.output_preview, "A joke.");
  EXPECT_EQ(Attribute(span, "vitrine.batch.id"), "batches/1");
}

TEST_F(BatchCallsTest, OtherFilesAreLeftAlone) {
  const std::string file = RequestLine("a", "Hi");
  StartWithAnswers({{"GET /v1/files/file-in/content", file},
                    {"GET /v1/files/other/content", "a,b\n1,2\n"},
                    {"GET /v1/files/empty/content", ""}});
  EXPECT_EQ(Get("/v1/files/file-in/content"), file);
  Get("/v1/files/other/content");
  Get("/v1/files/empty/content");
  EXPECT_TRUE(Calls().empty());
  ASSERT_EQ(Spans().size(), 3u);
  EXPECT_EQ(Spans()[0].exchange->response.state, model::BodyState::kKept);
  EXPECT_EQ(door_->batch_counts().unread, 0u);
}

TEST_F(BatchCallsTest, ContentThatIsNotToBeKeptIsNotKept) {
  StartWithAnswers({{"POST /v1/files", R"({"id":"file-in"})"},
                    {"POST /v1/batches", std::string(kJob)},
                    {"GET /v1/files/file-out/content", ChatLine("a", "Hello")}});
  Post("/gateway/up/v1/files", Form(RequestLine("a", "Hi")));
  Post("/gateway/up/v1/batches", "{}",
       {{"x-vitrine-omit-request", "true"}, {"x-vitrine-omit-response", "true"}});
  Get("/v1/files/file-out/content");
  const auto calls = Calls();
  ASSERT_EQ(calls.size(), 1u);
  const model::Span& span = *calls.begin()->second;
  EXPECT_TRUE(span.input_messages.empty());
  EXPECT_TRUE(span.output_messages.empty());
  EXPECT_EQ(span.exchange->request.state, model::BodyState::kOmitted);
  EXPECT_EQ(span.usage.output_tokens, 100u);
}

TEST_F(BatchCallsTest, ManyResultsAreWrittenInGroups) {
  std::string out;
  constexpr size_t kCount = 1000;
  for (size_t i = 0; i < kCount; ++i) out += ChatLine(std::to_string(i), "word");
  StartWithAnswers({{"GET /v1/files/file-out/content", out}});
  EXPECT_EQ(Get("/v1/files/file-out/content"), out);
  EXPECT_EQ(Calls().size(), kCount);
  EXPECT_GE(batches_.size(), kCount / kBatchCallsPerRecord);
  EXPECT_EQ(door_->batch_counts().calls, kCount);
}

// The book by itself.

std::unique_ptr<Recording> Exchange(const std::string& method, const std::string& target,
                                    std::string request, std::string response) {
  auto recording = std::make_unique<Recording>();
  recording->context = std::make_unique<CallContext>();
  auto upstream = std::make_shared<upstream::Upstream>();
  upstream->origin = "https://api.openai.com";
  recording->project = "p";
  recording->upstream = std::move(upstream);
  recording->method = method;
  recording->target = target;
  recording->request_body = std::move(request);
  recording->response_body = std::move(response);
  recording->status = 200;
  return recording;
}

TEST(BatchBookTest, RemembersWithinItsLimits) {
  BatchBook book;
  for (size_t i = 0; i <= kBatchesMax; ++i) {
    book.Note(*Exchange("POST", "/v1/batches", "{}",
                        R"({"object":"batch","id":"b)" + std::to_string(i) +
                            R"(","output_file_id":"out)" + std::to_string(i) + "\"}"));
  }
  const auto download = Exchange("GET", "/v1/files/x/content", "", "");
  EXPECT_EQ(book.Find(*download, "out0"), nullptr) << "the oldest is forgotten";
  ASSERT_NE(book.Find(*download, "out1"), nullptr);
  EXPECT_EQ(book.Find(*download, "out1")->id, "b1");
  // Random bytes do not pack: each of these takes a quarter of the room.
  platform::SeededRandom random(7);
  for (int i = 0; i < 6; ++i) {
    std::string noise(kBatchInputBytesMax / 4 - 1024, '\0');
    random.Fill(reinterpret_cast<uint8_t*>(noise.data()), noise.size());
    book.Note(
        *Exchange("POST", "/v1/files", Form(noise), R"({"id":"in)" + std::to_string(i) + "\"}"));
    EXPECT_LE(book.input_bytes(), kBatchInputBytesMax);
  }
  KnownBatch batch;
  batch.input = "in0";
  EXPECT_EQ(book.InputOf(*download, batch), std::nullopt);
  batch.input = "in5";
  ASSERT_TRUE(book.InputOf(*download, batch));
  EXPECT_EQ(book.InputOf(*download, batch)->size(), kBatchInputBytesMax / 4 - 1024);
}

TEST(BatchBookTest, ProjectsAndProvidersAreApart) {
  BatchBook book;
  book.Note(*Exchange("POST", "/v1/batches", "{}",
                      R"({"object":"batch","id":"b","output_file_id":"out"})"));
  const auto download = Exchange("GET", "/v1/files/out/content", "", "");
  EXPECT_NE(book.Find(*download, "out"), nullptr);
  download->project = "other";
  EXPECT_EQ(book.Find(*download, "out"), nullptr);
  const auto failed = Exchange("POST", "/v1/batches", "{}", R"({"object":"batch","id":"f"})");
  failed->status = 400;
  book.Note(*failed);
  EXPECT_EQ(book.Find(*failed, "f"), nullptr);
}

}  // namespace
}  // namespace vitrine::capture
