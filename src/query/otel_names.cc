#include "query/otel_names.h"

#include <algorithm>

namespace vitrine::query {
namespace {

constexpr OtelName kNames[] = {
    {"service.name", "service", 's', true},
    {"service.version", "service_version", 's', true},
    {"deployment.environment.name", "environment", 's', true},
    {"gen_ai.operation.name", "operation", 's'},
    {"gen_ai.provider.name", "provider", 's'},
    {"gen_ai.request.model", "request_model", 's'},
    {"gen_ai.response.model", "response_model", 's'},
    {"gen_ai.response.id", "response_id", 's'},
    {"gen_ai.response.finish_reason", "finish_reason", 's'},
    {"gen_ai.conversation.id", "conversation_id", 's'},
    {"gen_ai.usage.input_tokens", "input_tokens", 'i'},
    {"gen_ai.usage.output_tokens", "output_tokens", 'i'},
    {"gen_ai.usage.cache_read.input_tokens", "cached_input_tokens", 'i'},
    {"gen_ai.usage.cache_creation.input_tokens", "cache_write_tokens", 'i'},
    {"gen_ai.usage.reasoning.output_tokens", "reasoning_tokens", 'i'},
    {"gen_ai.request.temperature", "temperature", 'd'},
    {"gen_ai.request.top_p", "top_p", 'd'},
    {"gen_ai.request.max_tokens", "max_tokens", 'i'},
    {"gen_ai.request.seed", "seed", 'i'},
    {"gen_ai.agent.name", "agent_name", 's'},
    {"gen_ai.agent.id", "agent_id", 's'},
    {"gen_ai.tool.name", "tool_name", 's'},
    {"gen_ai.tool.call.id", "tool_call_id", 's'},
    {"gen_ai.data_source.id", "data_source", 's'},
    {"session.id", "session_id", 's'},
    {"user.id", "user_id", 's'},
    {"error.type", "error_type", 's'},
    {"vitrine.kind", "kind", 's'},
    {"vitrine.feature", "feature", 's'},
    {"vitrine.release", "release", 's'},
    {"vitrine.cost_usd", "cost_usd", 'd'},
    {"vitrine.ttft_ns", "ttft_ns", 'i'},
    {"vitrine.prompt.name", "prompt_name", 's'},
    {"vitrine.prompt.version", "prompt_version", 's'},
    {"vitrine.input_preview", "input_preview", 's'},
    {"vitrine.output_preview", "output_preview", 's'},
    // Older words for the same.
    {"gen_ai.system", "provider", 's'},
    {"deployment.environment", "environment", 's', true},
};

}  // namespace

std::span<const OtelName> OtelNames() { return kNames; }

const OtelName* FindOtelName(std::string_view key) {
  const auto found = std::ranges::find(kNames, key, &OtelName::key);
  return found == std::end(kNames) ? nullptr : found;
}

}  // namespace vitrine::query
