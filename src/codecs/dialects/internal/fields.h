// Fields, dialects and rules: the vocabulary of the rule tables.
//
// A rule says: this attribute key (or, with a trailing '*', every key that starts so) belongs to
// that dialect and carries that field. Where several keys of one span carry the same field, the
// lowest rank wins, and among equals the first one sent. A value that lost and differs from the
// winner stays in `attributes`, so that nothing is silently dropped.
// Owner: static tables. Source: WIRE-FORMATS 2-6 and 10.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vitrine::codecs::dialects {

/// Most specific first: this is also the order of the names in `spans.dialect`.
enum class Dialect : uint8_t {
  kVitrine,
  kLangfuse,
  kPydanticAi,
  kLogfire,
  kLangsmith,
  kMlflow,
  kLitellm,
  kSemanticKernel,
  kSpringAi,
  kGoogleAdk,
  kStrands,
  kOpenlit,
  kLmnr,
  kAisdk,  ///< Laminar's `aisdk.*` and `stream.*`.
  kVercelAi,
  kAnthropic,
  kOpenllmetry,
  kOpeninference,
  kOpenaiAgents,
  kGenkit,
  kMcp,
  kHandMade,  ///< Names that guides tell people to set by hand.
  kGenAi,
  kDb,
  kHttp,
  kPlain,  ///< Any other OpenTelemetry attribute; gives no dialect name.
};
inline constexpr size_t kDialectCount = static_cast<size_t>(Dialect::kPlain) + 1;

/// What a value means. Up to kFirstCollected a field has one winner; from there on every value is
/// collected, with the part of its key that the '*' stands for.
enum class Field : uint8_t {
  kNone,     ///< Known, and of no use: a total that is the sum of others, a schema of the log UI.
  kSignal,   ///< Only says which dialect speaks; the value stays in `attributes`.
  kDropped,  ///< Must not be stored: vectors, whose dimensions and count are kept.

  // What the span is
  kOperation,
  kAiOperation,  ///< AI SDK operation id, with a function id behind a space or without.
  kOpeninferenceKind,
  kLangfuseType,
  kTraceloopKind,
  kLangsmithKind,
  kMlflowType,
  kSpringKind,
  kLmnrType,
  kGenkitType,
  kGenkitName,
  kRequestType,
  kLogfireSpanType,
  kLogfireParent,
  kMcpMethod,
  kRpcMethod,
  kStage,
  kLevel,
  kLevelNumber,
  kStatusMessage,
  kErrorType,
  kExceptionType,
  kExceptionMessage,
  kHttpStatus,
  kHttpMethod,
  kDbSystem,
  kVectorTopK,

  // Whose
  kUserId,
  kSessionId,
  kConversationId,
  kEnvironment,
  kRelease,
  kFeature,
  kExperiment,
  kTraceName,
  kRequestId,
  kFlags,
  kAppRoot,
  kService,
  kServiceVersion,
  kMetadataJson,

  // The model call
  kProvider,
  kRequestModel,
  kResponseModel,
  kAnyModel,  ///< The sender does not say whether asked or answered.
  kRequestTier,
  kServiceTier,
  kFingerprint,
  kResponseId,
  kPreviousResponseId,
  kFinishReasons,
  kRegion,
  kDeployment,
  kSpeed,
  kInferenceGeo,
  kParamsJson,
  kProviderMetadata,
  kRefusal,
  kBatch,

  // Usage
  kInputTokens,
  kOutputTokens,
  kTotalTokens,
  kCacheReadTokens,
  kCacheWriteTokens,
  kCacheWrite5mTokens,
  kCacheWrite1hTokens,
  kReasoningTokens,
  kAudioInputTokens,
  kAudioOutputTokens,
  kImageInputTokens,
  kImageOutputTokens,
  kWebSearches,
  kUncachedInputTokens,
  kEmbeddingTokens,
  kUsageDetails,      ///< Langfuse map, disjoint buckets by convention.
  kUsageJson,         ///< Usage object in a provider's shape.
  kInputDetailsJson,  ///< LangChain's {"cache_read":…,"audio":…}.
  kOutputDetailsJson,
  kAggregateInputTokens,
  kAggregateOutputTokens,
  kAggregateCacheReadTokens,
  kAggregateCacheWriteTokens,
  kAggregateReasoningTokens,
  kCostTotal,
  kCostDetails,

