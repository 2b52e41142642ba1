// Answers that are no conversation: vectors, rankings, token counts, moderations, pictures, speech.
// Source: WIRE-FORMATS 7.3.
#include "codecs/content/content_reader.h"
#include "codecs/providers/internal/family.h"
#include "codecs/providers/limits.h"

namespace vitrine::codecs::providers {

namespace {

// Little-endian float32 as base64 takes 16 characters for 3 numbers.
uint32_t DimensionsOfBase64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return static_cast<uint32_t>(text.size() * 3 / 4 / 4);
}

void ReadVectorShape(JsonValue list, CallDraft& draft) {
  if (!list.is_array()) return;
  draft.embedding_count = static_cast<uint32_t>(list.size());
  JsonValue first = list.At(0);
  JsonValue vector = FirstOf(first, "embedding", "values", "embeddings");
  if (vector.is_object()) vector = vector["values"];
  if (vector.is_string()) {
    draft.embedding_dimensions = DimensionsOfBase64(vector.text());
  } else if (!vector.empty()) {
    draft.embedding_dimensions = static_cast<uint32_t>(vector.size());
  }
}

/// Vertex counts by instance: {"predictions":[{"embeddings":{"statistics":{"token_count"}}}]}.
void ReadVertexCounts(JsonValue predictions, CallDraft& draft) {
  model::Count total;
  for (JsonValue prediction : predictions.Elements()) {
    auto count = prediction["embeddings"]["statistics"]["token_count"].ToUint();
    if (!count) return;
    total = Sum(total, count);
  }
  if (!total) return;
  RawUsage raw;
  raw.input = total;
  draft.SetUsage(raw, UsageOrigin::kBody);
}

}  // namespace

void ReadEmbeddingsBody(JsonValue body, CallDraft& draft) {
  if (!body.Has("data") && !body["error"].is_nothing()) draft.SetError(body["error"]);
  draft.ReadHead(body);
  draft.ReplaceUsage(body["usage"]);
  draft.ReplaceUsage(body["usageMetadata"]);
  ReadVertexCounts(body["predictions"], draft);
  ReadVectorShape(FirstOf(body, "data", "embeddings", "predictions"), draft);
  if (JsonValue one = body["embedding"]["values"]; one.is_array()) {
    draft.embedding_count = 1;
    draft.embedding_dimensions = static_cast<uint32_t>(one.size());
  }
  draft.is_done = true;
}

void ReadRerankBody(JsonValue body, CallDraft& draft) {
  draft.ReadHead(body);
  ReadCohereUsage(body["meta"], draft);
  if (draft.usage_origin == UsageOrigin::kNone) draft.ReplaceUsage(body["usage"]);
  for (JsonValue result : FirstOf(body, "results", "data").Elements()) {
    if (draft.documents.size() >= kRankingMax) break;
    model::RetrievedDocument document;
    document.id = result["index"].raw();  // Rankings are bodies, and bodies last.
    document.score = FirstOf(result, "relevance_score", "score").ToDouble();
    JsonValue text = result["document"];
    if (text.is_object()) text = text["text"];
    document.content = text.text();
    draft.documents.push_back(document);
  }
  draft.is_done = true;
}

void ReadCountBody(JsonValue body, CallDraft& draft) {
  RawUsage raw;
  for (std::string_view key : {"input_tokens", "totalTokens", "inputTokens"}) {
    if (!raw.input) raw.input = body[key].ToUint();
  }
  draft.SetUsage(raw, UsageOrigin::kBody);
  draft.is_done = true;
}

void ReadMediaBody(JsonValue body, CallDraft& draft) {
  draft.ReadHead(body);
  draft.ReplaceUsage(FirstOf(body, "usage", "usage_info"));
  for (JsonValue picture : body["data"].Elements()) draft.AddOther(0, picture);
  draft.picture_count = body["data"].size();
  for (JsonValue page : body["pages"].Elements()) {  // OCR
    PartDraft* part = draft.Begin(PartKind::kText, 0);
    if (part == nullptr) break;
    part->is_visible = false;
    draft.AppendTo(*part, page["markdown"].text());
  }
  draft.is_done = true;
}

/// Pictures grow in a stream: each event holds a whole one, and the last is the answer. Speech ends
/// with its counts; the sound itself is not kept, as in a body.
void ReadMediaEvent(std::string_view name, JsonValue data, CallDraft& draft) {
  std::string_view type = data["type"].text();
  if (type.empty()) type = name;
  if (JsonValue error = data["error"]; !error.is_nothing()) draft.SetError(error);
  bool is_picture = type == "image_generation.completed" || type == "image_edit.completed";
  if (is_picture) draft.AddOther(0, data);
  draft.picture_count += is_picture ? 1 : 0;
  if (!is_picture && type != "speech.audio.done") return;
  draft.ReplaceUsage(data["usage"]);
  draft.is_done = true;
}

/// Vertex: {"predictions":[{"mimeType":"image/png","bytesBase64Encoded":"…"}]} of Imagen. What
/// other models predict has any shape.
void ReadPredictBody(JsonValue body, CallDraft& draft) {
  for (JsonValue prediction : body["predictions"].Elements()) {
    bool is_picture = prediction["mimeType"].text().starts_with("image/");
    draft.picture_count += is_picture ? 1 : 0;
    if (is_picture) draft.AddOther(0, prediction);
  }
  draft.is_done = true;
}

void ReadTranscriptionBody(JsonValue body, CallDraft& draft) {
  draft.Append(PartKind::kText, 0, body["text"].text());
  draft.SetModel(body["model"]);
  draft.ReplaceUsage(body["usage"]);
  if (!draft.reported.seconds) draft.reported.seconds = WholeSeconds(body["duration"]);
  draft.is_done = true;
}

void ReadTranscriptionEvent(std::string_view name, JsonValue data, CallDraft& draft) {
  std::string_view type = data["type"].text();
  if (type.empty()) type = name;
  if (type == "transcript.text.delta") {
    draft.Append(PartKind::kText, 0, data["delta"].text());
  } else if (type == "transcript.text.done") {
    if (!draft.HasVisibleText()) draft.Append(PartKind::kText, 0, data["text"].text());
    draft.ReplaceUsage(data["usage"]);
    draft.is_done = true;
  } else if (JsonValue error = data["error"]; !error.is_nothing()) {
    draft.SetError(error);
  }
}

}  // namespace vitrine::codecs::providers
