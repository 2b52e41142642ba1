// One row of span_rows as a row of the view `spans`: the same members in the same order, made here,
// since the engine takes longer to understand the view's expressions than to read what they are of.
// Threads: free functions. Source: storage/schema/views.cc; a test holds the two side by side.
#pragma once

#include <string>

#include "storage/schema/stored_span.h"

namespace vitrine::query {

/// A JSON object: integers bare, money as text, times in RFC 3339, hashes and ids in hex.
std::string SpanRowJson(const storage::StoredSpan& row);

}  // namespace vitrine::query
