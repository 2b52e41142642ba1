// Bedrock's Converse and ConverseStream, and its agents.
// Source: WIRE-FORMATS 7.6.
#include "codecs/content/content_reader.h"
#include "codecs/providers/internal/family.h"

namespace vitrine::codecs::providers {

namespace {

void BeginToolUse(JsonValue use, int64_t key, CallDraft& draft) {
  bool is_server_side = use["type"].text() == "server_tool_use";
  if (is_server_side) draft.AddServerTool(use["name"]);
  PartDraft* part = draft.BeginToolCall(0, use["toolUseId"], use["name"], is_server_side, key);
  draft.AddArguments(part, use["input"]);
}

void ReadReasoning(JsonValue reasoning, int64_t key, CallDraft& draft) {
  JsonValue whole = reasoning["reasoningText"];
  JsonValue from = whole.is_object() ? whole : reasoning;
  draft.Append(PartKind::kReasoning, 0, from["text"].text(), key);
  draft.SetSignature(draft.Find(PartKind::kReasoning, 0, key), from["signature"]);
}

void ReadBlock(JsonValue block, int64_t key, CallDraft& draft) {
  bool is_known = false;
  if (JsonValue text = block["text"]; text.is_string()) {
    draft.Append(PartKind::kText, 0, text.text(), key);
    is_known = true;
  }
  if (JsonValue cited = block["citationsContent"]; cited.is_object()) {
    for (JsonValue piece : cited["content"].Elements()) {
      draft.Append(PartKind::kText, 0, piece["text"].text(), key);
    }
    is_known = true;
  }
  if (JsonValue use = block["toolUse"]; use.is_object()) {
    BeginToolUse(use, key, draft);
    is_known = true;
  }
  if (JsonValue reasoning = block["reasoningContent"]; reasoning.is_object()) {
    ReadReasoning(reasoning, key, draft);
    is_known = true;
  }
  if (!is_known) draft.AddOther(0, block);
}

void ReadDelta(JsonValue delta, int64_t key, CallDraft& draft) {
  if (JsonValue text = delta["text"]; text.is_string()) {
    draft.Append(PartKind::kText, 0, text.text(), key);
  } else if (JsonValue use = delta["toolUse"]; use.is_object()) {
    draft.Append(PartKind::kToolCall, 0, use["input"].text(), key);
  } else if (JsonValue reasoning = delta["reasoningContent"]; reasoning.is_object()) {
    ReadReasoning(reasoning, key, draft);
  }
}

/// The model that a prompt router chose: its own name says nothing of it, nor of a price.
JsonValue RoutedModel(JsonValue answer) {
  return answer["trace"]["promptRouter"]["invokedModelId"];
}

}  // namespace

void ReadConverseBody(JsonValue body, CallDraft& draft) {
  int64_t key = 0;
  for (JsonValue block : body["output"]["message"]["content"].Elements()) {
    ReadBlock(block, key++, draft);
  }
  draft.SetFinish(0, body["stopReason"]);
  draft.ReplaceUsage(body["usage"]);
  draft.KeepLast(draft.service_tier, body["serviceTier"]["type"]);
  draft.SetModel(RoutedModel(body));
  draft.is_done = true;
}

void ReadConverseEvent(std::string_view name, JsonValue data, CallDraft& draft) {
  // InvokeModel wraps each event once more, by its name.
  for (std::string_view event :
       {"contentBlockDelta", "contentBlockStart", "messageStop", "metadata"}) {
    if (JsonValue inner = data[event]; inner.is_object()) {
      ReadConverseEvent(event, inner, draft);
      return;
    }
  }
  if (JsonValue error = data["error"]; !error.is_nothing()) draft.SetError(error);
  for (auto [member, value] : data.Members()) {
    if (member.ends_with("xception") && value.is_object()) {
      draft.SetError(member, value["message"].text());
    }
  }
  int64_t key = IndexOr(data["contentBlockIndex"], 0);
  if (JsonValue start = data["start"]["toolUse"]; start.is_object()) {
    BeginToolUse(start, key, draft);
  }
  if (JsonValue delta = data["delta"]; delta.is_object()) ReadDelta(delta, key, draft);
  if (JsonValue reason = data["stopReason"]; reason.exists()) draft.SetFinish(0, reason);
  if (data["usage"].is_object()) draft.ReplaceUsage(data["usage"]);
  draft.KeepLast(draft.service_tier, data["serviceTier"]["type"]);
  draft.SetModel(RoutedModel(data));
  if (name == "metadata") draft.is_done |= draft.AnyChoiceFinished();
}

void ReadRetrieveAndGenerateBody(JsonValue body, CallDraft& draft) {
  draft.Append(PartKind::kText, 0, body["output"]["text"].text());
  draft.KeepFirst(draft.previous_response_id, body["sessionId"]);
  draft.is_done = true;
}

void ReadRetrieveAndGenerateEvent(std::string_view name, JsonValue data, CallDraft& draft) {
  if (name == "output") draft.Append(PartKind::kText, 0, data["text"].text());
}

}  // namespace vitrine::codecs::providers
