// Span: one unit of work in the one model every dialect becomes. SpanBatch: spans that arrived
// together. Owner: string_views borrow from the batch (its arena or its bodies). Values only; no
// behaviour. Unset: empty text, nullopt, or the enumerator named first. Source: DESIGN 4.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"
#include "model/exchange.h"
#include "model/ingest_count.h"
#include "model/message.h"
#include "model/usage.h"
#include "model/value.h"

namespace vitrine::model {

enum class SpanKind : uint8_t {
  kOther,
  kLlm,
  kEmbedding,
  kRerank,
  kRetrieval,
  kTool,
  kAgent,
  kWorkflow,
  kGuardrail,
  kEvaluator,
  kPrompt,
  kHttp,
  kDb,
};
enum class SpanStatus : uint8_t { kUnset, kOk, kError };
enum class ErrorType : uint8_t {
  kNone,
  kRateLimit,
  kTimeout,
  kProvider5xx,
  kInvalidRequest,
  kAuth,
  kContentFilter,
  kConnection,
  kCancelled,
  kPartial,
  kOther,
};
enum class FinishReason : uint8_t { kNone, kStop, kLength, kToolCall, kContentFilter, kError };
enum class GuardrailResult : uint8_t { kNone, kPass, kFlag, kMask, kBlock };
enum class CacheStatus : uint8_t { kNone, kHit, kMiss };
enum class Retention : uint8_t { kKeep, kProbation, kEnvelope };
/// The door a span came through.
enum class Capture : uint8_t { kOtlpHttp, kOtlpGrpc, kGateway, kLangfuse, kSdk, kImport };

/// Lower-case names as in the public views: "llm", "rate_limit", "otlp_http". kNone is "".
std::string_view Name(SpanKind value);
std::string_view Name(SpanStatus value);
std::string_view Name(ErrorType value);
std::string_view Name(FinishReason value);
std::string_view Name(GuardrailResult value);
std::string_view Name(CacheStatus value);
std::string_view Name(Retention value);
std::string_view Name(Capture value);
std::string_view Name(UsageSource value);
/// The enumerator of a name as printed by Name; nothing for any other text.
template <typename Enum>
std::optional<Enum> FromName(std::string_view name);

/// Model calls are what may be counted and priced.
constexpr bool IsModelCall(SpanKind kind) {
  return kind == SpanKind::kLlm || kind == SpanKind::kEmbedding || kind == SpanKind::kRerank;
}

struct SpanEvent {
  Nanos time;
  std::string_view name;
  std::span<const Attribute> attributes;
  uint32_t dropped_attributes_count = 0;
};

struct SpanLink {
  TraceId trace_id;
  SpanId span_id;
  std::string_view trace_state;
  std::span<const Attribute> attributes;
  uint32_t flags = 0;
};

/// Money of one call. Null parts mean unpriced.
struct Cost {
  std::optional<Money> total, input, cache_read, cache_write, output;
  std::optional<Money> saved;     ///< What a cache hit would have cost.
  std::optional<Money> reported;  ///< What the sender said it cost.
  std::string_view price_id;
};

/// Moments of streamed deltas. Offsets from the span's start.
struct TokenTimeline {
  std::span<const uint64_t> offsets_ns;
  std::span<const uint32_t> sizes;  ///< Tokens or bytes per delta; same length, or empty.
};

struct Span {
  // Identity
  TraceId trace_id;
  SpanId span_id;
  SpanId parent_span_id;
  std::string_view external_trace_id,
      external_span_id;  ///< As sent, where the sender's ids are not hex.
  std::string_view trace_state;
  bool is_fragment =
      false;  ///< Only a joined log event or an update so far; hidden until the span arrives.
  bool is_trace_root = false;  ///< The sender says so although a parent id may be set.

  // Time. An end before the start: it is not known (LengthOf).
  Nanos start, end;

  // What it is
  SpanKind kind = SpanKind::kOther;
  SpanStatus status = SpanStatus::kUnset;
  ErrorType error_type = ErrorType::kNone;
  uint16_t http_status = 0;  ///< 0 means unknown.
  std::string_view name, operation, stage, status_message, error_text;
  std::string_view dialect;  ///< Vocabularies seen, joined with '+', most specific first.

