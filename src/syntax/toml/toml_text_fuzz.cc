// Any text is refused or becomes valid JSON.
#include <cstdlib>

#include "base/arena.h"
#include "syntax/json/json_document.h"
#include "syntax/toml/toml_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = vitrine::syntax::TomlToJson(text);
  if (!json) return 0;
  vitrine::Arena arena;
  vitrine::syntax::JsonDocument document;
  const auto status = document.Parse(*json, arena);
  if (status != vitrine::syntax::JsonStatus::kOk &&
      status != vitrine::syntax::JsonStatus::kTooDeep) {
    std::abort();
  }
  return 0;
}
