// Resolvers: the fields of a span that need more than one look-up, one function per subject.
#pragma once

#include "codecs/content/error_words.h"
#include "codecs/dialects/internal/content.h"
#include "codecs/dialects/internal/span_work.h"
#include "codecs/otlp/otlp_data.h"
#include "model/span.h"

namespace vitrine::codecs::dialects {

ResourceFacts ReadResource(std::span<const model::Attribute> attributes, SpanWork& work);
ScopeFacts ReadScope(const OtlpScope& scope);

/// Provider, models, tier, ids, finish reasons, agents, prompt.
void ResolveCall(SpanWork& work, const ContentResolver& content, ContentReader& reader,
                 model::Span& span);

/// Session, user, tags, environment, release, feature, experiment, trace name.
void ResolveWhose(SpanWork& work, const ResourceFacts& resource, ContentReader& reader,
                  model::Span& span);

/// What an exception event said.
struct ExceptionFacts {
  std::string_view type, message;
  bool escaped = false;  ///< It left the span: the span failed even where its status does not say.
};
void ResolveError(const OtlpSpan& sent, SpanWork& work, const ExceptionFacts& exception,
                  model::Span& span);

/// First token, rate, timeline. `first_chunk` is the moment of an event that says so.
void ResolveTiming(SpanWork& work, std::optional<Nanos> first_chunk,
                   std::optional<int64_t> first_chunk_ns, model::Span& span);
/// The timeline of `vitrine.token_timeline`, raw bytes or base64 text.
void ReadTimeline(const model::Value& value, std::string_view key, SpanWork& work,
                  model::Span& span);

void ResolveGuardrail(SpanWork& work, model::Span& span);

/// Scores that stand on the span: annotations, online_eval.*, user_feedback.rating,
/// gen_ai.evaluation.*.
void AppendScores(SpanWork& work, const model::Span& span, std::vector<model::Score>& scores);

/// The names of dialects, most specific first, joined with '+'.
std::string_view DialectNames(uint32_t bits, Arena& arena);

}  // namespace vitrine::codecs::dialects
