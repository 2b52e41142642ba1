// One panel of a dashboard: its chart, its question, its place. Private to boards.
// Threads: free functions.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "query/metrics/metrics_request.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::boards {

struct Panel {
  std::string id, title, chart, query;
  int64_t x = 0, y = 0, w = 1, h = 1;
  query::MetricsUnit unit = query::MetricsUnit::kCalls;

  bool Overlaps(const Panel& other) const {
    return x < other.x + other.w && other.x < x + w && y < other.y + other.h && other.y < y + h;
  }
};

/// `place`: "panels[2]", how errors call it. Errors: kInvalidInput.
Result<Panel> ReadPanel(const syntax::JsonValue& value, const std::string& place);
void WritePanel(syntax::JsonWriter& json, const Panel& panel);

/// A filter that rows of `unit` can be asked with; errors begin with `name`.
Result<void> CheckFilter(std::string_view text, query::MetricsUnit unit, const std::string& name);

}  // namespace vitrine::boards
