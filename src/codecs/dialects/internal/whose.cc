// Whose a span is, and what resource and scope say.
#include <algorithm>
#include <array>

#include "codecs/dialects/internal/readers.h"
#include "codecs/dialects/internal/resolve.h"
#include "codecs/dialects/internal/rules.h"

namespace vitrine::codecs::dialects {

namespace {

using syntax::JsonStatus;
using syntax::JsonValue;

constexpr std::array<std::string_view, kDialectCount - 1> kDialectNames = {
    "vitrine",       "langfuse",        "pydantic-ai", "logfire",    "langsmith",   "mlflow",
    "litellm",       "semantic-kernel", "spring-ai",   "google-adk", "strands",     "openlit",
    "lmnr",          "aisdk",           "vercel-ai",   "anthropic",  "openllmetry", "openinference",
    "openai-agents", "genkit",          "mcp",         "hand-made",  "gen_ai",      "db",
    "http"};

/// A session by `session.id`, Langfuse or Traceloop was set by the application; a conversation id
/// by a framework; the rest by habit (WIRE-FORMATS 6.2).
constexpr uint8_t kExplicitSessionRank = 2;

std::string_view SessionOf(SpanWork& work, JsonValue metadata, const ResourceFacts& resource) {
  const Taken& taken = work.At(Field::kSessionId);
  std::string_view session = work.Text(Field::kSessionId);
  if (taken && taken.rule->rank <= kExplicitSessionRank) return session;
  if (std::string_view id = work.Text(Field::kConversationId); !id.empty()) return id;
  if (!session.empty()) return session;
  if (!metadata.exists()) return resource.session_id;
  std::string_view found = FirstOf(metadata, "langfuse_session_id", "session_id", "sessionId",
                                   "conversation_id", "thread_id", "chat_id")
                               .text();
  return found.empty() ? resource.session_id : found;
}

std::string_view UserOf(SpanWork& work, JsonValue metadata, const ResourceFacts& resource) {
  std::string_view user = work.Text(Field::kUserId);
  if (user.empty() && metadata.exists()) {
    user = FirstOf(metadata, "langfuse_user_id", "user_id", "userId", "end_user_id").text();
  }
  return user.empty() ? resource.user_id : user;
}

}  // namespace

ResourceFacts ReadResource(std::span<const model::Attribute> attributes, SpanWork& work) {
  work.Sort(attributes);
  ResourceFacts facts;
  facts.attributes = attributes;
  facts.service = work.Text(Field::kService);
  facts.service_version = work.Text(Field::kServiceVersion);
  facts.environment = work.Text(Field::kEnvironment);
  facts.release = work.Text(Field::kRelease);
  facts.region = work.Text(Field::kRegion);
  facts.session_id = work.Text(Field::kSessionId);
  facts.user_id = work.Text(Field::kUserId);
  facts.feature = work.Text(Field::kFeature);
  for (const model::Attribute& attribute : attributes) {
    if (attribute.key == "telemetry.sdk.language") facts.sdk_language = attribute.value.text;
  }
  return facts;
}

ScopeFacts ReadScope(const OtlpScope& scope) {
  ScopeFacts facts;
  facts.name = scope.name;
  facts.version = scope.version;
  for (const ScopeRule& rule : ScopeRules()) {
    if (!scope.name.starts_with(rule.prefix)) continue;
    if (rule.is_whole_name && scope.name != rule.prefix) continue;
    facts.dialects |= DialectBit(rule.dialect);
    facts.exclusive_input |= rule.exclusive_input;
  }
  return facts;
}

void ResolveWhose(SpanWork& work, const ResourceFacts& resource, ContentReader& reader,
                  model::Span& span) {
  JsonValue metadata;
  if (const Taken& taken = work.At(Field::kMetadataJson)) {
    std::string_view text = Trim(taken.value().text);
    if (text.starts_with('{')) {
      syntax::JsonDocument& document = reader.NextDocument();
      if (document.Parse(text, work.arena()) == JsonStatus::kOk) {
        metadata = document.root();
      } else {
        work.Malformed(taken.attribute->key, "not JSON");
      }
    }
  }
  auto first = [](std::string_view own, std::string_view inherited) {
    return own.empty() ? inherited : own;
  };
  span.session_id = SessionOf(work, metadata, resource);
  span.user_id = UserOf(work, metadata, resource);
  span.environment = first(work.Text(Field::kEnvironment), resource.environment);
  span.release = first(work.Text(Field::kRelease), resource.release);
  span.feature = first(work.Text(Field::kFeature), resource.feature);
  span.service = first(resource.service, work.Text(Field::kService));
  span.service_version = first(resource.service_version, work.Text(Field::kServiceVersion));
  span.region = first(work.Text(Field::kRegion), resource.region);
  span.experiment = work.Text(Field::kExperiment);
  span.trace_name = work.Text(Field::kTraceName);
  span.request_id = work.Text(Field::kRequestId);
  span.flags = work.Text(Field::kFlags);
  span.is_trace_root = work.Flag(Field::kAppRoot).value_or(false);
  std::vector<std::string_view> tags;
  for (const Taken& taken : work.Collected(Field::kTags)) {
    AppendTags(taken.value(), work.arena(), tags);
  }
  span.tags = work.arena().CopyArray(tags);
}

std::string_view DialectNames(uint32_t bits, Arena& arena) {
  bits &= ~DialectBit(Dialect::kPlain);
  std::string_view only;
  size_t size = 0, count = 0;
  for (size_t i = 0; i < kDialectNames.size(); ++i) {
    if ((bits & (1u << i)) == 0) continue;
    only = kDialectNames[i];
    size += only.size();
    ++count;
  }
  if (count <= 1) return only;
  size += count - 1;
  char* text = static_cast<char*>(arena.Allocate(size, 1));
  char* at = text;
  for (size_t i = 0; i < kDialectNames.size(); ++i) {
    if ((bits & (1u << i)) == 0) continue;
    if (at != text) *at++ = '+';
    at = std::ranges::copy(kDialectNames[i], at).out;
  }
  return {text, size};
}

}  // namespace vitrine::codecs::dialects
