// Any bytes as the answer, and as the request, of every interface under every framing: the call
// must not depend on how the answer was cut, and must keep what holds of every call.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codecs/content/message_builder.h"
#include "codecs/providers/call_decoder.h"

namespace {

using namespace vitrine;
using namespace vitrine::codecs;
using namespace vitrine::codecs::providers;

struct Target {
  std::string_view kind, url;
};
constexpr Target kTargets[] = {
    {"openai", "/v1/chat/completions"},
    {"openai", "/v1/completions"},
    {"openai", "/v1/responses"},
    {"openai", "/v1/embeddings"},
    {"openai", "/v1/audio/transcriptions"},
    {"openai", "/v1/images/generations"},
    {"openai", "/v1/rerank"},
    {"openai", "/v1/ocr"},
    {"anthropic", "/v1/messages"},
    {"anthropic", "/v1/complete"},
    {"gemini", "/v1beta/models/m:generateContent"},
    {"gemini", "/v1beta/models/m:streamGenerateContent"},
    {"gemini", "/v1beta/interactions"},
    {"vertex", "/v1/publishers/google/models/text-embedding:predict"},
    {"bedrock", "/model/m/converse"},
    {"bedrock", "/model/m/converse-stream"},
    {"bedrock", "/model/m/invoke"},
    {"bedrock", "/model/m/invoke-with-response-stream"},
    {"bedrock", "/agents/a/sessions/s/text"},
    {"bedrock", "/retrieveAndGenerate"},
    {"sagemaker", "/endpoints/e/invocations"},
    {"cohere", "/v1/chat"},
    {"cohere", "/v2/chat"},
    {"cohere", "/v2/embed"},
    {"ollama", "/api/chat"},
    {"ollama", "/api/embed"},
    {"watsonx", "/ml/v1/text/generation_stream"},
    {"replicate", "/v1/predictions"},
    {"tgi", "/generate"},
    {"alephalpha", "/complete"},
    {"sagemaker", "/endpoints/e/invocations-response-stream"},
    {"openai", "/v1/audio/speech"},
    {"replicate", "/v1/models/a/b/predictions"},
    {"", "http://host/generate_stream"},
    {"", "http://host/v1/responses"},
};
constexpr std::string_view kContentTypes[] = {"application/json", "text/event-stream",
                                              "application/x-ndjson",
                                              "application/vnd.amazon.eventstream", ""};

struct Decoded {
  std::string print;
  bool is_stream = false;
};

void Print(std::span<const model::Message> messages, std::string& out) {
  for (const model::Message& message : messages) {
    std::vector<std::string> names(message.attachments.size(), "a");
    auto json = PartsJson(message, names);
    VITRINE_CHECK(json.has_value());
    out.append(message.role).append(*json).push_back('\n');
  }
}

Decoded Decode(const ProviderRequest& request, const ResponseHead& head, std::string_view body,
               size_t piece_bytes) {
  Arena arena;
  CallDecoder decoder(request, arena);
  decoder.Begin(head);
  while (!body.empty()) {
    std::string piece(body.substr(0, piece_bytes));
    body.remove_prefix(piece.size());
    decoder.Feed(piece, 1);
  }
  ModelCall call = decoder.Finish();
  Decoded decoded;
  decoded.is_stream = call.is_stream;
  std::string& print = decoded.print;
  for (std::string_view text :
       {call.model_requested, call.model_responded, call.response_id, call.response_status,
        call.error_type, call.error_message, call.output_text, call.usage_json, call.service_tier,
        call.speed, call.inference_geo, call.system_fingerprint, call.previous_response_id,
        call.params.json}) {
    print.append(text).push_back('\n');
  }
  for (std::string_view reason : call.finish_reasons) print.append(reason).push_back('\n');
  for (std::string_view tool : call.server_tool_calls) print.append(tool).push_back('\n');
  for (const model::ToolCall& tool : call.tool_calls) {
    print.append(tool.name).append(tool.arguments).push_back('\n');
  }
  Print(call.input_messages, print);
  Print(call.output_messages, print);
  Print(call.tool_definitions, print);
  for (const Delta& delta : call.deltas) print.append(std::to_string(delta.size)).push_back(',');
  for (const model::RetrievedDocument& document : call.documents) {
    print.append(document.id).append(document.content).push_back(';');
  }
  const model::Usage& usage = call.usage;
  for (model::Count count :
       {usage.input_tokens, usage.output_tokens, usage.cached_input_tokens,
        usage.cache_write_tokens, usage.reasoning_tokens, usage.audio_input_tokens,
        usage.audio_output_tokens, usage.image_input_tokens, usage.image_output_tokens}) {
    print.append(count ? std::to_string(*count) : "-").push_back(',');
  }
  print.append(std::to_string(static_cast<int>(call.kind))).push_back(',');
  print.append(std::to_string(call.embedding_count.value_or(0))).push_back('x');
  print.append(std::to_string(call.embedding_dimensions.value_or(0))).push_back(',');
  print.append(std::to_string(call.events_skipped));
  print.push_back(call.is_complete ? 'c' : '-');
  print.push_back(call.is_cut_off ? 'x' : '-');
  print.push_back(call.is_stream ? 's' : '-');
  if (usage.input_tokens && usage.cached_input_tokens) {
    VITRINE_CHECK(*usage.cached_input_tokens <= *usage.input_tokens);
  }
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const Target& target = kTargets[data[0] % std::size(kTargets)];
  std::string_view body(reinterpret_cast<const char*>(data) + 4, size - 4);
  ProviderRequest request{"POST", target.url, target.kind, {}, body};
  HeaderField type{"content-type", kContentTypes[data[1] % std::size(kContentTypes)]};
  ResponseHead head{static_cast<uint16_t>(data[2] % 8 == 0 ? 500 : 200), {&type, 1}};
  Decoded whole = Decode(request, head, body, body.size() + 1);
  VITRINE_CHECK(whole.print == Decode(request, head, body, 1).print);
  VITRINE_CHECK(whole.print == Decode(request, head, body, size_t{1} + data[3] % 64).print);
  return 0;
}
