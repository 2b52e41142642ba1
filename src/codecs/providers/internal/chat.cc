// OpenAI's Chat Completions and Completions, and everybody who speaks them.
// Source: WIRE-FORMATS 7.1, 7.9.
#include "codecs/content/content_reader.h"
#include "codecs/providers/internal/family.h"

namespace vitrine::codecs::providers {

namespace {

// Key of the one call that `function_call`, the form before tools, can hold.
constexpr int64_t kFunctionCallKey = int64_t{1} << 40;  // No index is so large.

JsonValue FunctionOf(JsonValue call) { return FirstOf(call, "function", "custom"); }

void ReadReasoning(JsonValue message, uint32_t choice, CallDraft& draft) {
  for (std::string_view key : {"reasoning_content", "reasoning", "thinking"}) {
    JsonValue thought = message[key];
    if (!thought.is_string() || thought.text().empty()) continue;
    draft.Append(PartKind::kReasoning, choice, thought.text());
    return;
  }
}

void ReadRefusal(JsonValue message, uint32_t choice, CallDraft& draft) {
  draft.Append(PartKind::kRefusal, choice, message["refusal"].text());
}

/// Spoken answers: the transcript is what can be read of them, but no text the model wrote.
void ReadAudio(JsonValue audio, uint32_t choice, CallDraft& draft) {
  if (!audio["data"].text().empty() && draft.texts_last) {
    PartDraft* part = draft.Begin(PartKind::kOther, choice);
    if (part != nullptr) draft.AppendTo(*part, audio.raw());
    return;
  }
  draft.AddSound(choice, audio["data"].text());
  std::string_view transcript = audio["transcript"].text();
  if (transcript.empty()) return;
  constexpr int64_t kTranscriptKey = int64_t{1} << 40;
  draft.Append(PartKind::kText, choice, transcript, kTranscriptKey);
  if (PartDraft* part = draft.Find(PartKind::kText, choice, kTranscriptKey)) {
    part->is_visible = false;
  }
}

/// Tools that Groq's compound systems ran. A stream names each twice: when it begins, and with its
/// output.
void ReadExecutedTools(JsonValue tools, CallDraft& draft) {
  for (JsonValue tool : tools.Elements()) {
    if (!draft.texts_last && !tool["output"].is_nothing()) continue;
    JsonValue word = tool["type"];
    draft.AddServerTool(word.text().empty() ? tool["name"] : word);
  }
}

void ReadMessage(JsonValue message, JsonValue text, uint32_t choice, CallDraft& draft) {
  ReadReasoning(message, choice, draft);
  size_t before = draft.appended_bytes;
  AppendContent(message["content"], choice, draft);
  if (draft.appended_bytes == before) draft.Append(PartKind::kText, choice, text.text());
  ReadRefusal(message, choice, draft);
  ReadAudio(message["audio"], choice, draft);
  for (JsonValue image : message["images"].Elements()) draft.AddOther(choice, image);
  for (JsonValue call : message["tool_calls"].Elements()) {
    JsonValue function = FunctionOf(call);
    PartDraft* part = draft.BeginToolCall(choice, call["id"], function["name"], false);
    draft.AddArguments(part, FirstOf(function, "arguments", "input"));
  }
  JsonValue function = message["function_call"];
  if (!function["name"].text().empty()) {
    PartDraft* part = draft.BeginToolCall(choice, {}, function["name"], false);
    draft.AddArguments(part, function["arguments"]);
  }
  ReadExecutedTools(message["executed_tools"], draft);
}

/// Fragments of a call are told apart by their index; servers that send none send whole calls.
int64_t ToolKey(JsonValue call, int64_t position, uint32_t choice, CallDraft& draft) {
  if (int64_t index = IndexOr(call["index"], kNoKey); index != kNoKey) return index;
  std::string_view id = call["id"].text();
  if (id.empty()) return position;
  int64_t key = position;
  for (const PartDraft& part : draft.parts) {
    if (part.kind != PartKind::kToolCall || part.choice != choice) continue;
    if (part.id == id) return part.key;
    key = std::max(key, part.key + 1);
  }
  return key;
}

/// Longer arguments are taken to go on: they would be read again with each fragment.
constexpr size_t kWholeJsonSizeMax = 64 << 10;

bool IsWholeJson(std::string_view text) {
  if (!text.ends_with('}') || text.size() > kWholeJsonSizeMax) return false;
  Arena arena;
  syntax::JsonDocument document;
  return document.Parse(text, arena) == syntax::JsonStatus::kOk;
}

/// A fragment with neither index nor id goes on with the last call, or begins another where it
/// names one: servers that repeat the name send it with what goes on as well.
int64_t FragmentKey(JsonValue call, uint32_t choice, CallDraft& draft) {
  const PartDraft* last = nullptr;
  int64_t next = 0;
  for (const PartDraft& part : draft.parts) {
    if (part.kind != PartKind::kToolCall || part.choice != choice) continue;
    last = &part;
    next = std::max(next, part.key + 1);
  }
  std::string_view name = FunctionOf(call)["name"].text();
  bool goes_on =
      last != nullptr && (name.empty() || (name == last->name && !IsWholeJson(last->text())));
  return goes_on ? last->key : next;
}

void ReadCallDelta(JsonValue function, JsonValue id, uint32_t choice, int64_t key,
                   CallDraft& draft) {
  PartDraft* part = draft.Find(PartKind::kToolCall, choice, key);
  // Google numbers all calls 0; another id with a name begins another call.
  bool is_another = part != nullptr && !part->id.empty() && !id.text().empty() &&
                    part->id != id.text() && !function["name"].text().empty();
  if (part == nullptr || is_another) part = draft.BeginToolCall(choice, id, {}, false, key);
  if (part == nullptr) return;
  draft.KeepFirst(part->id, id);
  draft.KeepFirst(part->name, function["name"]);
  draft.AddArguments(part, FirstOf(function, "arguments", "input"));
}

void ReadDelta(JsonValue delta, JsonValue text, uint32_t choice, CallDraft& draft) {
  ReadReasoning(delta, choice, draft);
  JsonValue content = delta["content"];
  if (content.is_nothing()) {
    draft.Append(PartKind::kText, choice, text.text());
  } else {
    AppendContent(content, choice, draft);
  }
  ReadRefusal(delta, choice, draft);
  ReadAudio(delta["audio"], choice, draft);
  for (JsonValue image : delta["images"].Elements()) draft.AddOther(choice, image);
  int64_t position = 0;
  for (JsonValue call : delta["tool_calls"].Elements()) {
    bool has_place = IndexOr(call["index"], kNoKey) != kNoKey || !call["id"].text().empty();
    int64_t key =
        has_place ? ToolKey(call, position, choice, draft) : FragmentKey(call, choice, draft);
    ++position;
    bool is_beyond = draft.is_full() && draft.Find(PartKind::kToolCall, choice, key) == nullptr;
    draft.is_cut_off |= is_beyond;
    if (is_beyond) break;  // Each further one would be looked for among all parts.
    ReadCallDelta(FunctionOf(call), call["id"], choice, key, draft);
  }
  JsonValue function = delta["function_call"];
  if (function.is_object() && !function.empty()) {
    ReadCallDelta(function, {}, choice, kFunctionCallKey, draft);
  }
  ReadExecutedTools(delta["executed_tools"], draft);
}

/// OpenRouter answers 200 where a provider failed, and says so on the choice.
void ReadChoiceError(JsonValue choice, CallDraft& draft) {
  if (JsonValue error = choice["error"]; error.is_object()) draft.SetError(error);
}

/// A whole message after its pieces, as some servers send it: only what did not come before.
void ReadLateMessage(JsonValue message, JsonValue text, uint32_t choice, CallDraft& draft) {
  auto has = [&](PartKind kind) { return draft.Has(kind, choice, INT64_MIN, INT64_MAX); };
  if (!has(PartKind::kReasoning)) ReadReasoning(message, choice, draft);
  if (!has(PartKind::kText)) {
    size_t before = draft.appended_bytes;
    AppendContent(message["content"], choice, draft);
    if (draft.appended_bytes == before) draft.Append(PartKind::kText, choice, text.text());
    ReadAudio(message["audio"], choice, draft);
  }
  if (!has(PartKind::kRefusal)) ReadRefusal(message, choice, draft);
  if (!has(PartKind::kOther)) {
    for (JsonValue image : message["images"].Elements()) draft.AddOther(choice, image);
  }
  int64_t position = 0;
  for (JsonValue call : message["tool_calls"].Elements()) {
    if (draft.is_full()) break;
    int64_t key = ToolKey(call, position++, choice, draft);
    if (draft.Find(PartKind::kToolCall, choice, key) != nullptr) continue;
    ReadCallDelta(FunctionOf(call), call["id"], choice, key, draft);
  }
  JsonValue function = message["function_call"];
  if (!function.empty() && draft.Find(PartKind::kToolCall, choice, kFunctionCallKey) == nullptr) {
    ReadCallDelta(function, {}, choice, kFunctionCallKey, draft);
  }
  if (draft.server_tools.empty()) ReadExecutedTools(message["executed_tools"], draft);
}

}  // namespace

void AppendContent(JsonValue content, uint32_t choice, CallDraft& draft) {
  if (content.is_string()) {
    draft.Append(PartKind::kText, choice, content.text());
    return;
  }
  for (JsonValue part : content.Elements()) {
    std::string_view type = part["type"].text();
    if (type == "text" || type == "output_text") {
      draft.Append(PartKind::kText, choice, part["text"].text());
    } else if (type == "refusal") {
      draft.Append(PartKind::kRefusal, choice, part["refusal"].text());
    } else if (type == "thinking" || type == "reasoning") {
      JsonValue thought = FirstOf(part, "thinking", "text", "content");
      draft.Append(PartKind::kReasoning, choice, thought.text());
      for (JsonValue piece : thought.Elements()) {  // Mistral
        draft.Append(PartKind::kReasoning, choice, piece["text"].text());
      }
    } else {
      draft.AddOther(choice, part);
    }
  }
}

void ReadChatBody(JsonValue body, CallDraft& draft) {
  JsonValue choices = body["choices"];
  JsonValue error = body["error"];
  if (!choices.exists() && !error.is_nothing()) {
    draft.SetError(error);
    return;
  }
  if (body["object"].text() == "error") {  // vLLM, before it wrapped them
    draft.SetError(body);
    return;
  }
  draft.ReadHead(body);
  draft.ReplaceUsage(body["usage"]);
  uint32_t position = 0;
  for (JsonValue choice : choices.Elements()) {
    uint32_t index = ChoiceIndex(choice, position++);
    draft.SetFinish(index, choice["finish_reason"]);
    ReadChoiceError(choice, draft);
    ReadMessage(choice["message"], choice["text"], index, draft);
  }
  draft.is_done = true;
}

void ReadChatEvent(std::string_view /*name*/, JsonValue data, CallDraft& draft) {
  JsonValue choices, usage, error, object, groq, value, model, id, tier, fingerprint;
  PickMembers(data, {{"choices", &choices},
                     {"usage", &usage},
                     {"error", &error},
                     {"object", &object},
                     {"x_groq", &groq},
                     {"value", &value},
                     {"model", &model},
                     {"id", &id},
                     {"service_tier", &tier},
                     {"system_fingerprint", &fingerprint}});
  if (!error.is_nothing()) draft.SetError(error);
  if (object.text() == "error") draft.SetError(data);
  // Every chunk repeats these; Azure's first has them empty.
  draft.SetModel(model);
  draft.SetResponseId(id);
  draft.KeepLast(draft.service_tier, tier);
  draft.KeepLast(draft.system_fingerprint, fingerprint);
  draft.ReplaceUsage(usage);
  if (draft.usage_origin == UsageOrigin::kNone) draft.ReplaceUsage(groq["usage"]);
  // Groq's word for why a stream ended early.
  if (std::string_view why = groq["error"].text(); !why.empty()) draft.SetError({}, why);
  if (!choices.exists()) draft.Append(PartKind::kText, 0, value.text());  // Writer
  uint32_t position = 0;
  for (JsonValue choice : choices.Elements()) {
    uint32_t index = ChoiceIndex(choice, position++);
    draft.SetFinish(index, choice["finish_reason"]);
    ReadChoiceError(choice, draft);
    JsonValue delta = choice["delta"];
    JsonValue message = choice["message"];
    if (delta.empty() && message.is_object()) {
      ReadLateMessage(message, choice["text"], index, draft);
      continue;
    }
    ReadDelta(delta, choice["text"], index, draft);
  }
}

}  // namespace vitrine::codecs::providers
