#include "cli/demo/model_call.h"

#include "codecs/dialects/token_timeline.h"
#include "syntax/json/json_writer.h"

namespace vitrine::cli {

namespace {

using syntax::JsonWriter;

/// [{"role","parts":[…]}], the GenAI conventions.
void WritePart(JsonWriter& json, const DemoMessage& message) {
  json.BeginObject();
  if (message.role == "tool") {
    json.Member("type", "tool_call_response")
        .Member("id", message.tool_call_id)
        .Member("response", message.text);
  } else if (!message.tool_name.empty()) {
    json.Member("type", "tool_call")
        .Member("id", message.tool_call_id)
        .Member("name", message.tool_name);
    json.Key("arguments").Raw(message.tool_arguments);
  } else {
    json.Member("type", "text").Member("content", message.text);
  }
  json.EndObject();
}

std::string GenAiMessages(const std::vector<DemoMessage>& messages, const std::string& finish) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const DemoMessage& message : messages) {
    json.BeginObject().Member("role", message.role).Key("parts").BeginArray();
    WritePart(json, message);
    json.EndArray();
    if (!finish.empty()) json.Member("finish_reason", finish);
    json.EndObject();
  }
  json.EndArray();
  return text;
}

/// [{"role","content"}] with tool calls as OpenAI nests them.
std::string ChatMessages(const std::vector<DemoMessage>& messages) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const DemoMessage& message : messages) {
    json.BeginObject().Member("role", message.role);
    if (message.role == "tool") json.Member("tool_call_id", message.tool_call_id);
    if (message.role == "assistant" && !message.tool_name.empty()) {
      json.Key("content").Null().Key("tool_calls").BeginArray().BeginObject();
      json.Member("id", message.tool_call_id)
          .Member("type", "function")
          .Key("function")
          .BeginObject();
      json.Member("name", message.tool_name)
          .Member("arguments", message.tool_arguments)
          .EndObject();
      json.EndObject().EndArray();
    } else {
      json.Member("content", message.text);
    }
    json.EndObject();
  }
  json.EndArray();
  return text;
}

std::string ToolDefinitions(const ModelCall& call) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const auto& [name, description] : call.tools) {
    json.BeginObject()
        .Member("type", "function")
        .Member("name", name)
        .Member("description", description);
    json.Key("parameters")
        .Raw(R"({"type":"object","properties":{"query":{"type":"string"}}})")
        .EndObject();
  }
  json.EndArray();
  return text;
}

std::string ResponseId(const DemoSpan& span) { return "chatcmpl-" + span.id.ToHex(); }

void EmitGenAi(DemoTrace& trace, DemoSpan& span, const ModelCall& call) {
  trace.Set(span, "gen_ai.operation.name", "chat");
  trace.Set(span, "gen_ai.provider.name", call.provider);
  trace.Set(span, "gen_ai.request.model", call.model);
  trace.Set(span, "gen_ai.request.temperature", call.temperature);
  trace.Set(span, "gen_ai.request.max_tokens", call.max_tokens);
  if (call.stream) trace.Set(span, "gen_ai.request.stream", true);
  trace.Set(span, "gen_ai.input.messages", GenAiMessages(call.input, ""));
  if (!call.tools.empty()) trace.Set(span, "gen_ai.tool.definitions", ToolDefinitions(call));
  if (call.output_tokens == 0) return;
  trace.Set(span, "gen_ai.response.model", call.response_model);
  trace.Set(span, "gen_ai.response.id", ResponseId(span));
  trace.SetList(span, "gen_ai.response.finish_reasons", {call.finish_reason});
  trace.Set(span, "gen_ai.usage.input_tokens", call.input_tokens);
  trace.Set(span, "gen_ai.usage.output_tokens", call.output_tokens);
  trace.Set(span, "gen_ai.usage.cache_read.input_tokens", call.cached_tokens);
  if (call.cache_write_tokens > 0)
    trace.Set(span, "gen_ai.usage.cache_creation.input_tokens", call.cache_write_tokens);
  if (call.reasoning_tokens > 0)
    trace.Set(span, "gen_ai.usage.reasoning.output_tokens", call.reasoning_tokens);
  if (call.ttft_ns > 0) {
    trace.Set(span, "gen_ai.response.time_to_first_chunk", static_cast<double>(call.ttft_ns) / 1e9);
  }
  trace.Set(span, "gen_ai.output.messages", GenAiMessages({call.output}, call.finish_reason));
}

