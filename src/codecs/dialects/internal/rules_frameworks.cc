// Frameworks and vendors with few keys of their own (WIRE-FORMATS 5.2 and 5.3): Anthropic's SDK,
// pydantic-ai and Logfire, LangSmith, MLflow, LiteLLM, Spring AI, Google ADK, Strands, openlit,
// Laminar, OpenAI Agents through Logfire, Genkit.
#include "codecs/dialects/internal/rules.h"

namespace vitrine::codecs::dialects {

namespace {

using enum Field;
using enum Dialect;

constexpr Rule kRules[] = {
    // Anthropic TypeScript SDK
    {"anthropic.request.id", kAnthropic, kRequestId, 0},
    {"anthropic.message.stop_reason", kAnthropic, kFinishReasons, 2, {}, Unit::kSameIfLost},
    {"anthropic.request.service_tier", kAnthropic, kRequestTier, 2},
    {"anthropic.response.service_tier", kAnthropic, kServiceTier, 2},
    {"anthropic.usage.cache_creation.ephemeral_5m_input_tokens", kAnthropic, kCacheWrite5mTokens},
    {"anthropic.usage.cache_creation.ephemeral_1h_input_tokens", kAnthropic, kCacheWrite1hTokens},
    {"anthropic.usage.server_tool_use.web_search_requests", kAnthropic, kWebSearches, 1},
    {"anthropic.response.speed", kAnthropic, kSpeed},
    {"anthropic.response.inference_geo", kAnthropic, kInferenceGeo},
    {"anthropic.thinking.*", kAnthropic, kSignal},
    {"anthropic.*", kAnthropic, kSignal},

    // pydantic-ai and Logfire
    {"logfire.span_type", kLogfire, kLogfireSpanType},
    {"logfire.pending_parent_id", kLogfire, kLogfireParent},
    {"logfire.msg", kLogfire, kSignal},
    {"logfire.msg_template", kLogfire, kSignal},
    {"logfire.json_schema", kLogfire, kNone},
    {"logfire.level_num", kLogfire, kLevelNumber, 0, {}, Unit::kNone, true},
    {"logfire.tags", kLogfire, kTags},
    {"logfire.*", kLogfire, kSignal},
    {"operation.cost", kLogfire, kCostTotal, 2},
    {"request_data", kLogfire, kInputContent, 9},
    {"response_data", kLogfire, kOutputContent, 9},
    {"events", kLogfire, kEventList, 0},
    {"all_messages_events", kPydanticAi, kEventList, 1},
    {"pydantic_ai.all_messages", kPydanticAi, kConversation},
    {"pydantic_ai.new_message_index", kPydanticAi, kNewMessageIndex},
    {"final_result", kPydanticAi, kFinalResult},
    {"model_request_parameters", kPydanticAi, kToolDefinitions, 5, {}, Unit::kNone, true},
    {"tool_arguments", kPydanticAi, kToolArguments, 2},
    {"tool_response", kPydanticAi, kToolResult, 2},
    {"gen_ai.agent.call.id", kPydanticAi, kSignal},
    {"agent_name", kPydanticAi, kAgentName, 3},
    {"model_name", kPydanticAi, kRequestModel, 8},
    {"gen_ai.usage.partial.*", kLogfire, kSignal},

    // LangSmith
    {"langsmith.span.kind", kLangsmith, kLangsmithKind},
    {"langsmith.span.tags", kLangsmith, kTags},
    {"langsmith.trace.name", kLangsmith, kTraceName, 2},
    {"langsmith.metadata.session_id", kLangsmith, kSessionId, 4},
    {"langsmith.metadata.thread_id", kLangsmith, kSessionId, 5},
    {"langsmith.metadata.conversation_id", kLangsmith, kSessionId, 5},
    {"langsmith.metadata.user_id", kLangsmith, kUserId, 4},
    {"langsmith.metadata.*", kLangsmith, kSignal},
    {"langsmith.*", kLangsmith, kSignal},
    {"gen_ai.serialized.name", kLangsmith, kSignal},

    // MLflow
    {"mlflow.spanType", kMlflow, kMlflowType, 0, {}, Unit::kJsonText},
    {"mlflow.spanInputs", kMlflow, kInputContent, 9, {}, Unit::kJsonText},
    {"mlflow.spanOutputs", kMlflow, kOutputContent, 9, {}, Unit::kJsonText},
    {"mlflow.chat.tokenUsage", kMlflow, kUsageJson, 0},
    {"mlflow.chat.tools", kMlflow, kToolDefinitions, 4},
    {"mlflow.llm.model", kMlflow, kAnyModel, 3, {}, Unit::kJsonText},
    {"mlflow.llm.provider", kMlflow, kProvider, 7, {}, Unit::kJsonText},
    {"mlflow.trace.session", kMlflow, kSessionId, 4, {}, Unit::kJsonText},
    {"mlflow.trace.user", kMlflow, kUserId, 4, {}, Unit::kJsonText},
    {"mlflow.*", kMlflow, kSignal},

    // LiteLLM
    {"gen_ai.cost.total_cost", kLitellm, kCostTotal, 4},
    {"gen_ai.cost.*", kLitellm, kSignal},
    {"hidden_params", kLitellm, kSignal},
    {"metadata.user_api_key_end_user_id", kLitellm, kUserId, 5},
    {"metadata.usage_object", kLitellm, kUsageJson, 2, {}, Unit::kPythonRepr},
    {"metadata.*", kLitellm, kSignal},
    {"llm.openai.*", kLitellm, kSignal},
    {"llm.anthropic.*", kLitellm, kSignal},

    // Semantic Kernel and Spring AI
    {"sk.available_functions", kSemanticKernel, kSignal},
    {"spring.ai.kind", kSpringAi, kSpringKind},
    {"spring.ai.chat.client.conversation.id", kSpringAi, kConversationId, 3},
    {"spring.ai.chat.client.stream", kSpringAi, kParam, 5, "stream"},
    {"spring.ai.*", kSpringAi, kSignal},

    // Google ADK
    {"gcp.vertex.agent.llm_request", kGoogleAdk, kInputContent, 8, {}, Unit::kPlaceholder},
    {"gcp.vertex.agent.llm_response", kGoogleAdk, kOutputContent, 8, {}, Unit::kPlaceholder},
    {"gcp.vertex.agent.tool_call_args", kGoogleAdk, kToolArguments, 2, {}, Unit::kPlaceholder},
    {"gcp.vertex.agent.tool_response", kGoogleAdk, kToolResult, 2, {}, Unit::kPlaceholder},
    {"gcp.vertex.agent.data", kGoogleAdk, kInputContent, 12, {}, Unit::kPlaceholder},
    {"gcp.vertex.agent.session_id", kGoogleAdk, kSessionId, 4},
    {"gcp.vertex.agent.invocation_id", kGoogleAdk, kRequestId, 3},
    {"gcp.vertex.agent.*", kGoogleAdk, kSignal},

    // Strands: durations are milliseconds under the names of metrics in seconds.
    {"gen_ai.server.time_to_first_token", kStrands, kTimeToFirst, 2, {}, Unit::kMilliseconds},
    {"gen_ai.server.request.duration", kStrands, kNone},
    {"event_loop.cycle_id", kStrands, kSignal},
    {"gen_ai.agent.tools", kStrands, kSignal},

    // openlit
    {"gen_ai.server.ttft", kOpenlit, kTimeToFirst, 2, {}, Unit::kSeconds},
    {"gen_ai.server.time_to_first_token_seconds", kOpenlit, kTimeToFirst, 2, {}, Unit::kSeconds},
    {"gen_ai.application_name", kOpenlit, kSignal},
    {"gen_ai.environment", kOpenlit, kEnvironment, 4},
    {"gen_ai.request.is_stream", kOpenlit, kParam, 2, "stream"},
    {"gen_ai.request.user", kOpenlit, kUserId, 6},
    {"gen_ai.content.prompt", kOpenlit, kInputContent, 7},
    {"gen_ai.content.completion", kOpenlit, kOutputContent, 7},

    // Laminar
    {"lmnr.span.type", kLmnr, kLmnrType},
    {"lmnr.span.input", kLmnr, kInputContent, 9},
    {"lmnr.span.output", kLmnr, kOutputContent, 9},
    {"lmnr.association.properties.session_id", kLmnr, kSessionId, 3},
    {"lmnr.association.properties.user_id", kLmnr, kUserId, 3},
    {"lmnr.association.properties.tags", kLmnr, kTags},
    {"lmnr.*", kLmnr, kSignal},

    // OpenAI Agents through Logfire and others
    {"handoffs", kOpenaiAgents, kSignal},
    {"agent_trace_id", kOpenaiAgents, kSignal},
    {"openai.agents.*", kOpenaiAgents, kSignal},

    // Genkit: every action is a span; a model's is named "plugin/model".
    {"genkit:metadata:subtype", kGenkit, kGenkitType, 0},
    {"genkit:type", kGenkit, kGenkitType, 1},
    {"genkit:name", kGenkit, kGenkitName, 0, {}, Unit::kNone, true},
    {"genkit:input", kGenkit, kInputContent, 9, {}, Unit::kJsonText},
    {"genkit:output", kGenkit, kOutputContent, 9, {}, Unit::kJsonText},
    {"genkit:sessionId", kGenkit, kSessionId, 4},
    {"genkit:*", kGenkit, kSignal},

    // MCP
    {"mcp.method.name", kMcp, kMcpMethod, 0, {}, Unit::kNone, true},
    {"mcp.session.id", kMcp, kSignal},
    {"mcp.*", kMcp, kSignal},
};

}  // namespace

std::span<const Rule> FrameworkRules() { return kRules; }

}  // namespace vitrine::codecs::dialects