  // Whose
  std::string_view session_id, user_id, service, service_version, environment, release, feature,
      experiment;
  std::string_view request_id, flags, trace_name;
  std::span<const std::string_view> tags;

  // Model call
  std::string_view provider, deployment_id, region, service_tier, request_model, response_model;
  std::string_view price_model;  ///< Whose price counts, where the caller names another model.
  std::string_view system_fingerprint, response_id, previous_response_id, conversation_id;
  std::optional<bool> stream;
  FinishReason finish_reason = FinishReason::kNone;
  std::span<const std::string_view> finish_reasons_raw;
  bool refusal = false;
  std::optional<double> temperature, top_p;
  std::optional<int64_t> max_tokens, seed;
  std::string_view params;  ///< JSON object of all request parameters, or empty.
  Usage usage;
  bool usage_is_aggregate =
      false;  ///< Sums what child calls report (agent, step); never counted beside them.
  bool is_batch = false;
  std::string_view speed, inference_geo;  ///< Price modifiers some providers report.
  Cost cost;

  // Speed
  std::optional<int64_t> ttft_ns, tpot_ns, queue_ns, longest_stall_ns;
  std::optional<double> output_tokens_per_second;
  std::optional<uint32_t> stall_count;
  TokenTimeline timeline;

  // Attempts and caches
  std::string_view call_id;
  uint16_t attempt = 0;
  bool served = true;
  CacheStatus cache_status = CacheStatus::kNone;

  // Prompt registry
  std::string_view prompt_name, prompt_version;
  std::string_view prompt_variables;  ///< JSON object or empty.

  // Content
  std::span<const Message> input_messages;  ///< System prompt first.
  std::span<const Message> output_messages;
  std::span<const Message>
      tool_definitions;  ///< Role tool_definition; one part
                         ///< {"type":"tool_definition","name","description","parameters"}.
  std::span<const ToolCall> tool_calls;
  std::string_view input_preview, output_preview;  ///< At most 256 bytes, cut at a character.

  // Agents, tools, retrieval, guardrails
  std::string_view agent_name, agent_id, workflow_name;
  std::string_view tool_name, tool_call_id;
  std::string_view guardrail_name;
  GuardrailResult guardrail_result = GuardrailResult::kNone;
  std::string_view retrieval_query, data_source;
  std::optional<uint32_t> retrieval_top_k, retrieval_count;
  std::optional<double> retrieval_avg_score;
  std::span<const RetrievedDocument> documents;
  std::optional<uint32_t> embedding_dimensions, embedding_count;

  // As sent
  std::span<const Attribute> attributes;  ///< What no rule took.
  std::span<const Attribute> resource;
  std::string_view scope_name, scope_version;
  std::span<const SpanEvent> events;
  std::span<const SpanLink> links;
  uint32_t dropped_attributes_count = 0;
  std::span<const std::string_view> malformed;  ///< "key: reason", for the doctor.

  Retention retention = Retention::kKeep;
  std::optional<double> weight;  ///< Sampling weight; nullopt means 1.
  uint32_t redactions = 0;
  const Exchange* exchange = nullptr;  ///< Of a gateway call; in the batch's arena.
};

/// A score that came with telemetry (evaluation events, annotations, feedback attributes), or by
/// itself.
struct Score {
  /// 32 hexadecimal digits: a later score of the same id takes its place. Empty: it is named by
  /// what it says.
  std::string_view id;
  TraceId trace_id;
  SpanId span_id;  ///< Zero: the whole trace.
  std::string_view session_id, response_id, name, label, comment, source, author, evaluator_version,
      judge_model;
  std::optional<double> value;
  Nanos time;
};

struct SpanBatch {
  std::string project = "default";
  Capture capture = Capture::kOtlpHttp;
  Nanos received;
  Arena arena;
  std::vector<std::shared_ptr<const std::string>> bodies;  ///< Buffers that spans borrow from.
  std::vector<Span> spans;
  std::vector<Score> scores;
  std::vector<IngestCount> counts;  ///< What the door says of it, and of what it did not take.
};

}  // namespace vitrine::model
