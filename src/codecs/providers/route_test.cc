#include "codecs/providers/route.h"

#include <gtest/gtest.h>

namespace vitrine::codecs::providers {
namespace {

struct Case {
  std::string_view url, api, provider, model = {};
  std::string_view kind = {}, body = {};
};

TEST(Route, EveryKnownPath) {
  constexpr Case kCases[] = {
      {"https://api.openai.com/v1/chat/completions", "chat.completions", "openai"},
      {"https://api.openai.com/v1/chat/completions/", "chat.completions", "openai"},
      {"https://api.openai.com/v1/responses?x=1", "responses", "openai"},
      {"https://api.openai.com/v1/responses/compact", "responses.compact", "openai"},
      {"https://api.openai.com/v1/responses/input_tokens", "count_tokens", "openai"},
      {"https://api.openai.com/v1/audio/speech", "audio.speech", "openai"},
      {"http://localhost:8000/v1/chat/completions", "chat.completions", ""},
      {"/v1/chat/completions", "chat.completions", "groq", "", "groq"},
      {"https://r.openai.azure.com//openai/deployments/dep/embeddings?api-version=1", "embeddings",
       "azure.ai.openai", "dep"},
      {"https://r.services.ai.azure.com/models/chat/completions", "chat.completions",
       "azure.ai.inference"},
      {"https://api.anthropic.com/v1/messages?beta=true", "messages", "anthropic"},
      {"https://api.deepseek.com/anthropic/v1/messages", "messages", "deepseek"},
      {"https://bedrock-runtime.us-east-1.amazonaws.com:443/model/us.amazon.nova-lite-v1%3A0/"
       "converse",
       "converse", "aws.bedrock", "us.amazon.nova-lite-v1:0"},
      {"https://bedrock-runtime.eu-west-1.amazonaws.com/model/"
       "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.x/invoke",
       "invoke", "aws.bedrock", "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x"},
      {"/model/m/converse-stream", "converse", "aws.bedrock", "m", "bedrock"},
      {"https://bedrock-agent-runtime.us-east-1.amazonaws.com/agents/A/agentAliases/B/sessions/C/"
       "text",
       "invoke_agent", "aws.bedrock"},
      {"https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/e/invocations", "invocations",
       "sagemaker", "e"},
      {"https://api.cohere.com/v2/chat", "cohere.chat.v2", "cohere"},
      {"https://api.cohere.com/v1/rerank", "cohere.rerank.v1", "cohere"},
      {"https://api.voyageai.com/v1/rerank", "rerank", "voyage"},
      {"https://api.writer.com/v1/chat", "chat.completions", "writer"},
      {"http://127.0.0.1:11434/api/chat", "ollama.chat", "ollama"},
      {"/api/generate", "ollama.generate", "ollama", "", "ollama"},
      {"https://api.replicate.com/v1/models/meta/llama/predictions", "predictions", "replicate",
       "meta/llama"},
      {"https://x.us-east-1.aws.endpoints.huggingface.cloud/", "tgi.generate", "huggingface", "",
       "", R"({"inputs":"hi"})"},
      {"http://tgi.internal:8080/generate", "tgi.generate", "", "", "", R"({"inputs":"hi"})"},
      {"http://tgi.internal:8080/generate_stream", "tgi.generate", "", "", "",
       R"({"parameters":{},"inputs":"hi"})"},
      {"http://reranker.internal/v1/rerank", "rerank", "", "", "",
       R"({"model":"m","query":"q","documents":["a"]})"},
      {"http://localhost:8000/v1/responses", "responses", "", "", "",
       R"({"model":"m","input":"i"})"},
      {"https://api.x.ai/v1/stt", "audio.transcriptions", "x_ai"},
      {"http://ocr.internal/v1/ocr", "ocr", "", "", "", R"({"document":{}})"},
      {"https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:countTokens",
       "count_tokens", "gcp.gemini", "gemini-2.5-pro"},
  };
  for (const Case& sample : kCases) {
    Arena arena;
    ProviderRequest request{"POST", sample.url, sample.kind, {}, sample.body};
    Route route = FindRoute(request, arena);
    EXPECT_EQ(Name(route.api), sample.api) << sample.url;
    EXPECT_EQ(route.provider, sample.provider) << sample.url;
    EXPECT_EQ(route.model, sample.model) << sample.url;
  }
}

TEST(Route, PreparingAnAgentIsNoCallOfOne) {
  const auto find = [](std::string_view path) {
    Arena arena;
    const Route route = FindRoute({"POST", path, "bedrock", {}, {}}, arena);
    return std::pair(route.api, std::string(route.session));
  };
  EXPECT_EQ(find("/agents/chat-1"), std::pair(Api::kInvokeAgent, std::string("chat-1")));
  EXPECT_EQ(find("/agents/chat-1?x=/"), std::pair(Api::kInvokeAgent, std::string("chat-1")));
  for (const auto* path : {"/agents/AGENT123/", "/agents/AGENT123//", "/agents/AGENT123%2F",
                           "/agents/", "/agents", "/agents/AGENT123/agentversions/"}) {
    EXPECT_EQ(find(path), std::pair(Api::kNone, std::string())) << path;
  }
  EXPECT_EQ(find("/agents/A/agentAliases/B/sessions/C/text/"),
            std::pair(Api::kInvokeAgent, std::string("C")));
}

TEST(Route, EverythingElseIsPlainHttp) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {"GET", "https://api.openai.com/v1/chat/completions"},
      {"GET", "https://api.openai.com/v1/responses/resp_1"},
      {"POST", "https://api.openai.com/v1/threads/t/messages"},
      {"POST", "https://api.openai.com/v1/threads/t/runs"},
      {"POST", "https://api.openai.com/v1/files"},
      {"POST", "https://api.openai.com/v1/batches"},
      {"POST", "https://api.openai.com/v1/responses/resp_1/cancel"},
      {"POST", "https://api.anthropic.com/v1/messages/batches"},
      {"POST", "https://bedrock-runtime.us-east-1.amazonaws.com/guardrail/g/version/1/apply"},
      {"POST", "https://generativelanguage.googleapis.com/v1beta/cachedContents"},
      {"POST", "https://example.com/api/chat"},
      {"POST", "https://api.tavily.com/search"},
      {"DELETE", "https://api.openai.com/v1/models/ft:gpt-4o"},
      {"POST", ""},
      {"", ""},
  };
  for (auto [method, url] : kCases) {
    Arena arena;
    EXPECT_EQ(FindRoute({method, url, {}, {}, {}}, arena).api, Api::kNone) << url;
  }
}

TEST(Route, PathsOfOneWordAreTheWorldsToo) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {"https://survey.example.com/responses", R"({"answers":[{"model":"m"}]})"},
      {"https://shop.example.com/v1/images", R"({"title":"\"prompt\": x","tags":["prompt"]})"},
      {"https://search.example.com/rerank", R"({"ids":[1]})"},
      {"https://scan.example.com/ocr",
       "--b\r\nContent-Disposition: form-data; name=\"page\"\r\n\r\n1\r\n--b--"},
      {"https://example.com/stt", "RIFF"},
      {"https://pdf.example.com/generate", R"({"template":{"inputs":[]}})"},
      {"https://api.openai.com/generate", R"({"prompt":"p"})"},
      {"https://x.us-east-1.aws.endpoints.huggingface.cloud/", R"({"query":{"inputs":"hi"}})"},
      {"https://pdf.example.com/generate", R"({"inputs)"},
  };
  for (auto [url, body] : kCases) {
    Arena arena;
    EXPECT_EQ(FindRoute({"POST", url, {}, {}, body}, arena).api, Api::kNone) << url;
  }
}

}  // namespace
}  // namespace vitrine::codecs::providers
