#include "query/filter/filter_field.h"

#include <algorithm>

#include "storage/schema/length_sql.h"

namespace vitrine::query {
namespace {

using enum FieldType;
using enum FieldPlace;
using Names = std::span<const std::string_view>;

constexpr std::string_view kKinds[] = {"llm",   "embedding", "rerank",    "retrieval", "tool",
                                       "agent", "workflow",  "guardrail", "evaluator", "prompt",
                                       "http",  "db",        "other"};
constexpr std::string_view kStatuses[] = {"error", "ok"};
constexpr std::string_view kErrorTypes[] = {
    "rate_limit",     "timeout",    "provider_5xx", "invalid_request", "auth",
    "content_filter", "connection", "cancelled",    "partial",         "other"};
constexpr std::string_view kFinishReasons[] = {"stop", "length", "tool_call", "content_filter",
                                               "error"};
constexpr std::string_view kGuardrailResults[] = {"pass", "flag", "mask", "block"};
constexpr std::string_view kCacheStatuses[] = {"hit", "miss"};
constexpr std::string_view kCaptures[] = {"otlp_http", "otlp_grpc", "gateway",
                                          "langfuse",  "sdk",       "import"};
constexpr std::string_view kUsageSources[] = {"provider", "estimated", "missing"};

constexpr const char* kLength = storage::kLengthSql;

// clang-format off
constexpr FilterField kFields[] = {
    {"kind", "", kEnum, kBoth, "kind", "[kinds", kKinds, "", "What a span does; a trace has the kinds of its spans", "kind:llm"},
    {"name", "", kText, kBoth, "name", "name", {}, "", "Name of the span; of a trace, of its root", "name:\"chat *\""},
    {"status", "", kEnum, kBoth, "status", "status", kStatuses, "", "error, or ok for everything that is no error; of a trace, error when any span failed", "status:error"},
    {"error_type", "error", kEnum, kSpan, "error_type", "", kErrorTypes, "", "What went wrong", "error_type:rate_limit"},
    {"http_status", "", kNumber, kSpan, "nullIf(toUInt16OrZero(rare['http_status']), 0)", "", {}, "", "HTTP status of the answer", "http_status:500..599"},
    {"status_message", "", kText, kSpan, "status_message", "", {}, "", "The error's text, whole", "status_message:*timeout*"},
    {"time", "start", kTime, kBoth, "start_time", "start_time", {}, "", "When it started, UTC; a day stands for all of it", "time:2026-11-20..2026-11-21"},
    {"duration", "latency", kDuration, kBoth, kLength, kLength, {}, "ns", "From start to end; of a trace, of all its spans", "duration>5s"},
    {"ttft", "", kDuration, kBoth, "ttft_ns", "ttft_ns", {}, "ns", "Time to the first token", "ttft>1.5s"},
    {"tpot", "", kDuration, kSpan, "tpot_ns", "", {}, "ns", "Time per output token", "tpot>50ms"},
    {"queue", "", kDuration, kSpan, "toInt64OrNull(rare['queue_ns'])", "", {}, "ns", "Time the provider kept the call waiting", "queue>1s"},
    {"longest_stall", "", kDuration, kSpan, "toInt64OrNull(rare['longest_stall_ns'])", "", {}, "ns", "Longest silence within a stream", "longest_stall>2s"},
    {"stalls", "stall_count", kNumber, kSpan, "toUInt32OrNull(rare['stall_count'])", "", {}, "", "Silences within a stream", "stalls>=1"},
    {"tokens_per_second", "output_tokens_per_second", kNumber, kSpan, "output_tokens_per_second", "", {}, "per_second", "Output tokens a second", "tokens_per_second<20"},

    {"model", "", kText, kSpan, "request_model|response_model", "", {}, "", "The model asked for, or the one that answered", "model:gpt-4o*"},
    {"request_model", "", kText, kSpan, "request_model", "", {}, "", "The model asked for", "request_model:gpt-4o"},
    {"response_model", "", kText, kSpan, "response_model", "", {}, "", "The model that answered", "response_model:gpt-4o-2024-08-06"},
    {"provider", "", kText, kSpan, "provider", "", {}, "", "Who served the call", "provider:openai"},
    {"operation", "", kText, kSpan, "operation", "", {}, "", "The operation as the instrumentation names it", "operation:chat"},
    {"finish_reason", "", kEnum, kSpan, "finish_reason", "", kFinishReasons, "", "Why the answer ended", "finish_reason:length"},
    {"stream", "", kBool, kSpan, "stream", "", {}, "", "The answer was streamed", "stream:true"},
    {"refusal", "", kBool, kSpan, "rare_refusal = 1", "", {}, "", "The model refused", "refusal:true"},
    {"temperature", "", kNumber, kSpan, "toFloat64OrNull(rare['temperature'])", "", {}, "", "Sampling temperature that was asked for", "temperature>0.7"},
    {"top_p", "", kNumber, kSpan, "toFloat64OrNull(rare['top_p'])", "", {}, "", "Nucleus sampling that was asked for", "top_p<1"},
    {"max_tokens", "", kNumber, kSpan, "toInt64OrNull(rare['max_tokens'])", "", {}, "tokens", "Most output tokens that were allowed", "max_tokens>=4096"},
    {"region", "", kText, kSpan, "rare['region']", "", {}, "", "The provider's region", "region:eu-*"},
    {"service_tier", "tier", kText, kSpan, "rare['service_tier']", "", {}, "", "The provider's service tier", "service_tier:priority"},
    {"deployment", "deployment_id", kText, kSpan, "rare['deployment_id']", "", {}, "", "The provider's deployment", "deployment:chat-eu"},

    {"input_tokens", "", kNumber, kBoth, "input_tokens", "input_tokens", {}, "tokens", "All input tokens, cached ones included; of a trace, of its counted calls", "input_tokens>100k"},
    {"output_tokens", "", kNumber, kBoth, "output_tokens", "output_tokens", {}, "tokens", "All output tokens, reasoning included", "output_tokens<10"},
    {"total_tokens", "tokens", kNumber, kBoth, "(input_tokens + output_tokens)", "(input_tokens + output_tokens)", {}, "tokens", "Input and output tokens, where both are known", "total_tokens>1M"},
    {"cached_input_tokens", "cached_tokens", kNumber, kBoth, "cached_input_tokens", "cached_input_tokens", {}, "tokens", "Input tokens read from the provider's cache", "cached_input_tokens>0"},
    {"cache_write_tokens", "", kNumber, kSpan, "cache_write_tokens", "", {}, "tokens", "Input tokens written to the provider's cache", "cache_write_tokens>1k"},
    {"reasoning_tokens", "", kNumber, kSpan, "reasoning_tokens", "", {}, "tokens", "Output tokens spent on reasoning", "reasoning_tokens>2k"},
    {"usage_source", "", kEnum, kSpan, "usage_source", "", kUsageSources, "", "Where the token counts come from", "usage_source:missing"},
    {"cost_usd", "cost", kMoney, kBoth, "cost_usd", "cost_usd", {}, "usd", "Cost in US dollars; of a trace, of its counted calls", "cost_usd>0.05"},
    {"saved_cost_usd", "saved", kMoney, kSpan, "saved_cost_usd", "", {}, "usd", "What a hit of the cache saved", "saved_cost_usd>0"},
    {"reported_cost_usd", "", kMoney, kSpan, "reported_cost_usd", "", {}, "usd", "Cost as the sender reported it", "reported_cost_usd>1"},
    {"price", "price_id", kText, kSpan, "price_id", "", {}, "", "The price row the cost was computed with", "price:*gpt-4o*"},

    {"service", "", kText, kBoth, "service", "[services", {}, "", "The service that sent the span", "service:support-api"},
    {"version", "service_version", kText, kSpan, "service_version", "", {}, "", "The service's version", "version:2.4.*"},
    {"environment", "env", kText, kBoth, "environment", "environment", {}, "", "Where it runs", "environment:production"},
    {"release", "", kText, kBoth, "release", "release", {}, "", "Release of the pipeline", "release:v48"},
    {"feature", "", kText, kBoth, "feature", "feature", {}, "", "The feature that the work is for", "feature:search"},
    {"experiment", "", kText, kBoth, "experiment", "experiment", {}, "", "The experiment it is part of", "experiment:b"},
    {"user", "user_id", kText, kBoth, "user_id", "user_id", {}, "", "The user it was done for", "user:u-17"},
    {"session", "session_id", kText, kBoth, "session_id", "session_id", {}, "", "The conversation it belongs to", "session:s-1"},
    {"tag", "tags", kText, kBoth, "[tags", "[tags", {}, "", "One of the tags", "tag:beta"},
    {"capture", "", kEnum, kSpan, "capture", "", kCaptures, "", "The door the span came through", "capture:gateway"},
    {"dialect", "", kText, kSpan, "dialect", "", {}, "", "The vocabulary of attributes it was sent in", "dialect:openinference*"},
    {"scope", "scope_name", kText, kSpan, "scope_name", "", {}, "", "The instrumentation library", "scope:*openai*"},

    {"tool", "tool_name", kText, kSpan, "tool_name", "", {}, "", "The tool that a span runs", "tool:search_orders"},
    {"tool_call", "", kText, kSpan, "[tool_call_names", "", {}, "", "A tool that the model asked for in its answer", "tool_call:refund"},
    {"agent", "agent_name", kText, kSpan, "agent_name", "", {}, "", "The agent", "agent:planner"},
    {"workflow", "workflow_name", kText, kSpan, "rare['workflow_name']", "", {}, "", "The workflow", "workflow:onboarding"},
    {"prompt", "prompt_name", kText, kSpan, "prompt_name", "", {}, "", "Name of the prompt in the registry", "prompt:support"},
    {"prompt_version", "", kText, kSpan, "prompt_version", "", {}, "", "Version of the prompt", "prompt_version:12"},
    {"stage", "", kText, kSpan, "rare_stage", "", {}, "", "Stage of the pipeline", "stage:rerank"},
    {"guardrail", "guardrail_name", kText, kSpan, "guardrail_name", "", {}, "", "The guardrail that ran", "guardrail:pii"},
    {"guardrail_result", "", kEnum, kSpan, "guardrail_result", "", kGuardrailResults, "", "What the guardrail decided", "guardrail_result:block"},
    {"retrieval.count", "retrieval_count", kNumber, kSpan, "retrieval_count", "", {}, "", "Documents that a retrieval brought", "retrieval.count<3", true},
    {"retrieval.score", "retrieval_avg_score retrieval.avg_score", kNumber, kSpan, "retrieval_avg_score", "", {}, "score", "Average score of the documents", "retrieval.score<0.5", true},
    {"retrieval.top_k", "retrieval_top_k", kNumber, kSpan, "toUInt32OrNull(rare['retrieval_top_k'])", "", {}, "", "Documents that a retrieval asked for", "retrieval.top_k>10", true},
    {"retrieval.query", "retrieval_query", kText, kSpan, "rare['retrieval_query']", "", {}, "", "What a retrieval was asked, whole", "retrieval.query:*invoice*", true},
    {"retrieval.source", "data_source", kText, kSpan, "data_source", "", {}, "", "The index or collection a retrieval asked", "retrieval.source:docs", true},
    {"retrieval.document", "document", kText, kSpan, "[document_ids", "", {}, "", "Id of a document that a retrieval brought", "retrieval.document:kb-17", true},

    {"attempt", "", kNumber, kSpan, "nullIf(attempt, 0)", "", {}, "", "Which attempt of its call it was", "attempt>1"},
    {"served", "", kBool, kSpan, "served", "", {}, "", "Its answer is the one the caller got", "served:false"},
    {"counted", "", kBool, kSpan, "counted", "", {}, "", "It stands for a paid call", "counted:false"},
    {"cache_status", "cache", kEnum, kSpan, "cache_status", "", kCacheStatuses, "", "What the gateway's cache had", "cache_status:hit"},
    {"call_id", "call", kText, kSpan, "rare['call_id']", "", {}, "", "What attempts of one call have in common", "call_id:c-9"},
    {"response_id", "", kText, kSpan, "response_id", "", {}, "", "The provider's id of the answer", "response_id:chatcmpl-9"},
    {"request_id", "", kText, kSpan, "rare['request_id']", "", {}, "", "The request's id", "request_id:req-7"},
    {"trace_id", "trace", kId, kBoth, "lower(hex(trace_id))", "lower(hex(trace_id))", {}, "", "The trace", "trace_id:4bf92f35*"},
    {"span_id", "span", kId, kSpan, "lower(hex(span_id))", "", {}, "", "The span", "span_id:00f067aa0ba902b7"},
    {"parent_id", "parent parent_span_id", kId, kSpan, "if(parent_span_id = toFixedString('', 8), '', lower(hex(parent_span_id)))", "", {}, "", "The span above", "parent_id:00f067aa0ba902b7"},

    {"span.count", "spans span_count", kNumber, kTrace, "", "span_count", {}, "", "Spans of the trace", "span.count>100"},
    {"error.count", "errors error_count", kNumber, kTrace, "", "error_count", {}, "", "Failed spans of the trace", "error.count>=3"},
    {"call.count", "calls call_count", kNumber, kTrace, "", "call_count", {}, "", "Counted model calls of the trace", "call.count>20"},
    {"unpriced.count", "unpriced_count", kNumber, kTrace, "", "unpriced_count", {}, "", "Calls of the trace whose cost is not known", "unpriced.count>0"},
    {"root_kind", "", kEnum, kTrace, "", "root_kind", kKinds, "", "Kind of the trace's root", "root_kind:agent"},
    {"llm.count", "", kNumber, kKindCount, "", "", {}, "", "Spans of kind llm in the trace", "llm.count>10"},
    {"embedding.count", "", kNumber, kKindCount, "", "", {}, "", "Spans of kind embedding in the trace", "embedding.count>5"},
    {"rerank.count", "", kNumber, kKindCount, "", "", {}, "", "Spans of kind rerank in the trace", "rerank.count:0"},
    {"tool.count", "", kNumber, kKindCount, "", "", {}, "", "Spans of kind tool in the trace", "tool.count>=8"},
    {"agent.count", "", kNumber, kKindCount, "", "", {}, "", "Spans of kind agent in the trace", "agent.count>1"},
    {"workflow.count", "", kNumber, kKindCount, "", "", {}, "", "Spans of kind workflow in the trace", "workflow.count>1"},
    {"guardrail.count", "", kNumber, kKindCount, "", "", {}, "", "Spans of kind guardrail in the trace", "guardrail.count:0"},
    {"evaluator.count", "", kNumber, kKindCount, "", "", {}, "", "Spans of kind evaluator in the trace", "evaluator.count>0"},
    {"prompt.count", "", kNumber, kKindCount, "", "", {}, "", "Spans of kind prompt in the trace", "prompt.count>0"},
    {"http.count", "", kNumber, kKindCount, "", "", {}, "", "Spans of kind http in the trace", "http.count>50"},
    {"db.count", "", kNumber, kKindCount, "", "", {}, "", "Spans of kind db in the trace", "db.count>50"},

    {"score.NAME", "", kScore, kSpan, "", "", {}, "score", "The latest score of that name: a number, or a label", "score.faithfulness<0.7", true},
    {"attr.KEY", "", kAttribute, kSpan, "", "", {}, "", "An attribute as it was sent, of the span, else of its resource", "attr.my.key:x"},
    {"has", "", kHas, kSpan, "", "", {}, "", "There is one: a field's name, or one of the words below", "has:tool_call"},
};

constexpr HasWord kHasWords[] = {
    {"error", "it failed", "status = 'error'", "status = 'error'"},
    {"tool_call", "the model asked for a tool", "notEmpty(tool_call_names)", ""},
    {"cost", "its cost is known", "isNotNull(cost_usd)", "isNotNull(cost_usd)"},
    {"unpriced", "it is a paid call whose cost is not known",
     "counted = 1 AND kind IN ('llm', 'embedding', 'rerank') AND isNull(cost_usd)"
     " AND NOT (status = 'error' AND isNull(input_tokens) AND isNull(output_tokens))",
     "unpriced_count > 0"},
    {"partial", "its stream was cut off", "error_type = 'partial'", ""},
    {"stall", "its stream stood still for a while", "toUInt32OrZero(rare['stall_count']) > 0", ""},
    {"retry", "it was not the first attempt", "attempt > 1", ""},
    {"parent", "it is below another span", "parent_span_id != toFixedString('', 8)", ""},
    {"score", "it was scored", "", ""},
    {"attachment", "a message of it holds an image, a file, audio or a link to one", "", ""},
};
// clang-format on

constexpr std::string_view kAttr = "attr.", kScorePrefix = "score.";

bool IsAlias(const FilterField& field, std::string_view name) {
  return !field.aliases.empty() && [&] {
    const auto names = SplitAt(field.aliases, ' ');
    return std::ranges::find(names, name) != names.end();
  }();
}

}  // namespace

std::span<const FilterField> FilterFields() { return kFields; }

const FilterField* FindField(std::string_view name) {
  const auto of_type = [](FieldType type) {
    return &*std::ranges::find(kFields, type, &FilterField::type);
  };
  if (name.starts_with(kAttr)) return name.size() > kAttr.size() ? of_type(kAttribute) : nullptr;
  if (name.starts_with(kScorePrefix))
    return name.size() > kScorePrefix.size() ? of_type(kScore) : nullptr;
  for (const FilterField& field : kFields) {
    if (field.type == kScore || field.type == kAttribute) continue;
    if (field.name == name || IsAlias(field, name)) return &field;
  }
  return nullptr;
}

std::span<const HasWord> HasWords() { return kHasWords; }

const HasWord* FindHasWord(std::string_view name) {
  const auto found = std::ranges::find(kHasWords, name, &HasWord::name);
  return found == std::end(kHasWords) ? nullptr : found;
}

std::span<const std::string_view> KindNames() { return kKinds; }

bool IsKind(std::string_view name) { return std::ranges::find(kKinds, name) != std::end(kKinds); }

std::vector<std::string_view> SplitAt(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace vitrine::query
