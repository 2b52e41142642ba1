// Anthropic's Messages, whole and streamed, and its text completions of old. The same bodies come
// from Vertex (rawPredict), Bedrock (invoke) and compatible servers.
// Source: WIRE-FORMATS 7.4.
#include "codecs/providers/internal/family.h"

namespace vitrine::codecs::providers {

namespace {

bool IsToolUse(std::string_view type) {
  return type == "tool_use" || type == "server_tool_use" || type == "mcp_tool_use";
}

/// A block as it begins in a stream, mostly empty, or whole as in a body.
void ReadBlock(JsonValue block, int64_t key, CallDraft& draft) {
  std::string_view type = block["type"].text();
  if (type == "text") {
    draft.Append(PartKind::kText, 0, block["text"].text(), key);
  } else if (type == "thinking") {
    draft.Append(PartKind::kReasoning, 0, block["thinking"].text(), key);
    draft.SetSignature(draft.Find(PartKind::kReasoning, 0, key), block["signature"]);
  } else if (IsToolUse(type)) {
    bool is_server_side = type != "tool_use";
    if (is_server_side) draft.AddServerTool(block["name"]);
    PartDraft* part = draft.BeginToolCall(0, block["id"], block["name"], is_server_side, key);
    // A stream begins with an empty object, and sends the real one in pieces.
    JsonValue input = block["input"];
    if (draft.texts_last || !input.empty()) draft.AddArguments(part, input);
  } else {
    draft.AddOther(0, block);
  }
}

void ReadBlockDelta(JsonValue delta, int64_t key, CallDraft& draft) {
  std::string_view type = delta["type"].text();
  if (type == "text_delta") {
    draft.Append(PartKind::kText, 0, delta["text"].text(), key);
  } else if (type == "input_json_delta") {
    draft.Append(PartKind::kToolCall, 0, delta["partial_json"].text(), key);
  } else if (type == "thinking_delta") {
    draft.Append(PartKind::kReasoning, 0, delta["thinking"].text(), key);
  } else if (type == "signature_delta") {
    draft.SetSignature(draft.Find(PartKind::kReasoning, 0, key), delta["signature"]);
  }
}

/// A call that sent no arguments has an empty object of them, as in a body.
void EndBlock(int64_t key, CallDraft& draft) {
  PartDraft* call = draft.Find(PartKind::kToolCall, 0, key);
  if (call == nullptr || !call->text().empty()) return;
  size_t before = draft.appended_bytes;
  draft.AppendTo(*call, "{}");
  draft.appended_bytes = before;  // Nobody sent it.
}

void ReadMessageHead(JsonValue message, CallDraft& draft) {
  draft.SetModel(message["model"]);
  draft.SetResponseId(message["id"]);
  draft.OverlayUsage(message["usage"]);
  JsonValue usage = message["usage"];
  draft.KeepLast(draft.service_tier, usage["service_tier"]);
  draft.KeepLast(draft.speed, usage["speed"]);
  draft.KeepLast(draft.inference_geo, usage["inference_geo"]);
  draft.SetFinish(0, message["stop_reason"]);
}

/// One event of the text completions of old.
void ReadCompletion(JsonValue data, CallDraft& draft) {
  draft.Append(PartKind::kText, 0, data["completion"].text());
  draft.SetModel(data["model"]);
  draft.SetResponseId(data["id"]);
  draft.SetFinish(0, data["stop_reason"]);
  draft.is_done |= !data["stop_reason"].text().empty();
}

}  // namespace

void ReadMessageBody(JsonValue body, CallDraft& draft) {
  JsonValue error = body["error"];
  if (body["type"].text() == "error" || (error.exists() && !body.Has("content"))) {
    draft.SetError(error);
    return;
  }
  ReadMessageHead(body, draft);
  int64_t key = 0;
  for (JsonValue block : body["content"].Elements()) ReadBlock(block, key++, draft);
  draft.is_done = true;
}

void ReadMessageEvent(std::string_view /*name*/, JsonValue data, CallDraft& draft) {
  std::string_view type = data["type"].text();
  int64_t key = IndexOr(data["index"], 0);
  if (type == "content_block_delta") {
    ReadBlockDelta(data["delta"], key, draft);
  } else if (type == "content_block_start") {
    ReadBlock(data["content_block"], key, draft);
  } else if (type == "content_block_stop") {
    EndBlock(key, draft);
  } else if (type == "message_start") {
    ReadMessageHead(data["message"], draft);
  } else if (type == "message_delta") {
    draft.SetFinish(0, data["delta"]["stop_reason"]);
    draft.OverlayUsage(data["usage"]);
  } else if (type == "message_stop") {
    draft.is_done = true;
  } else if (type == "error") {
    draft.SetError(data["error"]);
  } else if (data.Has("completion")) {
    ReadCompletion(data, draft);
  } else if (type.empty() && !data["error"].is_nothing()) {
    draft.SetError(data["error"]);
  }
}

void ReadCompleteBody(JsonValue body, CallDraft& draft) {
  ReadCompletion(body, draft);
  draft.is_done = true;
}

}  // namespace vitrine::codecs::providers
