#include "capture/gateway/call_context.h"

#include <algorithm>

#include "base/arena.h"
#include "capture/gateway/limits.h"
#include "codecs/content/text.h"
#include "syntax/json/json_document.h"
#include "syntax/json/utf8.h"

namespace vitrine::capture {

namespace {

using Field = std::string CallContext::*;

struct FieldName {
  std::string_view name;  ///< Lower case.
  Field field;
};
// In the order in which they win.
constexpr FieldName kHeaderFields[] = {
    {"x-vitrine-user", &CallContext::user},
    {"x-vitrine-session", &CallContext::session},
    {"x-vitrine-feature", &CallContext::feature},
    {"x-vitrine-release", &CallContext::release},
    {"x-vitrine-environment", &CallContext::environment},
    {"x-vitrine-service", &CallContext::service},
    {"x-vitrine-service-version", &CallContext::service_version},
    {"x-vitrine-experiment", &CallContext::experiment},
    {"x-vitrine-flags", &CallContext::flags},
    {"x-vitrine-trace-name", &CallContext::trace_name},
    {"x-vitrine-request-id", &CallContext::request_id},
    {"x-vitrine-prompt", &CallContext::prompt_name},
    {"x-vitrine-prompt-version", &CallContext::prompt_version},
    {"x-vitrine-price-model", &CallContext::price_model},
    {"x-vitrine-target-url", &CallContext::target_url},
    {"helicone-user-id", &CallContext::user},
    {"helicone-session-id", &CallContext::session},
    {"helicone-session-name", &CallContext::trace_name},
    {"helicone-request-id", &CallContext::request_id},
    {"helicone-prompt-id", &CallContext::prompt_name},
    {"helicone-prompt-version", &CallContext::prompt_version},
    {"helicone-model-override", &CallContext::price_model},
    {"helicone-target-url", &CallContext::target_url},
    {"helicone-openai-api-base", &CallContext::target_url},
    {"x-portkey-custom-host", &CallContext::target_url},
    {"x-portkey-span-name", &CallContext::trace_name},
};
constexpr FieldName kBaggageFields[] = {
    {"vitrine.user", &CallContext::user},
    {"vitrine.session", &CallContext::session},
    {"vitrine.feature", &CallContext::feature},
    {"vitrine.release", &CallContext::release},
    {"vitrine.environment", &CallContext::environment},
    {"vitrine.experiment", &CallContext::experiment},
    {"vitrine.prompt", &CallContext::prompt_name},
    {"vitrine.prompt_version", &CallContext::prompt_version},
    {"user.id", &CallContext::user},
    {"enduser.id", &CallContext::user},
    {"session.id", &CallContext::session},
    {"gen_ai.conversation.id", &CallContext::session},
    {"langfuse_user_id", &CallContext::user},
    {"langfuse_session_id", &CallContext::session},
    {"service.name", &CallContext::service},
    {"deployment.environment.name", &CallContext::environment},
};
// Words of Portkey's metadata that have a place of their own.
constexpr FieldName kPortkeyMetadata[] = {
    {"_user", &CallContext::user},
    {"_environment", &CallContext::environment},
    {"_prompt", &CallContext::prompt_name},
};
// Headers that say what to keep as an attribute.
constexpr std::pair<std::string_view, std::string_view> kPropertyHeaders[] = {
    {"helicone-session-path", "session.path"},
    {"helicone-model-override", "helicone.model_override"},
    {"helicone-prompt-mode", "helicone.prompt_mode"},
    {"x-portkey-span-id", "portkey.span_id"},
    {"x-portkey-parent-span-id", "portkey.parent_span_id"},
};
constexpr std::string_view kTagPrefixes[] = {"x-vitrine-tag-", "helicone-property-"};
constexpr std::string_view kPropertyPrefix = "x-vitrine-property-";

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return lower;
}

/// Header values may hold any bytes; what is kept is UTF-8 of a bounded length.
std::string Clean(std::string_view value) {
  std::string clean;
  syntax::AppendUtf8Repaired(clean, codecs::CutAtCharacter(value, kTagBytesMax));
  return clean;
}

/// True when a header speaks to the gateway.
bool IsAddressed(const net::HttpHeaders& headers) {
  return std::any_of(headers.begin(), headers.end(),
                     [](const net::HttpHeader& header) { return IsGatewayHeader(header.name); });
}

class ContextReader {
 public:
  explicit ContextReader(const net::HttpHeaders& headers) : headers_(headers) {}

  CallContext Read() {
    const bool is_addressed = IsAddressed(headers_);
    if (is_addressed) ReadGatewayHeaders();
    ReadTrace(is_addressed);
    for (const std::string_view baggage : headers_.All("baggage")) ReadBaggage(baggage);
    return std::move(context_);
  }

