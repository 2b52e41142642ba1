// Python literals (the repr of dictionaries, lists and scalars) as JSON. Some Python
// instrumentations send them where JSON was meant (LiteLLM's usage object, OpenInference's document
// metadata).
#pragma once

#include <optional>
#include <string_view>

#include "base/arena.h"

namespace vitrine::codecs::dialects {

/// The same value as JSON text; nothing where the text is no Python literal of these kinds (an
/// object's repr, a set, a bytes literal).
std::optional<std::string_view> JsonFromPythonRepr(std::string_view text, Arena& arena);

}  // namespace vitrine::codecs::dialects
