// OpenInference (WIRE-FORMATS 3).
#include "codecs/dialects/internal/rules.h"

namespace vitrine::codecs::dialects {

namespace {

using enum Field;
constexpr Dialect kO = Dialect::kOpeninference;

constexpr Rule kRules[] = {
    {"openinference.span.kind", kO, kOpeninferenceKind},
    {"input.value", kO, kInputContent, 11},
    {"output.value", kO, kOutputContent, 11},
    {"input.mime_type", kO, kInputMime},
    {"output.mime_type", kO, kOutputMime},
    {"llm.model_name", kO, kAnyModel, 0},
    {"llm.request.model_name", kO, kRequestModel, 1},
    {"llm.response.model_name", kO, kResponseModel, 1},
    {"llm.provider", kO, kProvider, 2},
    {"llm.system", kO, kProvider, 3},
    {"llm.invocation_parameters", kO, kParamsJson, 1},
    {"llm.invocation_parameters.*", kO, kParam, 3},
    {"llm.finish_reason", kO, kFinishReasons, 2, {}, Unit::kSameIfLost},
    {"llm.input_messages.*", kO, kInputNumbered, 1},
    {"llm.output_messages.*", kO, kOutputNumbered, 1},
    {"llm.tools.*", kO, kToolsNumbered, 1},
    {"llm.prompts.*", kO, kPromptTextNumbered, 13},
    {"llm.choices.*", kO, kChoiceTextNumbered, 13},
    {"llm.prompt_template.template", kO, kSignal},
    {"llm.prompt_template.variables", kO, kPromptVariables, 1},
    {"llm.prompt_template.version", kO, kPromptVersion, 2},
    {"prompt.id", kO, kPromptName, 3},
    {"prompt.vendor", kO, kSignal},
    {"prompt.url", kO, kSignal},
    {"llm.token_count.prompt", kO, kInputTokens, 3},
    {"llm.token_count.completion", kO, kOutputTokens, 3},
    {"llm.token_count.total", kO, kTotalTokens, 2},
    {"llm.token_count.prompt_details.cache_read", kO, kCacheReadTokens, 4},
    {"llm.token_count.prompt_details.cache_write", kO, kCacheWriteTokens, 4},
    {"llm.token_count.prompt_details.audio", kO, kAudioInputTokens, 3},
    {"llm.token_count.completion_details.reasoning", kO, kReasoningTokens, 3},
    {"llm.token_count.completion_details.audio", kO, kAudioOutputTokens, 3},
    {"llm.cost.total", kO, kCostTotal, 3},
    {"embedding.model_name", kO, kRequestModel, 3},
    {"embedding.invocation_parameters", kO, kParamsJson, 2},
    {"embedding.embeddings.*", kO, kEmbeddingsNumbered},
    {"retrieval.documents.*", kO, kDocumentsNumbered},
    {"reranker.query", kO, kQuery, 2},
    {"reranker.model_name", kO, kRequestModel, 3},
    {"reranker.top_k", kO, kTopK, 2},
    {"reranker.input_documents.*", kO, kRerankInputNumbered},
    {"reranker.output_documents.*", kO, kRerankOutputNumbered},
    {"tool.name", kO, kToolName, 1},
    {"tool.id", kO, kToolCallId, 2},
    // Mostly what the tool takes, not what it was given: that is the input, whose rank is lower.
    {"tool.parameters", kO, kToolArguments, 12},
    {"agent.name", kO, kAgentName, 1},
    {"session.id", Dialect::kPlain, kSessionId, 1},
    {"user.id", Dialect::kPlain, kUserId, 1},
    {"metadata", Dialect::kPlain, kMetadataJson, 0, {}, Unit::kNone, true},
    {"tag.tags", kO, kTags},
    {"annotations.*", kO, kAnnotations, 0, "span"},
    {"evaluations.*", kO, kAnnotations, 0, "span"},
    {"trace.annotations.*", kO, kAnnotations, 0, "trace"},
    {"trace.evaluations.*", kO, kAnnotations, 0, "trace"},
    {"session.annotations.*", kO, kAnnotations, 0, "session"},
    {"session.evaluations.*", kO, kAnnotations, 0, "session"},
};

}  // namespace

std::span<const Rule> OpeninferenceRules() { return kRules; }

}  // namespace vitrine::codecs::dialects
