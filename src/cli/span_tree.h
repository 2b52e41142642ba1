// The spans of one trace as a tree in the terminal. Threads: free functions.
#pragma once

#include "syntax/json/json_document.h"

namespace vitrine::cli {

/// Prints `spans` ({"fields","rows"} of a trace answer), one line a span, children below their
/// parent in order of time. Every span is printed once, also where parents are missing or form a
/// ring.
void PrintSpanTree(syntax::JsonValue spans, bool color);

}  // namespace vitrine::cli
