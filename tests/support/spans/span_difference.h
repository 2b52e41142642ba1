// Deep comparison of span batches, written apart from any encoding.
#pragma once

#include <string>

#include "model/span.h"

namespace vitrine::test_spans {

/// Where two batches differ first, as a path with both values: "spans[2].cost.total: 5 / none".
/// Empty if they are equal. Doubles are compared by bits. Owned buffers are not compared.
std::string Difference(const model::SpanBatch& a, const model::SpanBatch& b);

}  // namespace vitrine::test_spans
