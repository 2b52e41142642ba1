#include "codecs/providers/call_decoder.h"

#include <charconv>

#include "codecs/content/content_reader.h"
#include "codecs/content/error_words.h"
#include "codecs/providers/internal/agent_trace.h"
#include "codecs/providers/internal/answer_reader.h"
#include "codecs/providers/internal/output_builder.h"
#include "codecs/providers/internal/request_reader.h"

namespace vitrine::codecs::providers {

namespace {

struct CountHeader {
  std::string_view name;
  model::Count RawUsage::* field;
};
constexpr CountHeader kCountHeaders[] = {
    {"x-amzn-bedrock-input-token-count", &RawUsage::input},
    {"x-amzn-bedrock-output-token-count", &RawUsage::output},
    {"x-amzn-bedrock-cache-read-input-token-count", &RawUsage::cache_read},
    {"x-amzn-bedrock-cache-write-input-token-count", &RawUsage::cache_write},
    {"x-prompt-tokens", &RawUsage::input},  // text-generation-inference
    {"x-generated-tokens", &RawUsage::output},
};

RawUsage ReadCountHeaders(std::span<const HeaderField> headers) {
  RawUsage raw;
  for (const CountHeader& known : kCountHeaders) {
    std::string_view digits = FindHeader(headers, known.name);
    uint64_t count = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error == std::errc() && end == digits.data() + digits.size()) raw.*known.field = count;
  }
  return raw;
}

void CopyFacts(const CallDraft& draft, ModelCall& call) {
  call.model_responded = draft.model;
  call.response_id = draft.response_id;
  call.response_status = draft.response_status;
  call.system_fingerprint = draft.system_fingerprint;
  call.service_tier = draft.service_tier;
  call.speed = draft.speed;
  call.inference_geo = draft.inference_geo;
  call.reported = draft.reported;
  call.usage_origin = draft.usage_origin;
  call.usage_json = draft.usage_json;
  call.reported_cost = draft.reported_cost;
  call.embedding_count = draft.embedding_count;
  call.embedding_dimensions = draft.embedding_dimensions;
  call.is_error = draft.is_error;
  call.error_type = draft.error_type;
  call.error_message = draft.error_message;
}

}  // namespace

struct CallDecoder::State {
  State(const ProviderRequest& sent, Arena& arena)
      : request(sent),
        route(FindRoute(sent, arena)),
        reader(arena, ContentWords::kProviders),
        draft(arena),
        answer(route, draft),
        agent(reader, route.provider) {}

  ProviderRequest request;
  Route route;
  ContentReader reader;
  CallDraft draft;
  AnswerReader answer;
  AgentTrace agent;
  uint16_t status = 0;
  RawUsage header_counts;
};

CallDecoder::CallDecoder(const ProviderRequest& request, Arena& arena)
    : state_(std::make_unique<State>(request, arena)) {}
CallDecoder::~CallDecoder() = default;

const Route& CallDecoder::route() const { return state_->route; }

void CallDecoder::Begin(const ResponseHead& head) {
  state_->status = head.status;
  state_->header_counts = ReadCountHeaders(head.headers);
  state_->answer.Begin(head);
}

void CallDecoder::Feed(std::string_view piece, uint64_t offset_ns) {
  state_->answer.Feed(piece, offset_ns);
}

ModelCall CallDecoder::Finish() {
  ModelCall call;
  if (!is_call()) return call;
  State& state = *state_;
  CallDraft& draft = state.draft;
  Arena& arena = state.reader.arena();
  state.answer.End();
  const RawUsage& counts = state.header_counts;
  bool is_uncounted = !draft.reported.input && !draft.reported.output;
  if (is_uncounted && (counts.input || counts.output) && state.status < 400) {
    draft.SetUsage(counts, UsageOrigin::kHeader);
  }
  if (!draft.reported.input && !draft.reported.output) draft.usage_origin = UsageOrigin::kNone;

  call.api = state.route.api;
  call.kind = KindOf(call.api);
  call.provider = state.route.provider;
  call.http_status = state.status;
  RequestFacts asked = ReadRequest(state.request, state.route, state.reader);
  call.model_requested = asked.model;
  draft.sound_type = MediaTypeOf(asked.sound_format);
  call.stream_requested = asked.asks_for_stream;
  call.params = asked.params;
  call.metadata = arena.CopyArray(asked.metadata);
  call.user = asked.user;
  call.input_messages = arena.CopyArray(asked.messages);
  call.tool_definitions = arena.CopyArray(asked.tools);

  CopyFacts(draft, call);
  call.previous_response_id =
      draft.previous_response_id.empty() ? asked.previous_response_id : draft.previous_response_id;
  BuildOutput(draft, state.reader, call);
  call.documents = arena.CopyArray(draft.documents);
  if (call.embedding_count && call.kind == model::SpanKind::kLlm) {
    call.kind = model::SpanKind::kEmbedding;  // InvokeModel serves all.
  } else if (!call.documents.empty() && call.kind == model::SpanKind::kLlm) {
    call.kind = model::SpanKind::kRerank;
  }
  call.usage = NormalizeUsage(draft, call.provider, asked.model);
  if (!call.is_error) {
    call.usage.input_characters = asked.spoken_characters;
    // Prices by the piece are those of the plain size and quality.
    if (draft.picture_count > 0 && asked.is_plain_picture)
      call.usage.output_images = draft.picture_count;
  }
  call.is_stream = state.answer.is_stream();
  call.is_complete = draft.is_done;
  call.has_end_marker = draft.has_end_marker;
  call.is_cut_off = draft.is_cut_off || (call.is_stream && !draft.is_done && !draft.is_error);
  if (call.is_error) {
    call.error_class = ClassifyError(call.http_status, call.error_type, call.error_message);
  } else if (call.is_cut_off) {
    call.error_class = model::ErrorType::kPartial;
  }
  call.deltas = state.answer.deltas();
  call.deltas_dropped = state.answer.deltas_dropped();
  call.agent_id = state.route.agent_id;
  call.session = state.route.session;
  for (std::string_view event : state.answer.agent_events()) state.agent.Read(event);
  call.agent_steps = state.agent.steps();
  call.events_skipped = state.answer.events_skipped() + state.agent.skipped();
  return call;
}

std::string_view Name(UsageOrigin origin) {
  switch (origin) {
    case UsageOrigin::kBody: return "body";
    case UsageOrigin::kHeader: return "header";
    case UsageOrigin::kInvocationMetrics: return "invocationMetrics";
    default: return {};
  }
}

}  // namespace vitrine::codecs::providers