  // Speed
  kTimeToFirst,
  kTimePerOutput,
  kFirstTokenAt,
  kTokensPerSecond,
  kQueueTime,
  kTimeline,

  // Content
  kSystemText,
  kConversation,     ///< Input and output in one list: pydantic_ai.all_messages.
  kNewMessageIndex,  ///< Where this run's messages begin in kConversation.
  kFinalResult,
  kEventList,  ///< Message events as one JSON array.
  kInputMime,
  kOutputMime,
  kAnswerText,
  kAnswerReasoning,
  kAnswerToolCalls,
  kAnswerObject,
  kAnswerFiles,
  kEmbeddingInput,
  kEmbeddingVectors,
  kEmbeddingDimensions,
  kEmbeddingCount,

  // Agents, tools, prompts
  kAgentName,
  kAgentId,
  kWorkflowName,
  kToolName,
  kToolCallId,
  kToolArguments,
  kToolResult,
  kPromptName,
  kPromptVersion,
  kPromptVariables,

  // Retrieval, rerank, guardrails
  kQuery,
  kTopK,
  kChunkCount,
  kAverageScore,
  kDataSource,
  kDocumentsJson,
  kRankingDocuments,
  kRanking,
  kGuardrailName,
  kGuardrailResult,
  kGuardrailFlag,

  // Scores that come on one span
  kEvaluationName,
  kEvaluationValue,
  kEvaluationLabel,
  kEvaluationComment,
  kUserRating,
  kUserRatingComment,

  kFirstCollected,
  kParam = kFirstCollected,  ///< A request parameter; the rule, or the suffix, names it.
  kTags,
  kInputContent,   ///< What went in, whole: messages, a request body or plain text.
  kOutputContent,  ///< What came out, whole.
  kToolDefinitions,
  kPromptVariable,
  kInputNumbered,  ///< OpenInference llm.input_messages.N.
  kOutputNumbered,
  kPromptNumbered,  ///< Traceloop gen_ai.prompt.N.
  kCompletionNumbered,
  kToolsNumbered,
  kFunctionsNumbered,
  kPromptTextNumbered,  ///< OpenInference llm.prompts.N, llm.choices.N.
  kChoiceTextNumbered,
  kDocumentsNumbered,
  kRerankInputNumbered,
  kRerankOutputNumbered,
  kEmbeddingsNumbered,
  kAnnotations,
  kOnlineEval,
};
inline constexpr size_t kFieldCount = static_cast<size_t>(Field::kOnlineEval) + 1;
inline constexpr size_t kSlotCount = static_cast<size_t>(Field::kFirstCollected);

/// How the value is to be read.
enum class Unit : uint8_t {
  kNone,
  kSeconds,
  kMilliseconds,
  kNanoseconds,
  kPerSecond,
  kQuotedIso,   ///< An RFC 3339 time inside JSON quotes, or bare.
  kJsonText,    ///< A JSON-encoded value: a string keeps its quotes (MLflow, AI SDK results).
  kSameIfLost,  ///< Says the same as its winner in other words; dropped where it lost.
  kPythonRepr,  ///< JSON, or the repr of a Python dictionary.
  kPlaceholder  ///< `{}`, `N/A`, `<not specified>` and `<not serializable>` mean nothing (ADK).
};

struct Rule {
  std::string_view key;
  Dialect dialect;
  Field field;
  uint8_t rank = 0;
  std::string_view name = {};  ///< kParam: the parameter. kTags and kAnnotations: the source.
  Unit unit = Unit::kNone;
  bool keep = false;  ///< Read, and left in `attributes` all the same.
};

}  // namespace vitrine::codecs::dialects
