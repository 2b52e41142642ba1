#include "support/spans/random_spans.h"

#include <array>
#include <bit>

namespace vitrine::test_spans {

namespace {

using model::Attribute;
using model::Span;
using model::Value;
using platform::SeededRandom;

class Generator {
 public:
  Generator(SeededRandom& random, const RandomSpanOptions& options, Arena& arena)
      : random_(random), options_(options), arena_(arena) {}

  void Fill(Span& span);
  void Fill(model::Score& score);
  void Fill(model::IngestCount& count);

 private:
  bool Set() { return random_.OneIn(options_.set_one_in); }
  std::string_view AnyText();
  void Text(std::string_view& text) {
    if (Set()) text = AnyText();
  }
  template <typename... Views>
  void AllTexts(Views&... texts) {
    (Text(texts), ...);
  }
  void Flag(bool& flag) {
    if (Set()) flag = !flag;
  }
  /// Numbers of every magnitude, the largest included.
  uint64_t AnyNumber() {
    return random_.OneIn(10) ? UINT64_MAX : random_.Next() >> random_.Below(64);
  }
  template <typename T>
  void Number(T& number) {
    if (Set()) number = static_cast<T>(AnyNumber());
  }
  template <typename T>
  void Maybe(std::optional<T>& number) {
    if (Set()) number = static_cast<T>(AnyNumber());
  }
  void Maybe(std::optional<bool>& flag) {
    if (Set()) flag = random_.OneIn(2);
  }
  void Maybe(std::optional<double>& number) {
    // Any bits: infinities and NaNs too.
    if (Set()) number = std::bit_cast<double>(random_.Next());
  }
  void Maybe(std::optional<Money>& money) {
    if (Set()) money = Money{static_cast<int64_t>(AnyNumber())};
  }
  template <typename... Options>
  void AllMaybe(Options&... options) {
    (Maybe(options), ...);
  }
  template <typename E>
  void Enum(E& value, E last) {
    if (Set()) value = static_cast<E>(random_.Below(static_cast<uint64_t>(last) + 1));
  }
  template <size_t kSize, typename Tag>
  void Id(FixedId<kSize, Tag>& id) {
    if (Set() || random_.OneIn(2)) random_.Fill(id.bytes.data(), kSize);
  }
  void Time(Nanos& time) {
    if (Set()) time.since_epoch = static_cast<int64_t>(AnyNumber());
  }
  template <typename T, typename Fill>
  void Array(std::span<const T>& array, Fill fill, uint64_t count_max = 5) {
    if (!Set()) return;
    std::vector<T> values(random_.Below(count_max + 1));
    for (T& value : values) fill(value);
    array = arena_.CopyArray(values);
  }
  void Texts(std::span<const std::string_view>& texts) {
    Array(texts, [this](std::string_view& text) { text = AnyText(); });
  }
  Value AnyValue();
  void Attributes(std::span<const Attribute>& attributes) {
    Array(attributes, [this](Attribute& attribute) {
      attribute.key = AnyText();
      attribute.value = AnyValue();
    });
  }
  void Messages(std::span<const model::Message>& messages);
  void FillExchange(Span& span);
  void FillIdentity(Span& span);
  void FillCall(Span& span);
  void FillContent(Span& span);

