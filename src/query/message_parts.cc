#include "query/message_parts.h"

#include <algorithm>

#include "model/message.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {

Result<std::string> ExpandParts(std::string_view parts_template, std::string_view texts) {
  std::string parts;
  parts.reserve(parts_template.size() + texts.size() + texts.size() / 8);
  bool more_texts = true;  // Texts without a slot byte are one text, perhaps an empty one.
  for (size_t at = 0; at <= parts_template.size();) {
    const size_t slot = std::min(parts_template.find(model::kTextSlot, at), parts_template.size());
    parts += parts_template.substr(at, slot - at);
    at = slot + 1;
    if (slot == parts_template.size()) break;
    if (!more_texts) return Fail(ErrorCode::kCorrupt, "a stored message has too few texts");
    const size_t end = texts.find(model::kTextSlot);
    syntax::AppendJsonString(parts, texts.substr(0, end));
    more_texts = end != std::string_view::npos;
    texts.remove_prefix(more_texts ? end + 1 : texts.size());
  }
  if (!texts.empty()) return Fail(ErrorCode::kCorrupt, "a stored message has too many texts");
  return parts;
}

}  // namespace vitrine::query
