// Any bytes as the answer, and as the request, of every interface under every framing: the call
// must not depend on how the answer was cut, and must keep what holds of every call.
// VITRINE_FUZZ_VARIANT names one codec, whose targets alone are then taken (tools/run_fuzzers).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "codecs/content/message_builder.h"
#include "codecs/providers/call_decoder.h"
#include "syntax/base64.h"
#include "syntax/event_stream/event_stream_writer.h"

namespace {

using namespace vitrine;
using namespace vitrine::codecs;
using namespace vitrine::codecs::providers;

struct Target {
  std::string_view codec, kind, url;
};
constexpr Target kTargets[] = {
    {"chat", "openai", "/v1/chat/completions"},
    {"chat", "openai", "/v1/completions"},
    {"responses", "openai", "/v1/responses"},
    {"vectors_and_media", "openai", "/v1/embeddings"},
    {"vectors_and_media", "openai", "/v1/audio/transcriptions"},
    {"vectors_and_media", "openai", "/v1/images/generations"},
    {"vectors_and_media", "openai", "/v1/rerank"},
    {"vectors_and_media", "openai", "/v1/ocr"},
    {"anthropic", "anthropic", "/v1/messages"},
    {"anthropic", "anthropic", "/v1/complete"},
    {"gemini", "gemini", "/v1beta/models/m:generateContent"},
    {"gemini", "gemini", "/v1beta/models/m:streamGenerateContent"},
    {"interactions", "gemini", "/v1beta/interactions"},
    {"gemini", "vertex", "/v1/publishers/google/models/text-embedding:predict"},
    {"converse", "bedrock", "/model/m/converse"},
    {"converse", "bedrock", "/model/m/converse-stream"},
    {"invoke", "bedrock", "/model/m/invoke"},
    {"invoke", "bedrock", "/model/m/invoke-with-response-stream"},
    {"agents", "bedrock", "/agents/a/sessions/s/text"},
    {"agents", "bedrock", "/retrieveAndGenerate"},
    {"invoke", "sagemaker", "/endpoints/e/invocations"},
    {"cohere", "cohere", "/v1/chat"},
    {"cohere", "cohere", "/v2/chat"},
    {"cohere", "cohere", "/v2/embed"},
    {"ollama", "ollama", "/api/chat"},
    {"ollama", "ollama", "/api/embed"},
    {"hosted", "watsonx", "/ml/v1/text/generation_stream"},
    {"hosted", "replicate", "/v1/predictions"},
    {"hosted", "tgi", "/generate"},
    {"hosted", "alephalpha", "/complete"},
    {"invoke", "sagemaker", "/endpoints/e/invocations-response-stream"},
    {"vectors_and_media", "openai", "/v1/audio/speech"},
    {"hosted", "replicate", "/v1/models/a/b/predictions"},
    {"hosted", "", "http://host/generate_stream"},
    {"responses", "", "http://host/v1/responses"},
};
constexpr std::string_view kContentTypes[] = {"application/json", "text/event-stream",
                                              "application/x-ndjson",
                                              "application/vnd.amazon.eventstream", ""};
/// The framing below these: frames with right sums, made of the lines of the input, since what is
/// changed in a recorded frame is refused for its sum and never read.
constexpr size_t kFramesOfLines = std::size(kContentTypes);
constexpr size_t kEventTypeBytesMax = 100;

/// The target that an input's first byte names; of the chosen codec, if one is.
const Target& TargetOf(uint8_t byte) {
  static const std::vector<const Target*> chosen = [] {
    const char* variant = std::getenv("VITRINE_FUZZ_VARIANT");
    std::vector<const Target*> targets;
    for (const Target& target : kTargets) {
      if (variant == nullptr || target.codec == variant) targets.push_back(&target);
    }
    VITRINE_CHECK(!targets.empty());
    return targets;
  }();
  const Target& named = kTargets[byte % std::size(kTargets)];
  // Inputs mean the same whichever codec is chosen, so that seeds serve all of them.
  const bool is_chosen = named.codec == chosen.front()->codec || chosen.size() == std::size(kTargets);
  return is_chosen ? named : *chosen[byte % chosen.size()];
}

/// Of each line "TYPE PAYLOAD" the frame of an event. "!TYPE" makes it an exception; "bytes" is the
/// type of payloads that stand in base64 within a `chunk`.
std::string FramesOf(std::string_view lines) {
  std::string frames;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    std::string_view type = line.substr(0, std::min(line.find(' '), kEventTypeBytesMax));
    std::string_view payload = line.substr(std::min(type.size() + 1, line.size()));
    if (type.starts_with('!')) {
      frames += syntax::EventStreamException(type.substr(1), payload);
    } else if (type == "bytes") {
      frames += syntax::EventStreamEvent(
          "chunk", R"({"bytes":")" + syntax::Base64Encode(payload) + R"("})");
    } else {
      frames += syntax::EventStreamEvent(type, payload);
    }
  }
  return frames;
}

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