 private:
  void ReadGatewayHeaders() {
    for (const FieldName& known : kHeaderFields) {
      if (const auto value = headers_.First(known.name)) SetOnce(known.field, *value);
    }
    for (const net::HttpHeader& header : headers_) ReadPrefixed(header);
    if (const auto metadata = headers_.First("x-portkey-metadata")) ReadPortkeyMetadata(*metadata);
    context_.omits_request = IsTrue("helicone-omit-request") || IsTrue("x-vitrine-omit-request");
    context_.omits_response = IsTrue("helicone-omit-response") || IsTrue("x-vitrine-omit-response");
  }
  void SetOnce(Field field, std::string_view value) {
    if ((context_.*field).empty()) context_.*field = Clean(value);
  }
  bool IsTrue(std::string_view name) const {
    const auto value = headers_.First(name);
    return value && (net::EqualsIgnoringCase(*value, "true") || *value == "1");
  }
  void AddTag(std::string_view name, std::string_view value) {
    if (context_.tags.size() < kMetadataMax && !name.empty())
      context_.tags.push_back(Clean(std::string(name) + ":" + std::string(value)));
  }
  void AddProperty(std::string_view name, std::string_view value) {
    if (context_.properties.size() < kMetadataMax && !name.empty() && !value.empty())
      context_.properties.emplace_back(Clean(name), Clean(value));
  }

  void ReadPrefixed(const net::HttpHeader& header) {
    const std::string name = Lower(header.name);
    if (!IsGatewayHeader(name)) return;
    for (const std::string_view prefix : kTagPrefixes) {
      // The tag keeps the case in which its name was written.
      if (name.starts_with(prefix)) AddTag(header.name.substr(prefix.size()), header.value);
    }
    if (name.starts_with(kPropertyPrefix))
      AddProperty(header.name.substr(kPropertyPrefix.size()), header.value);
    for (const auto& [known, property] : kPropertyHeaders) {
      if (name == known) AddProperty(property, header.value);
    }
  }

  void ReadPortkeyMetadata(std::string_view text) {
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(text, arena) != syntax::JsonStatus::kOk) return;
    for (const auto [name, value] : document.root().Members()) {
      const std::string_view shown = value.is_string() ? value.text() : value.raw();
      const auto known = std::ranges::find(kPortkeyMetadata, name, &FieldName::name);
      if (known != std::end(kPortkeyMetadata)) {
        SetOnce(known->field, shown);
      } else if (!value.is_nothing()) {
        AddTag(name, shown);
      }
    }
  }

  void ReadTrace(bool is_addressed) {
    const auto parents = headers_.All("traceparent");
    if (parents.size() == 1 && ReadTraceParent(parents.front())) {
      for (const std::string_view state : headers_.All("tracestate"))
        context_.trace_state += (context_.trace_state.empty() ? "" : ",") + Clean(state);
      return;
    }
    if (!is_addressed) return;
    for (const char* name : {"x-vitrine-trace-id", "x-portkey-trace-id"}) {
      const auto named = headers_.First(name);
      if (!named || named->empty()) continue;
      if (const auto id = TraceId::FromHex(*named); id && *id) {
        context_.trace_id = *id;
      } else {
        context_.external_trace_id = Clean(*named);
      }
      return;
    }
  }

  /// "00-TRACE-SPAN-FLAGS"; later versions may have more behind it.
  bool ReadTraceParent(std::string_view text) {
    constexpr size_t kSize = 55;
    const bool is_framed = text.size() >= kSize && text[2] == '-' && text[35] == '-' &&
                           text[52] == '-' && !text.starts_with("ff");
    if (!is_framed) return false;
    const bool is_longer = text.size() > kSize;
    if (is_longer && (text.starts_with("00") || text[kSize] != '-')) return false;
    const auto trace = TraceId::FromHex(text.substr(3, 32));
    const auto span = SpanId::FromHex(text.substr(36, 16));
    if (!trace || !span || !*trace || !*span) return false;
    context_.trace_id = *trace;
    context_.parent_span_id = *span;
    return true;
  }

  void ReadBaggage(std::string_view list) {
    size_t count = 0;
    while (!list.empty() && count++ < kMetadataMax) {
      const std::string_view entry = list.substr(0, list.find(','));
      list.remove_prefix(std::min(list.size(), entry.size() + 1));
      const std::string_view pair = entry.substr(0, entry.find(';'));
      const size_t equals = pair.find('=');
      if (equals == std::string_view::npos) continue;
      const std::string_view name = codecs::Trim(pair.substr(0, equals));
      const auto value = net::PercentDecode(codecs::Trim(pair.substr(equals + 1)));
      const auto known = std::ranges::find(kBaggageFields, name, &FieldName::name);
      if (value && !value->empty() && known != std::end(kBaggageFields))
        SetOnce(known->field, *value);
    }
  }

  const net::HttpHeaders& headers_;
  CallContext context_;
};

}  // namespace

bool IsGatewayHeader(std::string_view name) {
  constexpr std::string_view kPrefixes[] = {"x-vitrine-", "helicone-", "x-portkey-"};
  return std::ranges::any_of(kPrefixes, [name](std::string_view prefix) {
    return name.size() > prefix.size() &&
           net::EqualsIgnoringCase(name.substr(0, prefix.size()), prefix);
  });
}

CallContext ReadContext(const net::HttpHeaders& headers) { return ContextReader(headers).Read(); }

std::string TargetUrlOf(const net::HttpHeaders& headers) {
  if (!IsAddressed(headers)) return {};
  return ReadContext(headers).target_url;
}

}  // namespace vitrine::capture
