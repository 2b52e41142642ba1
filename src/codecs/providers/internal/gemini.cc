// Google's generateContent, whole and streamed, from the Gemini API and from Vertex.
// Source: WIRE-FORMATS 7.5.
#include <algorithm>

#include "codecs/providers/internal/family.h"

namespace vitrine::codecs::providers {

namespace {

void ReadPart(JsonValue part, uint32_t choice, CallDraft& draft) {
  if (JsonValue text = part["text"]; text.is_string()) {
    bool is_thought = part["thought"].ToBool().value_or(false);
    draft.Append(is_thought ? PartKind::kReasoning : PartKind::kText, choice, text.text());
    return;
  }
  if (JsonValue call = part["functionCall"]; call.is_object()) {
    // Vertex may send arguments piece by piece; the pieces behind the first have no name.
    PartDraft* begun = call["name"].text().empty()
                           ? draft.Find(PartKind::kToolCall, choice, kNoKey)
                           : draft.BeginToolCall(choice, call["id"], call["name"], false);
    draft.AddArguments(begun, call["args"]);
    for (JsonValue piece : call["partialArgs"].Elements()) draft.AddPartialArgument(begun, piece);
    return;
  }
  if (part.Has("executableCode")) draft.AddServerTool("executableCode");
  // A part of a signature alone says nothing that can be read.
  bool is_signature = part.size() == 1 && part.Has("thoughtSignature");
  if (!is_signature) draft.AddOther(choice, part);
}

void ReadGrounding(JsonValue grounding, uint32_t choice, CallDraft& draft) {
  uint64_t count = 0;
  for (JsonValue query : grounding["webSearchQueries"].Elements()) {
    count += query.text().empty() ? 0 : 1;
  }
  if (count == 0 || !draft.finishes.contains(choice)) return;  // Beyond all choices.
  uint64_t& known = draft.choice_searches[choice];
  known = std::max(known, count);  // Each chunk may repeat them.
}

}  // namespace

void ReadGenerateContent(JsonValue body, CallDraft& draft) {
  for (JsonValue chunk : body.Elements()) ReadGenerateContent(chunk, draft);
  if (!body.is_object()) return;
  if (JsonValue error = body["error"]; error.exists()) {
    draft.SetError(error);
    return;
  }
  draft.SetModel(body["modelVersion"]);
  draft.SetResponseId(body["responseId"]);
  draft.OverlayUsage(body["usageMetadata"]);
  draft.KeepLast(draft.service_tier, body["usageMetadata"]["trafficType"]);
  JsonValue candidates = body["candidates"];
  uint32_t position = 0;
  for (JsonValue candidate : candidates.Elements()) {
    uint32_t index = ChoiceIndex(candidate, position++);
    draft.SetFinish(index, candidate["finishReason"]);
    ReadGrounding(candidate["groundingMetadata"], index, draft);
    for (JsonValue part : candidate["content"]["parts"].Elements()) ReadPart(part, index, draft);
  }
  // A prompt that was blocked has no candidates; the reason stands beside them.
  JsonValue blocked = body["promptFeedback"]["blockReason"];
  if (candidates.empty() && !draft.AnyChoiceFinished()) draft.SetFinish(0, blocked);
  draft.is_done = draft.texts_last || draft.AllChoicesFinished();
}

void ReadGenerateContentEvent(std::string_view /*name*/, JsonValue data, CallDraft& draft) {
  ReadGenerateContent(data, draft);
}

}  // namespace vitrine::codecs::providers
