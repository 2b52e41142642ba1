#include "codecs/providers/internal/agent_trace.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "codecs/content/message_facts.h"
#include "codecs/content/param_writer.h"
#include "codecs/content/text.h"
#include "codecs/providers/internal/family.h"
#include "codecs/providers/internal/output_builder.h"
#include "codecs/providers/limits.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs::providers {

namespace {

using model::GuardrailResult;
using model::Message;
using model::Span;
using model::SpanKind;
using model::SpanStatus;

syntax::JsonOptions Lenient() {
  syntax::JsonOptions options;
  options.lenient = true;
  options.depth_max = kJsonDepthMax;
  return options;
}

/// RFC 3339, or seconds since the epoch.
std::optional<Nanos> TimeOf(JsonValue value) {
  if (value.is_string()) return ParseRfc3339(value.text());
  const std::optional<double> seconds = value.AsDouble();
  const bool is_time = seconds && *seconds > 0 && *seconds < 9e9;
  if (!is_time) return std::nullopt;
  return Nanos{std::llround(*seconds * 1e6) * 1000};
}

/// The text of "[{text=…}]", as content of one text is printed there; any other text as it is.
std::string_view Unprinted(std::string_view text) {
  constexpr std::string_view kBegin = "[{text=", kEnd = "}]", kType = ", type=text";
  const bool is_printed =
      text.starts_with(kBegin) && text.ends_with(kEnd) && !text.contains("}, {");
  if (!is_printed) return text;
  text = text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size());
  if (text.ends_with(kType)) text.remove_suffix(kType.size());
  return text;
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
  if (document_.Parse(event, reader_.arena(), Lenient()) != syntax::JsonStatus::kOk) {
    ++skipped_;
    return;
  }
  const JsonValue root = document_.root();
  time_ = TimeOf(root["eventTime"]).value_or(time_);
  // Who called whom: the agent that is asked alone has one caller, itself.
  depth_ = std::clamp<size_t>(root["callerChain"].size(), 1, kAgentDepthMax) - 1;
  agent_id_ = root["agentId"].text();
  agent_name_ = root["collaboratorName"].text();
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

Span* AgentTrace::Begin(SpanKind kind, std::string_view trace_id) {
  if (steps_.size() >= kAgentStepsMax) {
    ++skipped_;
    return nullptr;
  }
  if (!trace_id.empty()) open_.push_back({static_cast<uint32_t>(steps_.size()), trace_id});
  AgentStep& step = steps_.emplace_back();
  if (depth_ > 0 && depth_ <= called_.size()) step.parent = called_[depth_ - 1];
  Span& span = step.span;
  span.kind = kind;
  span.provider = provider_;
  span.agent_id = agent_id_;
  span.agent_name = agent_name_;
  span.start = time_;
  span.end = UnknownEnd(time_);
  return &span;
}

bool AgentTrace::IsModelCall(const Open& open) const {
  return steps_[open.step].span.kind == SpanKind::kLlm;
}

Span* AgentTrace::End(SpanKind kind, JsonValue part, JsonValue metadata) {
  const std::string_view trace_id = part["traceId"].text();
  // A model's call and what came of it have one id.
  const auto open = std::ranges::find_if(open_, [&](const Open& one) {
    return one.trace_id == trace_id && IsModelCall(one) == (kind == SpanKind::kLlm);
  });
  Span* span = nullptr;
  if (open != open_.end()) {
    span = &steps_[open->step].span;
    open_.erase(open);
  } else {
    span = Begin(kind);
  }
  if (span == nullptr) return nullptr;
  span->start = TimeOf(metadata["startTime"]).value_or(span->start);
  span->end = std::max(TimeOf(metadata["endTime"]).value_or(time_), span->start);
  span->status = SpanStatus::kOk;
  return span;
}

void AgentTrace::ReadModelInput(JsonValue input) {
  Span* span = Begin(SpanKind::kLlm, input["traceId"].text());
  if (span == nullptr) return;
  span->operation = "chat";
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
  const JsonValue metadata = output["metadata"];
  Span* span = End(SpanKind::kLlm, output, metadata);
  if (span == nullptr) return;
  Arena& arena = reader_.arena();
  CallDraft& draft = drafts_.emplace_back(arena);
  draft.api = Api::kInvoke;
  const JsonValue reasoning = output["reasoningContent"]["reasoningText"];
  if (!reasoning["text"].text().empty()) {
    draft.Append(PartKind::kReasoning, 0, reasoning["text"].text());
    draft.SetSignature(draft.Find(PartKind::kReasoning, 0, kNoKey), reasoning["signature"]);
  }
  // As the model answered, in its own words or in Converse's; or its text alone.
  const std::string_view content = output["rawResponse"]["content"].text();
  syntax::JsonDocument answer;
  if (answer.Parse(content, arena, Lenient()) == syntax::JsonStatus::kOk &&
      answer.root().is_object()) {
    ReadInvokeBody(answer.root(), draft);
  }
  if (draft.parts.empty()) draft.Append(PartKind::kText, 0, content);
  const bool is_counted = draft.reported.input || draft.reported.output;
  if (!is_counted) draft.ReplaceUsage(metadata["usage"]);
  ModelCall call;
  BuildOutput(draft, reader_, call);
  span->operation = "chat";
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
    ReadTool(invocation, name, Arguments(action), action["invocationId"]);
  }
  if (JsonValue code = invocation["codeInterpreterInvocationInput"]; code.is_object()) {
    ReadTool(invocation, "code_interpreter", code.raw(), {});
  }
  if (JsonValue lookup = invocation["knowledgeBaseLookupInput"]; lookup.is_object()) {
    Span* span = Begin(SpanKind::kRetrieval, trace_id);
    if (span == nullptr) return;
    span->operation = "retrieve";
    span->data_source = lookup["knowledgeBaseId"].text();
    span->retrieval_query = lookup["text"].text();
    span->input_messages = Text("input", lookup["text"].text());
  }
  if (JsonValue other = invocation["agentCollaboratorInvocationInput"]; other.is_object()) {
    Span* span = Begin(SpanKind::kAgent, trace_id);
    if (span == nullptr) return;
    span->operation = "invoke_agent";
    span->agent_name = other["agentCollaboratorName"].text();
    span->agent_id = other["agentCollaboratorAliasArn"].text();
    span->input_messages = Text("input", other["input"]["text"].text());
    called_.resize(std::max(called_.size(), depth_ + 1));
    called_[depth_] = static_cast<uint32_t>(steps_.size() - 1);
  }
}

