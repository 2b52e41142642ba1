#include "capture/gateway/exchange_skeleton.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "codecs/providers/call_decoder.h"
#include "model/message_texts.h"
#include "pipeline/secret_scrubber.h"
#include "syntax/base64.h"
#include "syntax/compress/compress.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"
#include "syntax/skeleton.h"

namespace vitrine::capture {
namespace {

namespace fs = std::filesystem;
namespace providers = codecs::providers;
using syntax::SkeletonReference;

constexpr std::string_view kOpenAi = "https://api.openai.com/v1/chat/completions";
constexpr std::string_view kAnthropic = "https://api.anthropic.com/v1/messages";

/// One call decoded, its exchange built, and the span scrubbed as the pipeline does it.
struct Built {
  Built(std::string_view url, std::string request, std::string response,
        std::vector<std::string> caller_secrets = {},
        std::vector<providers::HeaderField> headers = {})
      : request_body(std::move(request)),
        response_body(std::move(response)),
        secrets(std::move(caller_secrets)) {
    decoder = std::make_unique<providers::CallDecoder>(
        providers::ProviderRequest{
            .method = "POST", .url = url, .kind = {}, .headers = {}, .body = request_body},
        arena);
    if (decoder->is_call()) {
      decoder->Begin({.status = 200, .headers = arena.CopyArray(headers)});
      decoder->Feed(response_body, 0);
      const providers::ModelCall call = decoder->Finish();
      span.input_messages = call.input_messages;
      span.output_messages = call.output_messages;
      span.tool_definitions = call.tool_definitions;
      span.documents = call.documents;
    }
    for (size_t end = 7; end < response_body.size(); end += 101) pieces.push_back({end, end * 10});
    pieces.push_back({response_body.size(), response_body.size() * 10});
    const net::HttpHeaders request_headers = {{"Content-Type", "application/json"},
                                              {"Authorization", "Bearer none-of-yours"}};
    const net::HttpHeaders response_headers = {{"X-Twice", "1"}, {"x-twice", "2"}};
    span.exchange = BuildExchange({.method = "POST",
                                   .url = url,
                                   .status = 200,
                                   .request_headers = request_headers,
                                   .response_headers = response_headers,
                                   .request = {request_body, ""},
                                   .response = {response_body, "gzip"},
                                   .pieces = pieces,
                                   .secrets = secrets},
                                  span, arena);
    pipeline::SecretScrubber().Scrub(span, arena);
  }

  Result<std::string_view> Find(const SkeletonReference& reference) const {
    const model::ContentRef& place = span.exchange->contents[reference.content];
    if (place.list == model::ContentList::kDocuments) return span.documents[place.position].content;
    const auto messages = place.list == model::ContentList::kInputMessages ? span.input_messages
                          : place.list == model::ContentList::kOutputMessages
                              ? span.output_messages
                              : span.tool_definitions;
    const model::Message& message = messages[place.position];
    if (place.attachment > 0) return message.attachments[place.attachment - 1].bytes;
    return *model::TextAt(message.parts_template, message.texts, reference.text);
  }
  std::string Assembled(const model::ExchangeBody& body) const {
    const auto bytes =
        syntax::Reassemble(body.skeleton, SIZE_MAX,
                           [this](const SkeletonReference& reference) { return Find(reference); });
    EXPECT_TRUE(bytes) << bytes.error().message;
    EXPECT_EQ(bytes->size(), body.size_bytes);
    return bytes ? *bytes : std::string();
  }
  const model::Exchange& exchange() const { return *span.exchange; }
  std::string request() const { return Assembled(exchange().request); }
  std::string response() const { return Assembled(exchange().response); }

