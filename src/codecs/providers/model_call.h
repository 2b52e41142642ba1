// ModelCall: what one HTTP exchange with a model provider was, in the provider's words and in ours.
// Owner: texts borrow from the CallDecoder that made it, from its arena and from the request.
// Values only. Unset: empty text, nullopt, or the enumerator named first.
// Source: WIRE-FORMATS 7, 8.1 and 10.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/money.h"
#include "codecs/content/param_writer.h"
#include "codecs/content/usage_object.h"
#include "codecs/providers/agent_step.h"
#include "codecs/providers/api.h"
#include "model/message.h"
#include "model/span.h"
#include "model/usage.h"

namespace vitrine::codecs::providers {

/// One piece of a streamed answer that holds text, reasoning or arguments.
struct Delta {
  uint64_t offset_ns = 0;  ///< When the read that completed it was done, as given to Feed.
  uint32_t size = 0;       ///< Bytes of text in it.
  bool is_merged = false;  ///< It came in one read with the delta before: its offset says little.
};

enum class UsageOrigin : uint8_t {
  kNone,
  kBody,
  kHeader,             ///< Bedrock's x-amzn-bedrock-*-token-count, TGI's x-*-tokens.
  kInvocationMetrics,  ///< Bedrock's, in the last event of a stream.
};
/// "body", "header", "invocationMetrics".
std::string_view Name(UsageOrigin origin);

/// What a caller hung on its request: OpenAI's and Anthropic's `metadata`, Google's `labels`.
struct MetadataEntry {
  std::string_view name;
  std::string_view value;  ///< Text, or JSON for anything else.
};

struct ModelCall {
  Api api = Api::kNone;
  model::SpanKind kind = model::SpanKind::kHttp;
  std::string_view provider;  ///< Canonical id; empty where the host is not known.
  uint16_t http_status = 0;

  std::string_view model_requested, model_responded;
  std::string_view response_id, previous_response_id, system_fingerprint;
  std::string_view service_tier, speed, inference_geo;  ///< Price modifiers some providers report.
  std::span<const MetadataEntry> metadata;
  std::string_view user;             ///< The request's `user` or `safety_identifier`.
  std::string_view response_status;  ///< State of a Responses, interactions or predictions object.

  RequestParams params;  ///< What the request asks for beside its content.
  bool stream_requested = false;
  bool is_stream = false;
  bool is_complete = false;  ///< Streams: a terminal marker was seen. Bodies: they were whole.
  /// Streams: it is complete by its last event ([DONE], message_stop, metadata, …; Gemini has none:
  /// by the last reason to finish), not only because each of its choices had finished.
  bool has_end_marker = false;
  bool is_cut_off = false;  ///< Bytes were missing, wrong or beyond a limit; the rest is here.

  std::span<const std::string_view> finish_reasons;                ///< As sent, in choice order.
  model::FinishReason finish_reason = model::FinishReason::kNone;  ///< Of the first choice.
  bool is_refusal = false;

  RawUsage reported;  ///< The provider's own numbers, not normalised.
  UsageOrigin usage_origin = UsageOrigin::kNone;
  std::string_view usage_json;  ///< The last usage object as sent.
  model::Usage usage;           ///< Normalised: input with the cache, output with reasoning.
  std::optional<Money> reported_cost;

  std::string_view output_text;  ///< All visible text, choices in index order, nothing between.
  std::span<const model::ToolCall> tool_calls;          ///< In the order in which they began.
  std::span<const std::string_view> server_tool_calls;  ///< Tools run there, in its own words.

  std::span<const model::Message> input_messages;   ///< System prompt first.
  std::span<const model::Message> output_messages;  ///< One for each choice.
  std::span<const model::Message> tool_definitions;
  std::span<const model::RetrievedDocument> documents;  ///< Of a ranking, best first.
  std::optional<uint32_t> embedding_count, embedding_dimensions;

  std::string_view agent_id, session;      ///< Of an agent at the provider, in the path.
  std::span<const AgentStep> agent_steps;  ///< What it did for this, as far as it tells.

  bool is_error = false;
  std::string_view error_type, error_message;  ///< As sent.
  model::ErrorType error_class = model::ErrorType::kNone;

  std::span<const Delta> deltas;
  uint64_t deltas_dropped = 0;  ///< Beyond kDeltasMax; their text is in the messages.
  uint64_t events_skipped = 0;  ///< Larger than kEventBytesMax, or no JSON.
};

}  // namespace vitrine::codecs::providers