void AgentTrace::ReadTool(JsonValue invocation, std::string_view name, std::string_view arguments,
                          JsonValue call_id) {
  Span* span = Begin(SpanKind::kTool, invocation["traceId"].text());
  if (span == nullptr) return;
  span->operation = "execute_tool";
  span->tool_name = name;
  span->tool_call_id = call_id.text();
  MessageBuilder& builder = reader_.builder();
  builder.Begin();
  builder.AddToolCall(span->tool_call_id, name, arguments);
  const Message message = builder.Finish("input");
  span->input_messages = reader_.arena().CopyArray(std::vector{message});
}

void AgentTrace::ReadObservation(JsonValue observation) {
  if (JsonValue lookup = observation["knowledgeBaseLookupOutput"]; lookup.is_object()) {
    Span* span = End(SpanKind::kRetrieval, observation, lookup["metadata"]);
    if (span != nullptr) ReadReferences(lookup["retrievedReferences"], *span);
  }
  if (JsonValue other = observation["agentCollaboratorInvocationOutput"]; other.is_object()) {
    Span* span = End(SpanKind::kAgent, observation, other["metadata"]);
    if (span != nullptr) span->output_messages = Text("output", other["output"]["text"].text());
  }
  for (std::string_view name :
       {"actionGroupInvocationOutput", "codeInterpreterInvocationOutput", "repromptResponse"}) {
    if (JsonValue output = observation[name]; output.is_object()) {
      ReadToolOutput(observation, output);
    }
  }
}

