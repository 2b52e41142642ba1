// OpenLLMetry / Traceloop, legacy and new (WIRE-FORMATS 4).
#include "codecs/dialects/internal/rules.h"

namespace vitrine::codecs::dialects {

namespace {

using enum Field;
constexpr Dialect kT = Dialect::kOpenllmetry;

constexpr Rule kRules[] = {
    {"gen_ai.prompt.*", kT, kPromptNumbered, 2},
    {"gen_ai.completion.*", kT, kCompletionNumbered, 2},
    {"llm.request.functions.*", kT, kFunctionsNumbered, 2},
    {"llm.request.type", kT, kRequestType},
    // Names of 2023, before gen_ai.*. `llm.prompts.*` stands with OpenInference's.
    {"llm.completions.*", kT, kCompletionNumbered, 2},
    {"llm.vendor", kT, kProvider, 5},
    {"llm.request.max_tokens", kT, kParam, 2, "max_tokens"},
    {"llm.top_p", kT, kParam, 2, "top_p"},
    {"llm.usage.prompt_tokens", kT, kInputTokens, 6},
    {"llm.usage.completion_tokens", kT, kOutputTokens, 6},
    {"llm.usage.total_tokens", kT, kTotalTokens, 1},
    {"llm.usage.reasoning_tokens", kT, kReasoningTokens, 2},
    {"llm.is_streaming", kT, kParam, 3, "stream"},
    {"llm.user", kT, kUserId, 6},
    {"llm.request.reasoning_effort", kT, kParam, 2, "reasoning_effort"},
    {"llm.response.finish_reason", kT, kFinishReasons, 3},
    {"llm.response.stop_reason", kT, kFinishReasons, 4},
    {"gen_ai.response.stop_reason", kT, kFinishReasons, 4},
    {"llm.frequency_penalty", kT, kParam, 2, "frequency_penalty"},
    {"llm.presence_penalty", kT, kParam, 2, "presence_penalty"},
    {"llm.top_k", kT, kParam, 2, "top_k"},
    {"llm.temperature", kT, kParam, 2, "temperature"},
    {"llm.chat.stop_sequences", kT, kParam, 2, "stop"},
    {"llm.response.model", kT, kResponseModel, 2},
    {"llm.request.model", kT, kRequestModel, 2},
    {"traceloop.span.kind", kT, kTraceloopKind},
    {"traceloop.workflow.name", kT, kWorkflowName, 1},
    {"traceloop.entity.name", kT, kStage},
    {"traceloop.entity.path", kT, kSignal},
    {"traceloop.entity.version", kT, kSignal},
    {"traceloop.entity.input", kT, kInputContent, 9, {}, Unit::kJsonText},
    {"traceloop.entity.output", kT, kOutputContent, 9, {}, Unit::kJsonText},
    {"traceloop.association.properties.user_id", kT, kUserId, 2},
    {"traceloop.association.properties.userId", kT, kUserId, 2},
    {"traceloop.association.properties.session_id", kT, kSessionId, 2},
    {"traceloop.association.properties.sessionId", kT, kSessionId, 2},
    {"traceloop.association.properties.chat_id", kT, kSessionId, 5},
    {"traceloop.association.properties.conversation_id", kT, kSessionId, 6},
    {"traceloop.association.properties.tags", kT, kTags},
    {"traceloop.association.properties.*", kT, kSignal},
    {"traceloop.prompt.key", kT, kPromptName, 2},
    {"traceloop.prompt.version", kT, kPromptVersion, 3},
    {"traceloop.prompt.version_name", kT, kSignal},
    {"traceloop.prompt.version_hash", kT, kSignal},
    {"traceloop.prompt.template", kT, kSignal},
    {"traceloop.prompt.template_variables", kT, kPromptVariables, 2},
    {"traceloop.correlation.id", kT, kRequestId, 4},
    {"gen_ai.task.name", kT, kStage, 1},
    {"gen_ai.task.input", kT, kInputContent, 9, {}, Unit::kJsonText},
    {"gen_ai.task.output", kT, kOutputContent, 9, {}, Unit::kJsonText},
    {"db.vector.query.top_k", kT, kVectorTopK},
};

}  // namespace

std::span<const Rule> OpenllmetryRules() { return kRules; }

}  // namespace vitrine::codecs::dialects
