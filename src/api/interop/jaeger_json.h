// Traces in the JSON of Jaeger's query service. Private to api. Threads: free functions.
// Source: Jaeger 1.x, "model/json".
#pragma once

#include <string>
#include <vector>

#include "query/otel_spans.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {

/// One object {"traceID","spans","processes"} for each trace; spans of one trace are together.
void WriteJaegerTraces(syntax::JsonWriter& json, const std::vector<query::OtelSpan>& spans);

}  // namespace vitrine::api
