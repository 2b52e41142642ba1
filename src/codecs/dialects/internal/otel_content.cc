// What was said on a span, in the shapes of OpenTelemetry's GenAI conventions.
#include <algorithm>

#include "codecs/content/message_builder.h"
#include "codecs/dialects/internal/otel_attributes.h"
#include "codecs/dialects/internal/rule_index.h"
#include "model/message_texts.h"
#include "syntax/base64.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs::dialects {

namespace {

using model::Message;
using model::Span;
using model::SpanKind;

/// The member that MessageBuilder::AddBlob leaves open for an attachment; the conventions call it
/// `content`. Quotes within strings are escaped, so it stands nowhere else.
constexpr std::string_view kAttachmentMember = ",\"attachment\":\"\x1E\"";
constexpr std::string_view kContentMember = ",\"content\":\"\x1E\"";
constexpr std::string_view kToolDefinition = "{\"type\":\"tool_definition\"";
constexpr std::string_view kFunction = "{\"type\":\"function\"";

Result<std::string> PartsOf(const Message& message) {
  std::vector<std::string> bytes;
  for (const model::Attachment& attachment : message.attachments)
    bytes.push_back(syntax::Base64Encode(attachment.bytes));
  if (bytes.empty()) return PartsJson(message, bytes);
  Message renamed = message;
  std::string shape;
  std::string_view rest = message.parts_template;
  for (size_t at = 0; (at = rest.find(kAttachmentMember)) != std::string_view::npos;) {
    shape.append(rest.substr(0, at)).append(kContentMember);
    rest.remove_prefix(at + kAttachmentMember.size());
  }
  shape.append(rest);
  renamed.parts_template = shape;
  return PartsJson(renamed, bytes);
}

/// The one text of a list of messages; empty where it is not one.
std::string_view OnlyText(std::span<const Message> messages) {
  if (messages.size() != 1 || model::TextCount(messages[0].parts_template) != 1) return {};
  return messages[0].texts;
}

bool IsContentField(Field field) {
  switch (field) {
    case Field::kSystemText:
    case Field::kConversation:
    case Field::kFinalResult:
    case Field::kEventList:
    case Field::kAnswerText:
    case Field::kAnswerReasoning:
    case Field::kAnswerToolCalls:
    case Field::kAnswerObject:
    case Field::kAnswerFiles:
    case Field::kEmbeddingInput:
    case Field::kToolArguments:
    case Field::kToolResult:
    case Field::kPromptVariables:
    case Field::kQuery:
    case Field::kDocumentsJson:
    case Field::kRankingDocuments:
    case Field::kEvaluationComment:
    case Field::kUserRatingComment:
    case Field::kProviderMetadata:
    case Field::kExceptionMessage: return true;
    default: break;
  }
  // Of the collected ones only tags, parameters and scores are no content.
  return field > Field::kTags && field < Field::kAnnotations;
}

}  // namespace

bool IsContentKey(std::string_view key) {
  const Rule* rule = RuleIndex::Instance().Find(key);
  if (rule != nullptr && rule->field != Field::kNone) return IsContentField(rule->field);
  // Names that events and senders use for what was said, and that no rule for spans has.
  constexpr std::string_view kWords[] = {"content", "body",       "message",
                                         "prompt",  "completion", "exception.stacktrace"};
  return std::ranges::find(kWords, key) != std::end(kWords);
}

Result<void> OtelAttributes::AddMessages(std::string_view key, std::span<const Message> messages) {
  if (messages.empty()) return {};
  std::string json;
  syntax::JsonWriter writer(json);
  writer.BeginArray();
  for (const Message& message : messages) {
    TRY_ASSIGN(const std::string parts, PartsOf(message));
    writer.BeginObject().Member("role", message.role);
    if (!message.name.empty()) writer.Member("name", message.name);
    writer.Key("parts").Raw(parts);
    if (!message.finish_reason.empty()) writer.Member("finish_reason", message.finish_reason);
    writer.EndObject();
  }
  writer.EndArray();
  // As text: the conventions say structured where the SDK can, and every backend reads a string.
  AddText(key, arena_.Copy(json));
  return {};
}

Result<void> OtelAttributes::AddTools(const Span& span) {
  if (span.tool_definitions.empty()) return {};
  std::string json = "[";
  for (const Message& tool : span.tool_definitions) {
    TRY_ASSIGN(std::string parts, PartsOf(tool));
    if (parts.size() <= 2) continue;
    if (json.size() > 1) json.push_back(',');
    // Without the brackets of a list of parts.
    std::string_view one = std::string_view(parts).substr(1, parts.size() - 2);
    if (one.starts_with(kToolDefinition)) {
      json.append(kFunction);
      one.remove_prefix(kToolDefinition.size());
    }
    json.append(one);
  }
  json.push_back(']');
  AddText("gen_ai.tool.definitions", arena_.Copy(json));
  return {};
}

void OtelAttributes::AddToolContent(const Span& span) {
  AddText("gen_ai.tool.call.arguments", OnlyText(span.input_messages));
  AddText("gen_ai.tool.call.result", OnlyText(span.output_messages));
}

void OtelAttributes::AddDocuments(const Span& span) {
  if (span.documents.empty()) return;
  std::string json;
  syntax::JsonWriter writer(json);
  writer.BeginArray();
  for (const model::RetrievedDocument& document : span.documents) {
    writer.BeginObject();
    if (!document.id.empty()) writer.Member("id", document.id);
    if (document.score) writer.Member("score", *document.score);
    if (!document.content.empty()) writer.Member("content", document.content);
    if (!document.data_source.empty()) writer.Member("data_source", document.data_source);
    if (!document.metadata.empty()) writer.Key("metadata").Raw(document.metadata);
    writer.EndObject();
  }
  writer.EndArray();
  AddText("gen_ai.retrieval.documents", arena_.Copy(json));
}

Result<void> OtelAttributes::AddContent(const Span& span) {
  AddText("gen_ai.retrieval.query.text", span.retrieval_query);
  AddText("vitrine.prompt.variables", span.prompt_variables);
  AddDocuments(span);
  TRY(AddTools(span));
  if (span.kind == SpanKind::kTool) {
    AddToolContent(span);
    return {};
  }
  const bool is_search = span.kind == SpanKind::kRetrieval || span.kind == SpanKind::kRerank;
  // A query is told once, and what a search brought are its documents.
  const bool is_query =
      !span.retrieval_query.empty() && OnlyText(span.input_messages) == span.retrieval_query;
  if (!is_search || !is_query) TRY(AddMessages("gen_ai.input.messages", span.input_messages));
  if (!is_search) return AddMessages("gen_ai.output.messages", span.output_messages);
  AddText("output.value", OnlyText(span.output_messages));
  return {};
}

}  // namespace vitrine::codecs::dialects
