// Provider, models, ids and finish reasons of a call.
#include <algorithm>

#include "codecs/dialects/internal/finish.h"
#include "codecs/dialects/internal/params.h"
#include "codecs/dialects/internal/readers.h"
#include "codecs/dialects/internal/resolve.h"
#include "model/provider_names.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs::dialects {

namespace {

using syntax::JsonStatus;
using syntax::JsonValue;

/// Vertex names a model by its whole path: projects/…/models/gemini-2.5-flash.
std::string_view ModelName(std::string_view name) {
  constexpr std::string_view kMark = "/models/";
  size_t at = name.rfind(kMark);
  if (name.starts_with("projects/") && at != std::string_view::npos) {
    return name.substr(at + kMark.size());
  }
  if (name.starts_with("models/")) return name.substr(7);
  return name;
}

struct Family {
  std::string_view prefix, provider;
};
// Models that only their maker names so. Open-weight families run anywhere and say nothing.
constexpr Family kFamilies[] = {
    {"gpt-", "openai"},
    {"chatgpt-", "openai"},
    {"o1", "openai"},
    {"o3", "openai"},
    {"o4-", "openai"},
    {"text-embedding-3", "openai"},
    {"text-embedding-ada", "openai"},
    {"dall-e", "openai"},
    {"whisper-", "openai"},
    {"claude-", "anthropic"},
    {"gemini-", "gcp.gemini"},
    {"grok-", "x_ai"},
    {"anthropic.", "aws.bedrock"},
    {"us.anthropic.", "aws.bedrock"},
    {"eu.anthropic.", "aws.bedrock"},
    {"amazon.nova", "aws.bedrock"},
    {"amazon.titan", "aws.bedrock"},
};

/// The provider of a call whose sender named none, or a framework in its place.
void GuessProvider(bool is_framework, model::Span& span) {
  bool is_named = !span.provider.empty() && !is_framework;
  if (is_named || !model::IsModelCall(span.kind)) return;
  if (span.name.starts_with("OpenAI")) span.provider = "openai";  // Langfuse's wrapped client.
  std::string_view name = span.request_model.empty() ? span.response_model : span.request_model;
  for (const Family& family : kFamilies) {
    if (name.starts_with(family.prefix)) {
      span.provider = family.provider;
      return;
    }
  }
}

/// Who answers, by the attribute of that name, else by what Genkit puts before the model.
std::string_view NamedProvider(SpanWork& work, const model::Span& span) {
  std::string_view named = work.UnquotedText(Field::kProvider);
  if (!named.empty() || !model::IsModelCall(span.kind)) return named;
  std::string_view action = work.Text(Field::kGenkitName);
  size_t slash = action.find('/');
  return slash == std::string_view::npos ? named : action.substr(0, slash);
}

void ResolveProvider(SpanWork& work, model::Span& span) {
  std::string_view named = NamedProvider(work, span);
  const ProviderMemo& provider = work.Provider(named);
  span.provider = provider.canonical;
  bool is_named = !named.empty() && !provider.is_framework;
  if (is_named || !model::IsModelCall(span.kind)) return;
  for (const model::Attribute& attribute : work.RestSoFar()) {
    if (attribute.key != "server.address") continue;
    std::string_view host = model::ProviderFromHost(ReadText(attribute.value, work.arena()));
    if (!host.empty()) span.provider = host;
  }
}

/// OpenInference's llm.model_name is the answered model where the asked one stands elsewhere.
void ResolveModels(SpanWork& work, const ContentResolver& content, ContentReader& reader,
                   model::Span& span) {
  std::string_view asked = work.Text(Field::kRequestModel);
  std::string_view answered = work.Text(Field::kResponseModel);
  std::string_view any = work.UnquotedText(Field::kAnyModel);
  bool is_call = model::IsModelCall(span.kind);
  if (is_call && !any.empty()) {
    if (asked.empty()) asked = ParamText(work, "model", reader);
    if (asked.empty()) asked = content.request().model;
    if (answered.empty()) answered = content.answer().model;
    if (answered.empty() && !asked.empty() && asked != any) answered = any;
    if (asked.empty()) asked = any;
  } else if (is_call) {
    if (asked.empty()) asked = content.request().model;
    if (asked.empty()) {
      asked = work.Text(Field::kGenkitName);
      asked.remove_prefix(asked.find('/') + 1);  // Nothing where there is no plugin.
    }
    if (answered.empty()) answered = content.answer().model;
  } else if (asked.empty()) {
    asked = any;
  }
  span.request_model = ModelName(asked);
  span.response_model = ModelName(answered);
}

void ResolveFinish(SpanWork& work, const ContentResolver& content, model::Span& span) {
  Arena& arena = work.arena();
  std::vector<std::string_view> reasons;
  if (const Taken& taken = work.At(Field::kFinishReasons)) {
    ReadFinishReasons(taken.value(), arena, reasons);
  }
  if (reasons.empty()) reasons = content.answer().finish_reasons;
  span.finish_reasons_raw = arena.CopyArray(reasons);
  if (reasons.empty()) return;
  span.finish_reason = NormalizeFinishReason(reasons.front());
  std::vector<model::Message> outputs(span.output_messages.begin(), span.output_messages.end());
  bool changed = false;
  for (model::Message& message : outputs) {
    if (!message.finish_reason.empty() || message.choice >= reasons.size()) continue;
    message.finish_reason = model::Name(NormalizeFinishReason(reasons[message.choice]));
    changed |= !message.finish_reason.empty();
  }
  if (changed) span.output_messages = arena.CopyArray(outputs);
}

/// Tiers and geography that the AI SDK hands on in its provider metadata.
void ReadProviderMetadata(SpanWork& work, ContentReader& reader, model::Span& span) {
  const Taken& taken = work.At(Field::kProviderMetadata);
  if (!taken) return;
  syntax::JsonDocument& document = reader.NextDocument();
  if (document.Parse(taken.value().text, work.arena()) != JsonStatus::kOk) return;
  for (auto [provider, facts] : document.root().Members()) {
    JsonValue usage = facts["usage"];
    auto take = [](std::string_view& to, JsonValue value) {
      if (to.empty() && value.is_string()) to = value.text();
    };
    take(span.service_tier, FirstOf(facts, "serviceTier", "service_tier"));
    take(span.service_tier, FirstOf(usage, "service_tier", "serviceTier"));
    take(span.speed, usage["speed"]);
    take(span.inference_geo, usage["inference_geo"]);
    if (model::IsModelCall(span.kind)) take(span.response_id, facts["responseId"]);
  }
}

void ResolvePrompt(SpanWork& work, model::Span& span) {
  span.prompt_name = work.Text(Field::kPromptName);
  span.prompt_version = work.Text(Field::kPromptVersion);
  span.prompt_variables = work.Text(Field::kPromptVariables);
  const auto& variables = work.Collected(Field::kPromptVariable);
  if (variables.empty() || !span.prompt_variables.empty()) return;
  std::string json;
  syntax::JsonWriter writer(json);
  writer.BeginObject();
  for (const Taken& taken : variables) {
    writer.Member(taken.suffix(), ReadText(taken.value(), work.arena()));
  }
  writer.EndObject();
  span.prompt_variables = work.arena().Copy(json);
}

}  // namespace

