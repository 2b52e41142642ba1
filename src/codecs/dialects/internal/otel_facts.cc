// What a span is, in OpenTelemetry's words.
#include <algorithm>

#include "codecs/content/text.h"
#include "codecs/dialects/internal/otel_attributes.h"
#include "codecs/dialects/internal/resolve.h"
#include "codecs/dialects/internal/rules.h"
#include "codecs/dialects/token_timeline.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs::dialects {

namespace {

using model::Attribute;
using model::Span;
using model::SpanKind;
using model::Value;
using syntax::JsonValue;

const KindWord* FindOperation(std::string_view operation) {
  for (const KindWord& word : OperationWords()) {
    if (EqualsIgnoreCase(word.word, operation)) return &word;
  }
  return nullptr;
}

/// The operation that says what kind a span is, where the sender's own word does not. Empty for
/// kinds that the conventions have no operation for.
std::string_view OperationOf(SpanKind kind) {
  switch (kind) {
    case SpanKind::kLlm: return "chat";
    case SpanKind::kEmbedding: return "embeddings";
    case SpanKind::kRerank: return "rerank";
    case SpanKind::kRetrieval: return "retrieval";
    case SpanKind::kTool: return "execute_tool";
    case SpanKind::kAgent: return "invoke_agent";
    case SpanKind::kWorkflow: return "invoke_workflow";
    case SpanKind::kGuardrail: return "guardrail";
    case SpanKind::kEvaluator: return "evaluate";
    default: return {};
  }
}

/// Request parameters whose name in the conventions is another one.
constexpr std::pair<std::string_view, std::string_view> kParamKeys[] = {
    {"stop", "gen_ai.request.stop_sequences"},
    {"encoding_format", "gen_ai.request.encoding_formats"},
    {"n", "gen_ai.request.choice.count"},
    {"reasoning_effort", "gen_ai.request.reasoning.level"},
};

std::string_view ParamKey(std::string_view name, Arena& arena) {
  for (const auto& [param, key] : kParamKeys) {
    if (param == name) return key;
  }
  return arena.Copy("gen_ai.request." + std::string(name));
}

Value ValueOf(JsonValue value, Arena& arena) {
  if (value.is_string()) return Value::String(arena.Copy(value.text()));
  if (const auto flag = value.AsBool()) return Value::Bool(*flag);
  if (const auto whole = value.AsInt()) return Value::Int(*whole);
  if (const auto number = value.AsDouble()) return Value::Double(*number);
  return Value::Json(arena.Copy(value.raw()));
}

bool IsExclusive(std::string_view scope_name) {
  OtlpScope scope;
  scope.name = scope_name;
  return ReadScope(scope).exclusive_input;
}

bool Has(std::span<const Attribute> attributes, std::string_view key) {
  return std::ranges::find(attributes, key, &Attribute::key) != attributes.end();
}

}  // namespace

void OtelAttributes::AddTexts(std::string_view key, std::span<const std::string_view> texts) {
  if (texts.empty()) return;
  std::string json;
  syntax::JsonWriter writer(json);
  writer.BeginArray();
  for (const std::string_view text : texts) writer.String(text);
  writer.EndArray();
  AddJson(key, arena_.Copy(json));
}

void OtelAttributes::AddKind(const Span& span) {
  const KindWord* word = FindOperation(span.operation);
  if (word != nullptr && word->kind == span.kind) {
    AddText("gen_ai.operation.name", span.operation);
  } else {
    AddText("gen_ai.operation.name", OperationOf(span.kind));
  }
  if (span.kind == SpanKind::kPrompt) AddText("openinference.span.kind", "PROMPT");
}

void OtelAttributes::AddWhose(const Span& span) {
  AddText("session.id", span.session_id);
  AddText("gen_ai.conversation.id", span.conversation_id);
  AddText("user.id", span.user_id);
  if (!Has(span.resource, "service.name")) AddText("service.name", span.service);
  if (!Has(span.resource, "service.version")) AddText("service.version", span.service_version);
  if (!Has(span.resource, "deployment.environment.name"))
    AddText("deployment.environment.name", span.environment);
  AddText("vitrine.release", span.release);
  AddText("vitrine.feature", span.feature);
  AddText("vitrine.experiment", span.experiment);
  AddText("vitrine.request.id", span.request_id);
  AddText("vitrine.flags", span.flags);
  AddText("vitrine.trace.name", span.trace_name);
  AddTexts("vitrine.tags", span.tags);
  if (span.is_trace_root) out_.push_back({"vitrine.is_trace_root", Value::Bool(true)});
  AddText("vitrine.stage", span.stage);
}

