// Plain OpenTelemetry attributes that mean something on every span (HTTP, databases, errors,
// deployment), names that guides tell people to set by hand, and our own.
#include "codecs/dialects/internal/rules.h"

namespace vitrine::codecs::dialects {

namespace {

using enum Field;
using enum Dialect;
constexpr bool kKeep = true;

constexpr Rule kRules[] = {
    {"vitrine.token_timeline", kVitrine, kTimeline},
    {"vitrine.feature", kVitrine, kFeature, 0},
    {"vitrine.experiment", kVitrine, kExperiment, 0},
    {"vitrine.release", kVitrine, kRelease, 0},
    {"vitrine.stage", kVitrine, kStage, 0},
    {"vitrine.flags", kVitrine, kFlags, 0},
    {"vitrine.tags", kVitrine, kTags},
    {"vitrine.request.id", kVitrine, kRequestId, 1},
    {"vitrine.guardrail.name", kVitrine, kGuardrailName, 0},
    {"vitrine.guardrail.result", kVitrine, kGuardrailResult, 0},
    {"vitrine.deployment.id", kVitrine, kDeployment, 0},
    {"vitrine.is_batch", kVitrine, kBatch, 0},
    // What OtelWriter adds.
    {"vitrine.trace.name", kVitrine, kTraceName, 0},
    {"vitrine.is_trace_root", kVitrine, kAppRoot, 0},
    {"vitrine.prompt.variables", kVitrine, kPromptVariables, 0},
    {"vitrine.output_tokens_per_second", kVitrine, kTokensPerSecond, 0, {}, Unit::kPerSecond},
    {"vitrine.speed", kVitrine, kSpeed, 0},
    {"vitrine.inference_geo", kVitrine, kInferenceGeo, 0},
    {"vitrine.cost_usd", kVitrine, kNone},  // Computed here anew.

    {"error.type", kPlain, kErrorType, 0},
    {"exception.type", kPlain, kExceptionType},
    {"exception.message", kPlain, kExceptionMessage},
    {"http.response.status_code", kHttp, kHttpStatus, 0, {}, Unit::kNone, kKeep},
    {"http.status_code", kHttp, kHttpStatus, 1, {}, Unit::kNone, kKeep},
    {"http.request.method", kHttp, kHttpMethod, 0, {}, Unit::kNone, kKeep},
    {"http.method", kHttp, kHttpMethod, 1, {}, Unit::kNone, kKeep},
    {"rpc.method", kPlain, kRpcMethod, 0, {}, Unit::kNone, kKeep},
    {"db.system.name", kDb, kDbSystem, 0, {}, Unit::kNone, kKeep},
    {"db.system", kDb, kDbSystem, 1, {}, Unit::kNone, kKeep},
    {"db.operation.name", kDb, kOperation, 8, {}, Unit::kNone, kKeep},
    {"db.operation", kDb, kOperation, 9, {}, Unit::kNone, kKeep},
    {"request.id", kPlain, kRequestId, 5},
    {"request_id", kPlain, kRequestId, 5, {}, Unit::kNone, kKeep},
    {"http.request.header.x-request-id", kHttp, kRequestId, 6, {}, Unit::kNone, kKeep},

    {"enduser.id", kPlain, kUserId, 5},
    {"session_id", kPlain, kSessionId, 7},
    {"user_id", kPlain, kUserId, 7},
    {"thread.id.conversation", kPlain, kSessionId, 8},
    {"deployment.environment.name", kPlain, kEnvironment, 1},
    {"deployment.environment", kPlain, kEnvironment, 2},
    {"environment", kPlain, kEnvironment, 6},
    {"service.name", kPlain, kService},
    {"service.version", kPlain, kServiceVersion},
    {"cloud.region", kPlain, kRegion, 1},
    {"aws.region", kPlain, kRegion, 0},
    {"gcp.location", kPlain, kRegion, 0},
    {"feature_flag.key", kPlain, kFlags, 2, {}, Unit::kNone, kKeep},
    {"feature", kPlain, kFeature, 3},
    {"feature.name", kPlain, kFeature, 2},
    {"release", kPlain, kRelease, 4},
    {"tags", kPlain, kTags},
    {"input", kPlain, kInputContent, 14},
    {"output", kPlain, kOutputContent, 14},
    {"request", kPlain, kInputContent, 16},  // Logfire, for MCP.
    {"response", kPlain, kOutputContent, 16},

    // By hand
    {"user.query", kHandMade, kInputContent, 15},
    {"pipeline.version", kHandMade, kRelease, 2},
    {"pipeline.name", kHandMade, kWorkflowName, 3},
    {"retrieval.strategy", kHandMade, kStage, 3, {}, Unit::kNone, kKeep},
    {"retrieval.query", kHandMade, kQuery, 3},
    {"retrieval.top_k", kHandMade, kTopK, 3},
    {"retrieval.chunks_returned", kHandMade, kChunkCount},
    {"retrieval.avg_score", kHandMade, kAverageScore},
    {"retrieval.data_source", kHandMade, kDataSource, 3},
    {"online_eval.*", kHandMade, kOnlineEval},
    {"user_feedback.rating", kHandMade, kUserRating},
    {"user_feedback.comment", kHandMade, kUserRatingComment},
    {"agent.task_type", kHandMade, kStage, 4, {}, Unit::kNone, kKeep},
    {"guardrail.name", kHandMade, kGuardrailName, 1},
    {"guardrail.result", kHandMade, kGuardrailResult, 1},
    {"guardrail.action", kHandMade, kGuardrailResult, 2},
    {"guardrail.triggered", kHandMade, kGuardrailFlag, 1},
    {"tripwire_triggered", kHandMade, kGuardrailFlag, 2},
};

constexpr ScopeRule kScopes[] = {
    {"ai", Dialect::kVercelAi, false, true},      // AI SDK 4-6, and 7's legacy integration.
    {"gen_ai", Dialect::kVercelAi, false, true},  // AI SDK 7.
    {"@arizeai/openinference", Dialect::kOpeninference},
    {"openinference", Dialect::kOpeninference},
    {"@traceloop/", Dialect::kOpenllmetry},
    {"com.anthropic.sdk", Dialect::kAnthropic},
    {"langfuse-sdk", Dialect::kLangfuse},
    {"pydantic-ai", Dialect::kPydanticAi},
    {"logfire", Dialect::kLogfire},
    {"langsmith", Dialect::kLangsmith},
    {"mlflow", Dialect::kMlflow},
    {"litellm", Dialect::kLitellm},
    {"Microsoft.SemanticKernel", Dialect::kSemanticKernel},
    {"semantic_kernel", Dialect::kSemanticKernel},
    {"org.springframework", Dialect::kSpringAi},
    {"gcp.vertex.agent", Dialect::kGoogleAdk},
    {"strands", Dialect::kStrands, true},
    {"openlit", Dialect::kOpenlit},
    {"lmnr", Dialect::kLmnr},
    {"openai.agents", Dialect::kOpenaiAgents},
    {"opentelemetry.instrumentation.openai_agents", Dialect::kOpenaiAgents},
};

}  // namespace

std::span<const Rule> PlainRules() { return kRules; }
std::span<const ScopeRule> ScopeRules() { return kScopes; }

std::span<const std::span<const Rule>> AllRuleTables() {
  static const std::span<const Rule> tables[] = {
      GenAiRules(), GenAiUsageRules(), OpeninferenceRules(), OpenllmetryRules(),
      AiSdkRules(), LangfuseRules(),   FrameworkRules(),     PlainRules(),
  };
  return tables;
}

}  // namespace vitrine::codecs::dialects
