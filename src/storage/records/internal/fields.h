// The fields of span records, once for both directions: each Visit function names every field of a
// struct with its number, and the visitor (FieldWriter or FieldReader) writes or reads it.
//
// Numbers are stored: never reuse or renumber one. In each struct they ascend; a new field gets a
// new number wherever that keeps the order, and old records are read without it.
// Format: docs/formats/span_record.md.
#pragma once

#include "model/span.h"

namespace vitrine::records {

// S is the struct or its const. The visitor's words:
//   Shared   a string that repeats within a batch     Text     a string that does not
//   Flag     a bool, with its default                 Number   an integer that is 0 by default
//   Signed   an integer that is 0 by default, either sign
//   MaybeX   an optional                              Enum     with its last enumerator
//   Id       a fixed-size id, none by default         SharedId one that repeats
//   Texts    an array of strings                      Groups   an array of structs
//   MaybeGroup  a pointer to a struct, or null

template <typename V, typename S>
void VisitAttribute(V& v, S& s) {
  v.Shared(1, s.key);
  v.AnyValue(2, s.value);  // Numbers 2 to 8, one for each type.
}

template <typename V, typename S>
void VisitEvent(V& v, S& s) {
  v.Time(1, s.time);
  v.Shared(2, s.name);
  v.Attributes(3, s.attributes);
  v.Number(4, s.dropped_attributes_count);
}

template <typename V, typename S>
void VisitLink(V& v, S& s) {
  v.SharedId(1, s.trace_id);
  v.Id(2, s.span_id);
  v.Text(3, s.trace_state);
  v.Attributes(4, s.attributes);
  v.Number(5, s.flags);
}

template <typename V, typename S>
void VisitAttachment(V& v, S& s) {
  v.Shared(1, s.media_type);
  v.Text(2, s.bytes);
}

template <typename V, typename S>
void VisitMessage(V& v, S& s) {
  v.Shared(1, s.role);
  v.Shared(2, s.name);
  v.Text(3, s.parts_template);
  v.Text(4, s.texts);
  v.Groups(5, s.attachments, [](auto& w, auto& x) { VisitAttachment(w, x); });
  v.Shared(6, s.finish_reason);
  v.Number(7, s.choice);
  v.Flag(8, s.is_new, false);
}

template <typename V, typename S>
void VisitToolCall(V& v, S& s) {
  v.Shared(1, s.name);
  v.Text(2, s.arguments);
  v.Text(3, s.id);
  v.Flag(4, s.is_server_side, false);
}

template <typename V, typename S>
void VisitDocument(V& v, S& s) {
  v.Text(1, s.id);
  v.MaybeDouble(2, s.score);
  v.Text(3, s.content);
  v.Shared(4, s.data_source);
  v.Text(5, s.metadata);
}

template <typename V, typename S>
void VisitHeader(V& v, S& s) {
  v.Shared(1, s.name);
  v.Shared(2, s.value);
}

template <typename V, typename S>
void VisitExchangeBody(V& v, S& s) {
  v.Text(1, s.skeleton);
  v.Number(2, s.size_bytes);
  v.Shared(3, s.content_encoding);
  v.Enum(4, s.state, model::BodyState::kWithheld);
}

template <typename V, typename S>
void VisitContentRef(V& v, S& s) {
  v.Enum(1, s.list, model::ContentList::kDocuments);
  v.Number(2, s.position);
  v.Number(3, s.attachment);
}

template <typename V, typename S>
void VisitExchange(V& v, S& s) {
  constexpr auto kHeader = [](auto& w, auto& x) { VisitHeader(w, x); };
  constexpr auto kBody = [](auto& w, auto& x) { VisitExchangeBody(w, x); };
  v.Shared(1, s.method);
  v.Shared(2, s.url);
  v.Number(3, s.status);
  v.Groups(4, s.request_headers, kHeader);
  v.Groups(5, s.response_headers, kHeader);
  v.Group(6, s.request, kBody);
  v.Group(7, s.response, kBody);
  v.Groups(8, s.contents, [](auto& w, auto& x) { VisitContentRef(w, x); });
  v.Offsets(9, s.piece_ends);
  v.Offsets(10, s.piece_offsets_ns);
}

template <typename V, typename S>
void VisitUsage(V& v, S& s) {
  v.MaybeNumber(1, s.input_tokens);
  v.MaybeNumber(2, s.cached_input_tokens);
  v.MaybeNumber(3, s.cache_write_tokens);
  v.MaybeNumber(4, s.cache_write_1h_tokens);
  v.MaybeNumber(5, s.output_tokens);
  v.MaybeNumber(6, s.reasoning_tokens);
  v.MaybeNumber(7, s.audio_input_tokens);
  v.MaybeNumber(8, s.audio_output_tokens);
  v.MaybeNumber(9, s.image_input_tokens);
  v.MaybeNumber(10, s.image_output_tokens);
  v.MaybeNumber(11, s.web_search_requests);
  v.Enum(12, s.source, model::UsageSource::kEstimated);
  v.Flag(13, s.assumed_exclusive, false);
  v.MaybeNumber(14, s.billed_input_tokens);
  v.MaybeNumber(15, s.billed_output_tokens);
  v.MaybeNumber(16, s.cached_audio_tokens);
  v.MaybeNumber(17, s.input_seconds);
  v.MaybeNumber(18, s.input_characters);
  v.MaybeNumber(19, s.output_images);
  v.MaybeNumber(20, s.pages);
  v.MaybeNumber(21, s.search_units);
  v.MaybeNumber(22, s.billed_cached_input_tokens);
  v.MaybeNumber(23, s.billed_cache_write_tokens);
  v.MaybeNumber(24, s.billed_cache_write_1h_tokens);
  v.MaybeNumber(25, s.largest_pass_tokens);
  v.MaybeNumber(26, s.smallest_pass_tokens);
}

template <typename V, typename S>
void VisitCost(V& v, S& s) {
  v.MaybeMoney(1, s.total);
  v.MaybeMoney(2, s.input);
  v.MaybeMoney(3, s.cache_read);
  v.MaybeMoney(4, s.cache_write);
  v.MaybeMoney(5, s.output);
  v.MaybeMoney(6, s.saved);
  v.MaybeMoney(7, s.reported);
  v.Shared(8, s.price_id);
}

template <typename V, typename S>
void VisitIdentity(V& v, S& s) {
  v.SharedId(1, s.trace_id);
  v.Id(2, s.span_id);
  v.Id(3, s.parent_span_id);
  v.Text(4, s.external_trace_id);
  v.Text(5, s.external_span_id);
  v.Text(6, s.trace_state);
  v.Flag(7, s.is_fragment, false);
  v.Flag(8, s.is_trace_root, false);
  v.Time(9, s.start);
  v.TimeAfter(10, s.end, s.start);
  v.Enum(11, s.kind, model::SpanKind::kDb);
  v.Enum(12, s.status, model::SpanStatus::kError);
  v.Enum(13, s.error_type, model::ErrorType::kOther);
  v.Number(14, s.http_status);
  v.Shared(15, s.name);
  v.Shared(16, s.operation);
  v.Shared(17, s.stage);
  v.Text(18, s.status_message);
  v.Text(19, s.error_text);
  v.Shared(20, s.dialect);
  v.Shared(21, s.session_id);
  v.Shared(22, s.user_id);
  v.Shared(23, s.service);
  v.Shared(24, s.service_version);
  v.Shared(25, s.environment);
  v.Shared(26, s.release);
  v.Shared(27, s.feature);
  v.Shared(28, s.experiment);
  v.Text(29, s.request_id);
  v.Shared(30, s.flags);
  v.Shared(31, s.trace_name);
  v.Texts(32, s.tags);
}

template <typename V, typename S>
void VisitModelCall(V& v, S& s) {
  v.Shared(40, s.provider);
  v.Shared(41, s.deployment_id);
  v.Shared(42, s.region);
  v.Shared(43, s.service_tier);
  v.Shared(44, s.request_model);
  v.Shared(45, s.response_model);
  v.Shared(46, s.system_fingerprint);
  v.Text(47, s.response_id);
  v.Text(48, s.previous_response_id);
  v.Shared(49, s.conversation_id);
  v.MaybeFlag(50, s.stream);
  v.Enum(51, s.finish_reason, model::FinishReason::kError);
  v.Texts(52, s.finish_reasons_raw);
  v.Flag(53, s.refusal, false);
  v.MaybeDouble(54, s.temperature);
  v.MaybeDouble(55, s.top_p);
  v.MaybeSigned(56, s.max_tokens);
  v.MaybeSigned(57, s.seed);
  v.Text(58, s.params);
  v.Group(59, s.usage, [](auto& w, auto& x) { VisitUsage(w, x); });
  v.Flag(60, s.usage_is_aggregate, false);
  v.Flag(61, s.is_batch, false);
  v.Shared(62, s.speed);
  v.Shared(63, s.inference_geo);
  v.Group(64, s.cost, [](auto& w, auto& x) { VisitCost(w, x); });
  v.MaybeSigned(70, s.ttft_ns);
  v.MaybeSigned(71, s.tpot_ns);
  v.MaybeSigned(72, s.queue_ns);
  v.MaybeSigned(73, s.longest_stall_ns);
  v.MaybeDouble(74, s.output_tokens_per_second);
  v.MaybeNumber(75, s.stall_count);
  v.Offsets(76, s.timeline.offsets_ns);
  v.Sizes(77, s.timeline.sizes);
  v.Text(80, s.call_id);
  v.Number(81, s.attempt);
  v.Flag(82, s.served, true);
  v.Enum(83, s.cache_status, model::CacheStatus::kMiss);
  v.Shared(84, s.prompt_name);
  v.Shared(85, s.prompt_version);
  v.Text(86, s.prompt_variables);
  v.Shared(87, s.price_model);
}

template <typename V, typename S>
void VisitContent(V& v, S& s) {
  constexpr auto kMessage = [](auto& w, auto& x) { VisitMessage(w, x); };
  v.Groups(90, s.input_messages, kMessage);
  v.Groups(91, s.output_messages, kMessage);
  v.Groups(92, s.tool_definitions, kMessage);
  v.Groups(93, s.tool_calls, [](auto& w, auto& x) { VisitToolCall(w, x); });
  v.Text(94, s.input_preview);
  v.Text(95, s.output_preview);
  v.Shared(100, s.agent_name);
  v.Shared(101, s.agent_id);
  v.Shared(102, s.workflow_name);
  v.Shared(103, s.tool_name);
  v.Text(104, s.tool_call_id);
  v.Shared(105, s.guardrail_name);
  v.Enum(106, s.guardrail_result, model::GuardrailResult::kBlock);
  v.Text(107, s.retrieval_query);
  v.Shared(108, s.data_source);
  v.MaybeNumber(109, s.retrieval_top_k);
  v.MaybeNumber(110, s.retrieval_count);
  v.MaybeDouble(111, s.retrieval_avg_score);
  v.Groups(112, s.documents, [](auto& w, auto& x) { VisitDocument(w, x); });
  v.MaybeNumber(113, s.embedding_dimensions);
  v.MaybeNumber(114, s.embedding_count);
  v.Attributes(120, s.attributes);
  v.Resource(121, s.resource);  // And 122, which refers to one that was written before.
  v.Shared(123, s.scope_name);
  v.Shared(124, s.scope_version);
  v.Groups(125, s.events, [](auto& w, auto& x) { VisitEvent(w, x); });
  v.Groups(126, s.links, [](auto& w, auto& x) { VisitLink(w, x); });
  v.Number(127, s.dropped_attributes_count);
  v.Texts(128, s.malformed);
  v.Enum(130, s.retention, model::Retention::kEnvelope);
  v.MaybeDouble(131, s.weight);
  v.Number(132, s.redactions);
  v.MaybeGroup(133, s.exchange, [](auto& w, auto& x) { VisitExchange(w, x); });
}

template <typename V, typename S>
void VisitSpan(V& v, S& s) {
  VisitIdentity(v, s);
  VisitModelCall(v, s);
  VisitContent(v, s);
}

template <typename V, typename S>
void VisitScore(V& v, S& s) {
  v.SharedId(1, s.trace_id);
  v.Id(2, s.span_id);
  v.Shared(3, s.session_id);
  v.Text(4, s.response_id);
  v.Shared(5, s.name);
  v.Shared(6, s.label);
  v.Text(7, s.comment);
  v.Shared(8, s.source);
  v.Shared(9, s.author);
  v.Shared(10, s.evaluator_version);
  v.Shared(11, s.judge_model);
  v.MaybeDouble(12, s.value);
  v.Time(13, s.time);
  v.Text(14, s.id);
}

template <typename V, typename S>
void VisitIngestCount(V& v, S& s) {
  v.Shared(1, s.door);
  v.Shared(2, s.reason);
  v.Time(3, s.time);
  v.Number(4, s.accepted);
  v.Number(5, s.rejected);
  v.Number(6, s.dropped);
}

/// Stands before the spans, so that they can be counted from the head of a payload.
inline constexpr uint32_t kSpanCountField = 4;

template <typename V, typename S>
void VisitBatch(V& v, S& s) {
  v.OwnedText(1, s.project);
  v.Enum(2, s.capture, model::Capture::kImport);
  v.Time(3, s.received);
  v.CountHint(kSpanCountField, s.spans);
  v.List(5, s.spans, [](auto& w, auto& x) { VisitSpan(w, x); });
  v.List(6, s.scores, [](auto& w, auto& x) { VisitScore(w, x); });
  v.List(7, s.counts, [](auto& w, auto& x) { VisitIngestCount(w, x); });
}

}  // namespace vitrine::records
