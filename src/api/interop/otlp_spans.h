// Stored spans as OTLP. Private to api. Threads: free functions.
#pragma once

#include <vector>

#include "codecs/otlp/otlp_data.h"
#include "query/otel_spans.h"

namespace vitrine::api {

/// Resources and scopes that are the same are one. Borrows from `spans`.
void ToOtlp(const std::vector<query::OtelSpan>& spans, codecs::OtlpTraces& traces);

}  // namespace vitrine::api
