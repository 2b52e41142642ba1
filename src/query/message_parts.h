// Stored messages back to JSON parts: the template with its texts put in.
// Format: model/message.h. Threads: free functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vitrine::query {

/// The message's parts as a JSON array.
/// Errors: kCorrupt (more or fewer texts than slots).
Result<std::string> ExpandParts(std::string_view parts_template, std::string_view texts);

}  // namespace vitrine::query
