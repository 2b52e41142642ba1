#include "codecs/providers/internal/agent_trace.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "codecs/content/param_writer.h"
#include "codecs/content/text.h"
#include "codecs/providers/internal/lenient_json.h"
#include "codecs/providers/internal/output_builder.h"

namespace vitrine::codecs::providers {

namespace {

using model::GuardrailResult;
using model::Message;
using model::Span;
using model::SpanKind;
using model::SpanStatus;

/// RFC 3339, or seconds since the epoch. Only times that can be subtracted from one another.
std::optional<Nanos> TimeOf(JsonValue value) {
  constexpr int64_t kSecondsEnd = 9'000'000'000;
  if (value.is_string()) {
    const std::optional<Nanos> time = ParseRfc3339(value.text());
    const bool is_time =
        time && time->since_epoch > 0 && time->since_epoch < kSecondsEnd * kNanosPerSecond;
    return is_time ? time : std::nullopt;
  }
  const std::optional<double> seconds = value.AsDouble();
  const bool is_time = seconds && *seconds > 0 && *seconds < kSecondsEnd;
  if (!is_time) return std::nullopt;
  return Nanos{std::llround(*seconds * 1e6) * 1000};
}

std::string_view OperationOf(SpanKind kind) {
  switch (kind) {
    case SpanKind::kLlm: return "chat";
    case SpanKind::kTool: return "execute_tool";
    case SpanKind::kRetrieval: return "retrieve";
    case SpanKind::kAgent: return "invoke_agent";
    default: return {};
  }
}

/// Who is called: the alias, else the name.
std::string_view AgentOf(JsonValue collaborator) {
  const std::string_view alias = collaborator["agentCollaboratorAliasArn"].text();
  return alias.empty() ? collaborator["agentCollaboratorName"].text() : alias;
}

/// The agent's id of arn:…:agent-alias/ID/ALIAS, as events name it; of anything else all of it.
std::string_view IdOfAlias(std::string_view alias) {
  constexpr std::string_view kMark = "agent-alias/";
  const size_t at = alias.find(kMark);
  if (at == std::string_view::npos) return alias;
  const std::string_view id = alias.substr(at + kMark.size());
  return id.substr(0, id.find('/'));
}

std::string_view LastAlias(JsonValue chain) {
  std::string_view alias;
  for (JsonValue caller : chain.Elements()) alias = caller["agentAliasArn"].text();
  return alias;
}

/// What a guardrail did: it blocked, it masked, or neither.
GuardrailResult ResultOf(JsonValue part) {
  if (part["action"].text() != "INTERVENED") return GuardrailResult::kPass;
  const auto says = [&](std::string_view word) {
    return part["inputAssessments"].raw().contains(word) ||
           part["outputAssessments"].raw().contains(word);
  };
  const bool only_masks = says("\"ANONYMIZED\"") && !says("\"BLOCKED\"");
  return only_masks ? GuardrailResult::kMask : GuardrailResult::kBlock;
}

}  // namespace

void AgentTrace::Read(std::string_view event) {
  if (document_.Parse(event, reader_.arena(), LenientJson()) != syntax::JsonStatus::kOk) {
    ++skipped_;
    return;
  }
  const JsonValue root = document_.root();
  time_ = TimeOf(root["eventTime"]).value_or(time_);
  // Who called whom: the agent that is asked alone has one caller, itself.
  const JsonValue chain = root["callerChain"];
  depth_ = std::clamp<size_t>(chain.size(), 1, kAgentDepthMax) - 1;
  caller_ = depth_ == 0 ? std::nullopt : FindCaller(LastAlias(chain));
  agent_id_ = root["agentId"].text();
  agent_name_ = root["collaboratorName"].text();
  // Of agents that are called by such AWS tells the caller's name.
  if (caller_ && !steps_[*caller_].span.agent_name.empty())
    agent_name_ = steps_[*caller_].span.agent_name;
  for (auto [name, part] : root["trace"].Members()) {
    if (name == "guardrailTrace") {
      ReadGuardrail(part);
    } else if (name == "failureTrace") {
      ReadFailure(part);
    } else {
      ReadStage(part);
    }
  }
}

/// One of preProcessing-, orchestration-, routingClassifier- and postProcessingTrace.
void AgentTrace::ReadStage(JsonValue stage) {
  for (auto [name, part] : stage.Members()) {
    if (name == "modelInvocationInput") ReadModelInput(part);
    if (name == "modelInvocationOutput") ReadModelOutput(part);
    if (name == "invocationInput") ReadInvocation(part);
    if (name == "observation") ReadObservation(part);
  }
}

size_t AgentTrace::OpenHash::operator()(const Open& open) const {
  const std::hash<std::string_view> hash;
  return hash(open.trace_id) * 31 + hash(open.agent) + static_cast<size_t>(open.kind);
}

std::optional<uint32_t> AgentTrace::FindCaller(std::string_view alias) const {
  if (const auto found = called_.find(alias); found != called_.end()) return found->second;
  return depth_ <= called_at_.size() ? called_at_[depth_ - 1] : std::nullopt;
}

Span* AgentTrace::Begin(SpanKind kind) {
  if (steps_.size() >= kAgentStepsMax) {
    ++skipped_;
    return nullptr;
  }
  AgentStep& step = steps_.emplace_back();
  step.parent = caller_;
  Span& span = step.span;
  span.kind = kind;
  span.operation = OperationOf(kind);
  span.provider = provider_;
  if (kind != SpanKind::kAgent) {
    span.agent_id = agent_id_;
    span.agent_name = agent_name_;
  }
  span.start = time_;
  span.end = UnknownEnd(time_);
  return &span;
}

Span* AgentTrace::Begin(const Open& open) {
  Span* span = Begin(open.kind);
  if (span == nullptr || open.trace_id.empty()) return span;
  open_[open].push_back(static_cast<uint32_t>(steps_.size() - 1));
  return span;
}

std::optional<uint32_t> AgentTrace::Take(const Open& open) {
  const auto found = open_.find(open);
  if (found == open_.end()) return std::nullopt;
  const uint32_t step = found->second.front();
  found->second.erase(found->second.begin());
  if (found->second.empty()) open_.erase(found);
  return step;
}

Span* AgentTrace::End(const Open& open, JsonValue metadata) {
  const std::optional<uint32_t> begun = Take(open);
  Span* span = begun ? &steps_[*begun].span : Begin(open.kind);
  if (span == nullptr) return nullptr;
  span->start = TimeOf(metadata["startTime"]).value_or(span->start);
  span->end = std::max(TimeOf(metadata["endTime"]).value_or(time_), span->start);
  if (span->status == SpanStatus::kUnset) span->status = SpanStatus::kOk;
  return span;
}

void AgentTrace::ReadModelInput(JsonValue input) {
  Span* span = Begin({SpanKind::kLlm, input["traceId"].text(), {}});
  if (span == nullptr) return;
  span->request_model = input["foundationModel"].text();
  ParamWriter params;
  for (auto [name, value] : input["inferenceConfiguration"].Members()) {
    if (name != "__type") params.Add(name, value);
  }
  const RequestParams asked = params.Finish(reader_.arena());
  span->params = asked.json;
  span->temperature = asked.temperature;
  span->top_p = asked.top_p;
  span->max_tokens = asked.max_tokens;
  span->input_messages = Prompt(input["text"].text());
}

void AgentTrace::ReadModelOutput(JsonValue output) {
  Span* span = End({SpanKind::kLlm, output["traceId"].text(), {}}, output["metadata"]);
  if (span == nullptr) return;
  const CallDraft& draft = ReadAnswer(output);
  ModelCall call;
  BuildOutput(draft, reader_, call);
  reader_.ReleaseDocuments();
  span->response_model = draft.model;
  span->response_id = draft.response_id;
  span->output_messages = call.output_messages;
  span->tool_calls = call.tool_calls;
  span->finish_reason = call.finish_reason;
  span->finish_reasons_raw = call.finish_reasons;
  span->refusal = call.is_refusal;
  span->usage = NormalizeUsage(draft, provider_, span->request_model);
}

void AgentTrace::ReadInvocation(JsonValue invocation) {
  const std::string_view trace_id = invocation["traceId"].text();
  if (JsonValue action = invocation["actionGroupInvocationInput"]; action.is_object()) {
    std::string_view name = action["function"].text();
    if (name.empty()) name = action["apiPath"].text();
    if (name.empty()) name = action["actionGroupName"].text();
    ReadTool(trace_id, name, Arguments(action), action["invocationId"]);
  }
  if (JsonValue code = invocation["codeInterpreterInvocationInput"]; code.is_object()) {
    ReadTool(trace_id, "code_interpreter", code.raw(), {});
  }
  if (JsonValue lookup = invocation["knowledgeBaseLookupInput"]; lookup.is_object()) {
    Span* span = Begin({SpanKind::kRetrieval, trace_id, {}});
    if (span == nullptr) return;
    span->data_source = lookup["knowledgeBaseId"].text();
    span->retrieval_query = lookup["text"].text();
    span->input_messages = Text("input", lookup["text"].text());
  }
  if (JsonValue other = invocation["agentCollaboratorInvocationInput"]; other.is_object()) {
    ReadCall(trace_id, other);
  }
}

void AgentTrace::ReadCall(std::string_view trace_id, JsonValue collaborator) {
  Span* span = Begin({SpanKind::kAgent, trace_id, AgentOf(collaborator)});
  if (span == nullptr) return;
  const std::string_view alias = collaborator["agentCollaboratorAliasArn"].text();
  span->agent_name = collaborator["agentCollaboratorName"].text();
  span->agent_id = IdOfAlias(alias);
  span->input_messages = Text("input", collaborator["input"]["text"].text());
  const auto step = static_cast<uint32_t>(steps_.size() - 1);
  if (!alias.empty()) called_.insert_or_assign(alias, step);
  called_at_.resize(depth_ + 1);
  called_at_[depth_] = step;
}

void AgentTrace::ReadTool(std::string_view trace_id, std::string_view name,
                          std::string_view arguments, JsonValue call_id) {
  Span* span = Begin({SpanKind::kTool, trace_id, {}});
  if (span == nullptr) return;
  span->tool_name = name;
  span->tool_call_id = call_id.text();
  MessageBuilder& builder = reader_.builder();
  builder.Begin();
  builder.AddToolCall(span->tool_call_id, name, arguments);
  const Message message = builder.Finish("input");
  span->input_messages = reader_.arena().CopyArray(std::vector{message});
}

void AgentTrace::ReadObservation(JsonValue observation) {
  const std::string_view trace_id = observation["traceId"].text();
  if (JsonValue lookup = observation["knowledgeBaseLookupOutput"]; lookup.is_object()) {
    Span* span = End({SpanKind::kRetrieval, trace_id, {}}, lookup["metadata"]);
    if (span != nullptr) ReadReferences(lookup["retrievedReferences"], *span);
  }
  if (JsonValue other = observation["agentCollaboratorInvocationOutput"]; other.is_object()) {
    Span* span = End({SpanKind::kAgent, trace_id, AgentOf(other)}, other["metadata"]);
    if (span != nullptr) {
      span->agent_name = other["agentCollaboratorName"].text();
      span->agent_id = IdOfAlias(other["agentCollaboratorAliasArn"].text());
      span->output_messages = Text("output", other["output"]["text"].text());
    }
  }
  for (std::string_view name :
       {"actionGroupInvocationOutput", "codeInterpreterInvocationOutput", "repromptResponse"}) {
    if (JsonValue output = observation[name]; output.is_object()) {
      ReadToolOutput(trace_id, output);
    }
  }
}

void AgentTrace::ReadToolOutput(std::string_view trace_id, JsonValue output) {
  const std::string_view source = output["source"].text();
  if (source == "PARSER") return;  // The model is asked again: no tool has run.
  const SpanKind kind = source == "KNOWLEDGE_BASE" ? SpanKind::kRetrieval : SpanKind::kTool;
  Span* span = End({kind, trace_id, {}}, output["metadata"]);
  if (span == nullptr) return;
  const std::string_view error = output["executionError"].text();
  std::string_view text = FirstOf(output, "text", "executionOutput").text();
  if (text.empty()) text = error;
  MessageBuilder& builder = reader_.builder();
  builder.Begin();
  builder.AddToolResponse(span->tool_call_id, {}, text);
  const Message message = builder.Finish("tool");
  span->output_messages = reader_.arena().CopyArray(std::vector{message});
  const bool is_late = output["executionTimeout"].ToBool().value_or(false);
  // What an agent is told instead of an answer says what was wrong.
  if (error.empty() && !is_late && source.empty()) return;
  span->status = SpanStatus::kError;
  span->error_type = is_late ? model::ErrorType::kTimeout : model::ErrorType::kOther;
  if (!error.empty()) {
    span->status_message = error;
  } else {
    span->status_message = is_late ? "the code ran for too long" : text;
  }
}

void AgentTrace::ReadGuardrail(JsonValue guardrail) {
  Span* span = End({SpanKind::kGuardrail, {}, {}}, guardrail["metadata"]);
  if (span == nullptr) return;
  const bool is_of_output = !guardrail["outputAssessments"].is_nothing();
  span->guardrail_name = is_of_output ? "output guardrail" : "input guardrail";
  span->guardrail_result = ResultOf(guardrail);
  std::vector<model::Attribute> attributes;
  for (std::string_view name : {"inputAssessments", "outputAssessments"}) {
    const JsonValue assessments = guardrail[name];
    if (assessments.is_array())
      attributes.push_back({name, model::Value::String(assessments.raw())});
  }
  span->attributes = reader_.arena().CopyArray(attributes);
}

/// Ends what ran; else it is of the agent, whose caller may go on. Of the agent that was asked
/// the answer's end says what went wrong.
void AgentTrace::ReadFailure(JsonValue failure) {
  const std::string_view trace_id = failure["traceId"].text();
  Span* span = nullptr;
  for (SpanKind kind : {SpanKind::kLlm, SpanKind::kTool, SpanKind::kRetrieval}) {
    const Open open{kind, trace_id, {}};
    if (span == nullptr && open_.contains(open)) span = End(open, failure["metadata"]);
  }
  if (span == nullptr && caller_) span = &steps_[*caller_].span;
  if (span == nullptr) return;
  span->status = SpanStatus::kError;
  span->error_type = model::ErrorType::kOther;
  span->status_message = failure["failureReason"].text();
}

}  // namespace vitrine::codecs::providers
