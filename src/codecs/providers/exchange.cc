#include "codecs/providers/exchange.h"

#include "codecs/content/text.h"

namespace vitrine::codecs::providers {

std::string_view FindHeader(std::span<const HeaderField> headers, std::string_view name) {
  for (const HeaderField& header : headers) {
    if (EqualsIgnoreCase(header.name, name)) return header.value;
  }
  return {};
}

}  // namespace vitrine::codecs::providers
