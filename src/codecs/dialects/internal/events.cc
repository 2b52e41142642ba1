#include "codecs/dialects/internal/events.h"

#include <algorithm>

#include "codecs/dialects/internal/readers.h"

namespace vitrine::codecs::dialects {

namespace {

using model::Attribute;
using model::Message;
using model::Value;
using syntax::JsonValue;

std::string_view TextAt(std::span<const Attribute> attributes, std::string_view key, Arena& arena) {
  const Value* value = FindAttribute(attributes, key);
  return value == nullptr ? std::string_view() : ReadText(*value, arena);
}

std::string_view RoleOfEvent(std::string_view name) {
  if (name == "gen_ai.system.message") return "system";
  if (name == "gen_ai.user.message") return "user";
  if (name == "gen_ai.assistant.message") return "assistant";
  if (name == "gen_ai.tool.message") return "tool";
  return {};
}

/// The body of a log record; on a span's event, the attribute that stands for it (Azure's SDKs,
/// Semantic Kernel).
JsonValue BodyOf(const EventView& event, ContentReader& reader) {
  const Value* body = &event.body;
  if (body->type == model::ValueType::kNull) {
    body = FindAttribute(event.attributes, "gen_ai.event.content");
  }
  if (body == nullptr) return {};
  if (body->type != model::ValueType::kJson && body->type != model::ValueType::kString) return {};
  if (!Trim(body->text).starts_with('{')) return {};
  syntax::JsonOptions options;
  options.lenient = true;
  options.allow_cut_off = true;
  syntax::JsonDocument& document = reader.NextDocument();
  document.Parse(body->text, reader.arena(), options);
  return document.root();
}

}  // namespace

void EventFacts::Clear() {
  content.Clear();
  exception = {};
  first_chunk.reset();
  first_chunk_ns.reset();
  chunk_times.clear();
  scores.clear();
}

const Value* FindAttribute(std::span<const Attribute> attributes, std::string_view key) {
  for (const Attribute& attribute : attributes) {
    if (attribute.key == key) return &attribute.value;
  }
  return nullptr;
}

bool EventReader::IsGenAiEvent(std::string_view name) {
  return name == "gen_ai.choice" || !RoleOfEvent(name).empty() || name == "gen_ai.content.prompt" ||
         name == "gen_ai.content.completion" ||
         name == "gen_ai.client.inference.operation.details" ||
         name == "gen_ai.client.operation.exception" || name == "gen_ai.evaluation.result" ||
         name == "gen_ai.evaluation";
}

/// Adds a value that is plain text, a part list or a message.
void EventReader::AddContent(const Value& value, std::string_view role, std::vector<Message>& out) {
  std::string_view text = ReadText(value, reader_.arena());
  std::string_view trimmed = Trim(text);
  MessageBuilder& builder = reader_.builder();
  JsonValue json;
  if (trimmed.starts_with('[') || trimmed.starts_with('{') || trimmed.starts_with('"')) {
    syntax::JsonOptions options;
    options.lenient = true;
    syntax::JsonDocument& document = reader_.NextDocument();
    if (document.Parse(trimmed, reader_.arena(), options) == syntax::JsonStatus::kOk) {
      json = document.root();
    }
  }
  if (json.is_object() && reader_.ReadMessage(json, role, out)) return;
  builder.Begin();
  bool is_part_list = json.is_array() && json.At(0).is_object();
  if (is_part_list) {
    reader_.ReadParts(json);
  } else {
    builder.AddText(json.is_string() ? json.text() : text);
  }
  out.push_back(builder.Finish(role));
}

bool EventReader::ReadMessageEvent(const EventView& event, EventFacts& facts) {
  std::string_view role = RoleOfEvent(event.name);
  if (role.empty()) return false;
  auto& out = facts.content.input;
  if (JsonValue body = BodyOf(event, reader_); body.is_object()) {
    std::string_view said = body["role"].text();
    std::string_view name = said.empty() ? role : CanonicalRole(said);
    MessageBuilder& builder = reader_.builder();
    builder.Begin();
    reader_.ReadMessageBody(body, name == "tool");
    if (!builder.empty()) out.push_back(builder.Finish(name));
    return true;
  }
  std::string_view said = TextAt(event.attributes, "role", reader_.arena());
  if (!said.empty()) role = CanonicalRole(said);
  const Value* content = FindAttribute(event.attributes, "content");
  if (content == nullptr && event.body.type == model::ValueType::kString) content = &event.body;
  if (content == nullptr) return false;
  if (role == "tool" && !reader_.LooksLikeParts(content->text) &&
      !Trim(content->text).starts_with("[{")) {
    MessageBuilder& builder = reader_.builder();
    builder.Begin();
    builder.AddToolResponse(TextAt(event.attributes, "id", reader_.arena()), {},
                            ReadText(*content, reader_.arena()));
    out.push_back(builder.Finish(role));
  } else {
    AddContent(*content, role, out);
  }
  return true;
}

bool EventReader::ReadChoiceEvent(const EventView& event, EventFacts& facts) {
  auto& out = facts.content.output;
  size_t before = out.size();
  std::string_view finish = TextAt(event.attributes, "finish_reason", reader_.arena());
  std::optional<uint64_t> index;
  if (JsonValue body = BodyOf(event, reader_); body.is_object()) {
    finish = body["finish_reason"].text();
    index = body["index"].ToUint();
    JsonValue message = body["message"];
    MessageBuilder& builder = reader_.builder();
    builder.Begin();
    if (message.is_object()) {
      reader_.ReadMessageBody(message, false);
    } else if (!message.is_nothing()) {
      reader_.ReadParts(message);
    }
    std::string_view role = message["role"].text();
    out.push_back(builder.Finish(role.empty() ? "assistant" : CanonicalRole(role)));
  } else if (const Value* message = FindAttribute(event.attributes, "message")) {
    if (const Value* at = FindAttribute(event.attributes, "index")) index = ReadCount(*at);
    AddContent(*message, "assistant", out);
  } else {
    return false;
  }
  for (size_t i = before; i < out.size(); ++i) {
    out[i].choice = static_cast<uint32_t>(index.value_or(0));
    out[i].finish_reason = finish;
  }
  return true;
}

/// Up to 1.27: the whole prompt or completion as one JSON text.
void EventReader::ReadContentEvent(const EventView& event, EventFacts& facts) {
  bool is_prompt = event.name == "gen_ai.content.prompt";
  const Value* value =
      FindAttribute(event.attributes, is_prompt ? "gen_ai.prompt" : "gen_ai.completion");
  if (value == nullptr) return;
  std::string_view role = is_prompt ? "user" : "assistant";
  Conversation conversation;
  reader_.Read(*value, {role, role}, conversation);
  auto& out = is_prompt ? facts.content.input : facts.content.output;
  out.insert(out.end(), conversation.messages.begin(), conversation.messages.end());
}

void EventReader::ReadException(const EventView& event, EventFacts& facts) {
  facts.exception.type = TextAt(event.attributes, "exception.type", reader_.arena());
  facts.exception.message = TextAt(event.attributes, "exception.message", reader_.arena());
  if (const Value* escaped = FindAttribute(event.attributes, "exception.escaped")) {
    facts.exception.escaped = ReadBool(*escaped).value_or(false);
  }
}

void EventReader::ReadScore(const EventView& event, EventFacts& facts) {
  Arena& arena = reader_.arena();
  model::Score score;
  score.time = event.time;
  score.name = TextAt(event.attributes, "gen_ai.evaluation.name", arena);
  score.label = TextAt(event.attributes, "gen_ai.evaluation.score.label", arena);
  score.comment = TextAt(event.attributes, "gen_ai.evaluation.explanation", arena);
  score.response_id = TextAt(event.attributes, "gen_ai.response.id", arena);
  if (const Value* value = FindAttribute(event.attributes, "gen_ai.evaluation.score.value")) {
    score.value = ReadDouble(*value);
  }
  score.source = "heuristic";
  if (!score.name.empty()) facts.scores.push_back(score);
}

/// Traceloop's vector database instrumentations: one event per hit.
void EventReader::ReadVectorResult(const EventView& event, EventFacts& facts) {
  Arena& arena = reader_.arena();
  model::RetrievedDocument document;
  for (std::string_view prefix : {"db.query.result.", "db.search.result."}) {
    for (const Attribute& attribute : event.attributes) {
      if (!attribute.key.starts_with(prefix)) continue;
      std::string_view key = attribute.key.substr(prefix.size());
      if (key == "id") document.id = ReadText(attribute.value, arena);
      if (key == "score") document.score = ReadDouble(attribute.value);
      if (key == "document") document.content = ReadText(attribute.value, arena);
      if (key == "metadata") document.metadata = ReadText(attribute.value, arena);
    }
  }
  if (!document.id.empty() || !document.content.empty()) {
    facts.content.documents.push_back(document);
  }
}

bool EventReader::Read(const EventView& event, EventFacts& facts) {
  if (event.name == "exception" || event.name == "gen_ai.client.operation.exception") {
    ReadException(event, facts);
    return false;
  }
  if (event.name == "gen_ai.content.completion.chunk" ||
      event.name == "llm.content.completion.chunk") {
    if (event.attributes.empty()) facts.chunk_times.push_back(event.time);
    if (!facts.first_chunk) facts.first_chunk = event.time;
    return event.attributes.empty();
  }
  if (event.name == "First Token Stream Event") {  // OpenInference, Python.
    facts.first_chunk = event.time;
    return false;
  }
  if (event.name == "ai.stream.firstChunk") {
    facts.first_chunk = event.time;
    for (std::string_view key : {"ai.stream.msToFirstChunk", "ai.response.msToFirstChunk"}) {
      const Value* value = FindAttribute(event.attributes, key);
      if (value != nullptr) facts.first_chunk_ns = ReadDuration(*value, Unit::kMilliseconds);
    }
    return false;
  }
  if (event.name == "db.query.result" || event.name == "db.search.result") {
    ReadVectorResult(event, facts);
    return false;
  }
  if (event.name.starts_with("gen_ai.evaluation")) {
    ReadScore(event, facts);
    return false;
  }
  if (event.name == "gen_ai.content.prompt" || event.name == "gen_ai.content.completion") {
    ReadContentEvent(event, facts);
    work_.AddDialects(DialectBit(Dialect::kGenAi));
    return true;
  }
  if (event.name == "gen_ai.client.inference.operation.details") {
    for (const Attribute& attribute : event.attributes) work_.Add(attribute);
    return true;
  }
  if (event.name == "vitrine.token_timeline") {
    for (const Attribute& attribute : event.attributes) work_.Add(attribute);
    return true;
  }
  if (event.name == "gen_ai.choice") return ReadChoiceEvent(event, facts);
  return ReadMessageEvent(event, facts);
}

}  // namespace vitrine::codecs::dialects