void EmitOpenInference(DemoTrace& trace, DemoSpan& span, const ModelCall& call) {
  span.kind = 1;
  span.name = "OpenAI Chat Completions";
  trace.Set(span, "openinference.span.kind", "LLM");
  trace.Set(span, "llm.system", call.provider);
  trace.Set(span, "llm.provider", call.provider);
  trace.Set(span, "llm.model_name", call.output_tokens > 0 ? call.response_model : call.model);
  trace.Set(
      span, "llm.invocation_parameters",
      "{\"model\":\"" + call.model + "\",\"max_tokens\":" + std::to_string(call.max_tokens) + "}");
  auto message = [&](const std::string& prefix, const DemoMessage& m) {
    trace.Set(span, trace.Keep(prefix + "role"), m.role);
    if (!m.text.empty()) trace.Set(span, trace.Keep(prefix + "content"), m.text);
    if (m.role == "tool") trace.Set(span, trace.Keep(prefix + "tool_call_id"), m.tool_call_id);
    if (m.role != "assistant" || m.tool_name.empty()) return;
    std::string call_prefix = prefix + "tool_calls.0.tool_call.";
    trace.Set(span, trace.Keep(call_prefix + "id"), m.tool_call_id);
    trace.Set(span, trace.Keep(call_prefix + "function.name"), m.tool_name);
    trace.Set(span, trace.Keep(call_prefix + "function.arguments"), m.tool_arguments);
  };
  for (size_t i = 0; i < call.input.size(); ++i) {
    message("llm.input_messages." + std::to_string(i) + ".message.", call.input[i]);
  }
  if (call.output_tokens == 0) return;
  message("llm.output_messages.0.message.", call.output);
  trace.Set(span, "llm.finish_reason", call.finish_reason);
  trace.Set(span, "llm.token_count.prompt", call.input_tokens);
  trace.Set(span, "llm.token_count.completion", call.output_tokens);
  trace.Set(span, "llm.token_count.total", call.input_tokens + call.output_tokens);
  trace.Set(span, "llm.token_count.prompt_details.cache_read", call.cached_tokens);
  if (call.cache_write_tokens > 0)
    trace.Set(span, "llm.token_count.prompt_details.cache_write", call.cache_write_tokens);
}

void EmitOpenLlmetry(DemoTrace& trace, DemoSpan& span, const ModelCall& call) {
  trace.Set(span, "llm.request.type", "chat");
  trace.Set(span, "gen_ai.system", call.provider);
  trace.Set(span, "gen_ai.request.model", call.model);
  trace.Set(span, "gen_ai.request.max_tokens", call.max_tokens);
  for (size_t i = 0; i < call.input.size(); ++i) {
    std::string prefix = "gen_ai.prompt." + std::to_string(i) + ".";
    trace.Set(span, trace.Keep(prefix + "role"), call.input[i].role);
    trace.Set(span, trace.Keep(prefix + "content"), call.input[i].text);
  }
  if (call.output_tokens == 0) return;
  trace.Set(span, "gen_ai.response.model", call.response_model);
  trace.Set(span, "gen_ai.response.id", ResponseId(span));
  trace.Set(span, "gen_ai.completion.0.role", "assistant");
  trace.Set(span, "gen_ai.completion.0.finish_reason", call.finish_reason);
  if (!call.output.text.empty()) trace.Set(span, "gen_ai.completion.0.content", call.output.text);
  if (!call.output.tool_name.empty()) {
    trace.Set(span, "gen_ai.completion.0.tool_calls.0.id", call.output.tool_call_id);
    trace.Set(span, "gen_ai.completion.0.tool_calls.0.name", call.output.tool_name);
    trace.Set(span, "gen_ai.completion.0.tool_calls.0.arguments", call.output.tool_arguments);
  }
  trace.Set(span, "gen_ai.usage.prompt_tokens", call.input_tokens);
  trace.Set(span, "gen_ai.usage.completion_tokens", call.output_tokens);
  trace.Set(span, "llm.usage.total_tokens", call.input_tokens + call.output_tokens);
  trace.Set(span, "gen_ai.usage.cache_read.input_tokens", call.cached_tokens);
}

