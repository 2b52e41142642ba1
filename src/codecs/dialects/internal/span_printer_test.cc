// The printer of golden tests. Part of the test program only.
#include "codecs/dialects/internal/span_printer.h"

#include "base/ids.h"
#include "codecs/content/message_builder.h"
#include "syntax/base64.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs::dialects {

namespace {

using model::Attribute;
using model::Message;
using syntax::JsonWriter;

class Printer {
 public:
  explicit Printer(std::string& out) : json_(out) {}

  void Print(const model::Span& s) {
    json_.BeginObject();
    Text("name", s.name);
    Text("kind", model::Name(s.kind));
    Text("dialect", s.dialect);
    Text("operation", s.operation);
    if (s.status != model::SpanStatus::kUnset) Text("status", model::Name(s.status));
    Text("status_message", s.status_message);
    Text("error_type", model::Name(s.error_type));
    Text("error_text", s.error_text);
    if (s.http_status != 0) json_.Member("http_status", s.http_status);
    if (s.is_fragment) json_.Member("is_fragment", true);
    if (s.is_trace_root) json_.Member("is_trace_root", true);
    if (s.is_fragment) Text("span_id", s.span_id.ToHex());
    Whose(s);
    Call(s);
    Usage(s);
    Timing(s);
    Content(s);
    Rest(s);
    json_.EndObject();
  }

  void Print(const model::Score& s) {
    json_.BeginObject();
    Text("name", s.name);
    if (s.value) json_.Member("value", *s.value);
    Text("label", s.label);
    Text("comment", s.comment);
    Text("source", s.source);
    Text("author", s.author);
    Text("response_id", s.response_id);
    Text("session_id", s.session_id);
    json_.Member("on_span", static_cast<bool>(s.span_id));
    json_.Member("on_trace", static_cast<bool>(s.trace_id));
    json_.EndObject();
  }

 private:
  void Text(std::string_view key, std::string_view text) {
    if (!text.empty()) json_.Member(key, text);
  }
  template <typename T>
  void Number(std::string_view key, const std::optional<T>& number) {
    if (number) json_.Member(key, *number);
  }
  void Texts(std::string_view key, std::span<const std::string_view> texts) {
    if (texts.empty()) return;
    json_.Key(key).BeginArray();
    for (std::string_view text : texts) json_.String(text);
    json_.EndArray();
  }

  void Whose(const model::Span& s) {
    Text("session_id", s.session_id);
    Text("user_id", s.user_id);
    Text("service", s.service);
    Text("service_version", s.service_version);
    Text("environment", s.environment);
    Text("release", s.release);
    Text("feature", s.feature);
    Text("experiment", s.experiment);
    Text("request_id", s.request_id);
    Text("trace_name", s.trace_name);
    Text("flags", s.flags);
    Text("stage", s.stage);
    Texts("tags", s.tags);
  }

  void Call(const model::Span& s) {
    Text("provider", s.provider);
    Text("region", s.region);
    Text("service_tier", s.service_tier);
    Text("request_model", s.request_model);
    Text("response_model", s.response_model);
    Text("system_fingerprint", s.system_fingerprint);
    Text("response_id", s.response_id);
    Text("previous_response_id", s.previous_response_id);
    Text("conversation_id", s.conversation_id);
    Number("stream", s.stream);
    Text("finish_reason", model::Name(s.finish_reason));
    Texts("finish_reasons_raw", s.finish_reasons_raw);
    if (s.refusal) json_.Member("refusal", true);
    Number("temperature", s.temperature);
    Number("top_p", s.top_p);
    Number("max_tokens", s.max_tokens);
    Number("seed", s.seed);
    if (!s.params.empty()) json_.Key("params").Raw(s.params);
    Text("speed", s.speed);
    Text("inference_geo", s.inference_geo);
    if (s.is_batch) json_.Member("is_batch", true);
    Text("prompt_name", s.prompt_name);
    Text("prompt_version", s.prompt_version);
    if (!s.prompt_variables.empty()) json_.Key("prompt_variables").Raw(s.prompt_variables);
    Text("agent_name", s.agent_name);
    Text("agent_id", s.agent_id);
    Text("workflow_name", s.workflow_name);
    Text("tool_name", s.tool_name);
    Text("tool_call_id", s.tool_call_id);
    Text("guardrail_name", s.guardrail_name);
    Text("guardrail_result", model::Name(s.guardrail_result));
  }

  void Usage(const model::Span& s) {
    Number("input_tokens", s.usage.input_tokens);
    Number("cached_input_tokens", s.usage.cached_input_tokens);
    Number("cache_write_tokens", s.usage.cache_write_tokens);
    Number("cache_write_1h_tokens", s.usage.cache_write_1h_tokens);
    Number("output_tokens", s.usage.output_tokens);
    Number("reasoning_tokens", s.usage.reasoning_tokens);
    Number("audio_input_tokens", s.usage.audio_input_tokens);
    Number("audio_output_tokens", s.usage.audio_output_tokens);
    Number("image_input_tokens", s.usage.image_input_tokens);
    Number("image_output_tokens", s.usage.image_output_tokens);
    Number("web_search_requests", s.usage.web_search_requests);
    if (s.usage.has_any()) Text("usage_source", model::Name(s.usage.source));
    if (s.usage.assumed_exclusive) json_.Member("assumed_exclusive", true);
    if (s.usage_is_aggregate) json_.Member("usage_is_aggregate", true);
    if (s.cost.reported) Text("reported_cost_usd", s.cost.reported->ToString());
  }

