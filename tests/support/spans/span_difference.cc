#include "support/spans/span_difference.h"

#include <bit>
#include <optional>
#include <span>
#include <type_traits>

namespace vitrine::test_spans {

namespace {

using model::Attribute;
using model::Value;
using model::ValueType;

std::string Show(std::string_view text) {
  return "'" + std::string(text.substr(0, 60)) + "' (" + std::to_string(text.size()) + ")";
}
std::string Show(Money money) { return money.ToString(); }
std::string Show(Nanos time) { return std::to_string(time.since_epoch); }
template <size_t kSize, typename Tag>
std::string Show(const FixedId<kSize, Tag>& id) {
  return id.ToHex();
}
template <typename T>
  requires std::is_arithmetic_v<T>
std::string Show(T value) {
  return std::to_string(value);
}
template <typename T>
  requires std::is_enum_v<T>
std::string Show(T value) {
  return std::to_string(static_cast<int>(value));
}
template <typename T>
std::string Show(const std::optional<T>& value) {
  return value ? Show(*value) : "none";
}

template <typename T>
bool Same(const T& a, const T& b) {
  return a == b;
}
bool Same(double a, double b) { return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b); }
bool Same(const std::optional<double>& a, const std::optional<double>& b) {
  return a.has_value() == b.has_value() && (!a || Same(*a, *b));
}

/// Remembers the first difference.
class Comparison {
 public:
  template <typename T>
  void Plain(const char* name, const T& a, const T& b) {
    if (found_.empty() && !Same(a, b)) found_ = path_ + name + ": " + Show(a) + " / " + Show(b);
  }
  template <typename T, typename Compare>
  void Each(const char* name, std::span<const T> a, std::span<const T> b, Compare compare) {
    if (!found_.empty()) return;
    if (a.size() != b.size()) {
      found_ = path_ + name + " has " + std::to_string(a.size()) + " / " + std::to_string(b.size());
      return;
    }
    std::string outer = path_;
    for (size_t i = 0; i < a.size() && found_.empty(); ++i) {
      path_ = outer + name + "[" + std::to_string(i) + "].";
      compare(a[i], b[i]);
    }
    path_ = outer;
  }
  template <typename T>
  void Values(const char* name, std::span<const T> a, std::span<const T> b) {
    Each(name, a, b, [&](const T& x, const T& y) { Plain("value", x, y); });
  }
  void Attributes(const char* name, std::span<const Attribute> a, std::span<const Attribute> b);
  void Messages(const char* name, std::span<const model::Message> a,
                std::span<const model::Message> b);
  void Usage(const model::Usage& a, const model::Usage& b);
  void Cost(const model::Cost& a, const model::Cost& b);
  void Span(const model::Span& a, const model::Span& b);
  void SpanIdentity(const model::Span& a, const model::Span& b);
  void SpanCall(const model::Span& a, const model::Span& b);
  void SpanContent(const model::Span& a, const model::Span& b);
  void Exchange(const model::Exchange& a, const model::Exchange& b);
  void Score(const model::Score& a, const model::Score& b);
  void IngestCount(const model::IngestCount& a, const model::IngestCount& b);

  std::string found_;

