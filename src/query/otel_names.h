// Which attribute of OpenTelemetry says what a column of `span_rows` holds, for those who ask in
// OpenTelemetry's words. Owner: tables. Threads: free functions.
// Source: OpenTelemetry semantic conventions 1.38 (gen_ai, service, user, session, error).
#pragma once

#include <span>
#include <string_view>

namespace vitrine::query {

struct OtelName {
  std::string_view key;
  std::string_view column;  ///< Of span_rows, or a rare field.
  char type;                ///< model::ValueTypeLetter.
  bool is_resource = false;
};

/// Every name; one column may have several, of which the first is what a span is shown with.
std::span<const OtelName> OtelNames();
/// Null where an attribute has no column.
const OtelName* FindOtelName(std::string_view key);

}  // namespace vitrine::query
