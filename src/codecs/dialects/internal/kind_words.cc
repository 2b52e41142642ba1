// The words by which vocabularies name the kind of a span. All lower-case; matching ignores case.
#include "codecs/dialects/internal/rules.h"

namespace vitrine::codecs::dialects {

namespace {

using enum model::SpanKind;

constexpr KindWord kOperations[] = {
    {"chat", kLlm},
    {"text_completion", kLlm},
    {"generate_content", kLlm},
    {"completion", kLlm},
    {"generate", kLlm},
    {"chat.completions", kLlm},
    {"text.completions", kLlm},
    {"responses", kLlm},
    {"response", kLlm},
    {"messages", kLlm},
    {"llm_request", kLlm},
    {"image", kLlm},
    {"image_generation", kLlm},
    {"speech", kLlm},
    {"audio", kLlm},
    {"transcription", kLlm},
    {"embeddings", kEmbedding},
    {"embedding", kEmbedding},
    {"rerank", kRerank},
    {"retrieval", kRetrieval},
    {"vectordb", kRetrieval},
    {"search_memory", kRetrieval},
    {"execute_tool", kTool},
    {"tool", kTool},
    {"create_agent", kAgent},
    {"invoke_agent", kAgent, true},
    {"agent", kAgent, true},
    {"invoke_workflow", kWorkflow, true},
    {"agent_step", kWorkflow, true},
    {"execute_event_loop_cycle", kWorkflow, true},
    {"plan", kWorkflow, true},
    {"execute_task", kWorkflow, true},
    {"framework", kWorkflow, true},
    {"chain", kWorkflow, true},
    {"workflow", kWorkflow, true},
    {"evaluate", kEvaluator},
    {"guardrail", kGuardrail},
    {"fetch_response", kOther, true},  // Repeats the usage of a response that was paid before.
    {"create_memory", kDb},
    {"update_memory", kDb},
    {"upsert_memory", kDb},
    {"delete_memory", kDb},
    {"create_memory_store", kDb},
    {"delete_memory_store", kDb},
};

constexpr KindWord kAiOperations[] = {
    {"ai.generatetext.dogenerate", kLlm},   {"ai.streamtext.dostream", kLlm},
    {"ai.generateobject.dogenerate", kLlm}, {"ai.streamobject.dostream", kLlm},
    {"ai.embed.doembed", kEmbedding},       {"ai.embedmany.doembed", kEmbedding},
    {"ai.rerank.dorerank", kRerank},        {"ai.toolcall", kTool},
    {"ai.generatetext", kAgent, true},      {"ai.streamtext", kAgent, true},
    {"ai.generateobject", kAgent, true},    {"ai.streamobject", kAgent, true},
    {"generatetext", kAgent, true},         {"streamtext", kAgent, true},
    {"generateobject", kAgent, true},       {"streamobject", kAgent, true},
    {"ai.embed", kWorkflow, true},          {"ai.embedmany", kWorkflow, true},
    {"ai.rerank", kWorkflow, true},
};

constexpr KindWord kOpeninference[] = {
    {"llm", kLlm},
    {"embedding", kEmbedding},
    {"chain", kWorkflow, true},
    {"retriever", kRetrieval},
    {"reranker", kRerank},
    {"tool", kTool},
    {"agent", kAgent, true},
    {"guardrail", kGuardrail},
    {"evaluator", kEvaluator},
    {"prompt", kPrompt},
};

constexpr KindWord kLangfuse[] = {
    {"generation", kLlm},      {"embedding", kEmbedding},  {"agent", kAgent, true},
    {"tool", kTool},           {"chain", kWorkflow, true}, {"retriever", kRetrieval},
    {"guardrail", kGuardrail}, {"evaluator", kEvaluator},  {"span", kOther, true},
    {"event", kOther},
};

constexpr KindWord kTraceloop[] = {
    {"workflow", kWorkflow, true},
    {"task", kWorkflow, true},
    {"agent", kAgent, true},
    {"tool", kTool},
};

constexpr KindWord kLangsmith[] = {
    {"llm", kLlm},
    {"chain", kWorkflow, true},
    {"tool", kTool},
    {"retriever", kRetrieval},  // Sent with operation `embeddings`, which it is not.
    {"prompt", kPrompt},        // Sent with operation `chat`, which it is not.
    {"embedding", kEmbedding},
    {"parser", kOther},
};

constexpr KindWord kMlflow[] = {
    {"llm", kLlm},
    {"chat_model", kLlm},
    {"agent", kAgent, true},
    {"chain", kWorkflow, true},
    {"workflow", kWorkflow, true},
    {"task", kWorkflow, true},
    {"tool", kTool},
    {"retriever", kRetrieval},
    {"embedding", kEmbedding},
    {"reranker", kRerank},
    {"guardrail", kGuardrail},
    {"evaluator", kEvaluator},
    {"parser", kOther},
};

constexpr KindWord kSpring[] = {
    {"chat_client", kWorkflow, true},
    {"advisor", kWorkflow, true},
    {"vector_store", kRetrieval},
    {"tool_call", kTool},
    {"tool", kTool},
};

constexpr KindWord kLmnr[] = {
    {"llm", kLlm},
    {"tool", kTool},
    {"executor", kWorkflow, true},
    {"evaluation", kWorkflow, true},
    {"evaluator", kEvaluator},
    {"human_evaluator", kEvaluator},
};

constexpr KindWord kGenkit[] = {
    {"model", kLlm},
    {"background-model", kLlm},
    {"embedder", kEmbedding},
    {"tool", kTool},
    {"tool.v2", kTool},
    {"retriever", kRetrieval},
    {"reranker", kRerank},
    {"indexer", kDb},
    {"evaluator", kEvaluator},
    {"prompt", kPrompt},
    {"promptTemplate", kPrompt},
    {"executable-prompt", kPrompt},
    {"agent", kAgent, true},
    {"flow", kWorkflow, true},
    {"flowStep", kWorkflow, true},
    {"util", kWorkflow, true},
};

constexpr KindWord kRequestTypes[] = {
    {"chat", kLlm},      {"completion", kLlm},      {"acompletion", kLlm},
    {"responses", kLlm}, {"embedding", kEmbedding}, {"aembedding", kEmbedding},
    {"rerank", kRerank}, {"arerank", kRerank},
};

// LiteLLM, Logfire's OpenAI Agents integration, pydantic-ai 2, Strands.
constexpr KindWord kNames[] = {
    {"raw_gen_ai_request", kHttp, true},
    {"received proxy server request", kHttp, true},
    {"litellm_request", kLlm},
    {"agent run", kAgent, true},
    {"openai agents trace", kWorkflow, true},
    {"function: ", kTool},
    {"guardrail", kGuardrail},
    {"running tool", kTool},
    {"execute_tool ", kTool},
    {"invoke_agent ", kAgent, true},
    {"call_llm", kLlm},
    {"agent_run", kAgent, true},
    {"invocation [", kWorkflow, true},
};

}  // namespace

std::span<const KindWord> OperationWords() { return kOperations; }
std::span<const KindWord> AiOperationWords() { return kAiOperations; }
std::span<const KindWord> OpeninferenceKindWords() { return kOpeninference; }
std::span<const KindWord> LangfuseTypeWords() { return kLangfuse; }
std::span<const KindWord> TraceloopKindWords() { return kTraceloop; }
std::span<const KindWord> LangsmithKindWords() { return kLangsmith; }
std::span<const KindWord> MlflowTypeWords() { return kMlflow; }
std::span<const KindWord> SpringKindWords() { return kSpring; }
std::span<const KindWord> LmnrTypeWords() { return kLmnr; }
std::span<const KindWord> GenkitTypeWords() { return kGenkit; }
std::span<const KindWord> RequestTypeWords() { return kRequestTypes; }
std::span<const KindWord> SpanNamePrefixes() { return kNames; }

}  // namespace vitrine::codecs::dialects
