#include "capture/gateway/call_span.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include "capture/gateway/agent_step_spans.h"
#include "capture/gateway/call_outcome.h"
#include "capture/gateway/exchange_skeleton.h"
#include "capture/gateway/limits.h"
#include "capture/gateway/secret_headers.h"
#include "codecs/content/message_facts.h"
#include "codecs/content/pace.h"
#include "codecs/content/text.h"
#include "pipeline/secret_scrubber.h"
#include "syntax/compress/inflate_stream.h"
#include "syntax/json/utf8.h"

namespace vitrine::capture {

namespace {

namespace providers = codecs::providers;
using model::Attribute;
using model::Span;
using model::Value;
using providers::Api;
using providers::ModelCall;

constexpr std::string_view kRequestIdHeaders[] = {
    "x-request-id",           "request-id",       "x-amzn-requestid",  "apim-request-id",
    "mistral-correlation-id", "x-debug-trace-id", "x-kong-request-id", "x-goog-request-id"};
// Headers that say something about a call by themselves; the exchange has all of them.
constexpr std::string_view kTellingHeaders[] = {"user-agent",
                                                "x-request-id",
                                                "request-id",
                                                "x-amzn-requestid",
                                                "apim-request-id",
                                                "x-goog-request-id",
                                                "cf-ray",
                                                "retry-after",
                                                "openai-processing-ms",
                                                "openai-organization",
                                                "openai-project",
                                                "openai-version",
                                                "anthropic-version",
                                                "anthropic-beta",
                                                "anthropic-organization-id",
                                                "x-envoy-upstream-service-time",
                                                "x-should-retry"};
constexpr std::string_view kTellingPrefixes[] = {
    "x-ratelimit-", "anthropic-ratelimit-", "x-stainless-", "x-ms-", "azureml-", "x-amzn-bedrock-"};
// Words of a request's metadata that have a column, in the order in which they win.
constexpr std::string_view kUserWords[] = {"user_id", "userId", "user"};
constexpr std::string_view kSessionWords[] = {"session_id",      "sessionId", "session",
                                              "conversation_id", "thread_id", "chat_id"};

bool IsOneOf(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

bool IsTelling(std::string_view header) {
  const auto begins = [&](std::string_view prefix) { return header.starts_with(prefix); };
  return IsOneOf(header, kTellingHeaders) || std::ranges::any_of(kTellingPrefixes, begins);
}

/// What an interface's operation is called on spans.
std::string_view OperationOf(Api api, model::SpanKind kind) {
  switch (api) {
    case Api::kNone: return {};
    case Api::kGenerateContent: return "generate_content";
    case Api::kCompletions:
    case Api::kComplete:
    case Api::kCohereGenerateV1:
    case Api::kOllamaGenerate:
    case Api::kTgiGenerate:
    case Api::kWatsonxGeneration:
    case Api::kAlephAlphaComplete: return "text_completion";
    case Api::kImageGenerations:
    case Api::kImageEdits: return "image_generation";
    case Api::kTranscriptions:
    case Api::kTranslations: return "transcription";
    case Api::kSpeech: return "speech";
    case Api::kPredictions:
    case Api::kOcr: return providers::Name(api);
    default: break;
  }
  if (kind == model::SpanKind::kEmbedding) return "embeddings";
  if (kind == model::SpanKind::kRerank) return "rerank";
  return kind == model::SpanKind::kLlm ? "chat" : providers::Name(api);
}

/// "us-east-1" of "bedrock-runtime.us-east-1.amazonaws.com", "europe-west1" of
/// "europe-west1-aiplatform.googleapis.com".
std::string_view RegionOf(std::string_view authority) {
  if (authority.starts_with("bedrock-") && authority.contains(".amazonaws.com")) {
    const std::string_view rest = authority.substr(authority.find('.') + 1);
    return rest.substr(0, rest.find('.'));
  }
  const size_t vertex = authority.find("-aiplatform.googleapis.com");
  return vertex == std::string_view::npos ? std::string_view() : authority.substr(0, vertex);
}

std::vector<providers::HeaderField> FieldsOf(const net::HttpHeaders& headers) {
  std::vector<providers::HeaderField> fields;
  fields.reserve(headers.size());
  for (const net::HttpHeader& header : headers) fields.push_back({header.name, header.value});
  return fields;
}

}  // namespace

/// One recording on its way to one span.
class CallSpans::Reader {
 public:
  Reader(CallSpans& to, Recording& recording)
      : to_(to), arena_(to.batch_.arena), recording_(recording) {}

