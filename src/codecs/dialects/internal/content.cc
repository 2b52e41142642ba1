#include "codecs/dialects/internal/content.h"

#include <algorithm>

#include "codecs/content/stable_order.h"
#include "codecs/dialects/internal/finish.h"
#include "codecs/dialects/internal/numbered.h"

namespace vitrine::codecs::dialects {

namespace {

using model::Message;
using model::SpanKind;
using syntax::JsonStatus;
using syntax::JsonValue;

constexpr uint8_t kAnswerRank = 3;  // With ai.prompt.messages, whose answer it is.
constexpr uint8_t kEventRank = 4;

bool HasParts(const Message& message) { return message.parts_template.size() > 2; }

void DropEmpty(std::vector<Message>& messages) {
  std::erase_if(messages, [](const Message& message) {
    return !HasParts(message) && message.finish_reason.empty();
  });
}

bool SameContent(const Message& left, const Message& right) {
  return left.texts == right.texts && left.parts_template == right.parts_template;
}

/// True if every message of `other` is among those chosen. Gives up, as if it were not so, where
/// the lists are long and in another order: then both are kept.
bool Covers(const std::vector<Message>& chosen, const std::vector<Message>& other) {
  size_t budget = 16 * (chosen.size() + other.size()) + 4096;
  size_t at = 0;  // Where the next one stands if the order is the same.
  for (const Message& message : other) {
    if (!HasParts(message)) continue;
    bool found = false;
    for (size_t step = 0; step < chosen.size() && !found; ++step) {
      if (budget-- == 0) return false;
      size_t candidate = (at + step) % chosen.size();
      found = SameContent(chosen[candidate], message);
      if (found) at = candidate + 1;
    }
    if (!found) return false;
  }
  return true;
}

/// Takes over a system prompt that only the request body has (OpenInference for Anthropic).
void AdoptSystem(const std::vector<Message>& other, std::vector<Message>& chosen) {
  auto is_system = [](const Message& message) {
    return message.role == "system" || message.role == "developer";
  };
  if (std::ranges::any_of(chosen, is_system)) return;
  std::vector<Message> systems;
  std::ranges::copy_if(other, std::back_inserter(systems), is_system);
  chosen.insert(chosen.begin(), systems.begin(), systems.end());
}

/// OpenLLMetry of old numbered messages where OpenInference numbers texts: `llm.prompts.0.content`.
bool AreMessages(const std::vector<Taken>& entries) {
  return std::ranges::any_of(entries, [](const Taken& taken) {
    return taken.suffix().ends_with(".role") || taken.suffix().ends_with(".content");
  });
}

ContentRoles RolesOf(SpanKind kind, bool is_output) {
  std::string_view spoken = is_output ? "assistant" : "user";
  std::string_view plain = is_output ? "output" : "input";
  if (kind == SpanKind::kLlm) return {spoken, spoken};
  return {plain, spoken};
}

template <typename T>
void FillText(T& to, const T& from) {
  if (to.empty()) to = from;
}

}  // namespace

JsonValue ContentResolver::Parse(std::string_view text) {
  syntax::JsonDocument& document = reader_.NextDocument();
  syntax::JsonOptions options;
  options.lenient = true;
  return document.Parse(text, reader_.arena(), options) == JsonStatus::kOk ? document.root()
                                                                           : JsonValue();
}

std::string_view ContentResolver::Unquoted(const Taken& taken) {
  std::string_view text = ReadText(taken.value(), reader_.arena());
  if (!Trim(text).starts_with('"')) return text;
  JsonValue value = Parse(Trim(text));
  return value.is_string() ? value.text() : text;
}

void ContentResolver::Gather(bool is_output, const EventContent& events) {
  candidates_.clear();
  Field values = is_output ? Field::kOutputContent : Field::kInputContent;
  for (const Taken& taken : work_.Collected(values)) {
    candidates_.push_back({taken.rule->rank, Source::kValue, taken, {}});
  }
  auto add_numbered = [&](Field field, Source source) {
    const auto& entries = work_.Collected(field);
    if (!entries.empty()) candidates_.push_back({entries[0].rule->rank, source, {}, field});
  };
  add_numbered(is_output ? Field::kOutputNumbered : Field::kInputNumbered, Source::kNumbered);
  add_numbered(is_output ? Field::kCompletionNumbered : Field::kPromptNumbered,
               Source::kLegacyNumbered);
  Field texts = is_output ? Field::kChoiceTextNumbered : Field::kPromptTextNumbered;
  add_numbered(texts,
               AreMessages(work_.Collected(texts)) ? Source::kLegacyNumbered : Source::kTexts);
  bool has_answer = work_.Has(Field::kAnswerText) || work_.Has(Field::kAnswerToolCalls) ||
                    work_.Has(Field::kAnswerObject) || work_.Has(Field::kAnswerReasoning) ||
                    work_.Has(Field::kAnswerFiles);
  if (is_output && has_answer) candidates_.push_back({kAnswerRank, Source::kAnswer, {}, {}});
  if (!(is_output ? events.output : events.input).empty()) {
    candidates_.push_back({kEventRank, Source::kEvents, {}, {}});
  }
  StableOrder(candidates_, [](const Candidate& candidate) { return candidate.rank; });
}

void ContentResolver::ReadValue(const Taken& taken, ContentRoles roles) {
  reader_.Read(taken.value(), roles, conversation_);
  if (conversation_.is_cut_off) work_.Malformed(taken.attribute->key, "cut off by the sender");
  if (conversation_.is_invalid) work_.Malformed(taken.attribute->key, "not JSON");
}

bool ContentResolver::ReadAnswer() {
  MessageBuilder& builder = reader_.builder();
  builder.Begin();
  if (const Taken& reasoning = work_.At(Field::kAnswerReasoning)) {
    JsonValue list =
        Trim(reasoning.value().text).starts_with('[') ? Parse(reasoning.value().text) : JsonValue();
    if (list.is_array()) {
      reader_.ReadParts(list);
    } else {
      builder.AddReasoning(work_.Text(Field::kAnswerReasoning));
    }
  }
  if (work_.Has(Field::kAnswerText)) builder.AddText(work_.Text(Field::kAnswerText));
  if (work_.Has(Field::kAnswerObject)) builder.AddText(work_.Text(Field::kAnswerObject));
  if (const Taken& calls = work_.At(Field::kAnswerToolCalls)) {
    JsonValue list = Parse(calls.value().text);
    if (list.is_array()) {
      reader_.ReadToolCalls(list);
    } else {
      work_.Malformed(calls.attribute->key, "not a JSON array");
      work_.GiveBack(calls);
    }
  }
  if (const Taken& files = work_.At(Field::kAnswerFiles)) {
    for (JsonValue file : Parse(files.value().text).Elements()) {
      reader_.ReadMedia({}, FirstOf(file, "mediaType", "mimeType").text(),
                        FirstOf(file, "data", "base64", "base64Data").text());
    }
  }
  if (builder.empty()) return false;
  conversation_.messages.push_back(builder.Finish("assistant"));
  return true;
}

bool ContentResolver::ReadCandidate(const Candidate& candidate, bool is_output, ContentRoles roles,
                                    const EventContent& events) {
  conversation_.Clear();
  auto& messages = conversation_.messages;
  switch (candidate.source) {
    case Source::kValue: ReadValue(candidate.value, roles); break;
    case Source::kNumbered:
    case Source::kLegacyNumbered:
      ReadNumberedMessages(work_.Collected(candidate.field), roles.spoken, is_output,
                           candidate.source == Source::kLegacyNumbered, work_, reader_, messages);
      break;
    case Source::kTexts:
      ReadNumberedTexts(work_.Collected(candidate.field), roles.spoken, work_, reader_, messages);
      break;
    case Source::kAnswer: ReadAnswer(); break;
    case Source::kEvents: messages = is_output ? events.output : events.input; break;
  }
  DropEmpty(messages);
  return std::ranges::any_of(messages, HasParts);
}

void ContentResolver::GiveBack(const Candidate& candidate) {
  if (candidate.source == Source::kValue) {
    work_.GiveBack(candidate.value);
  } else if (candidate.source == Source::kAnswer) {
    for (Field field : {Field::kAnswerText, Field::kAnswerObject, Field::kAnswerReasoning,
                        Field::kAnswerToolCalls, Field::kAnswerFiles}) {
      work_.GiveBack(work_.At(field));
    }
  } else if (candidate.source != Source::kEvents) {
    for (const Taken& taken : work_.Collected(candidate.field)) work_.GiveBack(taken);
  }
}

void ContentResolver::TakeFacts(bool is_output) {
  const BodyFacts& facts = conversation_.facts;
  BodyFacts& to = is_output ? answer_ : request_;
  FillText(to.model, facts.model);
  FillText(to.response_id, facts.response_id);
  FillText(to.service_tier, facts.service_tier);
  FillText(to.system_fingerprint, facts.system_fingerprint);
  FillText(to.previous_response_id, facts.previous_response_id);
  FillText(to.usage, facts.usage);
  FillText(to.params, facts.params);
  if (to.finish_reasons.empty()) to.finish_reasons = facts.finish_reasons;
  if (!is_output && request_tools_.empty()) request_tools_ = conversation_.tools;
}

void ContentResolver::Choose(bool is_output, ContentRoles roles, const EventContent& events,
                             std::vector<Message>& chosen) {
  chosen.clear();
  Gather(is_output, events);
  for (size_t i = 0; i < candidates_.size(); ++i) {
    const Candidate candidate = candidates_[i];
    // One plain text is no second opinion where messages were found, and parsing it costs.
    bool found = ReadCandidate(candidate, is_output, roles, events);
    TakeFacts(is_output);
    if (!found) continue;
    if (chosen.empty()) {
      chosen = conversation_.messages;
      // The convention's output list holds one message for each choice.
      bool is_by_choice = is_output && candidate.source == Source::kValue && candidate.rank == 0;
      for (uint32_t at = 0; is_by_choice && at < chosen.size(); ++at) chosen[at].choice = at;
      continue;
    }
    if (!is_output) AdoptSystem(conversation_.messages, chosen);
    if (!Covers(chosen, conversation_.messages)) {
      GiveBack(candidate);
    }
  }
}

void ContentResolver::AddSystem(std::vector<Message>& input) {
  const Taken& system = work_.At(Field::kSystemText);
  if (!system) return;
  MessageBuilder& builder = reader_.builder();
  builder.Begin();
  std::string_view text = Trim(ReadText(system.value(), reader_.arena()));
  JsonValue parts;
  if (text.starts_with('[') || text.starts_with('{') || text.starts_with('"')) {
    parts = Parse(text);
    if (!parts.exists() && text.starts_with("[{")) {
      work_.Malformed(system.attribute->key, "not JSON");
    }
  }
  if (parts.exists()) {
    reader_.ReadParts(parts);
  } else {
    builder.AddText(text);
  }
  if (builder.empty()) return;
  Message message = builder.Finish("system");
  auto is_same = [&](const Message& other) {
    return other.role == "system" && SameContent(other, message);
  };
  if (std::ranges::none_of(input, is_same)) input.insert(input.begin(), message);
}

/// pydantic-ai 1 and Logfire: message events as one list, answers marked by their event name or by
/// a choice index.
void ContentResolver::ReadEventList(std::vector<Message>& input, std::vector<Message>& output) {
  const Taken& list = work_.At(Field::kEventList);
  if (!list || (!input.empty() && !output.empty())) {
    work_.GiveBack(list);
    return;
  }
  JsonValue events = Parse(ReadText(list.value(), reader_.arena()));
  std::vector<Message> questions, answers;
  for (JsonValue event : events.Elements()) {
    JsonValue name = event["event.name"];
    bool is_answer =
        name.text() == "gen_ai.choice" || (event["index"].exists() && name.is_nothing());
    JsonValue message = event["message"].is_object() ? event["message"] : event;
    std::string_view role = is_answer ? "assistant" : "user";
    if (name.text() == "gen_ai.system.message") role = "system";
    if (name.text() == "gen_ai.assistant.message") role = "assistant";
    if (name.text() == "gen_ai.tool.message") role = "tool";
    auto& to = is_answer ? answers : questions;
    if (!reader_.ReadMessage(message, role, to)) {
      reader_.builder().Begin();
      reader_.ReadParts(message["content"]);
      to.push_back(reader_.builder().Finish(role));
    }
    if (is_answer) {
      to.back().choice = static_cast<uint32_t>(event["index"].ToUint().value_or(0));
      to.back().finish_reason = event["finish_reason"].text();
    }
  }
  DropEmpty(questions);
  DropEmpty(answers);
  if (questions.empty() && answers.empty()) {
    work_.GiveBack(list);
    return;
  }
  if (input.empty()) input = questions;
  if (output.empty()) output = answers;
}

/// pydantic_ai.all_messages: the whole run; its last message is what the agent answered.
void ContentResolver::ReadConversation(std::vector<Message>& input, std::vector<Message>& output) {
  const Taken& all = work_.At(Field::kConversation);
  if (!all) return;
  ReadValue(all, {"input", "user"});
  if (!conversation_.is_structured || !input.empty()) {
    work_.GiveBack(all);
    return;
  }
  input = conversation_.messages;
  if (output.empty() && !input.empty() && input.back().role == "assistant") {
    output.push_back(input.back());
    input.pop_back();
  }
}

void ContentResolver::ReadFinalResult(std::vector<Message>& output) {
  const Taken& result = work_.At(Field::kFinalResult);
  if (!result) return;
  std::string_view text = Unquoted(result);
  if (output.empty()) {
    reader_.builder().Begin();
    reader_.builder().AddText(text);
    output.push_back(reader_.builder().Finish("assistant"));
  } else if (PreviewOf(output.back()) != text) {
    work_.GiveBack(result);
  }
}

void ContentResolver::ResolveTools(model::Span& span) {
  auto& values = work_.Collected(Field::kToolDefinitions);
  StableOrder(values, [](const Taken& taken) { return taken.rule->rank; });
  tools_.clear();
  for (const Taken& taken : values) {
    if (!tools_.empty()) {
      work_.GiveBack(taken);
    } else if (!reader_.ReadTools(taken.value(), tools_) && taken.rule->rank == 0) {
      work_.Malformed(taken.attribute->key, "not JSON");
      work_.GiveBack(taken);
    }
  }
  for (Field field : {Field::kToolsNumbered, Field::kFunctionsNumbered}) {
    if (tools_.empty()) {
      ReadNumberedTools(work_.Collected(field), work_, reader_, tools_);
    } else {
      for (const Taken& taken : work_.Collected(field)) work_.GiveBack(taken);
    }
  }
  if (tools_.empty()) tools_ = request_tools_;
  span.tool_definitions = reader_.arena().CopyArray(tools_);
}

void ContentResolver::Finish(model::Span& span) {
  Arena& arena = reader_.arena();
  std::optional<uint64_t> first_new;
  if (work_.Has(Field::kNewMessageIndex)) first_new = work_.Count(Field::kNewMessageIndex);
  // The system prompt leads, wherever it stood.
  StableOrder(input_, [](const Message& message) { return message.role != "system"; });
  MarkNew(input_, first_new);
  for (Message& message : input_) message.finish_reason = {};
  std::vector<model::ToolCall> calls;
  bool has_reasons = !answer_.finish_reasons.empty();
  for (Message& message : output_) {
    message.is_new = true;
    if (!message.finish_reason.empty()) {
      if (!has_reasons) answer_.finish_reasons.push_back(message.finish_reason);
      message.finish_reason = model::Name(NormalizeFinishReason(message.finish_reason));
    }
    if (span.kind == SpanKind::kLlm) CollectToolCalls(message, calls);
    if (!IsOneText(message) && message.parts_template.contains("\"type\":\"refusal\"")) {
      span.refusal = true;
    }
  }
  span.tool_calls = arena.CopyArray(calls);
  span.input_messages = arena.CopyArray(input_);
  span.output_messages = arena.CopyArray(output_);
  SetPreviews(span);
}

void ContentResolver::Resolve(const EventContent& events, model::Span& span) {
  request_.Clear();
  answer_.Clear();
  input_.clear();
  output_.clear();
  request_tools_.clear();
  documents_.clear();
  switch (span.kind) {
    case SpanKind::kTool: ResolveTool(events, span); break;
    case SpanKind::kEmbedding: ResolveEmbedding(span); break;
    case SpanKind::kRetrieval:
    case SpanKind::kRerank: ResolveRetrieval(events, span); break;
    default: {
      Choose(false, RolesOf(span.kind, false), events, input_);
      Choose(true, RolesOf(span.kind, true), events, output_);
      ReadEventList(input_, output_);
      ReadConversation(input_, output_);
      ReadFinalResult(output_);
      ReadEmbeddingTraces(span);
      if (work_.Has(Field::kRankingDocuments)) ReadRanking();
      AddSystem(input_);
    }
  }
  if (documents_.empty()) documents_ = events.documents;
  span.documents = reader_.arena().CopyArray(documents_);
  ResolveTools(span);
  Finish(span);
}

}  // namespace vitrine::codecs::dialects