  Arena arena;
  std::string request_body, response_body;
  std::vector<std::string> secrets;
  std::unique_ptr<providers::CallDecoder> decoder;
  model::Span span;
  std::vector<PlainPiece> pieces;
};

const std::string kLong =
    "The quick brown fox, as she is called, jumps over the lazy dog \xE2\x80\x94 twice \"a "
    "day\".\n";

std::string Quoted(std::string_view text, syntax::JsonEscapeStyle style = 0) {
  std::string quoted = "\"";
  syntax::AppendJsonEscaped(quoted, text, style);
  return quoted + "\"";
}

std::string Answer(std::string_view content) {
  return R"({"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":)" +
         Quoted(content) + R"(},"finish_reason":"stop"}]})";
}

TEST(ExchangeSkeleton, LongTextsAreReferredToAndComeBackByteForByte) {
  for (const syntax::JsonEscapeStyle style :
       {syntax::JsonEscapeStyle{0}, syntax::kEscapeNonAscii,
        syntax::JsonEscapeStyle(syntax::kEscapeSlash | syntax::kEscapeNonAscii)}) {
    const Built built(kOpenAi,
                      R"({ "model" : "m", "messages":[{"role":"system","content":)" +
                          Quoted(kLong + "one", style) +
                          R"(},{"role":"user","content":[{"type":"text","text":)" +
                          Quoted(kLong + "two", style) + "}]}]}\n",
                      Answer(kLong + "three"));
    EXPECT_EQ(built.request(), built.request_body);
    EXPECT_EQ(built.response(), built.response_body);
    EXPECT_EQ(built.exchange().contents.size(), 3u);
    EXPECT_FALSE(built.exchange().request.skeleton.contains("quick"));
    EXPECT_FALSE(built.exchange().response.skeleton.contains("quick"));
  }
}

TEST(ExchangeSkeleton, ArgumentsSchemasAndImagesAreReferredTo) {
  const std::string arguments = R"({"path":"src/a.cc","content":)" + Quoted(kLong) + "}";
  const std::string schema =
      R"({"type":"object","properties":{"path":{"type":"string","description":)" + Quoted(kLong) +
      "}}}";
  const std::string image = syntax::Base64Encode("\x89PNG" + std::string(200, '\x01'));
  const Built built(
      kAnthropic,
      R"({"model":"m","max_tokens":9,"tools":[{"name":"write","description":"d","input_schema":)" +
          schema +
          R"(}],"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64",)"
          R"("media_type":"image/png","data":")" +
          image +
          R"("}}]},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"write","input":)" +
          arguments +
          R"(}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"ok"}]}]})",
      R"({"id":"x","type":"message","role":"assistant","model":"m","content":[]})");
  EXPECT_EQ(built.request(), built.request_body);
  EXPECT_FALSE(built.exchange().request.skeleton.contains("quick"));
  EXPECT_FALSE(built.exchange().request.skeleton.contains(image.substr(0, 40)));
  EXPECT_LT(built.exchange().request.skeleton.size(), 420u) << built.exchange().request.skeleton;

  const Built data_url(kOpenAi,
                       R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url",)"
                       R"("image_url":{"url":"data:image/png;base64,)" +
                           image + R"("}}]}]})",
                       Answer("a"));
  EXPECT_EQ(data_url.request(), data_url.request_body);
  EXPECT_FALSE(data_url.exchange().request.skeleton.contains(image.substr(0, 40)));
}

TEST(ExchangeSkeleton, AHistoryThatIsSentAgainStaysLinear) {
  std::string messages;
  size_t texts = 0;
  uint64_t skeletons = 0, bodies = 0;
  for (int turn = 0; turn < 50; ++turn) {
    for (const char* role : {"user", "assistant"}) {
      std::string text = kLong;
      while (text.size() < 2000) text += std::to_string(turn) + role + kLong;
      texts += text.size();
      messages += (messages.empty() ? "" : ",") + std::string(R"({"role":")") + role +
                  R"(","content":)" + Quoted(text) + "}";
    }
    const Built built(kOpenAi, R"({"model":"m","messages":[)" + messages + "]}", Answer("ok"));
    ASSERT_EQ(built.request(), built.request_body);
    bodies += built.request_body.size();
    skeletons += built.exchange().request.skeleton.size() + built.exchange().contents.size() * 16;
  }
  EXPECT_GT(bodies, 20 * texts);
  EXPECT_LT(skeletons, bodies / 30);
  EXPECT_LT(skeletons, texts);
}

