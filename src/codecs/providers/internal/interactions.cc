// Google's interactions: steps of a model or an agent, whole and streamed.
#include "codecs/content/content_reader.h"
#include "codecs/providers/internal/family.h"

namespace vitrine::codecs::providers {

namespace {

void ReadUsage(JsonValue usage, CallDraft& draft) {
  if (!usage.is_object() || usage.empty()) return;
  RawUsage raw;
  raw.input = usage["total_input_tokens"].ToUint();
  raw.output = usage["total_output_tokens"].ToUint();
  raw.total = usage["total_tokens"].ToUint();
  raw.cache_read = usage["total_cached_tokens"].ToUint();
  raw.reasoning = FirstOf(usage, "total_thought_tokens", "total_reasoning_tokens").ToUint();
  draft.SetUsage(raw, UsageOrigin::kBody);
  draft.KeepUsageJson(usage);
}

void ReadHead(JsonValue interaction, CallDraft& draft) {
  draft.KeepLast(draft.response_id, interaction["id"]);
  draft.KeepLast(draft.model, interaction["model"]);
  draft.KeepLast(draft.response_status, interaction["status"]);
  draft.KeepFirst(draft.previous_response_id, interaction["previous_interaction_id"]);
  ReadUsage(interaction["usage"], draft);
}

void ReadStep(JsonValue step, CallDraft& draft) {
  std::string_view type = step["type"].text();
  if (type == "text") {
    draft.Append(PartKind::kText, 0, step["text"].text());
  } else if (type == "model_output") {
    AppendContent(step["content"], 0, draft);
  } else if (type == "function_call") {
    PartDraft* part = draft.BeginToolCall(0, step["id"], step["name"], false);
    draft.AddArguments(part, step["arguments"]);
  } else if (type == "thought") {
    for (JsonValue piece : step["summary"].Elements()) {
      draft.Append(PartKind::kReasoning, 0, piece["text"].text());
    }
  } else {
    draft.AddOther(0, step);
  }
}

void ReadDelta(JsonValue data, CallDraft& draft) {
  JsonValue delta = data["delta"];
  std::string_view type = delta["type"].text();
  if (type == "text") {
    draft.Append(PartKind::kText, 0, delta["text"].text());
  } else if (type == "thought_summary") {
    JsonValue summary = delta["content"];
    JsonValue text = summary.is_object() ? summary["text"] : delta["text"];
    draft.Append(PartKind::kReasoning, 0, text.text());
  }
}

}  // namespace

void ReadInteractionBody(JsonValue body, CallDraft& draft) {
  if (JsonValue error = body["error"]; !error.is_nothing()) draft.SetError(error);
  ReadHead(body, draft);
  JsonValue steps = body["outputs"].empty() ? body["steps"] : body["outputs"];
  for (JsonValue step : steps.Elements()) ReadStep(step, draft);
  draft.is_done = true;
}

void ReadInteractionEvent(std::string_view name, JsonValue data, CallDraft& draft) {
  if (JsonValue error = data["error"]; !error.is_nothing()) draft.SetError(error);
  ReadHead(data["interaction"], draft);
  ReadDelta(data, draft);
  std::string_view type = data["event_type"].text();
  if (type.empty()) type = name;
  draft.is_done |= type == "interaction.complete" || type == "interaction.completed";
}

}  // namespace vitrine::codecs::providers