 private:
  std::string path_;
};

#define SAME(field) Plain(#field, a.field, b.field)

void Comparison::Attributes(const char* name, std::span<const Attribute> left,
                            std::span<const Attribute> right) {
  Each(name, left, right, [&](const Attribute& a, const Attribute& b) {
    SAME(key);
    SAME(value.type);
    switch (a.value.type) {
      case ValueType::kNull: break;
      case ValueType::kBool: SAME(value.boolean); break;
      case ValueType::kInt: SAME(value.integer); break;
      case ValueType::kDouble: SAME(value.number); break;
      case ValueType::kString:
      case ValueType::kJson:
      case ValueType::kBytes: SAME(value.text); break;
    }
  });
}

void Comparison::Messages(const char* name, std::span<const model::Message> left,
                          std::span<const model::Message> right) {
  Each(name, left, right, [&](const model::Message& a, const model::Message& b) {
    SAME(role);
    SAME(name);
    SAME(parts_template);
    SAME(texts);
    SAME(finish_reason);
    SAME(choice);
    SAME(is_new);
    Each("attachments", a.attachments, b.attachments, [&](auto& x, auto& y) {
      Plain("media_type", x.media_type, y.media_type);
      Plain("bytes", x.bytes, y.bytes);
    });
  });
}

void Comparison::Usage(const model::Usage& a, const model::Usage& b) {
  SAME(input_tokens);
  SAME(cached_input_tokens);
  SAME(cache_write_tokens);
  SAME(cache_write_1h_tokens);
  SAME(output_tokens);
  SAME(reasoning_tokens);
  SAME(audio_input_tokens);
  SAME(audio_output_tokens);
  SAME(image_input_tokens);
  SAME(image_output_tokens);
  SAME(web_search_requests);
  SAME(billed_input_tokens);
  SAME(billed_output_tokens);
  SAME(cached_audio_tokens);
  SAME(input_seconds);
  SAME(input_characters);
  SAME(output_images);
  SAME(pages);
  SAME(search_units);
  SAME(billed_cached_input_tokens);
  SAME(billed_cache_write_tokens);
  SAME(billed_cache_write_1h_tokens);
  SAME(largest_pass_tokens);
  SAME(smallest_pass_tokens);
  SAME(source);
  SAME(assumed_exclusive);
}

void Comparison::Cost(const model::Cost& a, const model::Cost& b) {
  SAME(total);
  SAME(input);
  SAME(cache_read);
  SAME(cache_write);
  SAME(output);
  SAME(saved);
  SAME(reported);
  SAME(price_id);
}

void Comparison::SpanIdentity(const model::Span& a, const model::Span& b) {
  SAME(trace_id);
  SAME(span_id);
  SAME(parent_span_id);
  SAME(external_trace_id);
  SAME(external_span_id);
  SAME(trace_state);
  SAME(is_fragment);
  SAME(is_trace_root);
  SAME(start);
  SAME(end);
  SAME(kind);
  SAME(status);
  SAME(error_type);
  SAME(http_status);
  SAME(name);
  SAME(operation);
  SAME(stage);
  SAME(status_message);
  SAME(error_text);
  SAME(dialect);
  SAME(session_id);
  SAME(user_id);
  SAME(service);
  SAME(service_version);
  SAME(environment);
  SAME(release);
  SAME(feature);
  SAME(experiment);
  SAME(request_id);
  SAME(flags);
  SAME(trace_name);
  Values("tags", a.tags, b.tags);
}

void Comparison::SpanCall(const model::Span& a, const model::Span& b) {
  SAME(provider);
  SAME(deployment_id);
  SAME(region);
  SAME(service_tier);
  SAME(request_model);
  SAME(response_model);
  SAME(system_fingerprint);
  SAME(response_id);
  SAME(previous_response_id);
  SAME(conversation_id);
  SAME(stream);
  SAME(finish_reason);
  Values("finish_reasons_raw", a.finish_reasons_raw, b.finish_reasons_raw);
  SAME(refusal);
  SAME(temperature);
  SAME(top_p);
  SAME(max_tokens);
  SAME(seed);
  SAME(params);
  Usage(a.usage, b.usage);
  SAME(usage_is_aggregate);
  SAME(is_batch);
  SAME(speed);
  SAME(inference_geo);
  SAME(price_model);
  Cost(a.cost, b.cost);
  SAME(ttft_ns);
  SAME(tpot_ns);
  SAME(queue_ns);
  SAME(longest_stall_ns);
  SAME(output_tokens_per_second);
  SAME(stall_count);
  Values("timeline.offsets_ns", a.timeline.offsets_ns, b.timeline.offsets_ns);
  Values("timeline.sizes", a.timeline.sizes, b.timeline.sizes);
  SAME(call_id);
  SAME(attempt);
  SAME(served);
  SAME(cache_status);
  SAME(prompt_name);
  SAME(prompt_version);
  SAME(prompt_variables);
}

void Comparison::SpanContent(const model::Span& a, const model::Span& b) {
  Messages("input_messages", a.input_messages, b.input_messages);
  Messages("output_messages", a.output_messages, b.output_messages);
  Messages("tool_definitions", a.tool_definitions, b.tool_definitions);
  Each("tool_calls", a.tool_calls, b.tool_calls, [&](auto& x, auto& y) {
    Plain("name", x.name, y.name);
    Plain("arguments", x.arguments, y.arguments);
    Plain("id", x.id, y.id);
    Plain("is_server_side", x.is_server_side, y.is_server_side);
  });
  SAME(input_preview);
  SAME(output_preview);
  SAME(agent_name);
  SAME(agent_id);
  SAME(workflow_name);
  SAME(tool_name);
  SAME(tool_call_id);
  SAME(guardrail_name);
  SAME(guardrail_result);
  SAME(retrieval_query);
  SAME(data_source);
  SAME(retrieval_top_k);
  SAME(retrieval_count);
  SAME(retrieval_avg_score);
  Each("documents", a.documents, b.documents, [&](auto& x, auto& y) {
    Plain("id", x.id, y.id);
    Plain("score", x.score, y.score);
    Plain("content", x.content, y.content);
    Plain("data_source", x.data_source, y.data_source);
    Plain("metadata", x.metadata, y.metadata);
  });
  SAME(embedding_dimensions);
  SAME(embedding_count);
}

void Comparison::Span(const model::Span& a, const model::Span& b) {
  SpanIdentity(a, b);
  SpanCall(a, b);
  SpanContent(a, b);
  Attributes("attributes", a.attributes, b.attributes);
  Attributes("resource", a.resource, b.resource);
  SAME(scope_name);
  SAME(scope_version);
  Each("events", a.events, b.events, [&](auto& x, auto& y) {
    Plain("time", x.time, y.time);
    Plain("name", x.name, y.name);
    Attributes("attributes", x.attributes, y.attributes);
    Plain("dropped", x.dropped_attributes_count, y.dropped_attributes_count);
  });
  Each("links", a.links, b.links, [&](auto& x, auto& y) {
    Plain("trace_id", x.trace_id, y.trace_id);
    Plain("span_id", x.span_id, y.span_id);
    Plain("trace_state", x.trace_state, y.trace_state);
    Attributes("attributes", x.attributes, y.attributes);
    Plain("flags", x.flags, y.flags);
  });
  SAME(dropped_attributes_count);
  Values("malformed", a.malformed, b.malformed);
  SAME(retention);
  SAME(weight);
  SAME(redactions);
  Plain("has exchange", a.exchange != nullptr, b.exchange != nullptr);
  if (a.exchange != nullptr && b.exchange != nullptr) Exchange(*a.exchange, *b.exchange);
}

void Comparison::Exchange(const model::Exchange& a, const model::Exchange& b) {
  SAME(method);
  SAME(url);
  SAME(status);
  const auto headers = [this](const model::HeaderPair& x, const model::HeaderPair& y) {
    Plain("name", x.name, y.name);
    Plain("value", x.value, y.value);
  };
  Each("request_headers", a.request_headers, b.request_headers, headers);
  Each("response_headers", a.response_headers, b.response_headers, headers);
  const auto body = [this](const model::ExchangeBody& x, const model::ExchangeBody& y) {
    Plain("skeleton", x.skeleton, y.skeleton);
    Plain("size_bytes", x.size_bytes, y.size_bytes);
    Plain("content_encoding", x.content_encoding, y.content_encoding);
    Plain("state", x.state, y.state);
  };
  body(a.request, b.request);
  body(a.response, b.response);
  Each("contents", a.contents, b.contents, [this](auto& x, auto& y) {
    Plain("list", x.list, y.list);
    Plain("position", x.position, y.position);
    Plain("attachment", x.attachment, y.attachment);
  });
  Values("piece_ends", a.piece_ends, b.piece_ends);
  Values("piece_offsets_ns", a.piece_offsets_ns, b.piece_offsets_ns);
}

void Comparison::Score(const model::Score& a, const model::Score& b) {
  SAME(id);
  SAME(trace_id);
  SAME(span_id);
  SAME(session_id);
  SAME(response_id);
  SAME(name);
  SAME(label);
  SAME(comment);
  SAME(source);
  SAME(author);
  SAME(evaluator_version);
  SAME(judge_model);
  SAME(value);
  SAME(time);
}

void Comparison::IngestCount(const model::IngestCount& a, const model::IngestCount& b) {
  SAME(door);
  SAME(reason);
  SAME(time);
  SAME(accepted);
  SAME(rejected);
  SAME(dropped);
}

#undef SAME

}  // namespace

std::string Difference(const model::SpanBatch& a, const model::SpanBatch& b) {
  Comparison comparison;
  comparison.Plain("project", std::string_view(a.project), std::string_view(b.project));
  comparison.Plain("capture", a.capture, b.capture);
  comparison.Plain("received", a.received, b.received);
  comparison.Each("spans", std::span<const model::Span>(a.spans),
                  std::span<const model::Span>(b.spans),
                  [&](auto& x, auto& y) { comparison.Span(x, y); });
  comparison.Each("scores", std::span<const model::Score>(a.scores),
                  std::span<const model::Score>(b.scores),
                  [&](auto& x, auto& y) { comparison.Score(x, y); });
  comparison.Each("counts", std::span<const model::IngestCount>(a.counts),
                  std::span<const model::IngestCount>(b.counts),
                  [&](auto& x, auto& y) { comparison.IngestCount(x, y); });
  return comparison.found_;
}

}  // namespace vitrine::test_spans