void ResolveCall(SpanWork& work, const ContentResolver& content, ContentReader& reader,
                 model::Span& span) {
  const BodyFacts& answer = content.answer();
  bool is_call = model::IsModelCall(span.kind);
  auto first = [](std::string_view attribute, std::string_view body) {
    return attribute.empty() ? body : attribute;
  };
  ResolveProvider(work, span);
  ResolveModels(work, content, reader, span);
  GuessProvider(work.Provider(NamedProvider(work, span)).is_framework, span);
  span.response_id = work.Text(Field::kResponseId);
  span.previous_response_id = work.Text(Field::kPreviousResponseId);
  span.service_tier = work.Text(Field::kServiceTier);
  span.system_fingerprint = work.Text(Field::kFingerprint);
  if (is_call) {
    span.response_id = first(span.response_id, answer.response_id);
    span.service_tier = first(span.service_tier, answer.service_tier);
    span.system_fingerprint = first(span.system_fingerprint, answer.system_fingerprint);
    span.previous_response_id =
        first(span.previous_response_id, content.request().previous_response_id);
  }
  ReadProviderMetadata(work, reader, span);
  span.service_tier = first(span.service_tier, work.Text(Field::kRequestTier));
  span.deployment_id = work.Text(Field::kDeployment);
  span.speed = first(span.speed, work.Text(Field::kSpeed));
  span.inference_geo = first(span.inference_geo, work.Text(Field::kInferenceGeo));
  span.is_batch = work.Flag(Field::kBatch).value_or(false);
  span.conversation_id = work.Text(Field::kConversationId);
  span.agent_name = work.Text(Field::kAgentName);
  span.agent_id = work.Text(Field::kAgentId);
  span.workflow_name = work.Text(Field::kWorkflowName);
  span.stage = work.Text(Field::kStage);
  ResolveFinish(work, content, span);
  ResolvePrompt(work, span);
}

}  // namespace vitrine::codecs::dialects
