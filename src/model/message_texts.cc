#include "model/message_texts.h"

#include <algorithm>

namespace vitrine::model {

namespace {

// Quotes within strings are escaped, so this stands only where a member begins.
constexpr std::string_view kParameters = ",\"parameters\":";
constexpr std::string_view kEndOfPart = "}]";

/// What MessageBuilder::AddToolDefinition writes last.
std::optional<std::string_view> Parameters(std::string_view parts_template) {
  const size_t at = parts_template.find(kParameters);
  if (at == std::string_view::npos || !parts_template.ends_with(kEndOfPart)) return std::nullopt;
  std::string_view value = parts_template.substr(at + kParameters.size());
  value.remove_suffix(kEndOfPart.size());
  const bool is_whole = !value.contains(kTextSlot) && !value.contains(kAttachmentSlot);
  return is_whole ? std::optional(value) : std::nullopt;
}

}  // namespace

uint32_t TextCount(std::string_view parts_template) {
  return static_cast<uint32_t>(std::ranges::count(parts_template, kTextSlot));
}

std::optional<std::string_view> TextAt(std::string_view parts_template, std::string_view texts,
                                       uint32_t index) {
  const uint32_t count = TextCount(parts_template);
  if (index > count) return std::nullopt;
  if (index == count) return Parameters(parts_template);
  for (uint32_t i = 0; i < index; ++i) {
    const size_t slot = texts.find(kTextSlot);
    if (slot == std::string_view::npos) return std::nullopt;
    texts.remove_prefix(slot + 1);
  }
  return texts.substr(0, texts.find(kTextSlot));
}

}  // namespace vitrine::model
