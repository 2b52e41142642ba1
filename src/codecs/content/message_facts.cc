#include "codecs/content/message_facts.h"

#include <algorithm>

#include "syntax/json/json_document.h"

namespace vitrine::codecs {

namespace {

using model::kTextSlot;

constexpr size_t kPreviewBytesMax = 256;  // DESIGN 3, "Limits of honesty".

/// Walks the parts of a template and hands out the texts that fill their slots.
class TextWalk {
 public:
  explicit TextWalk(const model::Message& message)
      : template_(message.parts_template), texts_(message.texts) {}

  /// Moves behind the next slot; false at the end. `before` is the template up to the slot.
  bool Next(std::string_view& before, std::string_view& text) {
    size_t at = template_.find(kTextSlot, position_);
    if (at == std::string_view::npos) return false;
    before = template_.substr(0, at);
    size_t end = texts_.find(kTextSlot);
    text = texts_.substr(0, end);
    texts_.remove_prefix(end == std::string_view::npos ? texts_.size() : end + 1);
    position_ = at + 1;
    return true;
  }

 private:
  std::string_view template_, texts_;
  size_t position_ = 0;
};

/// The string value of `"key":"…"` in the last part of a template prefix; parts are written by
/// MessageBuilder, so ids and names stand before the slot. Escaped values are left alone.
std::string_view MemberBefore(std::string_view before, std::string_view key) {
  size_t part = before.rfind("{\"type\":\"");
  if (part == std::string_view::npos) return {};
  std::string_view inside = before.substr(part);
  size_t at = inside.find(key);
  if (at == std::string_view::npos) return {};
  std::string_view value = inside.substr(at + key.size());
  size_t end = 0;
  while (end < value.size() && value[end] != '"') end += value[end] == '\\' ? 2 : 1;
  return value.substr(0, std::min(end, value.size()));
}

}  // namespace

bool IsOneText(const model::Message& message) {
  constexpr std::string_view kOneText = "[{\"type\":\"text\",\"content\":\x1F}]";
  return message.parts_template.size() == kOneText.size() && message.parts_template == kOneText;
}

std::string_view CutPreview(std::string_view text) {
  if (text.size() <= kPreviewBytesMax) return text;
  size_t size = kPreviewBytesMax;
  while (size > 0 && (static_cast<uint8_t>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

std::string_view PreviewOf(const model::Message& message) {
  if (IsOneText(message)) return message.texts;
  std::string_view first, tool_name;
  std::string_view before, text;
  for (TextWalk walk(message); walk.Next(before, text);) {
    if (before.ends_with("{\"type\":\"text\",\"content\":") && !text.empty()) return text;
    if (first.empty() && !before.ends_with("\"arguments\":")) first = text;
    if (tool_name.empty() && before.ends_with("\"arguments\":")) {
      tool_name = MemberBefore(before, "\"name\":\"");
    }
  }
  return tool_name.empty() ? first : tool_name;
}

void SetPreviews(model::Span& span) {
  const std::span<const model::Message> input = span.input_messages;
  for (size_t i = input.size(); i-- > 0 && span.input_preview.empty();) {
    if (input[i].role == "user") span.input_preview = PreviewOf(input[i]);
  }
  if (span.input_preview.empty() && !input.empty()) {
    // A tool's input is one call, whose arguments are its only text.
    const model::Message& last = input.back();
    span.input_preview = span.kind == model::SpanKind::kTool ? last.texts : PreviewOf(last);
  }
  for (const model::Message& message : span.output_messages) {
    if (span.output_preview.empty()) span.output_preview = PreviewOf(message);
  }
  span.input_preview = CutPreview(span.input_preview);
  span.output_preview = CutPreview(span.output_preview);
}

void CollectToolCalls(const model::Message& message, std::vector<model::ToolCall>& out) {
  if (IsOneText(message) || !message.parts_template.contains("\"type\":\"tool_call\"")) return;
  std::string_view before, text;
  for (TextWalk walk(message); walk.Next(before, text);) {
    if (!before.ends_with("\"arguments\":")) continue;
    model::ToolCall call;
    call.name = MemberBefore(before, "\"name\":\"");
    call.id = MemberBefore(before, "\"id\":\"");
    call.arguments = text;
    std::string_view behind = message.parts_template.substr(before.size() + 1);
    call.is_server_side = behind.starts_with(",\"server_side\":true");
    out.push_back(call);
  }
}

void MarkNew(std::span<model::Message> input, std::optional<uint64_t> first_new) {
  size_t first = 0;
  for (size_t i = 0; i < input.size(); ++i) {
    if (input[i].role == "assistant") first = i + 1;
  }
  if (first_new && *first_new <= input.size()) first = *first_new;
  for (size_t i = 0; i < input.size(); ++i) input[i].is_new = i >= first;
}

}  // namespace vitrine::codecs