void Print(const model::Usage& usage, std::string& out) {
  for (model::Count count :
       {usage.input_tokens, usage.output_tokens, usage.cached_input_tokens,
        usage.cache_write_tokens, usage.reasoning_tokens, usage.audio_input_tokens,
        usage.audio_output_tokens, usage.image_input_tokens, usage.image_output_tokens}) {
    out.append(count ? std::to_string(*count) : "-").push_back(',');
  }
  if (usage.input_tokens && usage.cached_input_tokens) {
    VITRINE_CHECK(*usage.cached_input_tokens <= *usage.input_tokens);
  }
}

void Print(std::span<const model::RetrievedDocument> documents, std::string& out) {
  for (const model::RetrievedDocument& document : documents) {
    out.append(document.id).append(document.content).push_back(';');
  }
}

void Print(std::span<const AgentStep> steps, std::string& out) {
  for (const AgentStep& step : steps) {
    VITRINE_CHECK(!step.parent || *step.parent < static_cast<size_t>(&step - steps.data()));
    const model::Span& span = step.span;
    out.append(step.parent ? std::to_string(*step.parent) : "-").push_back(' ');
    out.append(std::to_string(static_cast<int>(span.kind))).push_back(' ');
    out.append(std::to_string(span.start.since_epoch)).push_back(' ');
    out.append(std::to_string(span.end.since_epoch)).push_back(' ');
    for (std::string_view text :
         {span.operation, span.agent_id, span.agent_name, span.request_model, span.tool_name,
          span.retrieval_query, span.data_source, span.guardrail_name, span.status_message}) {
      out.append(text).push_back('\n');
    }
    Print(span.input_messages, out);
    Print(span.output_messages, out);
    Print(span.documents, out);
    Print(span.usage, out);
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
  Print(call.documents, print);
  Print(call.usage, print);
  Print(call.agent_steps, print);
  print.append(std::to_string(static_cast<int>(call.kind))).push_back(',');
  print.append(std::to_string(call.embedding_count.value_or(0))).push_back('x');
  print.append(std::to_string(call.embedding_dimensions.value_or(0))).push_back(',');
  print.append(std::to_string(call.events_skipped));
  print.push_back(call.is_complete ? 'c' : '-');
  print.push_back(call.is_cut_off ? 'x' : '-');
  print.push_back(call.is_stream ? 's' : '-');
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const Target& target = TargetOf(data[0]);
  const std::string_view input(reinterpret_cast<const char*>(data) + 4, size - 4);
  const size_t framing = data[1] % (kFramesOfLines + 1);
  const bool is_lines = framing == kFramesOfLines;
  const std::string frames = is_lines ? FramesOf(input) : "";
  const std::string_view body = is_lines ? std::string_view(frames) : input;
  ProviderRequest request{"POST", target.url, target.kind, {}, input};
  HeaderField type{"content-type",
                   is_lines ? "application/vnd.amazon.eventstream" : kContentTypes[framing]};
  ResponseHead head{static_cast<uint16_t>(data[2] % 8 == 0 ? 500 : 200), {&type, 1}};
  Decoded whole = Decode(request, head, body, body.size() + 1);
  VITRINE_CHECK(whole.print == Decode(request, head, body, 1).print);
  VITRINE_CHECK(whole.print == Decode(request, head, body, size_t{1} + data[3] % 64).print);
  return 0;
}