  SeededRandom& random_;
  const RandomSpanOptions& options_;
  Arena& arena_;
  std::vector<std::string_view> known_texts_;
  std::vector<std::span<const Attribute>> known_resources_;
};

/// New or seen before; empty, short or long; letters or any bytes.
std::string_view Generator::AnyText() {
  if (!known_texts_.empty() && random_.OneIn(3)) {
    return known_texts_[static_cast<size_t>(random_.Below(known_texts_.size()))];
  }
  size_t size = random_.OneIn(2) ? random_.Below(20) : random_.Below(options_.text_size_max + 1);
  std::string text(size, '\0');
  if (random_.OneIn(4)) {
    random_.Fill(text.data(), text.size());
  } else {
    for (char& c : text) c = static_cast<char>('a' + random_.Below(26));
  }
  std::string_view kept = arena_.Copy(text);
  known_texts_.push_back(kept);
  return kept;
}

Value Generator::AnyValue() {
  switch (random_.Below(7)) {
    case 0: return Value::Null();
    case 1: return Value::Bool(random_.OneIn(2));
    case 2: return Value::Int(static_cast<int64_t>(AnyNumber()));
    case 3: return Value::Double(std::bit_cast<double>(random_.Next()));
    case 4: return Value::Json(AnyText());
    case 5: return Value::Bytes(AnyText());
    default: return Value::String(AnyText());
  }
}

void Generator::Messages(std::span<const model::Message>& messages) {
  Array(messages, [this](model::Message& message) {
    AllTexts(message.role, message.name, message.parts_template, message.texts,
             message.finish_reason);
    Array(message.attachments, [this](model::Attachment& attachment) {
      AllTexts(attachment.media_type, attachment.bytes);
    });
    Number(message.choice);
    Flag(message.is_new);
  });
}

void Generator::FillIdentity(Span& span) {
  Id(span.trace_id);
  Id(span.span_id);
  Id(span.parent_span_id);
  AllTexts(span.external_trace_id, span.external_span_id, span.trace_state);
  Flag(span.is_fragment);
  Flag(span.is_trace_root);
  Time(span.start);
  Time(span.end);
  Enum(span.kind, model::SpanKind::kDb);
  Enum(span.status, model::SpanStatus::kError);
  Enum(span.error_type, model::ErrorType::kOther);
  Number(span.http_status);
  AllTexts(span.name, span.operation, span.stage, span.status_message, span.error_text,
           span.dialect);
  AllTexts(span.session_id, span.user_id, span.service, span.service_version, span.environment,
           span.release, span.feature, span.experiment);
  AllTexts(span.request_id, span.flags, span.trace_name);
  Texts(span.tags);
}

void Generator::FillCall(Span& span) {
  AllTexts(span.provider, span.deployment_id, span.region, span.service_tier, span.request_model,
           span.response_model, span.system_fingerprint, span.response_id,
           span.previous_response_id, span.conversation_id);
  Maybe(span.stream);
  Enum(span.finish_reason, model::FinishReason::kError);
  Texts(span.finish_reasons_raw);
  Flag(span.refusal);
  AllMaybe(span.temperature, span.top_p, span.max_tokens, span.seed);
  Text(span.params);
  model::Usage& usage = span.usage;
  AllMaybe(usage.input_tokens, usage.cached_input_tokens, usage.cache_write_tokens,
           usage.cache_write_1h_tokens, usage.output_tokens, usage.reasoning_tokens,
           usage.audio_input_tokens, usage.audio_output_tokens, usage.image_input_tokens,
           usage.image_output_tokens, usage.web_search_requests, usage.billed_input_tokens,
           usage.billed_output_tokens, usage.cached_audio_tokens, usage.input_seconds,
           usage.input_characters, usage.output_images, usage.pages, usage.search_units,
           usage.billed_cached_input_tokens, usage.billed_cache_write_tokens,
           usage.billed_cache_write_1h_tokens, usage.largest_pass_tokens,
           usage.smallest_pass_tokens);
  Enum(usage.source, model::UsageSource::kEstimated);
  Flag(usage.assumed_exclusive);
  Flag(span.usage_is_aggregate);
  Flag(span.is_batch);
  AllTexts(span.speed, span.inference_geo, span.price_model);
  model::Cost& cost = span.cost;
  AllMaybe(cost.total, cost.input, cost.cache_read, cost.cache_write, cost.output, cost.saved,
           cost.reported);
  Text(cost.price_id);
  AllMaybe(span.ttft_ns, span.tpot_ns, span.queue_ns, span.longest_stall_ns,
           span.output_tokens_per_second, span.stall_count);
  Array(span.timeline.offsets_ns, [this](uint64_t& offset) { offset = AnyNumber(); }, 300);
  Array(
      span.timeline.sizes, [this](uint32_t& size) { size = static_cast<uint32_t>(AnyNumber()); },
      300);
  Text(span.call_id);
  Number(span.attempt);
  Flag(span.served);
  Enum(span.cache_status, model::CacheStatus::kMiss);
  AllTexts(span.prompt_name, span.prompt_version, span.prompt_variables);
}

void Generator::FillContent(Span& span) {
  Messages(span.input_messages);
  Messages(span.output_messages);
  Messages(span.tool_definitions);
  Array(span.tool_calls, [this](model::ToolCall& call) {
    AllTexts(call.name, call.arguments, call.id);
    Flag(call.is_server_side);
  });
  AllTexts(span.input_preview, span.output_preview, span.agent_name, span.agent_id,
           span.workflow_name, span.tool_name, span.tool_call_id, span.guardrail_name);
  Enum(span.guardrail_result, model::GuardrailResult::kBlock);
  AllTexts(span.retrieval_query, span.data_source);
  AllMaybe(span.retrieval_top_k, span.retrieval_count, span.retrieval_avg_score);
  Array(span.documents, [this](model::RetrievedDocument& document) {
    AllTexts(document.id, document.content, document.data_source, document.metadata);
    Maybe(document.score);
  });
  AllMaybe(span.embedding_dimensions, span.embedding_count);
}

void Generator::FillExchange(Span& span) {
  if (!Set()) return;
  model::Exchange exchange;
  AllTexts(exchange.method, exchange.url);
  Number(exchange.status);
  for (auto* headers : {&exchange.request_headers, &exchange.response_headers}) {
    Array(*headers, [this](model::HeaderPair& header) { AllTexts(header.name, header.value); });
  }
  for (model::ExchangeBody* body : {&exchange.request, &exchange.response}) {
    AllTexts(body->skeleton, body->content_encoding);
    Number(body->size_bytes);
    Enum(body->state, model::BodyState::kWithheld);
  }
  Array(exchange.contents, [this](model::ContentRef& place) {
    Enum(place.list, model::ContentList::kDocuments);
    Number(place.position);
    Number(place.attachment);
  });
  for (auto* numbers : {&exchange.piece_ends, &exchange.piece_offsets_ns})
    Array(*numbers, [this](uint64_t& number) { number = AnyNumber(); });
  span.exchange = arena_.CopyArray(std::span<const model::Exchange>(&exchange, 1)).data();
}

void Generator::Fill(Span& span) {
  FillIdentity(span);
  FillCall(span);
  FillContent(span);
  Attributes(span.attributes);
  if (!known_resources_.empty() && random_.OneIn(2)) {
    span.resource = known_resources_[static_cast<size_t>(random_.Below(known_resources_.size()))];
  } else {
    Attributes(span.resource);
    known_resources_.push_back(span.resource);
  }
  AllTexts(span.scope_name, span.scope_version);
  Array(span.events, [this](model::SpanEvent& event) {
    Time(event.time);
    Text(event.name);
    Attributes(event.attributes);
    Number(event.dropped_attributes_count);
  });
  Array(span.links, [this](model::SpanLink& link) {
    Id(link.trace_id);
    Id(link.span_id);
    Text(link.trace_state);
    Attributes(link.attributes);
    Number(link.flags);
  });
  Number(span.dropped_attributes_count);
  Texts(span.malformed);
  Enum(span.retention, model::Retention::kEnvelope);
  Maybe(span.weight);
  Number(span.redactions);
  FillExchange(span);
}

void Generator::Fill(model::Score& score) {
  Id(score.trace_id);
  Id(score.span_id);
  AllTexts(score.id, score.session_id, score.response_id, score.name, score.label, score.comment,
           score.source, score.author, score.evaluator_version, score.judge_model);
  Maybe(score.value);
  Time(score.time);
}

void Generator::Fill(model::IngestCount& count) {
  AllTexts(count.door, count.reason);
  count.time.since_epoch = static_cast<int64_t>(random_.Next());
  Number(count.accepted);
  Number(count.rejected);
  Number(count.dropped);
}

}  // namespace

model::SpanBatch RandomBatch(SeededRandom& random, const RandomSpanOptions& options) {
  model::SpanBatch batch;
  if (random.OneIn(2)) batch.project = "project " + std::to_string(random.Below(1000));
  batch.capture =
      static_cast<model::Capture>(random.Below(static_cast<uint64_t>(model::Capture::kImport) + 1));
  batch.received.since_epoch = static_cast<int64_t>(random.Next());
  Generator generator(random, options, batch.arena);
  batch.spans.resize(random.Below(options.span_count_max + 1));
  for (Span& span : batch.spans) generator.Fill(span);
  batch.scores.resize(random.Below(4));
  for (model::Score& score : batch.scores) generator.Fill(score);
  batch.counts.resize(random.Below(3));
  for (model::IngestCount& count : batch.counts) generator.Fill(count);
  return batch;
}

model::SpanBatch ChatBatch(SeededRandom& random, size_t span_count, size_t span_size_bytes) {
  model::SpanBatch batch;
  Arena& arena = batch.arena;
  batch.received = {1'763'700'000'000'000'000};
  std::array<Attribute, 4> resource = {{{"service.name", Value::String("checkout-assistant")},
                                        {"service.version", Value::String("2.3.1")},
                                        {"telemetry.sdk.language", Value::String("python")},
                                        {"deployment.environment", Value::String("production")}}};
  auto shared_resource = arena.CopyArray(std::span<const Attribute>(resource));
  // About 600 bytes of an encoded span are not message text.
  size_t text_size = span_size_bytes > 1000 ? span_size_bytes - 600 : 400;
  for (size_t i = 0; i < span_count; ++i) {
    Span& span = batch.spans.emplace_back();
    random.Fill(span.trace_id.bytes.data(), TraceId::size);
    random.Fill(span.span_id.bytes.data(), SpanId::size);
    span.start = {1'763'700'000'000'000'000 + static_cast<int64_t>(i) * 1'000'000};
    span.end = span.start + 1'200'000'000;
    span.kind = model::SpanKind::kLlm;
    span.name = "chat gpt-4o";
    span.operation = "chat";
    span.provider = "openai";
    span.request_model = "gpt-4o";
    span.response_model = "gpt-4o-2024-08-06";
    span.service = "checkout-assistant";
    span.response_id = arena.Copy("chatcmpl-" + std::to_string(random.Next()));
    span.usage.input_tokens = 800 + random.Below(400);
    span.usage.output_tokens = 100 + random.Below(100);
    span.usage.source = model::UsageSource::kProvider;
    span.cost.total = Money{static_cast<int64_t>(random.Below(10'000'000))};
    span.resource = shared_resource;
    span.scope_name = "opentelemetry.instrumentation.openai";
    std::vector<model::Message> input(3);
    for (model::Message& message : input) {
      std::string text(text_size / 4, ' ');
      for (char& c : text) c = static_cast<char>('a' + random.Below(26));
      message.role = "user";
      message.parts_template = "[{\"type\":\"text\",\"content\":\x1F}]";
      message.texts = arena.Copy(text);
    }
    span.input_messages = arena.CopyArray(input);
    span.output_messages = arena.CopyArray(std::span<const model::Message>(input.data(), 1));
    std::vector<Attribute> attributes;
    for (const char* key : {"llm.headers", "gen_ai.openai.response.service_tier", "thread.id",
                            "thread.name", "code.function", "server.address", "server.port"}) {
      attributes.push_back({key, Value::String(arena.Copy(std::to_string(random.Below(1000))))});
    }
    span.attributes = arena.CopyArray(attributes);
  }
  return batch;
}

}  // namespace vitrine::test_spans