  void Read() {
    const ModelCall call = Decode();
    ReadIdentity();
    ReadTimes();
    ReadCall(call);
    ReadContext(call);
    if (recording_.fetched_by.empty()) ReadPace(call);
    const CallOutcome outcome =
        OutcomeOf(recording_, call, is_request_unreadable_ || is_response_unreadable_);
    span_.cache_status = recording_.cache_status;
    span_.guardrail_name = Keep(recording_.guardrail_name);
    span_.guardrail_result = recording_.guardrail_result;
    // Says that it ended well after all, also where the first answer broke off.
    const bool is_answered =
        !recording_.fetched_by.empty() && outcome.status == model::SpanStatus::kUnset;
    span_.status = is_answered ? model::SpanStatus::kOk : outcome.status;
    span_.error_type = outcome.error_type;
    span_.status_message = arena_.Copy(outcome.message);
    span_.error_text = call.error_type;
    ReadBatch();
    ReadAttributes();
    LinkRetry(outcome.may_be_repeated);
    LeaveOutContent(span_);
    ReadExchange();
    // Masked before, as far as the bytes showed them; echoes that came in pieces, or escaped, show
    // in what the pieces add up to.
    static const pipeline::SecretScrubber scrubber;
    scrubber.ScrubKnown(span_, arena_, recording_.secrets);
    std::vector<Span>& spans = to_.batch_.spans;
    spans.push_back(span_);
    AddAgentSteps(span_, call.agent_steps, to_.batch_);
    for (Span& step : std::span(spans).subspan(spans.size() - call.agent_steps.size())) {
      LeaveOutContent(step);
      scrubber.ScrubKnown(step, arena_, recording_.secrets);
    }
  }

 private:
  /// The text in the arena as UTF-8, whatever was sent.
  std::string_view Keep(std::string_view text) {
    if (syntax::Utf8IsValid(text)) return arena_.Copy(text);
    std::string repaired;
    syntax::AppendUtf8Repaired(repaired, text);
    return arena_.Copy(repaired);
  }
  void AddAttribute(std::string_view key, std::string_view value) {
    if (!value.empty()) attributes_.push_back({key, Value::String(value)});
  }

  ModelCall Decode() {
    ReadBodies();
    request_fields_ = FieldsOf(recording_.request_headers);
    response_fields_ = FieldsOf(recording_.response_headers);
    url_ = arena_.Copy(recording_.upstream->origin + recording_.target);
    const providers::ProviderRequest request{
        .method = recording_.method,
        .url = url_,
        .kind = recording_.upstream->kind,
        .headers = arena_.CopyArray(request_fields_),
        .body = request_body_,
    };
    auto decoder = std::make_unique<providers::CallDecoder>(request, arena_);
    if (!decoder->is_call()) return {};
    if (recording_.status != 0) {
      decoder->Begin({.status = static_cast<uint16_t>(recording_.status),
                      .headers = arena_.CopyArray(response_fields_)});
      uint64_t begin = 0;
      for (const PlainPiece& piece : pieces_) {
        decoder->Feed(response_body_.substr(begin, piece.end - begin), piece.offset_ns);
        begin = piece.end;
      }
    }
    route_model_ = decoder->route().model;
    ModelCall call = decoder->Finish();
    to_.decoders_.push_back(std::move(decoder));
    return call;
  }

