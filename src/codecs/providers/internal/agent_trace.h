// AgentTrace: the trace events of Bedrock's agents -> the steps that they tell of. A model call and
// an invocation are told by two events, or by one; they are joined by the trace id. Who did it is
// told by the chain of callers, whose last is the agent that the event is of. Owner: the steps'
// texts borrow from the events, the reader's arena and this. Not thread-safe. Bounds:
// kAgentStepsMax, kAgentDepthMax, kAgentPartsMax, kAgentMessagesMax. Source: AWS's reference of
// InvokeAgent (TracePart), and what its agents send.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codecs/content/content_reader.h"
#include "codecs/providers/agent_step.h"
#include "codecs/providers/internal/call_draft.h"
#include "codecs/providers/limits.h"

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
  /// What waits for its second event. A model's call and what came of it have one trace id, and so
  /// have agents that are called together.
  struct Open {
    model::SpanKind kind;
    std::string_view trace_id;
    std::string_view agent;  ///< Who is called.
    bool operator==(const Open&) const = default;
  };
  struct OpenHash {
    size_t operator()(const Open& open) const;
  };

  /// A new step within the agent that the event is of; null where there are too many.
  model::Span* Begin(model::SpanKind kind);
  /// The same; its second event will name this.
  model::Span* Begin(const Open& open);
  /// The step that this ends; begun now where its first event is not known.
  model::Span* End(const Open& open, JsonValue metadata);
  /// The step that waits for this, and waits no longer.
  std::optional<uint32_t> Take(const Open& open);
  /// The step in which the agent of this event was called.
  std::optional<uint32_t> FindCaller(std::string_view alias) const;
  void ReadStage(JsonValue stage);
  void ReadModelInput(JsonValue input);
  void ReadModelOutput(JsonValue output);
  const CallDraft& ReadAnswer(JsonValue output);
  void ReadInvocation(JsonValue invocation);
  void ReadCall(std::string_view trace_id, JsonValue collaborator);
  void ReadTool(std::string_view trace_id, std::string_view name, std::string_view arguments,
                JsonValue call_id);
  void ReadObservation(JsonValue observation);
  void ReadToolOutput(std::string_view trace_id, JsonValue output);
  void ReadReferences(JsonValue references, model::Span& span);
  void ReadGuardrail(JsonValue guardrail);
  void ReadFailure(JsonValue failure);
  std::span<const model::Message> Text(std::string_view role, std::string_view text);
  std::span<const model::Message> Prompt(std::string_view text);
  std::string_view Arguments(JsonValue action);

  ContentReader& reader_;
  const std::string_view provider_;
  std::vector<AgentStep> steps_;
  std::unordered_map<Open, std::vector<uint32_t>, OpenHash> open_;
  std::unordered_map<std::string_view, uint32_t> called_;  ///< By alias: the newest call of it.
  std::vector<std::optional<uint32_t>> called_at_;         ///< By depth, for events without alias.
  std::deque<CallDraft> drafts_;                           ///< What model calls borrow from.
  size_t parts_left_ = kAgentPartsMax, messages_left_ = kAgentMessagesMax;
  uint64_t skipped_ = 0;

  // Of the event that is read.
  syntax::JsonDocument document_;
  Nanos time_;
  size_t depth_ = 0;
  std::optional<uint32_t> caller_;
  std::string_view agent_id_, agent_name_;
};

}  // namespace vitrine::codecs::providers
