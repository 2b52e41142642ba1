// Request parameters: one JSON object of all of them, and the four that have columns of their own.
#pragma once

#include "codecs/content/content_reader.h"
#include "codecs/dialects/internal/span_work.h"
#include "model/span.h"

namespace vitrine::codecs::dialects {

/// Fills params, temperature, top_p, max_tokens, seed and stream.
/// `request` is what a request body on the span said.
void ResolveParams(SpanWork& work, const BodyFacts& request, ContentReader& reader,
                   model::Span& span);

/// The string member `key` of the parameters the sender gave as one JSON object: OpenInference puts
/// the asked-for model there.
std::string_view ParamText(SpanWork& work, std::string_view key, ContentReader& reader);

}  // namespace vitrine::codecs::dialects
