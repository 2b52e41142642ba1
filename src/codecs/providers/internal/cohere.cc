// Cohere: chat of both versions, generate, embed.
#include "codecs/content/content_reader.h"
#include "codecs/providers/internal/family.h"

namespace vitrine::codecs::providers {

namespace {

JsonValue FunctionOf(JsonValue call) { return call["function"]; }

/// One object or a list of one: both are on the wire.
JsonValue FirstCall(JsonValue calls) { return calls.is_array() ? calls.At(0) : calls; }

void ReadPlainCalls(JsonValue calls, CallDraft& draft) {
  for (JsonValue call : calls.Elements()) {
    PartDraft* part = draft.BeginToolCall(0, call["id"], call["name"], false);
    draft.AddArguments(part, call["parameters"]);
  }
}

void ReadContentDelta(JsonValue data, CallDraft& draft) {
  int64_t key = IndexOr(data["index"], 0);
  JsonValue content = data["delta"]["message"]["content"];
  draft.Append(PartKind::kText, 0, content["text"].text(), key);
  draft.Append(PartKind::kReasoning, 0, content["thinking"].text(), key);
}

void ReadMessageEnd(JsonValue data, CallDraft& draft) {
  JsonValue delta = data["delta"];
  draft.SetFinish(0, delta["finish_reason"]);
  ReadCohereUsage(delta["usage"], draft);
  if (JsonValue error = delta["error"]; !error.is_nothing()) draft.SetError(error);
  draft.is_done = true;
}

}  // namespace

void ReadCohereUsage(JsonValue meta, CallDraft& draft) {
  JsonValue tokens = meta["tokens"], billed = meta["billed_units"];
  if (tokens.empty() && billed.empty()) return;
  RawUsage raw;
  raw.input = tokens["input_tokens"].is_number() ? tokens["input_tokens"].ToUint()
                                                 : billed["input_tokens"].ToUint();
  raw.output = tokens["output_tokens"].is_number() ? tokens["output_tokens"].ToUint()
                                                   : billed["output_tokens"].ToUint();
  raw.cache_read = meta["cached_tokens"].ToUint();
  raw.reasoning = tokens["reasoning_tokens"].ToUint();
  // What the templates around a conversation cost is Cohere's own business.
  bool is_other = raw.cache_read || raw.input != billed["input_tokens"].ToUint() ||
                  raw.output != billed["output_tokens"].ToUint();
  raw.search_units = billed["search_units"].ToUint();
  if (is_other) raw.billed_input = billed["input_tokens"].ToUint();
  if (is_other) raw.billed_output = billed["output_tokens"].ToUint();
  draft.SetUsage(raw, UsageOrigin::kBody);
  draft.KeepUsageJson(meta);
}

void ReadCohereV2Body(JsonValue body, CallDraft& draft) {
  JsonValue message = body["message"];
  draft.SetResponseId(body["id"]);
  draft.SetFinish(0, body["finish_reason"]);
  draft.Append(PartKind::kReasoning, 0, message["tool_plan"].text());
  AppendContent(message["content"], 0, draft);
  for (JsonValue call : message["tool_calls"].Elements()) {
    PartDraft* part = draft.BeginToolCall(0, call["id"], FunctionOf(call)["name"], false);
    draft.AddArguments(part, FunctionOf(call)["arguments"]);
  }
  ReadCohereUsage(body["usage"], draft);
  draft.is_done = true;
}

void ReadCohereV2Event(std::string_view name, JsonValue data, CallDraft& draft) {
  std::string_view type = data["type"].text();
  if (type.empty()) type = name;
  if (JsonValue error = data["error"]; !error.is_nothing()) draft.SetError(error);
  JsonValue message = data["delta"]["message"];
  int64_t key = IndexOr(data["index"], 0);
  if (type == "content-delta" || type == "content-start") {
    ReadContentDelta(data, draft);
  } else if (type == "message-start") {
    draft.SetResponseId(data["id"]);
  } else if (type == "tool-plan-delta") {
    draft.Append(PartKind::kReasoning, 0, message["tool_plan"].text());
  } else if (type == "tool-call-start") {
    JsonValue call = FirstCall(message["tool_calls"]);
    JsonValue function = FunctionOf(call);
    PartDraft* part = draft.BeginToolCall(0, call["id"], function["name"], false, key);
    draft.AddArguments(part, function["arguments"]);
  } else if (type == "tool-call-delta") {
    JsonValue arguments = FunctionOf(FirstCall(message["tool_calls"]))["arguments"];
    draft.Append(PartKind::kToolCall, 0, arguments.text(), key);
  } else if (type == "message-end") {
    ReadMessageEnd(data, draft);
  }
}

void ReadCohereV1Body(JsonValue body, CallDraft& draft) {
  draft.is_done = true;
  ReadCohereUsage(body["meta"], draft);
  if (JsonValue generations = body["generations"]; generations.is_array()) {
    draft.SetResponseId(body["id"]);
    uint32_t position = 0;
    for (JsonValue generation : generations.Elements()) {
      draft.Append(PartKind::kText, position, generation["text"].text());
      draft.SetFinish(position, generation["finish_reason"]);
      ++position;
    }
    return;
  }
  draft.SetResponseId(FirstOf(body, "generation_id", "response_id"));
  draft.Append(PartKind::kText, 0, body["text"].text());
  draft.SetFinish(0, body["finish_reason"]);
  ReadPlainCalls(body["tool_calls"], draft);
}

void ReadCohereV1Event(std::string_view name, JsonValue data, CallDraft& draft) {
  std::string_view type = data["event_type"].text();
  if (type.empty()) type = name;
  if (JsonValue error = data["error"]; !error.is_nothing()) draft.SetError(error);
  if (type == "text-generation") {
    draft.Append(PartKind::kText, 0, data["text"].text());
  } else if (type == "stream-start") {
    draft.SetResponseId(data["generation_id"]);
  } else if (type == "stream-end") {
    draft.is_done = true;
    draft.SetFinish(0, data["finish_reason"]);
    JsonValue response = data["response"];
    ReadCohereUsage(response["meta"], draft);
    ReadPlainCalls(response["tool_calls"], draft);
  }
}

void ReadCohereEmbedBody(JsonValue body, CallDraft& draft) {
  draft.SetResponseId(body["id"]);
  draft.SetModel(body["model"]);
  ReadCohereUsage(body["meta"], draft);
  JsonValue vectors = body["embeddings"];
  for (auto [type, list] : vectors.Members()) {  // By type: {"float":[[…]]}.
    vectors = list;
    break;
  }
  if (vectors.is_array()) {
    draft.embedding_count = static_cast<uint32_t>(vectors.size());
    if (!vectors.At(0).empty()) {
      draft.embedding_dimensions = static_cast<uint32_t>(vectors.At(0).size());
    }
  }
  draft.is_done = true;
}

}  // namespace vitrine::codecs::providers
