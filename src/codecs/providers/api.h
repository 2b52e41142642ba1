// Api: the interfaces of model providers that are understood, one enumerator each.
// Values only.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/span.h"

namespace vitrine::codecs::providers {

enum class Api : uint8_t {
  kNone,  ///< Plain HTTP: no model call, or none that is known.
  kChatCompletions,
  kCompletions,
  kResponses,
  kResponsesCompact,
  kMessages,  ///< Anthropic's.
  kComplete,  ///< Anthropic's text completions, before Messages.
  kGenerateContent,
  kInteractions,
  kPredict,  ///< Vertex's, of other models than embeddings.
  kConverse,
  kInvoke,
  kInvokeAgent,
  kRetrieveAndGenerate,
  kInvocations,  ///< SageMaker's.
  kCohereChatV1,
  kCohereChatV2,
  kCohereGenerateV1,
  kCohereEmbedV1,
  kCohereEmbedV2,
  kCohereRerankV1,
  kCohereRerankV2,
  kOllamaChat,
  kOllamaGenerate,
  kOllamaEmbed,
  kOllamaEmbeddings,
  kEmbeddings,
  kRerank,
  kModerations,
  kCountTokens,
  kImageGenerations,
  kImageEdits,
  kTranscriptions,
  kTranslations,
  kSpeech,
  kOcr,
  kWatsonxGeneration,
  kPredictions,  ///< Replicate's.
  kTgiGenerate,
  kAlephAlphaComplete,
};

/// "chat.completions", "messages", "converse"; empty for kNone.
std::string_view Name(Api api);

/// What a call of this interface is on a span: an answer of a model, vectors, a ranking. Counting
/// tokens is none of these, and neither is a moderation.
model::SpanKind KindOf(Api api);

}  // namespace vitrine::codecs::providers
