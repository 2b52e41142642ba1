#include "codecs/dialects/forward_mark.h"

#include <algorithm>
#include <vector>

namespace vitrine::codecs {

namespace {

/// What the mark says; empty where there is none.
std::string_view MarkOf(std::span<const model::Attribute> resource) {
  for (const model::Attribute& attribute : resource) {
    if (attribute.key == kForwardedByKey && attribute.value.type == model::ValueType::kString)
      return attribute.value.text;
  }
  return {};
}

bool Names(std::string_view mark, std::string_view server_id) {
  while (!mark.empty()) {
    const size_t comma = std::min(mark.find(','), mark.size());
    if (mark.substr(0, comma) == server_id) return true;
    mark.remove_prefix(std::min(comma + 1, mark.size()));
  }
  return false;
}

}  // namespace

size_t CountForwards(std::span<const model::Attribute> resource) {
  const std::string_view mark = MarkOf(resource);
  return mark.empty() ? 0 : static_cast<size_t>(std::ranges::count(mark, ',')) + 1;
}

std::string NextForwardMark(std::span<const model::Attribute> resource,
                            std::string_view server_id) {
  std::string mark(MarkOf(resource));
  if (!mark.empty()) mark += ',';
  return mark.append(server_id);
}

size_t RemoveReturned(std::string_view server_id, OtlpTraces& traces) {
  const auto returned = [&](const OtlpResource& resource) {
    const std::span<const model::Attribute> all(traces.attributes);
    return Names(MarkOf(all.subspan(resource.attributes.begin, resource.attributes.size())),
                 server_id);
  };
  std::vector<bool> is_returned;
  bool is_any = false;
  for (const OtlpResource& resource : traces.resources) {
    is_returned.push_back(returned(resource));
    is_any |= is_returned.back();
  }
  if (!is_any) return 0;
  return std::erase_if(traces.spans, [&](const OtlpSpan& span) {
    return is_returned[traces.scopes[span.scope].resource];
  });
}

}  // namespace vitrine::codecs