void OtelAttributes::AddCall(const Span& span) {
  AddText("gen_ai.provider.name", span.provider);
  AddText("gen_ai.request.model", span.request_model);
  AddText("gen_ai.response.model", span.response_model);
  AddText("gen_ai.response.id", span.response_id);
  AddText("gen_ai.request.previous_response.id", span.previous_response_id);
  AddTexts("gen_ai.response.finish_reasons", span.finish_reasons_raw);
  AddText("openai.response.service_tier", span.service_tier);
  AddText("openai.response.system_fingerprint", span.system_fingerprint);
  AddText("vitrine.deployment.id", span.deployment_id);
  if (!Has(span.resource, "cloud.region")) AddText("cloud.region", span.region);
  AddText("vitrine.speed", span.speed);
  AddText("vitrine.inference_geo", span.inference_geo);
  if (span.is_batch) out_.push_back({"vitrine.is_batch", Value::Bool(true)});
  AddText("gen_ai.prompt.name", span.prompt_name);
  AddText("gen_ai.prompt.version", span.prompt_version);
  AddText("gen_ai.agent.name", span.agent_name);
  AddText("gen_ai.agent.id", span.agent_id);
  AddText("gen_ai.workflow.name", span.workflow_name);
  AddText("gen_ai.tool.name", span.tool_name);
  AddText("gen_ai.tool.call.id", span.tool_call_id);
}

void OtelAttributes::AddParams(const Span& span) {
  Arena scratch;
  syntax::JsonDocument document;
  const bool has_params =
      !span.params.empty() && document.Parse(span.params, scratch) == syntax::JsonStatus::kOk;
  bool has_stream = false;
  if (has_params) {
    for (const auto [name, value] : document.root().Members()) {
      if (name == "model") continue;  // What was asked for stands above.
      has_stream = has_stream || name == "stream";
      out_.push_back({ParamKey(name, arena_), ValueOf(value, arena_)});
    }
  } else {
    if (span.temperature)
      out_.push_back({"gen_ai.request.temperature", Value::Double(*span.temperature)});
    if (span.top_p) out_.push_back({"gen_ai.request.top_p", Value::Double(*span.top_p)});
    AddCount("gen_ai.request.max_tokens", span.max_tokens);
    AddCount("gen_ai.request.seed", span.seed);
  }
  // Who reads a time to the first chunk knows that it was a stream.
  const bool tells_itself =
      span.stream == true && (span.ttft_ns || !span.timeline.offsets_ns.empty());
  if (span.stream && !has_stream && !tells_itself)
    out_.push_back({"gen_ai.request.stream", Value::Bool(*span.stream)});
}

