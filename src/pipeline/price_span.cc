#include "pipeline/price_span.h"

namespace vitrine::pipeline {

using model::Span;
using model::SpanKind;
using model::UnpricedReason;

namespace {

/// Input without output is half a count, unless the kind of call has no output or the call failed.
bool HasUsage(const Span& span) {
  const model::Usage& usage = span.usage;
  if (span.kind != SpanKind::kLlm || span.status == model::SpanStatus::kError) {
    return usage.has_any();
  }
  return usage.input_tokens && usage.output_tokens;
}

}  // namespace

model::PriceQuery PriceQueryOf(const Span& span) {
  model::PriceQuery query;
  query.provider = span.provider;
  query.response_model = span.response_model;
  query.request_model = span.request_model;
  query.deployment_id = span.deployment_id;
  if (!span.price_model.empty()) {
    query.response_model = query.request_model = span.price_model;
    query.deployment_id = {};
  }
  query.region = span.region;
  query.inference_geo = span.inference_geo;
  query.service_tier = span.service_tier;
  query.speed = span.speed;
  query.is_batch = span.is_batch;
  query.start = span.start;
  query.has_usage = HasUsage(span);
  query.tokens = model::SplitBilledUsage(span.usage);
  const model::Usage& usage = span.usage;
  query.largest_pass = usage.largest_pass_tokens.value_or(0);
  query.smallest_pass = usage.smallest_pass_tokens.value_or(query.largest_pass);
  query.units.web_searches = usage.web_search_requests.value_or(0);
  query.units.queries = usage.search_units.value_or(span.kind == SpanKind::kRerank ? 1 : 0);
  query.units.input_seconds = usage.input_seconds.value_or(0);
  query.units.input_characters = usage.input_characters.value_or(0);
  query.units.output_images = usage.output_images.value_or(0);
  query.units.pages = usage.pages.value_or(0);
  query.units.cached_audio_tokens = usage.cached_audio_tokens.value_or(0);
  return query;
}

UnpricedReason PriceSpan(const PriceTable& table, Span& span, Arena& arena) {
  if (!model::IsModelCall(span.kind)) return UnpricedReason::kNone;
  std::optional<Money> reported = span.cost.reported;
  span.cost = {};
  span.cost.reported = reported;
  PriceAnswer answer = table.Answer(PriceQueryOf(span));
  bool is_hit = span.cache_status == model::CacheStatus::kHit;
  if (is_hit) {
    span.cost.total = span.cost.input = span.cost.cache_read = span.cost.cache_write =
        span.cost.output = Money{};
  }
  if (!answer.call) return is_hit ? UnpricedReason::kNone : answer.reason;
  const model::PricedCall& call = *answer.call;
  span.cost.price_id = arena.Copy(call.price_id());
  if (is_hit) {
    span.cost.saved = call.total;
    return UnpricedReason::kNone;
  }
  span.cost.total = call.total;
  span.cost.input = call.input;
  span.cost.cache_read = call.cache_read;
  span.cost.cache_write = call.cache_write;
  span.cost.output = call.output;
  return UnpricedReason::kNone;
}

}  // namespace vitrine::pipeline