TEST(ExchangeSkeleton, SecretsAreFoundInWhatStringsMean) {
  const std::string key = "sk-proj-abcdefghijklmnop1234567890";
  const Built built(kOpenAi,
                    R"({"model":"m","messages":[{"role":"user","content":)" +
                        Quoted(kLong + "key:\n" + key + " and A/odd+one") +
                        R"(},{"role":"user","content":"slash A\/odd+one \n)" + key +
                        R"("}],"password":"hunter2", "x":")" + key + "\"}" + " " + key,
                    Answer("no " + key), {"A/odd+one"});
  const std::string request = built.request();
  for (const std::string& body : {request, built.response()}) {
    EXPECT_FALSE(body.contains("abcdefghijklmnop")) << body;
    EXPECT_TRUE(body.contains("[scrubbed]")) << body;
  }
  EXPECT_FALSE(request.contains("hunter2"));
  EXPECT_FALSE(request.contains("slash A\\/odd"));
  EXPECT_EQ(request, RedactedBody(built.request_body, {"A/odd+one"}));
  EXPECT_EQ(built.exchange().request_headers.size(), 1u);
  EXPECT_EQ(built.exchange().request_headers[0].name, "content-type");
  EXPECT_EQ(built.exchange().response_headers[1].name, "x-twice");
  EXPECT_EQ(built.exchange().response_headers[1].value, "2");
}

TEST(ExchangeSkeleton, PiecesPointIntoTheRedactedBody) {
  const std::string key = "sk-proj-abcdefghijklmnop1234567890";
  const std::string answer = Answer("no " + key + " but " + kLong);
  const Built built(kOpenAi, R"({"model":"m","messages":[]})", answer);
  const auto ends = built.exchange().piece_ends;
  ASSERT_EQ(ends.size(), built.pieces.size());
  EXPECT_TRUE(std::ranges::is_sorted(ends));
  EXPECT_EQ(ends.back(), built.exchange().response.size_bytes);
  EXPECT_EQ(built.exchange().piece_offsets_ns.back(), answer.size() * 10);
}

TEST(ExchangeSkeleton, AStreamThatCutsASecretInPiecesIsWithheld) {
  const auto delta = [](std::string_view text) {
    return R"(data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":)" +
           Quoted(text) + "}}]}\n\n";
  };
  const std::vector<providers::HeaderField> is_stream = {{"content-type", "text/event-stream"}};
  const std::string request = R"({"model":"m","stream":true,"messages":[]})";
  const std::string clean = delta("Hello, ") + delta("sk- is") + "data: [DONE]\n\n";
  const Built kept(kOpenAi, request, clean, {}, is_stream);
  EXPECT_EQ(kept.response(), clean);
  EXPECT_EQ(kept.exchange().response.state, model::BodyState::kKept);
  const Built whole(kOpenAi, request, delta("sk-proj-abcdefghijklmnop1234567890"), {}, is_stream);
  EXPECT_EQ(whole.exchange().response.state, model::BodyState::kKept);
  EXPECT_FALSE(whole.response().contains("abcdefg"));
  const Built cut(kOpenAi, request,
                  delta("sk-proj-abcdef") + delta("ghijklmnop1234567890") + "data: [DONE]\n\n", {},
                  is_stream);
  EXPECT_EQ(cut.exchange().response.state, model::BodyState::kWithheld);
  EXPECT_EQ(cut.exchange().response.skeleton, "");
  const Built odd(kOpenAi, request, delta("my-odd") + delta("-credential") + "data: [DONE]\n\n",
                  {"my-odd-credential"}, is_stream);
  EXPECT_EQ(odd.exchange().response.state, model::BodyState::kWithheld);
}