  /// Both bodies without their content encodings and the caller's credentials.
  void ReadBodies() {
    const std::vector<Recording::Piece> whole = {{recording_.request_body.size(), 0}};
    std::vector<PlainPiece> unused;
    request_encoding_ = recording_.request_headers.First("content-encoding").value_or("");
    request_body_ = PlainBytes(recording_.request_body, request_encoding_, kRequestBytesMax, whole,
                               unused, is_request_unreadable_);
    response_encoding_ = recording_.response_headers.First("content-encoding").value_or("");
    response_body_ = PlainBytes(recording_.response_body, response_encoding_, kResponseBytesMax,
                                recording_.pieces, pieces_, is_response_unreadable_);
  }

  /// What cannot be undone ends the body; what came before is there.
  std::string_view PlainBytes(std::string& body, std::string_view encoding, size_t size_max,
                              const std::vector<Recording::Piece>& pieces,
                              std::vector<PlainPiece>& plain_pieces, bool& is_unreadable) {
    const bool is_encoded = !body.empty() && !encoding.empty() && encoding != "identity";
    std::string& plain = is_encoded ? to_.plain_bodies_.emplace_back() : body;
    auto stream = compress::InflateStream::Open(is_encoded ? encoding : "", size_max);
    is_unreadable = !stream;
    uint64_t begin = 0;
    for (const Recording::Piece& piece : pieces) {
      if (is_unreadable) break;
      const auto bytes = std::string_view(body).substr(begin, piece.end - begin);
      begin = piece.end;
      if (is_encoded) is_unreadable = !stream->Feed(bytes, plain);
      plain_pieces.push_back({is_encoded ? plain.size() : piece.end, Offset(piece.read_ns)});
    }
    MaskSecrets(recording_.secrets, plain);
    return plain;
  }

  uint64_t Offset(int64_t monotonic_ns) const {
    return static_cast<uint64_t>(
        std::max<int64_t>(0, monotonic_ns - recording_.end.times.accepted_ns));
  }

  void ReadIdentity() {
    const CallContext& context = *recording_.context;
    span_.span_id = recording_.span_id;
    span_.trace_id = context.trace_id;
    span_.parent_span_id = context.parent_span_id;
    span_.is_trace_root = !context.parent_span_id;
    span_.external_trace_id = Keep(context.external_trace_id);
    span_.trace_state = Keep(context.trace_state);
    span_.dialect = "gateway";
    span_.scope_name = "vitrine.gateway";
  }

  void ReadTimes() {
    const net::RelayTimes& times = recording_.end.times;
    const int64_t end_ns =
        std::max({times.accepted_ns, times.first_byte_ns, times.last_byte_ns, recording_.ended_ns});
    span_.start = recording_.started;
    span_.end = recording_.is_length_known ? recording_.started + (end_ns - times.accepted_ns)
                                           : UnknownEnd(recording_.started);
  }

  void ReadCall(const ModelCall& call) {
    span_.kind = call.kind;
    span_.operation = OperationOf(call.api, call.kind);
    span_.http_status =
        static_cast<uint16_t>(recording_.status != 0 ? recording_.status : recording_.end.status);
    span_.provider = call.provider;
    if (call.api == Api::kNone) {
      const std::string_view path = std::string_view(recording_.target);
      span_.name = Keep(recording_.method + " " + std::string(path.substr(0, path.find('?'))));
      span_.operation = "http";
      return;
    }
    const bool is_azure = recording_.upstream->kind.starts_with("azure");
    span_.deployment_id = is_azure ? route_model_ : std::string_view();
    span_.region = arena_.Copy(RegionOf(recording_.upstream->authority));
    span_.service_tier = call.service_tier;
    span_.speed = call.speed;
    span_.inference_geo = call.inference_geo;
    span_.request_model = call.model_requested;
    span_.response_model = call.model_responded;
    span_.price_model = Keep(recording_.context->price_model);
    span_.system_fingerprint = call.system_fingerprint;
    span_.response_id = call.response_id;
    span_.previous_response_id = call.previous_response_id;
    span_.stream = call.is_stream || call.stream_requested;
    span_.finish_reason = call.finish_reason;
    span_.finish_reasons_raw = call.finish_reasons;
    span_.refusal = call.is_refusal;
    span_.temperature = call.params.temperature;
    span_.top_p = call.params.top_p;
    span_.max_tokens = call.params.max_tokens;
    span_.seed = call.params.seed;
    span_.params = call.params.json;
    span_.usage = call.usage;
    span_.cost.reported = call.reported_cost;
    span_.input_messages = call.input_messages;
    span_.output_messages = call.output_messages;
    span_.tool_definitions = call.tool_definitions;
    span_.tool_calls = call.tool_calls;
    span_.documents = call.documents;
    span_.embedding_count = call.embedding_count;
    span_.embedding_dimensions = call.embedding_dimensions;
    span_.agent_id = call.agent_id;
    span_.name =
        Keep(std::string(span_.operation) +
             (call.model_requested.empty() ? "" : " " + std::string(call.model_requested)));
    codecs::SetPreviews(span_);
  }

