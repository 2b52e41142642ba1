// What an agent's steps hold: prompts, answers, arguments and documents.
#include <algorithm>
#include <string>

#include "codecs/content/message_facts.h"
#include "codecs/providers/internal/agent_trace.h"
#include "codecs/providers/internal/family.h"
#include "codecs/providers/internal/lenient_json.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs::providers {

namespace {

using model::Message;
using model::Span;

/// Whether a body counts what AWS tells beside it; its input may leave out what was cached.
bool Agrees(const RawUsage& body, const RawUsage& told) {
  const bool is_known = body.input && body.output && told.input && told.output;
  if (!is_known || *body.output != *told.output) return false;
  const uint64_t cached = body.cache_read.value_or(0) + body.cache_write.value_or(0);
  return *body.input == *told.input || *body.input + cached == *told.input;
}

/// A body of Converse's or Anthropic's, by which AWS asks models today. A text of old models may be
/// JSON that looks like any other body.
bool IsMessage(JsonValue body) {
  return body["output"]["message"]["content"].is_array() ||
         (body["type"].text() == "message" && body["content"].is_array());
}

/// Whether a model's text is a body that holds the answer.
bool IsAnswer(JsonValue text, const RawUsage& told, Arena& arena) {
  if (!text.is_object()) return false;
  if (IsMessage(text)) return true;
  CallDraft draft(arena);
  ReadInvokeBody(text, draft);
  return !draft.parts.empty() && Agrees(draft.reported, told);
}

/// Where a document lies, of the kinds of source that there are.
std::string_view UriOf(JsonValue location) {
  for (auto [name, place] : location.Members()) {
    if (JsonValue uri = FirstOf(place, "uri", "url", "id", "query"); uri.is_string())
      return uri.text();
  }
  return {};
}

/// The text of "[{text=…}]", as content of one text is printed there; any other text as it is.
std::string_view Unprinted(std::string_view text) {
  constexpr std::string_view kBegin = "[{text=", kEnd = "}]", kType = ", type=text";
  const bool is_printed =
      text.starts_with(kBegin) && text.ends_with(kEnd) && !text.contains("}, {");
  if (!is_printed) return text;
  text = text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size());
  if (text.ends_with(kType)) text.remove_suffix(kType.size());
  return text;
}

}  // namespace

/// What the model answered: a body that holds it, or its text alone, and thoughts that AWS tells of
/// beside it.
const CallDraft& AgentTrace::ReadAnswer(JsonValue output) {
  CallDraft& draft = drafts_.emplace_back(reader_.arena());
  draft.api = Api::kInvoke;
  const std::string_view content = output["rawResponse"]["content"].text();
  const JsonValue usage = output["metadata"]["usage"];
  const RawUsage told = ReadUsageObject(usage);
  syntax::JsonDocument body;
  const bool is_body =
      parts_left_ > 0 &&
      body.Parse(content, reader_.arena(), LenientJson()) == syntax::JsonStatus::kOk &&
      IsAnswer(body.root(), told, reader_.arena());
  if (is_body) ReadInvokeBody(body.root(), draft);
  const JsonValue thoughts = output["reasoningContent"]["reasoningText"];
  const bool are_in_body = std::ranges::any_of(
      draft.parts, [](const PartDraft& part) { return part.kind == PartKind::kReasoning; });
  if (!are_in_body && !thoughts["text"].text().empty()) {
    draft.ForgetParts();
    draft.Append(PartKind::kReasoning, 0, thoughts["text"].text());
    draft.SetSignature(draft.Find(PartKind::kReasoning, 0, kNoKey), thoughts["signature"]);
    if (is_body) ReadInvokeBody(body.root(), draft);
  }
  if (!is_body) draft.Append(PartKind::kText, 0, content);
  if (!Agrees(draft.reported, told)) draft.ReplaceUsage(usage);
  parts_left_ -= std::min(parts_left_, draft.parts.size());
  return draft;
}

void AgentTrace::ReadReferences(JsonValue references, Span& span) {
  std::vector<model::RetrievedDocument> documents;
  for (JsonValue reference : references.Elements()) {
    if (documents.size() >= kRankingMax) break;
    const JsonValue metadata = reference["metadata"];
    model::RetrievedDocument document;
    document.content = reference["content"]["text"].text();
    document.id = metadata["x-amz-bedrock-kb-chunk-id"].text();
    document.data_source = metadata["x-amz-bedrock-kb-source-uri"].text();
    if (document.data_source.empty()) document.data_source = UriOf(reference["location"]);
    document.metadata = metadata.is_object() ? metadata.raw() : std::string_view();
    documents.push_back(document);
  }
  span.documents = reader_.arena().CopyArray(documents);
  span.retrieval_count = static_cast<uint32_t>(documents.size());
}

std::span<const Message> AgentTrace::Text(std::string_view role, std::string_view text) {
  if (text.empty()) return {};
  reader_.builder().Begin();
  reader_.builder().AddText(text);
  return reader_.arena().CopyArray(std::vector{reader_.builder().Finish(role)});
}

/// {"system":"…","messages":[{"role","content":"[{text=…}]"}]}, or a text for models of old.
std::span<const Message> AgentTrace::Prompt(std::string_view text) {
  syntax::JsonDocument document;
  const auto status = document.Parse(text, reader_.arena(), LenientJson());
  const JsonValue root = document.root();
  const size_t count = root["messages"].size() + 1;
  const bool is_read =
      status == syntax::JsonStatus::kOk && root["messages"].is_array() && count <= messages_left_;
  if (!is_read) return Text("user", text);
  messages_left_ -= count;
  std::vector<Message> messages;
  const auto add = [&](std::string_view role, JsonValue content) {
    reader_.builder().Begin();
    if (content.is_string() && !content.text().empty()) {
      reader_.builder().AddText(Unprinted(content.text()));
    } else {
      reader_.ReadParts(content);
    }
    if (!reader_.builder().empty()) messages.push_back(reader_.builder().Finish(role));
  };
  add("system", root["system"]);
  for (JsonValue message : root["messages"].Elements())
    add(message["role"].text() == "assistant" ? "assistant" : "user", message["content"]);
  MarkNew(messages);
  reader_.ReleaseDocuments();
  return reader_.arena().CopyArray(messages);
}

/// Named values of a function, or of an API's path and body, as one object.
std::string_view AgentTrace::Arguments(JsonValue action) {
  std::string text;
  syntax::JsonWriter writer(text);
  writer.BeginObject();
  const auto add = [&writer](JsonValue list) {
    for (JsonValue one : list.Elements()) {
      const JsonValue value = one["value"];
      writer.Key(one["name"].text());
      if (value.is_string()) {
        writer.String(value.text());
      } else {
        writer.Raw("null");
      }
    }
  };
  add(action["parameters"]);
  for (auto [type, body] : action["requestBody"]["content"].Members()) add(body);
  writer.EndObject();
  return reader_.arena().Copy(text);
}

}  // namespace vitrine::codecs::providers