void EmitAiSdk(DemoTrace& trace, DemoSpan& span, const ModelCall& call) {
  span.kind = 1;
  span.name = call.stream ? "ai.streamText.doStream" : "ai.generateText.doGenerate";
  trace.Set(span, "operation.name", span.name);
  trace.Set(span, "ai.operationId", span.name);
  trace.Set(span, "ai.model.provider", call.provider + ".chat");
  trace.Set(span, "ai.model.id", call.model);
  trace.Set(span, "gen_ai.system", call.provider + ".chat");
  trace.Set(span, "gen_ai.request.model", call.model);
  trace.Set(span, "ai.prompt.messages", ChatMessages(call.input));
  if (call.output_tokens == 0) return;
  trace.Set(span, "ai.response.finishReason", call.finish_reason);
  trace.Set(span, "ai.response.model", call.response_model);
  trace.Set(span, "ai.response.id", ResponseId(span));
  if (!call.output.text.empty()) trace.Set(span, "ai.response.text", call.output.text);
  trace.Set(span, "ai.usage.inputTokens", call.input_tokens);
  trace.Set(span, "ai.usage.outputTokens", call.output_tokens);
  trace.Set(span, "ai.usage.totalTokens", call.input_tokens + call.output_tokens);
  trace.Set(span, "ai.usage.cachedInputTokens", call.cached_tokens);
  if (call.reasoning_tokens > 0) trace.Set(span, "ai.usage.reasoningTokens", call.reasoning_tokens);
  if (call.ttft_ns > 0)
    trace.Set(span, "ai.response.msToFirstChunk", static_cast<double>(call.ttft_ns) / 1e6);
}

void EmitLangfuse(DemoTrace& trace, DemoSpan& span, const ModelCall& call) {
  span.kind = 1;
  trace.Set(span, "langfuse.observation.type", "generation");
  trace.Set(span, "langfuse.observation.model.name", call.response_model);
  trace.Set(span, "langfuse.observation.input", ChatMessages(call.input));
  trace.Set(span, "langfuse.observation.model.parameters", "{\"temperature\":0.2}");
  if (call.output_tokens == 0) return;
  std::string usage;
  JsonWriter json(usage);
  json.BeginObject()
      .Member("input", call.input_tokens - call.cached_tokens)
      .Member("output", call.output_tokens)
      .Member("input_cached_tokens", call.cached_tokens)
      .Member("total", call.input_tokens + call.output_tokens)
      .EndObject();
  trace.Set(span, "langfuse.observation.usage_details", usage);
  std::string output = ChatMessages({call.output});
  trace.Set(span, "langfuse.observation.output", output.substr(1, output.size() - 2));
}

std::string ScopeOf(DemoDialect dialect, const ModelCall& call) {
  switch (dialect) {
    case DemoDialect::kGenAi: return "opentelemetry.instrumentation.openai_v2";
    case DemoDialect::kOpenInference: return "openinference.instrumentation." + call.provider;
    case DemoDialect::kOpenLlmetry: return "opentelemetry.instrumentation.openai.v1";
    case DemoDialect::kAiSdk: return "ai";
    case DemoDialect::kLangfuse: return "langfuse-sdk";
  }
  return "demo";
}

void EmitTimeline(DemoTrace& trace, DemoSpan& span, const ModelCall& call) {
  if (call.delta_offsets_ns.empty()) return;
  model::TokenTimeline timeline;
  timeline.offsets_ns = call.delta_offsets_ns;
  auto bytes = codecs::EncodeTokenTimeline(timeline);
  if (bytes) trace.SetBytes(span, "vitrine.token_timeline", std::move(*bytes));
}

}  // namespace

int64_t CountTokens(const std::vector<DemoMessage>& messages) {
  size_t characters = 0;
  for (const DemoMessage& m : messages) characters += m.text.size() + m.tool_arguments.size() + 12;
  return static_cast<int64_t>(characters / 4 + 3);
}

DemoSpan& EmitCall(DemoTrace& trace, const DemoSpan* parent, const std::string& service,
                   const ModelCall& call, DemoDialect dialect, int64_t start_ns) {
  DemoSpan& span =
      trace.Add(parent, "chat " + call.model, service, ScopeOf(dialect, call), start_ns);
  span.end_ns = start_ns + call.duration_ns;
  span.kind = 3;
  switch (dialect) {
    case DemoDialect::kGenAi: EmitGenAi(trace, span, call); break;
    case DemoDialect::kOpenInference: EmitOpenInference(trace, span, call); break;
    case DemoDialect::kOpenLlmetry: EmitOpenLlmetry(trace, span, call); break;
    case DemoDialect::kAiSdk: EmitAiSdk(trace, span, call); break;
    case DemoDialect::kLangfuse: EmitLangfuse(trace, span, call); break;
  }
  EmitTimeline(trace, span, call);
  return span;
}

}  // namespace vitrine::cli