  void Timing(const model::Span& s) {
    Number("ttft_ns", s.ttft_ns);
    Number("tpot_ns", s.tpot_ns);
    Number("queue_ns", s.queue_ns);
    Number("output_tokens_per_second", s.output_tokens_per_second);
    if (s.timeline.offsets_ns.empty()) return;
    json_.Key("timeline_ns").BeginArray();
    for (uint64_t offset : s.timeline.offsets_ns) json_.Uint(offset);
    json_.EndArray();
  }

  void Messages(std::string_view key, std::span<const Message> messages, bool is_output) {
    if (messages.empty()) return;
    json_.Key(key).BeginArray();
    for (const Message& message : messages) {
      json_.BeginObject();
      Text("role", message.role);
      Text("name", message.name);
      std::vector<std::string> names;
      for (const model::Attachment& attachment : message.attachments) {
        names.push_back(std::string(attachment.media_type) + ":" +
                        std::to_string(attachment.bytes.size()) + " bytes");
      }
      auto parts = PartsJson(message, names);
      json_.Key("parts").Raw(parts ? std::string_view(*parts) : "\"BROKEN\"");
      Text("finish_reason", message.finish_reason);
      if (is_output && message.choice > 0) json_.Member("choice", message.choice);
      if (!is_output) json_.Member("is_new", message.is_new);
      json_.EndObject();
    }
    json_.EndArray();
  }

  void Content(const model::Span& s) {
    Text("input_preview", s.input_preview);
    Text("output_preview", s.output_preview);
    Messages("input_messages", s.input_messages, false);
    Messages("output_messages", s.output_messages, true);
    if (!s.tool_definitions.empty()) {
      json_.Key("tool_definitions").BeginArray();
      for (const Message& tool : s.tool_definitions) {
        auto parts = PartsJson(tool, {});
        json_.Raw(parts ? std::string_view(*parts) : "\"BROKEN\"");
      }
      json_.EndArray();
    }
    if (!s.tool_calls.empty()) {
      json_.Key("tool_calls").BeginArray();
      for (const model::ToolCall& call : s.tool_calls) {
        json_.BeginObject();
        Text("name", call.name);
        Text("arguments", call.arguments);
        Text("id", call.id);
        if (call.is_server_side) json_.Member("is_server_side", true);
        json_.EndObject();
      }
      json_.EndArray();
    }
    Retrieval(s);
  }

  void Retrieval(const model::Span& s) {
    Text("retrieval_query", s.retrieval_query);
    Text("data_source", s.data_source);
    Number("retrieval_top_k", s.retrieval_top_k);
    Number("retrieval_count", s.retrieval_count);
    Number("retrieval_avg_score", s.retrieval_avg_score);
    Number("embedding_dimensions", s.embedding_dimensions);
    Number("embedding_count", s.embedding_count);
    if (s.documents.empty()) return;
    json_.Key("documents").BeginArray();
    for (const model::RetrievedDocument& document : s.documents) {
      json_.BeginObject();
      Text("id", document.id);
      Number("score", document.score);
      Text("content", document.content);
      Text("data_source", document.data_source);
      Text("metadata", document.metadata);
      json_.EndObject();
    }
    json_.EndArray();
  }

  void Attributes(std::string_view key, std::span<const Attribute> attributes) {
    if (attributes.empty()) return;
    json_.Key(key).BeginObject();
    for (const Attribute& attribute : attributes) {
      json_.Key(attribute.key);
      const model::Value& value = attribute.value;
      switch (value.type) {
        case model::ValueType::kString: json_.String(value.text); break;
        case model::ValueType::kInt: json_.Int(value.integer); break;
        case model::ValueType::kDouble: json_.Double(value.number); break;
        case model::ValueType::kBool: json_.Bool(value.boolean); break;
        case model::ValueType::kJson: json_.Raw(value.text); break;
        case model::ValueType::kBytes: json_.String(syntax::Base64Encode(value.text)); break;
        case model::ValueType::kNull: json_.Null(); break;
      }
    }
    json_.EndObject();
  }

  void Rest(const model::Span& s) {
    Attributes("attributes", s.attributes);
    if (!s.events.empty()) {
      json_.Key("events").BeginArray();
      for (const model::SpanEvent& event : s.events) json_.String(event.name);
      json_.EndArray();
    }
    if (s.dropped_attributes_count > 0) {
      json_.Member("dropped_attributes_count", s.dropped_attributes_count);
    }
    Texts("malformed", s.malformed);
  }

  JsonWriter json_;
};

}  // namespace

std::string PrintSpan(const model::Span& span) {
  std::string out;
  Printer(out).Print(span);
  return out;
}

std::string PrintScore(const model::Score& score) {
  std::string out;
  Printer(out).Print(score);
  return out;
}

std::string PrintBatch(const model::SpanBatch& batch) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("spans").BeginArray();
  for (const model::Span& span : batch.spans) json.Raw(PrintSpan(span));
  json.EndArray();
  if (!batch.scores.empty()) {
    json.Key("scores").BeginArray();
    for (const model::Score& score : batch.scores) json.Raw(PrintScore(score));
    json.EndArray();
  }
  json.EndObject();
  return out;
}

}  // namespace vitrine::codecs::dialects