TEST(ExchangeSkeleton, AnyBytesComeBack) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes.push_back(static_cast<char>(i * 7));
  for (const std::string& body :
       {bytes, std::string("\"\\"), std::string("\"unclosed \\\"\\\"\\\""),
        std::string("{\"a\":\"b"), std::string("\x1F\x1E\"\x1F\""), std::string(100, '['),
        std::string(100, '"'), std::string()}) {
    const Built built("https://api.openai.com/v1/unknown", body, body);
    EXPECT_EQ(built.request(), body);
    EXPECT_EQ(built.response(), body);
  }
}

fs::path Corpus() {
  return fs::path(VITRINE_SOURCE_DIR).parent_path() / "shared/corpus/provider_traffic.jsonl.gz";
}

std::string BodyOf(syntax::JsonValue exchange, const std::string& side) {
  const syntax::JsonValue encoded = exchange[side + "_body_base64"];
  if (!encoded.is_string()) return std::string(exchange[side + "_body"].text());
  std::string bytes = syntax::Base64Decode(encoded.text()).value_or("");
  if (!bytes.starts_with("\x1F\x8B")) return bytes;
  auto plain = compress::Inflate(compress::Encoding::kGzip, bytes, 256u << 20);
  return plain ? *plain : std::string();
}

/// Every recorded exchange: what its skeletons make is its redacted body, and nearly always the
/// body itself.
TEST(ExchangeSkeleton, RecordedTrafficComesBackByteForByte) {
  const std::string file_name =
      std::getenv("VITRINE_TRAFFIC") ? std::getenv("VITRINE_TRAFFIC") : Corpus().string();
  gzFile file = fs::exists(file_name) ? gzopen(file_name.c_str(), "rb") : nullptr;
  if (file == nullptr) GTEST_SKIP() << file_name << " is not there";
  size_t count = 0, redacted = 0, withheld = 0, request_bytes = 0, skeleton_bytes = 0;
  std::string line;
  std::vector<char> block(1 << 20);
  const auto check = [&] {
    Arena arena;
    syntax::JsonDocument document;
    ASSERT_EQ(document.Parse(line, arena), syntax::JsonStatus::kOk);
    std::vector<providers::HeaderField> headers;
    for (const auto [name, value] : document.root()["response_headers"].Members())
      headers.push_back({name, value.text()});
    const Built built(document.root()["url"].text(), BodyOf(document.root(), "request"),
                      BodyOf(document.root(), "response"), {}, headers);
    const std::string_view id = document.root()["id"].text();
    const std::string request = built.request(), response = built.response();
    ASSERT_EQ(request, RedactedBody(built.request_body, {})) << id;
    redacted += request != built.request_body;
    request_bytes += built.request_body.size();
    skeleton_bytes += built.exchange().request.skeleton.size();
    if (built.exchange().response.state == model::BodyState::kWithheld) {
      ++withheld;
    } else {
      ASSERT_EQ(response, RedactedBody(built.response_body, {})) << id;
      redacted += response != built.response_body;
    }
    ++count;
  };
  for (int read = 0;
       (read = gzread(file, block.data(), static_cast<unsigned>(block.size()))) > 0;) {
    std::string_view rest(block.data(), static_cast<size_t>(read));
    for (size_t end = 0; (end = rest.find('\n')) != std::string_view::npos;) {
      line.append(rest.substr(0, end));
      rest.remove_prefix(end + 1);
      if (!line.empty()) {
        ASSERT_NO_FATAL_FAILURE(check());
      }
      line.clear();
    }
    line.append(rest);
  }
  gzclose(file);
  std::printf(
      "%zu exchanges, %zu bodies redacted, %zu withheld; requests %zu bytes, skeletons %zu\n",
      count, redacted, withheld, request_bytes, skeleton_bytes);
  EXPECT_GT(count, 0u);
  EXPECT_LT(redacted + withheld, count / 20);
}

}  // namespace
}  // namespace vitrine::capture
