// Bedrock's InvokeModel: the body of each model family as that family wrote it, told by its shape,
// since a model behind an ARN does not name itself.
// Source: WIRE-FORMATS 7.6.
#include "codecs/content/content_reader.h"
#include "codecs/providers/internal/family.h"

namespace vitrine::codecs::providers {

namespace {

using model::Count;

/// A list of answers: where it stands, and what its texts and reasons are called.
struct AnswerList {
  std::string_view list, text, reason;
};
constexpr AnswerList kAnswerLists[] = {
    {"results", "outputText", "completionReason"},  // Titan
    {"generations", "text", "finish_reason"},       // Cohere
    {"outputs", "text", "stop_reason"},             // Mistral
};

void SetCounts(Count input, Count output, CallDraft& draft) {
  if (!input && !output) return;
  RawUsage raw = draft.reported;
  if (input) raw.input = input;
  if (output) raw.output = output;
  draft.SetUsage(raw, UsageOrigin::kBody);
}

void ReadTitanCounts(JsonValue body, CallDraft& draft) {
  Count output;
  for (JsonValue result : body["results"].Elements()) {
    output = Sum(output, result["tokenCount"].ToUint());
  }
  SetCounts(body["inputTextTokenCount"].ToUint(), output, draft);
}

void ReadAnswers(const AnswerList& shape, JsonValue body, CallDraft& draft) {
  uint32_t position = 0;
  for (JsonValue answer : body[shape.list].Elements()) {
    draft.Append(PartKind::kText, position, answer[shape.text].text());
    draft.SetFinish(position, answer[shape.reason]);
    ++position;
  }
  draft.SetResponseId(body["id"]);
}

void ReadLlama(JsonValue body, CallDraft& draft) {
  draft.Append(PartKind::kText, 0, body["generation"].text());
  draft.SetFinish(0, body["stop_reason"]);
  draft.is_done |= !body["stop_reason"].text().empty();
  SetCounts(body["prompt_token_count"].ToUint(), body["generation_token_count"].ToUint(), draft);
}

/// AI21's Jurassic: {"id":1234,"completions":[{"data":{"text"},"finishReason":{"reason"}}]}.
void ReadJurassic(JsonValue body, CallDraft& draft) {
  uint32_t position = 0;
  for (JsonValue answer : body["completions"].Elements()) {
    draft.Append(PartKind::kText, position, answer["data"]["text"].text());
    draft.SetFinish(position, answer["finishReason"]["reason"]);
    ++position;
  }
  JsonValue id = body["id"];
  draft.SetResponseId(id);
  if (id.is_number()) draft.response_id = id.raw();
}

void ReadVectors(JsonValue body, CallDraft& draft) {
  SetCounts(body["inputTextTokenCount"].ToUint(), {}, draft);
  draft.SetResponseId(body["id"]);
  JsonValue vectors = body["embeddings"];
  for (auto [type, list] : vectors.Members()) vectors = list;  // Cohere, by type.
  JsonValue first = vectors.is_array() ? vectors.At(0) : body["embedding"];
  if (first.is_object()) first = first["embedding"];  // Nova
  if (!first.is_array()) return;
  draft.embedding_count = vectors.is_array() ? static_cast<uint32_t>(vectors.size()) : 1;
  draft.embedding_dimensions = static_cast<uint32_t>(first.size());
}

/// Titan's pieces: {"outputText","index","completionReason","totalOutputTextTokenCount"}.
void ReadTitanEvent(JsonValue data, CallDraft& draft) {
  draft.Append(PartKind::kText, 0, data["outputText"].text());
  draft.SetFinish(0, data["completionReason"]);
  draft.is_done |= !data["completionReason"].text().empty();
  SetCounts(data["inputTextTokenCount"].ToUint(), data["totalOutputTextTokenCount"].ToUint(),
            draft);
}

/// Cohere's pieces of old: {"index","text","is_finished","finish_reason","response"}.
void ReadCohereEvent(JsonValue data, CallDraft& draft) {
  if (!data["is_finished"].ToBool().value_or(false)) {
    draft.Append(PartKind::kText, ChoiceIndex(data, 0), data["text"].text());
    return;
  }
  draft.SetFinish(0, data["finish_reason"]);
  draft.SetResponseId(data["response"]["id"]);
  draft.is_done = true;
}

/// Mistral's word for the reason on choices of OpenAI's shape; others say there which of the words
/// to stop at it was.
void ReadStopReasons(JsonValue data, CallDraft& draft) {
  uint32_t position = 0;
  for (JsonValue choice : data["choices"].Elements()) {
    uint32_t index = ChoiceIndex(choice, position++);
    JsonValue reason = choice["stop_reason"];
    bool is_reason = reason.is_string() && choice["finish_reason"].text().empty();
    if (is_reason) draft.SetFinish(index, reason);
  }
}

void ReadChoicesEvent(JsonValue data, CallDraft& draft) {
  ReadChatEvent({}, data, draft);
  ReadStopReasons(data, draft);
  draft.is_done |= draft.AllChoicesFinished();
}

void ReadMetrics(JsonValue metrics, CallDraft& draft) {
  if (!metrics.is_object()) return;
  draft.is_done = true;
  if (draft.reported.input || draft.reported.output) return;
  RawUsage raw;
  raw.input = metrics["inputTokenCount"].ToUint();
  raw.output = metrics["outputTokenCount"].ToUint();
  raw.cache_read = metrics["cacheReadInputTokenCount"].ToUint();
  raw.cache_write = metrics["cacheWriteInputTokenCount"].ToUint();
  draft.SetUsage(raw, UsageOrigin::kInvocationMetrics);
  draft.KeepUsageJson(metrics);
}

bool IsMessageEvent(std::string_view type) {
  return type.starts_with("content_block") || type.starts_with("message_") || type == "error" ||
         type == "ping";
}

}  // namespace

void ReadInvokeBody(JsonValue body, CallDraft& draft) {
  if (body["type"].text() == "message" && body.Has("content")) return ReadMessageBody(body, draft);
  draft.is_done = true;
  if (body["completion"].is_string()) return ReadCompleteBody(body, draft);
  if (body["completions"].is_array()) return ReadJurassic(body, draft);
  if (body["choices"].is_array()) {
    ReadChatBody(body, draft);
    ReadStopReasons(body, draft);
    return;
  }
  if (body["output"]["message"].exists()) return ReadConverseBody(body, draft);
  if (body["results"].At(0).Has("relevance_score")) return ReadRerankBody(body, draft);
  for (const AnswerList& shape : kAnswerLists) {
    if (!body[shape.list].is_array()) continue;
    ReadAnswers(shape, body, draft);
    ReadTitanCounts(body, draft);
    return;
  }
  if (body.Has("generation")) return ReadLlama(body, draft);
  if (body.Has("embedding") || body.Has("embeddings") || body.Has("embeddingsByType")) {
    return ReadVectors(body, draft);
  }
  draft.picture_count = body["images"].size();                      // Titan, Nova Canvas, Stability
  if (body["text"].is_string() || body["tool_calls"].is_array()) {  // Cohere Command R
    draft.SetResponseId(body["response_id"]);
    ReadCohereV1Body(body, draft);
  }
}

void ReadInvokeEvent(std::string_view name, JsonValue data, CallDraft& draft) {
  if (IsMessageEvent(data["type"].text()) || data.Has("completion")) {
    ReadMessageEvent(name, data, draft);
  } else if (data.Has("outputText")) {
    ReadTitanEvent(data, draft);
  } else if (data.Has("generation")) {
    ReadLlama(data, draft);
  } else if (data.Has("choices")) {
    ReadChoicesEvent(data, draft);
  } else if (data["outputs"].is_array() || data["generations"].is_array()) {
    for (const AnswerList& shape : kAnswerLists) ReadAnswers(shape, data, draft);
    draft.is_done |= draft.AllChoicesFinished();
  } else if (data["event_type"].is_string()) {  // Cohere Command R
    ReadCohereV1Event(name, data, draft);
  } else if (data.Has("is_finished")) {
    ReadCohereEvent(data, draft);
  } else {
    ReadConverseEvent(name, data, draft);
  }
  ReadMetrics(data["amazon-bedrock-invocationMetrics"], draft);
}

/// What a container streams: words of text-generation-inference, of OpenAI, or lines of its own.
void ReadInvocationEvent(std::string_view name, JsonValue data, CallDraft& draft) {
  if (data["choices"].is_array()) {
    ReadChatEvent(name, data, draft);
    draft.is_done |= draft.AllChoicesFinished();
    return;
  }
  if (data["token"].is_object()) return ReadTgiEvent(name, data, draft);
  if (JsonValue error = data["error"]; !error.is_nothing()) draft.SetError(error);
  uint32_t position = 0;
  for (JsonValue piece : data["outputs"].Elements()) {
    draft.Append(PartKind::kText, position++, piece.text());
  }
  JsonValue text = FirstOf(data, "generated_text", "generation");
  if (!draft.HasVisibleText() || data.Has("generation")) {
    draft.Append(PartKind::kText, 0, text.text());
  }
}

void ReadInvocationBody(JsonValue body, CallDraft& draft) {
  auto read = [&draft](JsonValue answer, uint32_t choice) {
    JsonValue text = answer["generated_text"];
    if (text.text().empty()) text = answer["generation"];
    if (text.is_object()) text = text["content"];
    draft.Append(PartKind::kText, choice, text.text());
  };
  uint32_t position = 0;
  for (JsonValue answer : body.Elements()) read(answer, position++);
  if (body["choices"].is_array()) return ReadChatBody(body, draft);
  read(body, 0);
  draft.is_done = true;
}

}  // namespace vitrine::codecs::providers
