// Where a text of the caller is wrong: its line with a caret below. Threads: free functions.
#pragma once

#include <string>

namespace vitrine::cli {

/// Prints the line of `text` with a caret below the place on stderr, where the server's message
/// names one.
void PointAt(const std::string& text, const std::string& message);

}  // namespace vitrine::cli
