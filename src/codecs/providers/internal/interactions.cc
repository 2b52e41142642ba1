// Google's interactions: steps of a model or an agent, whole and streamed.
#include "codecs/content/content_reader.h"
#include "codecs/content/text.h"
#include "codecs/providers/internal/family.h"

namespace vitrine::codecs::providers {

namespace {

model::Count ModalityCount(JsonValue counts, std::string_view modality) {
  model::Count sum;
  for (JsonValue count : counts.Elements()) {
    if (EqualsIgnoreCase(count["modality"].text(), modality)) {
      sum = Sum(sum, count["tokens"].ToUint());
    }
  }
  return sum;
}

void ReadUsage(JsonValue usage, CallDraft& draft) {
  if (!usage.is_object() || usage.empty()) return;
  RawUsage raw;
  raw.input = usage["total_input_tokens"].ToUint();
  raw.output = usage["total_output_tokens"].ToUint();
  raw.total = usage["total_tokens"].ToUint();
  raw.cache_read = usage["total_cached_tokens"].ToUint();
  raw.tool_prompt = usage["total_tool_use_tokens"].ToUint();
  raw.audio_input = ModalityCount(usage["input_tokens_by_modality"], "audio");
  raw.image_input = ModalityCount(usage["input_tokens_by_modality"], "image");
  raw.audio_output = ModalityCount(usage["output_tokens_by_modality"], "audio");
  raw.image_output = ModalityCount(usage["output_tokens_by_modality"], "image");
  raw.excludes_reasoning = true;
  raw.reasoning = FirstOf(usage, "total_thought_tokens", "total_reasoning_tokens").ToUint();
  draft.SetUsage(raw, UsageOrigin::kBody);
  draft.KeepUsageJson(usage);
}

void ReadHead(JsonValue interaction, CallDraft& draft) {
  draft.KeepLast(draft.response_id, interaction["id"]);
  draft.KeepLast(draft.model, interaction["model"]);
  draft.KeepLast(draft.response_status, interaction["status"]);
  draft.KeepLast(draft.service_tier, interaction["service_tier"]);
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
  } else if (type == "arguments_delta" || type == "function_call") {
    PartDraft* call = draft.Find(PartKind::kToolCall, 0, IndexOr(data["index"], 0));
    draft.AddArguments(call, FirstOf(delta, "partial_arguments", "arguments"));
  } else if (type == "image" || type == "audio" || type == "video" || type == "document") {
    draft.AddOther(0, delta);
  }
}

/// A step as it begins: a call with its name, whose arguments stand there or follow in pieces.
void BeginStep(JsonValue data, CallDraft& draft) {
  JsonValue step = data["step"];
  std::string_view type = step["type"].text();
  // A tool that ran there, and what it found.
  bool is_other = type != "function_call" && (type.ends_with("_call") || type.ends_with("_result"));
  if (is_other) draft.AddOther(0, step);
  if (type != "function_call") return;
  PartDraft* part =
      draft.BeginToolCall(0, step["id"], step["name"], false, IndexOr(data["index"], 0));
  if (JsonValue arguments = step["arguments"]; !arguments.empty() || arguments.is_string()) {
    draft.AddArguments(part, arguments);
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
  std::string_view type = data["event_type"].text();
  if (type.empty()) type = name;
  if (type == "step.start") BeginStep(data, draft);
  ReadDelta(data, draft);
  draft.is_done |= type == "interaction.complete" || type == "interaction.completed";
}

}  // namespace vitrine::codecs::providers
