// AgentTrace: the trace events of Bedrock's agents -> the steps that they tell of. A model call, an
// invocation and a guardrail are told by two events, or by one; they are joined by the trace id.
// Owner: the steps' texts borrow from the events, the reader's arena and this. Not thread-safe.
// Bounds: kAgentStepsMax, kAgentDepthMax.
// Source: WIRE-FORMATS 7.6.
#pragma once

#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "codecs/content/content_reader.h"
#include "codecs/providers/agent_step.h"
#include "codecs/providers/internal/call_draft.h"

namespace vitrine::codecs::providers {

class AgentTrace {
 public:
  AgentTrace(ContentReader& reader, std::string_view provider)
      : reader_(reader), provider_(provider) {}
  AgentTrace(const AgentTrace&) = delete;
  AgentTrace& operator=(const AgentTrace&) = delete;

  /// Reads one event, JSON that is kept as long as this. What is not known is left alone.
  void Read(std::string_view event);

  std::span<const AgentStep> steps() const { return steps_; }
  /// Events that are no JSON, or tell of more steps than are kept.
  uint64_t skipped() const { return skipped_; }

 private:
  /// What waits for its second event.
  struct Open {
    uint32_t step;
    std::string_view trace_id;
  };

  /// A new step within the agent that the event is of; null where there are too many. The step of
  /// one that waits for its second event has a trace id.
  model::Span* Begin(model::SpanKind kind, std::string_view trace_id = {});
  /// The step that this ends; begun now where its first event is not known.
  model::Span* End(model::SpanKind kind, JsonValue part, JsonValue metadata);
  bool IsModelCall(const Open& open) const;
  void ReadStage(JsonValue stage);
  void ReadModelInput(JsonValue input);
  void ReadModelOutput(JsonValue output);
  void ReadInvocation(JsonValue invocation);
  void ReadTool(JsonValue invocation, std::string_view name, std::string_view arguments,
                JsonValue call_id);
  void ReadObservation(JsonValue observation);
  void ReadToolOutput(JsonValue observation, JsonValue output);
  void ReadReferences(JsonValue references, model::Span& span);
  void ReadGuardrail(JsonValue guardrail);
  void ReadFailure(JsonValue failure);
  std::span<const model::Message> Text(std::string_view role, std::string_view text);
  std::span<const model::Message> Prompt(std::string_view text);
  std::string_view Arguments(JsonValue action);

  ContentReader& reader_;
  const std::string_view provider_;
  std::vector<AgentStep> steps_;
  std::vector<Open> open_;
  std::vector<std::optional<uint32_t>> called_;  ///< By depth: the step that calls the next agent.
  std::deque<CallDraft> drafts_;                 ///< What model calls borrow from.
  uint64_t skipped_ = 0;

  // Of the event that is read.
  syntax::JsonDocument document_;
  Nanos time_;
  size_t depth_ = 0;
  std::string_view agent_id_, agent_name_;
};

}  // namespace vitrine::codecs::providers
