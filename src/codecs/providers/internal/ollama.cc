// Ollama's own interface: one JSON object, or one a line. Each line says what is new; the last has
// the counts.
// Source: WIRE-FORMATS 7.9.
#include "codecs/content/content_reader.h"
#include "codecs/providers/internal/family.h"

namespace vitrine::codecs::providers {

namespace {

void ReadCounts(JsonValue data, CallDraft& draft) {
  RawUsage raw = draft.reported;
  if (auto input = data["prompt_eval_count"].ToUint()) raw.input = input;
  if (auto output = data["eval_count"].ToUint()) raw.output = output;
  if (raw.input || raw.output) draft.SetUsage(raw, UsageOrigin::kBody);
}

void ReadShape(JsonValue data, CallDraft& draft) {
  JsonValue vectors = data["embeddings"];
  JsonValue vector = vectors.is_array() ? vectors.At(0) : data["embedding"];
  if (!vector.is_array()) return;
  draft.embedding_count = vectors.is_array() ? static_cast<uint32_t>(vectors.size()) : 1;
  draft.embedding_dimensions = static_cast<uint32_t>(vector.size());
}

}  // namespace

void ReadOllamaEvent(std::string_view /*name*/, JsonValue data, CallDraft& draft) {
  if (JsonValue error = data["error"]; !error.is_nothing()) draft.SetError(error);
  draft.KeepLast(draft.model, data["model"]);
  JsonValue message = data["message"];
  JsonValue thinking = FirstOf(message, "thinking");
  if (thinking.is_nothing()) thinking = data["thinking"];
  draft.Append(PartKind::kReasoning, 0, thinking.text());
  std::string_view text = message["content"].text();
  draft.Append(PartKind::kText, 0, text.empty() ? data["response"].text() : text);
  for (JsonValue call : message["tool_calls"].Elements()) {
    JsonValue function = call["function"];
    PartDraft* part = draft.BeginToolCall(0, call["id"], function["name"], false);
    draft.AddArguments(part, function["arguments"]);
  }
  if (data["done_reason"].is_string()) draft.SetFinish(0, data["done_reason"]);
  draft.is_done |= data["done"].ToBool().value_or(false);
  ReadCounts(data, draft);
}

void ReadOllamaBody(JsonValue body, CallDraft& draft) {
  ReadOllamaEvent({}, body, draft);
  ReadShape(body, draft);
  draft.is_done = true;
}

}  // namespace vitrine::codecs::providers
