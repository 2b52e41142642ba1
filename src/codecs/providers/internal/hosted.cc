// Services with an interface of their own: watsonx, Replicate, text-generation-inference,
// Aleph Alpha.
#include "codecs/content/content_reader.h"
#include "codecs/providers/internal/family.h"

namespace vitrine::codecs::providers {

namespace {

/// A text that is more than the place of a picture or a sound.
bool IsWords(JsonValue piece) {
  std::string_view text = piece.text();
  bool is_place =
      text.starts_with("http://") || text.starts_with("https://") || text.starts_with("data:");
  return !text.empty() && !(is_place && !text.contains(' '));
}

}  // namespace

void ReadWatsonxEvent(std::string_view /*name*/, JsonValue data, CallDraft& draft) {
  draft.KeepLast(draft.model, data["model_id"]);
  uint32_t position = 0;
  for (JsonValue result : data["results"].Elements()) {
    draft.Append(PartKind::kText, position, result["generated_text"].text());
    JsonValue reason = result["stop_reason"];
    if (!reason.text().empty() && reason.text() != "not_finished") {
      draft.SetFinish(position, reason);
      draft.is_done = true;
    }
    RawUsage raw = draft.reported;
    // Only the first piece of a stream counts the input; the others say 0.
    if (uint64_t input = Known(result["input_token_count"].ToUint()); input > 0) raw.input = input;
    if (auto output = result["generated_token_count"].ToUint()) raw.output = output;
    if (raw.input || raw.output) draft.SetUsage(raw, UsageOrigin::kBody);
    ++position;
  }
}

void ReadWatsonxBody(JsonValue body, CallDraft& draft) {
  ReadWatsonxEvent({}, body, draft);
  draft.is_done = true;
}

void ReadPredictionBody(JsonValue body, CallDraft& draft) {
  draft.SetResponseId(body["id"]);
  draft.SetModel(body["model"]);
  draft.KeepFirst(draft.response_status, body["status"]);
  JsonValue error = body["error"];
  if (!error.is_nothing() && !error.text().empty()) draft.SetError(error);
  // Text comes as a list of tokens, pictures as one of URLs.
  JsonValue output = body["output"];
  bool is_text = IsWords(output);
  for (JsonValue piece : output.Elements()) is_text |= IsWords(piece);
  if (is_text) draft.Append(PartKind::kText, 0, output.text());
  for (JsonValue piece : output.Elements()) {
    if (is_text) draft.Append(PartKind::kText, 0, piece.text());
  }
  if (!is_text) draft.AddOther(0, output);
  JsonValue metrics = body["metrics"];
  RawUsage raw;
  raw.input = metrics["input_token_count"].ToUint();
  raw.output = metrics["output_token_count"].ToUint();
  if (raw.input || raw.output) draft.SetUsage(raw, UsageOrigin::kBody);
  draft.is_done = true;
}

void ReadTgiBody(JsonValue body, CallDraft& draft) {
  JsonValue answer = body.is_array() ? body.At(0) : body;
  if (JsonValue error = answer["error"]; !error.is_nothing()) draft.SetError(error);
  draft.Append(PartKind::kText, 0, answer["generated_text"].text());
  JsonValue details = answer["details"];
  draft.SetFinish(0, details["finish_reason"]);
  RawUsage raw;
  if (details["prefill"].is_array() && !details["prefill"].empty()) {
    raw.input = details["prefill"].size();
  }
  raw.output = details["generated_tokens"].ToUint();
  if (raw.output) draft.SetUsage(raw, UsageOrigin::kBody);
  draft.is_done = true;
}

void ReadTgiEvent(std::string_view /*name*/, JsonValue data, CallDraft& draft) {
  if (JsonValue error = data["error"]; !error.is_nothing()) draft.SetError(error);
  JsonValue token = data["token"];
  if (!token["special"].ToBool().value_or(false)) {
    draft.Append(PartKind::kText, 0, token["text"].text());
  }
  JsonValue details = data["details"];
  if (!details.is_object()) return;
  draft.SetFinish(0, details["finish_reason"]);
  RawUsage raw;
  raw.input = details["input_length"].ToUint();
  raw.output = details["generated_tokens"].ToUint();
  if (raw.input || raw.output) draft.SetUsage(raw, UsageOrigin::kBody);
  draft.is_done = true;
}

void ReadAlephAlphaBody(JsonValue body, CallDraft& draft) {
  draft.SetModel(body["model_version"]);
  uint32_t position = 0;
  for (JsonValue answer : body["completions"].Elements()) {
    draft.Append(PartKind::kText, position, answer["completion"].text());
    draft.SetFinish(position, answer["finish_reason"]);
    ++position;
  }
  RawUsage raw;
  raw.input = body["num_tokens_prompt_total"].ToUint();
  raw.output = body["num_tokens_generated"].ToUint();
  draft.SetUsage(raw, UsageOrigin::kBody);
  draft.is_done = true;
}

}  // namespace vitrine::codecs::providers
