#include "codecs/providers/internal/call_draft.h"

#include <algorithm>

#include "codecs/content/text.h"
#include "codecs/content/usage_object.h"
#include "codecs/providers/limits.h"
#include "syntax/base64.h"
#include "syntax/json/utf8.h"

namespace vitrine::codecs::providers {

namespace {

/// Pieces end where their sender likes, with padding or without.
std::optional<std::string> DecodeBase64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return syntax::Base64Decode(text);
}

}  // namespace

void CallDraft::KeepFirst(std::string& to, JsonValue value) {
  if (to.empty()) KeepLast(to, value);
}

void CallDraft::KeepLast(std::string& to, JsonValue value) {
  std::string_view text = CutAtCharacter(value.text(), kNameBytesMax);
  if (!text.empty() && text != to) to = text;
}

void CallDraft::ReadHead(JsonValue object) {
  SetModel(object["model"]);
  SetResponseId(object["id"]);
  // A stream begins with the tier that was asked for and ends with the one that was given.
  KeepLast(service_tier, object["service_tier"]);
  KeepLast(system_fingerprint, object["system_fingerprint"]);
}

void CallDraft::SetFinish(uint32_t choice, JsonValue reason) {
  if (finishes.size() >= kChoicesMax && !finishes.contains(choice)) {
    is_cut_off = true;
    return;
  }
  std::string& finish = finishes[choice];
  KeepLast(finish, reason);
  // Google's enumerators as numbers, where a client asks for them so; 0 is "unspecified".
  if (reason.is_number() && Known(reason.ToUint()) > 0) finish = reason.raw();
  any_finished_ |= !finish.empty();
}

bool CallDraft::AllChoicesFinished() const {
  return !finishes.empty() &&
         std::ranges::none_of(finishes, [](const auto& choice) { return choice.second.empty(); });
}

bool CallDraft::is_full() const { return parts.size() >= kPartsMax; }

bool CallDraft::Has(PartKind kind, uint32_t choice, int64_t key, int64_t key_end) const {
  return std::ranges::any_of(parts, [&](const PartDraft& part) {
    return part.choice == choice && part.kind == kind && part.key >= key && part.key < key_end;
  });
}

void CallDraft::SetSignature(PartDraft* part, JsonValue signature) {
  if (part == nullptr || !part->signature.empty()) return;
  std::string_view text = signature.text();
  if (text.size() > kSignatureBytesMax || output_bytes_ + text.size() > kOutputBytesMax) {
    is_cut_off = true;
    return;
  }
  output_bytes_ += text.size();
  part->signature = text;
}

PartDraft* CallDraft::Begin(PartKind kind, uint32_t choice, int64_t key) {
  if (is_full()) {
    is_cut_off = true;
    return nullptr;
  }
  PartDraft& part = parts.emplace_back();
  part.kind = kind;
  part.choice = choice;
  part.key = key;
  return &part;
}

PartDraft* CallDraft::Find(PartKind kind, uint32_t choice, int64_t key) {
  for (size_t i = parts.size(); i-- > 0;) {
    PartDraft& part = parts[i];
    if (part.choice == choice && part.kind == kind && part.key == key) return &part;
  }
  return nullptr;
}

void CallDraft::Append(PartKind kind, uint32_t choice, std::string_view text, int64_t key) {
  if (text.empty()) return;
  PartDraft* part = nullptr;
  if (key != kNoKey) {
    part = Find(kind, choice, key);
  } else {
    for (size_t i = parts.size(); i-- > 0;) {
      if (parts[i].choice != choice) continue;
      if (parts[i].kind == kind && parts[i].key == key) part = &parts[i];
      break;
    }
  }
  if (part == nullptr) part = Begin(kind, choice, key);
  if (part != nullptr) AppendTo(*part, text);
}

void CallDraft::AppendTo(PartDraft& part, std::string_view text) {
  if (text.empty()) return;
  appended_bytes += text.size();
  if (texts_last && part.text().empty()) {
    part.whole_ = text;
    return;
  }
  if (output_bytes_ + text.size() > kOutputBytesMax) {
    is_cut_off = true;
    return;
  }
  output_bytes_ += text.size();
  if (part.buffer_.empty()) part.buffer_ = part.whole_;
  part.buffer_.append(text);
}

PartDraft* CallDraft::BeginToolCall(uint32_t choice, JsonValue id, JsonValue name,
                                    bool is_server_side, int64_t key) {
  PartDraft* part = Begin(PartKind::kToolCall, choice, key);
  if (part == nullptr) return nullptr;
  KeepFirst(part->id, id);
  KeepFirst(part->name, name);
  part->is_server_side = is_server_side;
  return part;
}

void CallDraft::AddArguments(PartDraft* call, JsonValue arguments) {
  if (call == nullptr || arguments.is_nothing()) return;
  AppendTo(*call, arguments.is_string() ? arguments.text() : arguments.raw());
}

void CallDraft::AddOther(uint32_t choice, JsonValue part) {
  if (part.is_nothing()) return;
  PartDraft* other = Begin(PartKind::kOther, choice);
  size_t before = appended_bytes;
  if (other != nullptr) AppendTo(*other, part.raw());
  appended_bytes = before;  // A picture or a search result is no text.
}

void CallDraft::AddSound(uint32_t choice, std::string_view base64) {
  auto bytes = DecodeBase64(base64);
  if (!bytes || output_bytes_ + bytes->size() > kOutputBytesMax) {
    is_cut_off = true;
    return;
  }
  if (bytes->empty()) return;
  PartDraft* part = Find(PartKind::kSound, choice, kNoKey);
  if (part == nullptr) part = Begin(PartKind::kSound, choice);
  if (part == nullptr) return;
  output_bytes_ += bytes->size();
  part->buffer_.append(*bytes);
}

