// OpenAI's Responses, whole and streamed, as xAI, DeepSeek and others speak it too.
// Source: WIRE-FORMATS 7.2.
#include "codecs/content/content_reader.h"
#include "codecs/providers/internal/family.h"

namespace vitrine::codecs::providers {

namespace {

bool IsFunctionCall(std::string_view type) {
  return type == "function_call" || type == "custom_tool_call";
}

bool IsServerTool(std::string_view type) {
  if (IsFunctionCall(type)) return false;
  return type.ends_with("_call") || type == "mcp_list_tools" || type == "mcp_approval_request";
}

/// Items hold at most this many contents; a key is made of both indexes.
constexpr int64_t kContentsMax = 1 << 12;
/// Contents, and behind them the pieces of a summary.
constexpr int64_t kItemKeys = 2 * kContentsMax;

int64_t ItemKey(JsonValue event) { return IndexOr(event["output_index"], 0) * kItemKeys; }

int64_t ContentKey(JsonValue event, std::string_view member) {
  int64_t content = IndexOr(event[member], 0);
  int64_t first = member == "summary_index" ? kContentsMax : 0;
  return ItemKey(event) + first + (content < kContentsMax ? content : 0);
}

/// Reasoning may hold a summary, the thoughts themselves, or nothing that can be read.
void ReadReasoningItem(JsonValue item, CallDraft& draft) {
  bool any = false;
  for (std::string_view member : {"summary", "content"}) {
    for (JsonValue piece : item[member].Elements()) {
      PartDraft* part = draft.Begin(PartKind::kReasoning, 0);
      if (part != nullptr) draft.AppendTo(*part, piece["text"].text());
      any = true;
    }
  }
  if (!any) draft.AddOther(0, item);
}

/// A compaction repeats what the user said; that is no answer.
void ReadMessageItem(JsonValue item, CallDraft& draft) {
  std::string_view role = item["role"].text();
  if (role.empty() || role == "assistant") AppendContent(item["content"], 0, draft);
}

void ReadItem(JsonValue item, CallDraft& draft) {
  std::string_view type = item["type"].text();
  if (type == "message") {
    ReadMessageItem(item, draft);
  } else if (IsFunctionCall(type)) {
    JsonValue id = FirstOf(item, "call_id", "id");
    PartDraft* part = draft.BeginToolCall(0, id, item["name"], false);
    draft.AddArguments(part, FirstOf(item, "arguments", "input"));
  } else if (type == "reasoning") {
    ReadReasoningItem(item, draft);
  } else {
    if (IsServerTool(type)) draft.AddServerTool(type);
    // Pages that are opened or looked through are no searches.
    std::string_view action = item["action"]["type"].text();
    bool is_search = type == "web_search_call" && (action.empty() || action == "search");
    draft.search_count += is_search ? 1 : 0;
    draft.AddOther(0, item);
  }
}

void ReadResponseHead(JsonValue response, CallDraft& draft) {
  draft.ReadHead(response);
  draft.KeepLast(draft.response_status, response["status"]);
  draft.KeepFirst(draft.previous_response_id, response["previous_response_id"]);
  draft.ReplaceUsage(response["usage"]);
  if (auto searches = response["tool_usage"]["web_search"]["num_requests"].ToUint())
    draft.searches_billed = searches;
  draft.SetFinish(0, response["incomplete_details"]["reason"]);
  if (JsonValue error = response["error"]; !error.is_nothing()) draft.SetError(error);
}

/// Spoken answers: pieces of sound, and of the transcript, which is no text that the model wrote.
bool ReadSpeechEvent(std::string_view type, JsonValue data, CallDraft& draft) {
  if (type == "response.audio.delta" || type == "response.output_audio.delta") {
    draft.AddSound(0, data["delta"].text());
    return true;
  }
  bool is_transcript = type == "response.audio.transcript.delta" ||
                       type == "response.audio_transcript.delta" ||
                       type == "response.output_audio_transcript.delta";
  if (!is_transcript) return false;
  constexpr int64_t kTranscriptKey = int64_t{1} << 60;  // Behind every item's contents.
  draft.Append(PartKind::kText, 0, data["delta"].text(), kTranscriptKey);
  if (PartDraft* part = draft.Find(PartKind::kText, 0, kTranscriptKey)) part->is_visible = false;
  return true;
}

/// The last event repeats the whole answer, and is right where it and the pieces differ. Some
/// servers leave its output empty: then the pieces are what there is.
void ReadFinalResponse(JsonValue response, CallDraft& draft) {
  if (draft.is_done) return;
  draft.is_done = response.is_object();
  ReadResponseHead(response, draft);
  draft.KeepLast(draft.model, response["model"]);
  draft.KeepLast(draft.response_id, response["id"]);
  JsonValue output = response["output"];
  if (output.empty()) return;
  std::string streamed;
  for (const PartDraft& part : draft.parts) {
    if (part.kind == PartKind::kText && part.is_visible) streamed.append(part.text());
  }
  draft.ForgetParts();
  size_t before = draft.appended_bytes;
  for (JsonValue item : output.Elements()) ReadItem(item, draft);
  if (!draft.HasVisibleText()) draft.Append(PartKind::kText, 0, streamed);
  draft.appended_bytes = before;  // Nothing of it is new.
}

/// An item that is done is right where it differs from its pieces.
void FinishItem(JsonValue event, CallDraft& draft) {
  JsonValue item = event["item"];
  std::string_view type = item["type"].text();
  int64_t key = ItemKey(event);
  if (IsFunctionCall(type)) {
    PartDraft* part = draft.Find(PartKind::kToolCall, 0, key);
    if (part == nullptr)
      part = draft.BeginToolCall(0, FirstOf(item, "call_id", "id"), {}, false, key);
    if (part == nullptr) return;
    draft.KeepFirst(part->name, item["name"]);
    if (part->text().empty()) draft.AddArguments(part, FirstOf(item, "arguments", "input"));
  } else if (type == "message") {
    bool is_known = draft.Has(PartKind::kText, 0, key, key + kItemKeys) ||
                    draft.Has(PartKind::kRefusal, 0, key, key + kItemKeys);
    if (!is_known) ReadMessageItem(item, draft);
  } else if (type == "reasoning") {
    if (!draft.Has(PartKind::kReasoning, 0, key, key + kItemKeys)) ReadReasoningItem(item, draft);
  } else {
    ReadItem(item, draft);
  }
}

void BeginItem(JsonValue event, CallDraft& draft) {
  JsonValue item = event["item"];
  if (!IsFunctionCall(item["type"].text())) return;
  JsonValue id = FirstOf(item, "call_id", "id");
  PartDraft* part = draft.BeginToolCall(0, id, item["name"], false, ItemKey(event));
  draft.AddArguments(part, FirstOf(item, "arguments", "input"));
}

struct DeltaEvent {
  std::string_view type;
  PartKind kind;
  std::string_view index;  ///< The member that counts the pieces of one item.
};
constexpr DeltaEvent kDeltaEvents[] = {
    {"response.output_text.delta", PartKind::kText, "content_index"},
    {"response.function_call_arguments.delta", PartKind::kToolCall, ""},
    {"response.custom_tool_call_input.delta", PartKind::kToolCall, ""},
    {"response.reasoning_summary_text.delta", PartKind::kReasoning, "summary_index"},
    {"response.reasoning_text.delta", PartKind::kReasoning, "content_index"},
    {"response.refusal.delta", PartKind::kRefusal, "content_index"},
};

}  // namespace

void ReadResponseBody(JsonValue body, CallDraft& draft) {
  ReadResponseHead(body, draft);
  for (JsonValue item : body["output"].Elements()) ReadItem(item, draft);
  draft.is_done = true;
}

void ReadResponseEvent(std::string_view name, JsonValue data, CallDraft& draft) {
  std::string_view type = data["type"].text();
  if (type.empty()) type = name;
  for (const DeltaEvent& event : kDeltaEvents) {
    if (event.type != type) continue;
    draft.Append(event.kind, 0, data["delta"].text(), ContentKey(data, event.index));
    return;
  }
  if (ReadSpeechEvent(type, data, draft)) return;
  if (type == "response.output_item.added") {
    BeginItem(data, draft);
  } else if (type == "response.output_item.done") {
    FinishItem(data, draft);
  } else if (type == "response.completed" || type == "response.incomplete" ||
             type == "response.failed" || type == "response.done") {
    ReadFinalResponse(data["response"], draft);
  } else if (type == "response.created" || type == "response.in_progress" ||
             type == "response.queued") {
    ReadResponseHead(data["response"], draft);
  } else if (JsonValue error = data["error"]; !error.is_nothing()) {
    draft.SetError(error);
  } else if (type == "error" || name == "error") {
    draft.SetError(data);
  }
}

}  // namespace vitrine::codecs::providers
