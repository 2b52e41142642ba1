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

/// Whether a body counts what AWS tells beside it; its input may leave out what was cached.
bool Agrees(const RawUsage& body, const RawUsage& told) {
  const bool is_known = body.input && body.output && told.input && told.output;
  if (!is_known || *body.output != *told.output) return false;
  const uint64_t cached = body.cache_read.value_or(0) + body.cache_write.value_or(0);
  return *body.input == *told.input || *body.input + cached == *told.input;
}

/// A body of Converse's or Anthropic's, by which AWS asks models today. A text of old models may be
/// JSON that looks like any other body.
bool IsMessage(JsonValue body) {
  return body["output"]["message"]["content"].is_array() ||
         (body["type"].text() == "message" && body["content"].is_array());
}

/// Whether a model's text is a body that holds the answer.
bool IsAnswer(JsonValue text, const RawUsage& told, Arena& arena) {
  if (!text.is_object()) return false;
  if (IsMessage(text)) return true;
  CallDraft draft(arena);
  ReadInvokeBody(text, draft);
  return !draft.parts.empty() && Agrees(draft.reported, told);
}

std::string_view LastAlias(JsonValue chain) {
  std::string_view alias;
  for (JsonValue caller : chain.Elements()) alias = caller["agentAliasArn"].text();
  return alias;
}

/// Where a document lies, of the kinds of source that there are.
std::string_view UriOf(JsonValue location) {
  for (auto [name, place] : location.Members()) {
    if (JsonValue uri = FirstOf(place, "uri", "url", "id", "query"); uri.is_string())
      return uri.text();
  }
  return {};
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

/// What the model answered: a body that holds it, or its text alone, and thoughts that AWS tells of
/// beside it.
const CallDraft& AgentTrace::ReadAnswer(JsonValue output) {
  CallDraft& draft = drafts_.emplace_back(reader_.arena());
  draft.api = Api::kInvoke;
  const std::string_view content = output["rawResponse"]["content"].text();
  const JsonValue usage = output["metadata"]["usage"];
  const RawUsage told = ReadUsageObject(usage);
  syntax::JsonDocument body;
  const bool is_body = parts_left_ > 0 &&
                       body.Parse(content, reader_.arena(), Lenient()) == syntax::JsonStatus::kOk &&
                       IsAnswer(body.root(), told, reader_.arena());
  if (is_body) ReadInvokeBody(body.root(), draft);
  const JsonValue thoughts = output["reasoningContent"]["reasoningText"];
  const bool are_in_body = std::ranges::any_of(
      draft.parts, [](const PartDraft& part) { return part.kind == PartKind::kReasoning; });
  if (!are_in_body && !thoughts["text"].text().empty()) {
    draft.ForgetParts();
    draft.Append(PartKind::kReasoning, 0, thoughts["text"].text());
    draft.SetSignature(draft.Find(PartKind::kReasoning, 0, kNoKey), thoughts["signature"]);
    if (is_body) ReadInvokeBody(body.root(), draft);
  }
  if (!is_body) draft.Append(PartKind::kText, 0, content);
  if (!Agrees(draft.reported, told)) draft.ReplaceUsage(usage);
  parts_left_ -= std::min(parts_left_, draft.parts.size());
  return draft;
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

void AgentTrace::ReadTool(JsonValue invocation, std::string_view name, std::string_view arguments,
                          JsonValue call_id) {
  Span* span = Begin({SpanKind::kTool, invocation["traceId"].text(), {}});
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

void AgentTrace::ReadReferences(JsonValue references, Span& span) {
  std::vector<model::RetrievedDocument> documents;
  for (JsonValue reference : references.Elements()) {
    if (documents.size() >= kRankingMax) break;
    const JsonValue metadata = reference["metadata"];
    model::RetrievedDocument document;
    document.content = reference["content"]["text"].text();
    document.id = metadata["x-amz-bedrock-kb-chunk-id"].text();
    document.data_source = metadata["x-amz-bedrock-kb-source-uri"].text();
    if (document.data_source.empty()) document.data_source = UriOf(reference["location"]);
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
  const size_t count = root["messages"].size() + 1;
  const bool is_read =
      status == syntax::JsonStatus::kOk && root["messages"].is_array() && count <= messages_left_;
  if (!is_read) return Text("user", text);
  messages_left_ -= count;
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
  reader_.ReleaseDocuments();
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
