#include "codecs/providers/internal/output_builder.h"

#include <algorithm>

#include "codecs/content/finish_words.h"
#include "codecs/content/stable_order.h"
#include "codecs/providers/internal/lenient_json.h"
#include "codecs/providers/limits.h"

namespace vitrine::codecs::providers {

namespace {

using syntax::JsonStatus;

/// Parts ordered by choice; parts of one choice stay in their order.
struct Order {
  std::vector<const PartDraft*> parts;

  explicit Order(const CallDraft& draft) {
    for (const PartDraft& part : draft.parts) parts.push_back(&part);
    StableOrder(parts, [](const PartDraft* part) { return part->choice; });
  }
};

/// Pictures and sound as the answers of their interfaces hold them; false for any other part.
bool AddMedia(JsonValue part, std::string_view sound_type, ContentReader& reader) {
  if (JsonValue picture = part["b64_json"]; picture.is_string()) {
    reader.ReadMedia("image", MediaTypeOf(part["output_format"].text()), picture.text());
    std::string_view prompt = part["revised_prompt"].text();
    if (!prompt.empty()) reader.builder().AddText(prompt);
    return true;
  }
  if (JsonValue picture = part["bytesBase64Encoded"]; picture.is_string()) {
    reader.ReadMedia("image", part["mimeType"].text(), picture.text());
    return true;
  }
  if (part["type"].text() == "image_generation_call") {
    reader.ReadPart(part);
    JsonValue picture = part["result"];
    if (!picture.text().empty()) {
      reader.ReadMedia("image", MediaTypeOf(part["output_format"].text()), picture.text());
    }
    return true;
  }
  JsonValue sound = part["data"];
  if (sound.is_string() && part.Has("transcript")) {
    reader.ReadMedia("audio", sound_type.empty() ? "audio/wav" : sound_type, sound.text(),
                     part["transcript"].text());
    return true;
  }
  return false;
}

void AddOther(std::string_view json, std::string_view sound_type, ContentReader& reader) {
  syntax::JsonDocument& document = reader.NextDocument();
  if (document.Parse(json, reader.arena(), LenientJson()) != JsonStatus::kOk) return;
  if (!AddMedia(document.root(), sound_type, reader)) reader.ReadPart(document.root());
}

void AddPart(const PartDraft& part, std::string_view sound_type, ContentReader& reader) {
  MessageBuilder& builder = reader.builder();
  switch (part.kind) {
    case PartKind::kText: builder.AddText(part.text()); return;
    case PartKind::kReasoning: builder.AddReasoning(part.text(), part.signature); return;
    case PartKind::kRefusal: builder.AddRefusal(part.text()); return;
    case PartKind::kToolCall:
      builder.AddToolCall(part.id, part.name, part.text(), part.is_server_side);
      return;
    case PartKind::kSound:
      // Without a container: what can be played from its middle is all that is streamed.
      builder.AddBlob("audio", sound_type.empty() ? "audio/L16" : sound_type, part.text());
      return;
    case PartKind::kOther: AddOther(part.text(), sound_type, reader); return;
  }
}

/// The normalised word of a reason; Google's first enumerators may come as numbers.
model::FinishReason Normalized(std::string_view reason) {
  constexpr std::string_view kNumbered[] = {"", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION"};
  bool is_numbered = reason.size() == 1 && reason[0] > '0' && reason[0] < '5';
  if (is_numbered) reason = kNumbered[static_cast<size_t>(reason[0] - '0')];
  return NormalizeFinishReason(reason);
}

void BuildMessages(const CallDraft& draft, const Order& order, ContentReader& reader,
                   ModelCall& call) {
  std::vector<model::Message> messages;
  MessageBuilder& builder = reader.builder();
  for (size_t i = 0; i < order.parts.size();) {
    uint32_t choice = order.parts[i]->choice;
    builder.Begin();
    for (; i < order.parts.size() && order.parts[i]->choice == choice; ++i) {
      AddPart(*order.parts[i], draft.sound_type, reader);
    }
    if (builder.empty()) continue;
    model::Message message = builder.Finish("assistant");
    message.choice = choice;
    message.is_new = true;
    auto known = draft.finishes.find(choice);
    if (known != draft.finishes.end()) {
      message.finish_reason = model::Name(Normalized(known->second));
    }
    messages.push_back(message);
  }
  call.output_messages = reader.arena().CopyArray(messages);
}

bool IsVisible(const PartDraft* part) {
  return part->kind == PartKind::kText && part->is_visible && !part->text().empty();
}

void BuildText(const Order& order, Arena& arena, ModelCall& call) {
  size_t size = 0, count = 0;
  for (const PartDraft* part : order.parts) {
    if (!IsVisible(part)) continue;
    size += part->text().size();
    call.output_text = part->text();
    ++count;
  }
  if (count < 2) return;
  char* joined = static_cast<char*>(arena.Allocate(size, 1));
  char* at = joined;
  for (const PartDraft* part : order.parts) {
    if (IsVisible(part)) at = std::ranges::copy(part->text(), at).out;
  }
  call.output_text = {joined, size};
}

/// Interfaces without a finish reason say in their status how it ended.
model::FinishReason FinishOfStatus(std::string_view status, bool has_tool_calls) {
  using enum model::FinishReason;
  if (status == "completed" || status == "succeeded") return has_tool_calls ? kToolCall : kStop;
  if (status == "requires_action") return kToolCall;
  if (status == "failed" || status == "cancelled" || status == "canceled") return kError;
  return kNone;
}

}  // namespace

void BuildOutput(const CallDraft& draft, ContentReader& reader, ModelCall& call) {
  Arena& arena = reader.arena();
  Order order(draft);
  BuildMessages(draft, order, reader, call);
  BuildText(order, arena, call);
  std::vector<model::ToolCall> calls;
  bool has_client_calls = false;
  for (const PartDraft& part : draft.parts) {
    call.is_refusal |= part.kind == PartKind::kRefusal;
    if (part.kind != PartKind::kToolCall) continue;
    has_client_calls |= !part.is_server_side;
    calls.push_back({part.name, part.text(), part.id, part.is_server_side});
  }
  call.tool_calls = arena.CopyArray(calls);
  call.server_tool_calls = arena.CopyArray(
      std::vector<std::string_view>(draft.server_tools.begin(), draft.server_tools.end()));
  std::vector<std::string_view> reasons;
  for (const auto& [choice, finish] : draft.finishes) {
    if (!finish.empty()) reasons.push_back(finish);
    call.is_refusal |= finish == "refusal";  // Anthropic
  }
  call.finish_reasons = arena.CopyArray(reasons);
  call.finish_reason = reasons.empty() ? FinishOfStatus(draft.response_status, has_client_calls)
                                       : Normalized(reasons.front());
}

namespace {

/// Google bills each search of its newer models, and each answer with searches of those before.
uint64_t CountSearches(const CallDraft& draft, std::string_view model_asked) {
  uint64_t grounded = 0;
  for (const auto& [choice, count] : draft.choice_searches) grounded += count;
  std::string_view model = draft.model.empty() ? model_asked : draft.model;
  model.remove_prefix(model.rfind('/') + 1);  // "models/…"; without a slash nothing.
  bool is_older = model.starts_with("gemini-1") || model.starts_with("gemini-2");
  return draft.search_count + (is_older ? std::min<uint64_t>(grounded, 1) : grounded);
}

}  // namespace

model::Usage NormalizeUsage(const CallDraft& draft, std::string_view provider,
                            std::string_view model_asked) {
  // Counting tokens is free, and no use of a model.
  if (draft.api == Api::kCountTokens) return {};
  UsageDraft counted;
  counted.raw = draft.reported;
  RawUsage& raw = counted.raw;
  // Vectors and rankings have no output: who says the total alone has said the input.
  bool is_input_alone = draft.api == Api::kEmbeddings || draft.api == Api::kRerank;
  if (is_input_alone && !raw.input && !raw.output && Known(raw.total) > 0) raw.input = raw.total;
  if (!raw.web_searches) raw.web_searches = draft.searches_billed;
  uint64_t searches = CountSearches(draft, model_asked);
  if (!raw.web_searches && searches > 0) raw.web_searches = searches;
  raw.input = Sum(raw.input, raw.tool_prompt);  // Gemini counts them beside the prompt.
  bool is_bedrock_count = draft.usage_origin == UsageOrigin::kHeader ||
                          draft.usage_origin == UsageOrigin::kInvocationMetrics;
  // Counts that no number can hold together say nothing of the input.
  if (raw.cache_read && raw.cache_write && !Sum(raw.cache_read, raw.cache_write)) raw.input = {};
  // Pictures are all that these interfaces answer.
  bool is_image = draft.api == Api::kImageGenerations || draft.api == Api::kImageEdits;
  if (is_image && !raw.image_output) raw.image_output = raw.output;
  counted.input_includes_cache = !raw.excludes_cache && !is_bedrock_count &&
                                 draft.api != Api::kMessages && draft.api != Api::kConverse;
  counted.output_includes_reasoning = !raw.excludes_reasoning;
  // Where names do not tell, the total does.
  if (counted.input_includes_cache && counted.output_includes_reasoning) {
    // Its models are reached through others' servers, too.
    bool is_google = provider.starts_with("gcp.") || draft.model.contains("gemini");
    bool is_google_chat = is_google && draft.api == Api::kChatCompletions;
    UseTotal(counted, is_google_chat);
  }
  model::Usage usage = ToUsage(counted);
  if (usage.has_any()) usage.source = model::UsageSource::kProvider;
  return usage;
}

}  // namespace vitrine::codecs::providers
