#include "query/span_json.h"

#include <charconv>
#include <vector>

#include "base/arena.h"
#include "query/limits.h"

namespace vitrine::query {
namespace {

using syntax::JsonStatus;
using syntax::JsonValue;
using syntax::JsonWriter;

/// The value of an attribute stored as text, with the letter of its type (model::ValueTypeLetter).
void WriteTyped(JsonWriter& json, char type, std::string_view text) {
  switch (type) {
    case 'n': json.Null(); return;
    case 'i': {
      int64_t value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      const auto exact = static_cast<int64_t>(kExactDoubleMax);
      const bool whole = error == std::errc() && end == text.data() + text.size();
      if (whole && value <= exact && value >= -exact) {
        json.Int(value);
      } else {
        json.String(text);  // As text, because readers with doubles only would change it.
      }
      return;
    }
    case 'b':
    case 'd':
    case 'j': WriteJsonText(json, text); return;
    default: json.String(text);
  }
}

/// A map column and its letters as [{"key","type","value"}].
void WriteAttributes(JsonWriter& json, const JsonValue& map, std::string_view types) {
  json.BeginArray();
  size_t index = 0;
  for (const auto [key, value] : map.Members()) {
    const char type = index < types.size() ? types[index] : 's';
    ++index;
    json.BeginObject().Member("key", key).Member("type", std::string_view(&type, 1)).Key("value");
    WriteTyped(json, type, value.text());
    json.EndObject();
  }
  json.EndArray();
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// The text of a stored document: the content of its one part.
std::string DocumentText(const StoredMessage& message) {
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(message.parts, arena) != JsonStatus::kOk) return {};
  return std::string(document.root().At(0)["content"].text());
}

void WriteRetrieval(JsonWriter& json, const JsonValue& documents, const SpanContent& content) {
  json.BeginArray();
  for (const auto document : documents.Elements()) {
    json.BeginObject();
    for (const auto [key, value] : document.Members()) {
      json.Key(key);
      if (key == "metadata") {
        WriteJsonText(json, value.text());
      } else if (value.is_string() && value.text().empty()) {
        json.Null();
      } else {
        json.Raw(value.raw());
      }
    }
    const auto message = content.messages.find(std::string(document["hash"].text()));
    json.Key("content");
    if (message == content.messages.end()) {
      json.Null();
    } else {
      json.String(DocumentText(message->second));
    }
    json.EndObject();
  }
  json.EndArray();
}

/// A column that the API shows as it lies. Empty text means unknown there, which is null here.
void WritePlain(JsonWriter& json, std::string_view name, const JsonValue& value) {
  if (value.is_string() && value.text().empty() && name != "name") {
    json.Null();
  } else {
    json.Raw(value.raw());
  }
}

void WriteJsonList(JsonWriter& json, std::string_view text) {
  if (text.empty()) {
    json.BeginArray().EndArray();
  } else {
    WriteJsonText(json, text);
  }
}

}  // namespace

void WriteJsonText(JsonWriter& json, std::string_view text) {
  if (text.empty()) {
    json.Null();
    return;
  }
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(text, arena) != JsonStatus::kOk) {
    json.String(text);
    return;
  }
  std::string compact;
  syntax::AppendJson(compact, document.root());
  json.Raw(compact);
}

void WriteMessages(JsonWriter& json, const JsonValue& row, const SpanContent& content, bool input) {
  const uint64_t new_from = row["input_new_from"].ToUint().value_or(0);
  std::vector<uint64_t> choices;
  for (const auto choice : row["output_choices"].Elements())
    choices.push_back(choice.ToUint().value_or(0));
  const auto reasons = Split(row["output_finish_reasons"].text());
  json.BeginArray();
  uint64_t position = 0;
  for (const auto hash : row[input ? "input_hashes" : "output_hashes"].Elements()) {
    const auto message = content.messages.find(std::string(hash.text()));
    const bool found = message != content.messages.end();
    json.BeginObject().Member("hash", hash.text());
    json.Member("role", found ? std::string_view(message->second.role) : std::string_view());
    if (found && !message->second.name.empty()) json.Member("name", message->second.name);
    json.Key("parts").Raw(found ? std::string_view(message->second.parts) : "[]");
    if (!found) json.Member("missing", true);
    json.Member("is_new", !input || position >= new_from).Member("position", position);
    if (!input) {
      json.Member("choice", position < choices.size() ? std::optional(choices[position])
                                                      : std::optional<uint64_t>());
      const std::string_view reason = position < reasons.size() ? reasons[position] : "";
      json.Member("finish_reason",
                  reason.empty() ? std::nullopt : std::optional(std::string(reason)));
    }
    json.EndObject();
    ++position;
  }
  json.EndArray();
}

void WriteToolDefinitions(JsonWriter& json, const JsonValue& row, const SpanContent& content) {
  json.BeginArray();
  for (const auto hash : row["tool_definition_hashes"].Elements()) {
    json.BeginObject().Member("hash", hash.text());
    const auto message = content.messages.find(std::string(hash.text()));
    Arena arena;
    syntax::JsonDocument document;
    JsonValue tool;
    if (message != content.messages.end() &&
        document.Parse(message->second.parts, arena) == JsonStatus::kOk) {
      tool = document.root().At(0);
    }
    for (const char* key : {"name", "description"}) {
      json.Key(key);
      if (tool[key].is_string()) {
        json.String(tool[key].text());
      } else {
        json.Null();
      }
    }
    json.Key("parameters");
    const JsonValue parameters = tool["parameters"];
    if (parameters.is_string()) {
      WriteJsonText(json, parameters.text());
    } else {
      json.Raw(parameters.exists() ? parameters.raw() : "null");
    }
    json.EndObject();
  }
  json.EndArray();
}

Result<std::string> SpanDetailJson(const SpanContent& content, const PriceJson& price_json) {
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(content.row, arena) != JsonStatus::kOk)
    return Fail(ErrorCode::kInternal, "a span's row is not JSON");
  const JsonValue row = document.root();
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  for (const auto [name, value] : row.Members()) {
    if (name == "attribute_types" || name == "resource_types") continue;
    json.Key(name);
    if (name == "attributes") {
      WriteAttributes(json, value, row["attribute_types"].text());
    } else if (name == "resource") {
      WriteAttributes(json, value, row["resource_types"].text());
    } else if (name == "events" || name == "links") {
      WriteJsonList(json, value.text());
    } else if (name == "params" || name == "prompt_variables") {
      WriteJsonText(json, value.text());
    } else if (name == "retrieval") {
      WriteRetrieval(json, value, content);
    } else {
      WritePlain(json, name, value);
    }
  }
  json.Key("input_messages");
  WriteMessages(json, row, content, true);
  json.Key("output_messages");
  WriteMessages(json, row, content, false);
  json.Key("tool_definitions");
  WriteToolDefinitions(json, row, content);
  const std::string_view price_id = row["price_id"].text();
  json.Key("price").Raw(price_id.empty() ? "null" : price_json(price_id));
  json.Key("timeline").Raw(content.timeline.empty() ? "null" : std::string_view(content.timeline));
  json.EndObject();
  return out;
}

}  // namespace vitrine::query
