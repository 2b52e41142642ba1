// Kind: what a span is, from the words its dialects use, in order of trust
// (WIRE-FORMATS 6.2, 10.18).
#pragma once

#include <string_view>

#include "codecs/dialects/internal/span_work.h"
#include "codecs/otlp/otlp_data.h"
#include "model/span.h"

namespace vitrine::codecs::dialects {

struct KindVerdict {
  model::SpanKind kind = model::SpanKind::kOther;
  bool is_aggregate = false;  ///< Usage on it repeats that of its children.
  bool drop_usage = false;    ///< Usage on it repeats a call that another span stands for.
  bool is_guess = false;      ///< No word said so; usage or messages did.
};

KindVerdict ClassifyKind(const OtlpSpan& span, SpanWork& work, const ResourceFacts& resource,
                         const ScopeFacts& scope);

}  // namespace vitrine::codecs::dialects
