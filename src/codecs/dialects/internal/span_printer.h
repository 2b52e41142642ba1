// SpanPrinter: a span as readable JSON, for golden tests. Unset fields are left out.
#pragma once

#include <string>

#include "model/span.h"

namespace vitrine::codecs::dialects {

/// One span on several lines: scalars first, then content as parts JSON, then what was left over.
std::string PrintSpan(const model::Span& span);
std::string PrintScore(const model::Score& score);
/// All spans and scores of a batch as one JSON object.
std::string PrintBatch(const model::SpanBatch& batch);

}  // namespace vitrine::codecs::dialects
