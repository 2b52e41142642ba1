#include "codecs/providers/api.h"

#include <iterator>

namespace vitrine::codecs::providers {

namespace {

using enum model::SpanKind;

struct Row {
  Api api;
  std::string_view name;
  model::SpanKind kind;
};

constexpr Row kRows[] = {
    {Api::kNone, "", kHttp},
    {Api::kChatCompletions, "chat.completions", kLlm},
    {Api::kCompletions, "completions", kLlm},
    {Api::kResponses, "responses", kLlm},
    {Api::kResponsesCompact, "responses.compact", kLlm},
    {Api::kMessages, "messages", kLlm},
    {Api::kComplete, "complete", kLlm},
    {Api::kGenerateContent, "generateContent", kLlm},
    {Api::kInteractions, "interactions", kLlm},
    {Api::kPredict, "predict", kLlm},
    {Api::kConverse, "converse", kLlm},
    {Api::kInvoke, "invoke", kLlm},
    {Api::kInvokeAgent, "invoke_agent", kAgent},
    {Api::kRetrieveAndGenerate, "retrieve_and_generate", kLlm},
    {Api::kInvocations, "invocations", kLlm},
    {Api::kCohereChatV1, "cohere.chat.v1", kLlm},
    {Api::kCohereChatV2, "cohere.chat.v2", kLlm},
    {Api::kCohereGenerateV1, "cohere.generate.v1", kLlm},
    {Api::kCohereEmbedV1, "cohere.embed.v1", kEmbedding},
    {Api::kCohereEmbedV2, "cohere.embed.v2", kEmbedding},
    {Api::kCohereRerankV1, "cohere.rerank.v1", kRerank},
    {Api::kCohereRerankV2, "cohere.rerank.v2", kRerank},
    {Api::kOllamaChat, "ollama.chat", kLlm},
    {Api::kOllamaGenerate, "ollama.generate", kLlm},
    {Api::kOllamaEmbed, "ollama.embed", kEmbedding},
    {Api::kOllamaEmbeddings, "ollama.embeddings", kEmbedding},
    {Api::kEmbeddings, "embeddings", kEmbedding},
    {Api::kRerank, "rerank", kRerank},
    {Api::kModerations, "moderations", kGuardrail},
    {Api::kCountTokens, "count_tokens", kOther},
    {Api::kImageGenerations, "images.generations", kLlm},
    {Api::kImageEdits, "images.edits", kLlm},
    {Api::kTranscriptions, "audio.transcriptions", kLlm},
    {Api::kTranslations, "audio.translations", kLlm},
    {Api::kSpeech, "audio.speech", kLlm},
    {Api::kOcr, "ocr", kLlm},
    {Api::kWatsonxGeneration, "watsonx.generation", kLlm},
    {Api::kPredictions, "predictions", kLlm},
    {Api::kTgiGenerate, "tgi.generate", kLlm},
    {Api::kAlephAlphaComplete, "alephalpha.complete", kLlm},
};

constexpr bool RowsInOrder() {
  for (size_t i = 0; i < std::size(kRows); ++i) {
    if (kRows[i].api != static_cast<Api>(i)) return false;
  }
  return std::size(kRows) == static_cast<size_t>(Api::kAlephAlphaComplete) + 1;
}
static_assert(RowsInOrder());

}  // namespace

std::string_view Name(Api api) { return kRows[static_cast<size_t>(api)].name; }

model::SpanKind KindOf(Api api) { return kRows[static_cast<size_t>(api)].kind; }

}  // namespace vitrine::codecs::providers