void CallDraft::AddPartialArgument(PartDraft* call, JsonValue piece) {
  if (call == nullptr || !piece.is_object()) return;
  size_t size = piece.raw().size();
  if (output_bytes_ + size > kOutputBytesMax) {
    is_cut_off = true;
    return;
  }
  output_bytes_ += size;
  if (call->partial == nullptr) call->partial = std::make_unique<PartialArguments>();
  size_t added = call->partial->Add(piece);
  is_cut_off |= added == 0;
  appended_bytes += added;
}

void CallDraft::FinishArguments() {
  for (PartDraft& part : parts) {
    if (part.partial != nullptr && part.text().empty()) part.buffer_ = part.partial->Json();
  }
}

void CallDraft::AddServerTool(std::string_view word) {
  if (word.empty()) return;
  if (server_tools.size() >= kPartsMax) {
    is_cut_off = true;
    return;
  }
  server_tools.emplace_back(CutAtCharacter(word, kNameBytesMax));
}

void CallDraft::ForgetParts() {
  parts.clear();
  server_tools.clear();
  search_count = 0;
  output_bytes_ = 0;
}

bool CallDraft::HasVisibleText() const {
  return std::ranges::any_of(parts, [](const PartDraft& part) {
    return part.kind == PartKind::kText && part.is_visible && !part.text().empty();
  });
}

void CallDraft::KeepUsageJson(JsonValue usage) {
  if (usage.raw().size() <= kErrorBytesMax) usage_json.assign(usage.raw());
}

void CallDraft::RepairTexts() {
  for (PartDraft& part : parts) {
    if (syntax::Utf8IsValid(part.buffer_)) continue;
    std::string repaired;
    syntax::AppendUtf8Repaired(repaired, part.buffer_);
    part.buffer_ = std::move(repaired);
  }
}

void CallDraft::SetUsage(const RawUsage& raw, UsageOrigin origin) {
  reported = raw;
  usage_origin = origin;
}

namespace {

/// An object with a number in it; some servers send usage with null for every count.
bool SaysNumbers(JsonValue usage) {
  for (auto [key, value] : usage.Members()) {
    if (value.is_number()) return true;
  }
  return false;
}

void Overlay(RawUsage& to, const RawUsage& from) {
  for (model::Count RawUsage::* field : {&RawUsage::input,
                                         &RawUsage::output,
                                         &RawUsage::total,
                                         &RawUsage::cache_read,
                                         &RawUsage::cache_write,
                                         &RawUsage::cache_write_5m,
                                         &RawUsage::cache_write_1h,
                                         &RawUsage::reasoning,
                                         &RawUsage::audio_input,
                                         &RawUsage::audio_output,
                                         &RawUsage::image_input,
                                         &RawUsage::image_output,
                                         &RawUsage::tool_prompt,
                                         &RawUsage::web_searches,
                                         &RawUsage::billed_input,
                                         &RawUsage::billed_output,
                                         &RawUsage::cached_audio,
                                         &RawUsage::seconds,
                                         &RawUsage::pages,
                                         &RawUsage::search_units,
                                         &RawUsage::more_input,
                                         &RawUsage::more_output,
                                         &RawUsage::more_cache_read,
                                         &RawUsage::more_cache_write,
                                         &RawUsage::more_cache_write_1h,
                                         &RawUsage::largest_pass,
                                         &RawUsage::smallest_pass}) {
    if (from.*field) to.*field = from.*field;
  }
  to.excludes_cache |= from.excludes_cache;
  to.excludes_reasoning |= from.excludes_reasoning;
}

std::optional<Money> CostIn(JsonValue usage) {
  if (JsonValue ticks = usage["cost_in_usd_ticks"]; ticks.is_number()) {  // xAI
    constexpr uint64_t kTicksPerNano = 10;
    auto count = ticks.ToUint();
    if (count)
      return Money{static_cast<int64_t>(std::min<uint64_t>(*count, INT64_MAX) / kTicksPerNano)};
  }
  JsonValue cost = usage["cost"];  // OpenRouter; Perplexity has an object there.
  if (cost.is_object()) cost = cost["total_cost"];
  return cost.is_number() ? Money::Parse(cost.raw()) : std::nullopt;
}

}  // namespace

void CallDraft::ReplaceUsage(JsonValue usage) {
  if (!SaysNumbers(usage)) return;
  reported = {};
  OverlayUsage(usage);
}

void CallDraft::OverlayUsage(JsonValue usage) {
  if (!usage.is_object()) return;
  Overlay(reported, ReadUsageObject(usage));
  usage_origin = UsageOrigin::kBody;
  KeepUsageJson(usage);
  if (auto cost = CostIn(usage)) reported_cost = cost;
}

void CallDraft::SetError(JsonValue error) {
  if (error.is_string()) {
    SetError({}, error.text());
    return;
  }
  auto first_of = [error](std::initializer_list<std::string_view> keys) {
    for (std::string_view key : keys) {
      JsonValue value = error[key];
      std::string_view text = value.is_string() ? value.text() : value.raw();
      if (!value.is_nothing() && !text.empty()) return text;
    }
    return std::string_view();
  };
  SetError(first_of({"type", "code", "status", "__type"}),
           first_of({"message", "Message", "detail"}));
}

void CallDraft::SetError(std::string_view type, std::string_view message) {
  is_error = true;
  if (!error_type.empty() || !error_message.empty()) return;
  error_type = CutAtCharacter(type, kErrorBytesMax);
  error_message = CutAtCharacter(message, kErrorBytesMax);
}

}  // namespace vitrine::codecs::providers
