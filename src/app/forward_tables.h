// What the configuration file says of forwarding: [forward.NAME]. Threads: free functions.
// Format and examples: docs/interop.md.
#pragma once

#include <vector>

#include "base/result.h"
#include "services/forward/forward_setting.h"
#include "syntax/json/json_document.h"

namespace vitrine::app {

/// Reads the table `forward`. Values of headers may be "env:NAME" or "file:PATH".
/// Errors: kInvalidInput naming the table, the key and what may stand there.
Result<void> TakeForwardTables(syntax::JsonValue value,
                               std::vector<forward::ForwardSetting>& settings);

}  // namespace vitrine::app