void OtelAttributes::AddUsage(const Span& span) {
  const model::Usage& usage = span.usage;
  if (span.usage_is_aggregate && model::IsModelCall(span.kind)) {
    AddCount("gen_ai.aggregated_usage.input_tokens", usage.input_tokens);
    AddCount("gen_ai.aggregated_usage.output_tokens", usage.output_tokens);
    AddCount("gen_ai.aggregated_usage.cache_read.input_tokens", usage.cached_input_tokens);
    AddCount("gen_ai.aggregated_usage.cache_creation.input_tokens", usage.cache_write_tokens);
    AddCount("gen_ai.aggregated_usage.reasoning.output_tokens", usage.reasoning_tokens);
    return;
  }
  model::Count input = usage.input_tokens;
  // Senders of this scope leave the cache out, and readers add it.
  const uint64_t cached =
      usage.cached_input_tokens.value_or(0) + usage.cache_write_tokens.value_or(0);
  if (input && IsExclusive(span.scope_name)) *input -= std::min(*input, cached);
  AddCount("gen_ai.usage.input_tokens", input);
  AddCount("gen_ai.usage.output_tokens", usage.output_tokens);
  AddCount("gen_ai.usage.cache_read.input_tokens", usage.cached_input_tokens);
  AddCount("gen_ai.usage.cache_creation.input_tokens", usage.cache_write_tokens);
  AddCount("anthropic.usage.cache_creation.ephemeral_1h_input_tokens", usage.cache_write_1h_tokens);
  AddCount("gen_ai.usage.reasoning.output_tokens", usage.reasoning_tokens);
  AddCount("gen_ai.usage.audio.input_tokens", usage.audio_input_tokens);
  AddCount("gen_ai.usage.audio.output_tokens", usage.audio_output_tokens);
  AddCount("gen_ai.usage.image.input_tokens", usage.image_input_tokens);
  AddCount("gen_ai.usage.image.output_tokens", usage.image_output_tokens);
  AddCount("gen_ai.usage.server_tool_use.web_search_requests", usage.web_search_requests);
  AddCount("vitrine.usage.billed_input_tokens", usage.billed_input_tokens);
  AddCount("vitrine.usage.billed_output_tokens", usage.billed_output_tokens);
  if (span.cost.reported) {
    AddText("gen_ai.usage.cost", arena_.Copy(span.cost.reported->ToString()));
  }
  if (span.cost.total) {
    out_.push_back(
        {"vitrine.cost_usd", Value::Double(static_cast<double>(span.cost.total->nano_usd) / 1e9)});
  }
}

void OtelAttributes::AddSpeed(const Span& span) {
  AddSeconds(span.stream == true ? "gen_ai.response.time_to_first_chunk"
                                 : "gen_ai.latency.time_to_first_token",
             span.ttft_ns);
  AddSeconds("gen_ai.server.time_per_output_token", span.tpot_ns);
  AddSeconds("gen_ai.latency.time_in_queue", span.queue_ns);
  if (span.output_tokens_per_second) {
    out_.push_back(
        {"vitrine.output_tokens_per_second", Value::Double(*span.output_tokens_per_second)});
  }
  if (span.timeline.offsets_ns.empty()) return;
  if (const auto bytes = EncodeTokenTimeline(span.timeline))
    out_.push_back({"vitrine.token_timeline", Value::Bytes(arena_.Copy(*bytes))});
}

void OtelAttributes::AddOthers(const Span& span) {
  if (span.http_status != 0 && !Has(span.attributes, "http.response.status_code") &&
      !Has(span.attributes, "http.status_code")) {
    out_.push_back({"http.response.status_code", Value::Int(span.http_status)});
  }
  if (span.status == model::SpanStatus::kError) {
    const bool is_classed = span.error_type != model::ErrorType::kOther;
    const std::string_view type = is_classed ? model::Name(span.error_type) : std::string_view();
    AddText("error.type", span.error_text.empty() ? type : span.error_text);
  }
  AddText("gen_ai.guardrail.name", span.guardrail_name);
  AddText("gen_ai.guardrail.result", model::Name(span.guardrail_result));
  AddText("gen_ai.data_source.id", span.data_source);
  AddCount("gen_ai.retrieval.top_k", span.retrieval_top_k);
  if (span.retrieval_count) AddCount("retrieval.chunks_returned", span.retrieval_count);
  if (span.retrieval_avg_score)
    out_.push_back({"retrieval.avg_score", Value::Double(*span.retrieval_avg_score)});
  AddCount("gen_ai.embeddings.dimension.count", span.embedding_dimensions);
  // Of calls that passed the gateway.
  AddText("vitrine.call.id", span.call_id);
  if (span.attempt != 0) out_.push_back({"vitrine.call.attempt", Value::Int(span.attempt)});
  if (!span.served) out_.push_back({"vitrine.call.served", Value::Bool(false)});
  AddText("vitrine.cache.status", model::Name(span.cache_status));
  if (span.weight) out_.push_back({"vitrine.weight", Value::Double(*span.weight)});
}

void OtelAttributes::AddFacts(const Span& span) {
  AddKind(span);
  AddWhose(span);
  AddCall(span);
  AddParams(span);
  AddUsage(span);
  AddSpeed(span);
  AddOthers(span);
}

}  // namespace vitrine::codecs::dialects