  void ReadContext(const ModelCall& call) {
    const CallContext& context = *recording_.context;
    span_.user_id = Keep(context.user);
    span_.session_id = Keep(context.session);
    span_.feature = Keep(context.feature);
    span_.release = Keep(context.release);
    span_.environment = Keep(context.environment);
    span_.service = Keep(context.service);
    span_.service_version = Keep(context.service_version);
    span_.experiment = Keep(context.experiment);
    span_.trace_name = Keep(context.trace_name);
    span_.flags = Keep(context.flags);
    span_.prompt_name = Keep(context.prompt_name);
    span_.prompt_version = Keep(context.prompt_version);
    span_.request_id = Keep(context.request_id);
    for (const std::string_view name : kRequestIdHeaders) {
      if (!span_.request_id.empty()) break;
      span_.request_id = Keep(recording_.response_headers.First(name).value_or(""));
    }
    std::vector<std::string_view> tags;
    for (const std::string& tag : context.tags) tags.push_back(arena_.Copy(tag));
    span_.tags = arena_.CopyArray(tags);
    ReadMetadata(call);
  }

  void ReadMetadata(const ModelCall& call) {
    for (const providers::MetadataEntry& entry : call.metadata) {
      std::string_view* column = IsOneOf(entry.name, kUserWords)      ? &span_.user_id
                                 : IsOneOf(entry.name, kSessionWords) ? &span_.session_id
                                                                      : nullptr;
      if (column != nullptr && column->empty()) {
        *column = entry.value;
      } else {
        AddAttribute(arena_.Copy("metadata." + std::string(entry.name)), entry.value);
      }
    }
    if (span_.user_id.empty()) span_.user_id = call.user;
    if (span_.session_id.empty()) span_.session_id = call.session;
  }

  /// A request of a batch that got no answer failed there, not here.
  void ReadBatch() {
    span_.is_batch = recording_.is_batch;
    if (recording_.batch_fault.empty()) return;
    span_.status = model::SpanStatus::kError;
    span_.error_type = recording_.batch_fault_class;
    span_.status_message = Keep(recording_.batch_fault);
    span_.error_text = Keep(recording_.batch_fault_word);
  }

  void ReadPace(const ModelCall& call) {
    if (call.deltas.empty()) return;
    const size_t count = call.deltas.size();
    auto* offsets = static_cast<uint64_t*>(arena_.Allocate(count * sizeof(uint64_t)));
    auto* sizes = static_cast<uint32_t*>(arena_.Allocate(count * sizeof(uint32_t)));
    for (size_t i = 0; i < count; ++i) {
      offsets[i] = call.deltas[i].offset_ns;
      sizes[i] = call.deltas[i].size;
    }
    span_.timeline.offsets_ns = {offsets, count};
    span_.timeline.sizes = {sizes, count};
    span_.ttft_ns = static_cast<int64_t>(offsets[0]);
    codecs::MeasureStalls(span_, to_.pace_.stalls);
    codecs::MeasureRates(span_);
    const CallContext& context = *recording_.context;
    const std::string trace = context.trace_id.ToHex();
    keeps_times_ = to_.pace_.timelines.Keeps(
        context.feature, context.session.empty() ? std::string_view(trace) : context.session);
    if (!keeps_times_) span_.timeline = {};
  }

