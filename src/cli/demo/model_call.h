// ModelCall: one call of a model as the demo imagines it, and its span in the words of one
// instrumentation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/demo/demo_trace.h"

namespace vitrine::cli {

struct DemoMessage {
  std::string role;  ///< system, user, assistant, tool.
  std::string text;
  std::string tool_name, tool_call_id,
      tool_arguments;  ///< An assistant that calls, or a tool that answers.
};

struct ModelCall {
  std::string provider, model, response_model;
  std::vector<DemoMessage> input;
  DemoMessage output;
  std::string finish_reason = "stop";
  int64_t input_tokens = 0, cached_tokens = 0, cache_write_tokens = 0, output_tokens = 0,
          reasoning_tokens = 0;
  double temperature = 0.2;
  int64_t max_tokens = 1024;
  bool stream = false;
  int64_t ttft_ns = 0;
  int64_t duration_ns = 0;
  std::vector<uint64_t> delta_offsets_ns;                  ///< Of a streamed answer.
  std::vector<std::pair<std::string, std::string>> tools;  ///< Name and description.
};

/// The vocabularies that the demo speaks, as the packages of the day emit them.
enum class DemoDialect { kGenAi, kOpenInference, kOpenLlmetry, kAiSdk, kLangfuse };

/// Tokens of a text, about as a tokenizer counts.
int64_t CountTokens(const std::vector<DemoMessage>& messages);

/// Adds the call's span below `parent`, in the words of `dialect`.
DemoSpan& EmitCall(DemoTrace& trace, const DemoSpan* parent, const std::string& service,
                   const ModelCall& call, DemoDialect dialect, int64_t start_ns);

}  // namespace vitrine::cli