void AgentTrace::ReadToolOutput(JsonValue observation, JsonValue output) {
  const std::string_view source = output["source"].text();
  if (source == "PARSER") return;  // The model is asked again: no tool has run.
  const SpanKind kind = source == "KNOWLEDGE_BASE" ? SpanKind::kRetrieval : SpanKind::kTool;
  Span* span = End(kind, observation, output["metadata"]);
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
  span->status_message = error.empty() && is_late ? "the code ran for too long" : text;
}

void AgentTrace::ReadReferences(JsonValue references, Span& span) {
  std::vector<model::RetrievedDocument> documents;
  for (JsonValue reference : references.Elements()) {
    if (documents.size() >= kRankingMax) break;
    const JsonValue metadata = reference["metadata"];
    model::RetrievedDocument document;
    document.content = reference["content"]["text"].text();
    document.id = metadata["x-amz-bedrock-kb-chunk-id"].text();
    document.data_source = metadata["x-amz-bedrock-kb-source-uri"].text();
    document.metadata = metadata.is_object() ? metadata.raw() : std::string_view();
    documents.push_back(document);
  }
  span.documents = reader_.arena().CopyArray(documents);
  span.retrieval_count = static_cast<uint32_t>(documents.size());
}

void AgentTrace::ReadGuardrail(JsonValue guardrail) {
  const JsonValue metadata = guardrail["metadata"];
  Span* span = Begin(SpanKind::kGuardrail);
  if (span == nullptr) return;
  span->start = TimeOf(metadata["startTime"]).value_or(time_);
  span->end = std::max(TimeOf(metadata["endTime"]).value_or(time_), span->start);
  span->status = SpanStatus::kOk;
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

void AgentTrace::ReadFailure(JsonValue failure) {
  const std::string_view trace_id = failure["traceId"].text();
  const auto open =
      std::ranges::find_if(open_, [&](const Open& one) { return one.trace_id == trace_id; });
  if (open == open_.end()) return;  // The answer ends with what went wrong.
  Span* span = End(steps_[open->step].span.kind, failure, failure["metadata"]);
  span->status = SpanStatus::kError;
  span->error_type = model::ErrorType::kOther;
  span->status_message = failure["failureReason"].text();
}

std::span<const Message> AgentTrace::Text(std::string_view role, std::string_view text) {
  if (text.empty()) return {};
  reader_.builder().Begin();
  reader_.builder().AddText(text);
  return reader_.arena().CopyArray(std::vector{reader_.builder().Finish(role)});
}

/// {"system":"…","messages":[{"role","content":"[{text=…}]"}]}, or a text for models of old.
std::span<const Message> AgentTrace::Prompt(std::string_view text) {
  syntax::JsonDocument document;
  const auto status = document.Parse(text, reader_.arena(), Lenient());
  const JsonValue root = document.root();
  if (status != syntax::JsonStatus::kOk || !root["messages"].is_array()) return Text("user", text);
  std::vector<Message> messages;
  const auto add = [&](std::string_view role, JsonValue content) {
    reader_.builder().Begin();
    if (content.is_string() && !content.text().empty()) {
      reader_.builder().AddText(Unprinted(content.text()));
    } else {
      reader_.ReadParts(content);
    }
    if (!reader_.builder().empty()) messages.push_back(reader_.builder().Finish(role));
  };
  add("system", root["system"]);
  for (JsonValue message : root["messages"].Elements())
    add(message["role"].text() == "assistant" ? "assistant" : "user", message["content"]);
  MarkNew(messages);
  return reader_.arena().CopyArray(messages);
}

/// Named values of a function, or of an API's path and body, as one object.
std::string_view AgentTrace::Arguments(JsonValue action) {
  std::string text;
  syntax::JsonWriter writer(text);
  writer.BeginObject();
  const auto add = [&writer](JsonValue list) {
    for (JsonValue one : list.Elements()) {
      const JsonValue value = one["value"];
      writer.Key(one["name"].text());
      if (value.is_string()) {
        writer.String(value.text());
      } else {
        writer.Raw("null");
      }
    }
  };
  add(action["parameters"]);
  for (auto [type, body] : action["requestBody"]["content"].Members()) add(body);
  writer.EndObject();
  return reader_.arena().Copy(text);
}

}  // namespace vitrine::codecs::providers