  void ReadAttributes() {
    AddAttribute("http.request.method", Keep(recording_.method));
    AddAttribute("url.full", Keep(WithoutSecretParameters(url_)));
    AddAttribute("server.address", arena_.Copy(recording_.upstream->authority));
    AddAttribute("vitrine.gateway.upstream", arena_.Copy(recording_.upstream->name));
    const net::RelayEnd& end = recording_.end;
    if (end.reason != net::RelayEndReason::kComplete)
      AddAttribute("vitrine.gateway.end", net::RelayEndReasonName(end.reason));
    if (recording_.is_request_left_out) AddAttribute("vitrine.gateway.request_body", "left out");
    if (recording_.is_response_left_out) AddAttribute("vitrine.gateway.response_body", "left out");
    if (recording_.is_request_elsewhere)
      AddAttribute("vitrine.gateway.request_body", "came with the batch");
    if (recording_.is_response_elsewhere)
      AddAttribute("vitrine.gateway.response_body", "kept as the calls of the batch");
    AddAttribute("vitrine.gateway.answer_fetched_by", Keep(recording_.fetched_by));
    if (!keeps_times_) AddAttribute("vitrine.gateway.timeline", "not sampled");
    if (is_request_unreadable_ || is_response_unreadable_)
      AddAttribute("vitrine.gateway.body", "could not be decompressed");
    if (!recording_.is_request_elsewhere)
      attributes_.push_back({"http.request.body.size", Value::Int(ToInt(end.request_body_bytes))});
    attributes_.push_back({"http.response.body.size", Value::Int(ToInt(end.response_body_bytes))});
    if (end.tunnel_up_bytes + end.tunnel_down_bytes > 0) {
      attributes_.push_back({"vitrine.gateway.bytes_up", Value::Int(ToInt(end.tunnel_up_bytes))});
      attributes_.push_back(
          {"vitrine.gateway.bytes_down", Value::Int(ToInt(end.tunnel_down_bytes))});
    }
    if (end.times.connected_ns > 0) {
      attributes_.push_back(
          {"vitrine.gateway.connected_ns", Value::Int(ToInt(Offset(end.times.connected_ns)))});
    }
    if (end.times.first_byte_ns > 0) {
      attributes_.push_back(
          {"vitrine.gateway.first_byte_ns", Value::Int(ToInt(Offset(end.times.first_byte_ns)))});
    }
    AddHeaders("http.request.header.", recording_.request_headers);
    AddHeaders("http.response.header.", recording_.response_headers);
    for (const auto& [name, value] : recording_.context->properties)
      AddAttribute(arena_.Copy(name), arena_.Copy(value));
    span_.attributes = arena_.CopyArray(attributes_);
  }

  static int64_t ToInt(uint64_t count) {
    return static_cast<int64_t>(std::min<uint64_t>(count, INT64_MAX));
  }

  void AddHeaders(std::string_view prefix, const net::HttpHeaders& headers) {
    for (const net::HttpHeader& header : headers) {
      std::string key(prefix);
      for (const char c : header.name)
        key.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
      const std::string_view name = std::string_view(key).substr(prefix.size());
      if (!IsTelling(name) || IsSecretHeader(name)) continue;
      std::string value(header.value);
      MaskSecrets(recording_.secrets, value);
      AddAttribute(Keep(key), Keep(value));
    }
  }

  /// How often the client has tried before, as its SDK says.
  uint32_t RetryCount() const {
    uint32_t count = 0;
    const auto read = [&count](std::string_view text) {
      std::from_chars(text.data(), text.data() + text.size(), count);
    };
    if (const auto sent = recording_.request_headers.First("x-stainless-retry-count")) read(*sent);
    constexpr std::string_view kAttempt = "attempt=";  // AWS: "attempt=2; max=3"
    const auto aws = recording_.request_headers.First("amz-sdk-request");
    if (aws && aws->starts_with(kAttempt)) {
      read(aws->substr(kAttempt.size()));
      count = count > 0 ? count - 1 : 0;
    }
    return count;
  }

  void LinkRetry(bool may_be_repeated) {
    span_.served = recording_.is_served;
    if (!recording_.call_id.empty()) {
      span_.call_id = arena_.Copy(recording_.call_id);
      span_.attempt = recording_.attempt;
      return;
    }
    const uint32_t retry_count = RetryCount();
    const std::string own = recording_.span_id.ToHex();
    std::string who = recording_.project + '\n' + recording_.target + '\n' +
                      recording_.upstream->origin + '\n' + recording_.context->session + '\n';
    who += recording_.request_headers.First("amz-sdk-invocation-id").value_or("");
    if (recording_.context->parent_span_id) who += recording_.context->parent_span_id.ToHex();
    const uint64_t digest = std::hash<std::string_view>()(recording_.request_body) * 31 +
                            std::hash<std::string_view>()(who);
    // Kept with the recording: it is read again when the log refused it, and is linked once.
    recording_.call_id = to_.links_.Link({.digest = digest,
                                          .retry_count = retry_count,
                                          .start = span_.start,
                                          .may_be_repeated = may_be_repeated,
                                          .call_id = own});
    recording_.attempt = static_cast<uint16_t>(std::min<uint32_t>(retry_count, UINT16_MAX));
    span_.call_id = arena_.Copy(recording_.call_id);
    span_.attempt = recording_.attempt;
  }

  void LeaveOutContent(Span& span) const {
    const CallContext& context = *recording_.context;
    // The answer tells of an agent's steps, and they repeat the question.
    const bool is_step = &span != &span_;
    if (context.omits_request || (is_step && context.omits_response)) {
      span.input_messages = {};
      span.tool_definitions = {};
      span.input_preview = {};
      span.retrieval_query = {};
    }
    if (context.omits_response || (is_step && context.omits_request)) {
      span.output_messages = {};
      span.tool_calls = {};
      span.documents = {};
      span.output_preview = {};
    }
    // A guardrail's attributes say what it found, and errors of tools what they were given.
    if (is_step && (context.omits_request || context.omits_response)) {
      span.attributes = {};
      span.status_message = {};
    }
  }

  void ReadExchange() {
    using model::BodyState;
    PlainBody request{request_body_, request_encoding_},
        response{response_body_, response_encoding_};
    if (is_request_unreadable_) request.state = BodyState::kUnreadable;
    if (is_response_unreadable_) response.state = BodyState::kUnreadable;
    if (recording_.is_request_left_out) request.state = BodyState::kTooLarge;
    if (recording_.is_response_left_out) response.state = BodyState::kTooLarge;
    // ReadAttributes says why.
    if (recording_.is_request_elsewhere) request.state = BodyState::kOmitted;
    if (recording_.is_response_elsewhere) response = {{}, response_encoding_, BodyState::kOmitted};
    // Answers repeat parts of the question (instructions, tools, prompts of completions).
    const CallContext& context = *recording_.context;
    if (context.omits_request) request = {{}, request_encoding_, BodyState::kOmitted};
    if (context.omits_request || context.omits_response)
      response = {{}, response_encoding_, BodyState::kOmitted};
    const std::string url = WithoutSecretParameters(url_);
    span_.exchange = BuildExchange(
        {
            .method = recording_.method,
            .url = url,
            .status = recording_.status,
            .request_headers = recording_.request_headers,
            .response_headers = recording_.response_headers,
            .request = request,
            .response = response,
            .pieces =
                response.bytes.empty() || !keeps_times_ ? std::span<const PlainPiece>() : pieces_,
            .secrets = recording_.secrets,
        },
        span_, arena_);
  }

  CallSpans& to_;
  Arena& arena_;
  Recording& recording_;
  Span span_;
  std::vector<Attribute> attributes_;
  std::vector<providers::HeaderField> request_fields_, response_fields_;
  std::string_view url_, route_model_;
  std::string_view request_body_, response_body_;  ///< Plain.
  std::string_view request_encoding_, response_encoding_;
  std::vector<PlainPiece> pieces_;
  bool is_request_unreadable_ = false, is_response_unreadable_ = false;
  bool keeps_times_ = true;  ///< Of each token and read.
};

void CallSpans::Add(Recording& recording) { Reader(*this, recording).Read(); }

}  // namespace vitrine::capture
