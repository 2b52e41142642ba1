// Parts of messages, and tool definitions.
#include "codecs/content/content_reader.h"
#include "codecs/content/text.h"

namespace vitrine::codecs {

namespace {

using syntax::JsonValue;

// Content inside content (a tool result that holds parts that hold a document …) never goes deeper
// in practice; beyond this a part stays as it came.
constexpr uint32_t kNestingMax = 8;

/// A JSON value as text: strings unescaped, everything else as written.
std::string_view TextOf(JsonValue value) {
  if (value.is_string()) return value.text();
  return value.is_nothing() ? std::string_view() : value.raw();
}

/// The text of a part that is nothing but text.
std::optional<std::string_view> PlainTextOf(JsonValue part) {
  if (part.is_string()) return part.text();
  std::string_view type = part["type"].text();
  if (!type.empty() && type != "text" && type != "input_text" && type != "output_text") {
    return std::nullopt;
  }
  JsonValue text = FirstOf(part, "text", "content");
  if (!text.is_string()) return std::nullopt;
  return text.text();
}

/// AI SDK 5 and later wrap tool results: {"type":"text","value":"sunny"}.
bool IsTypedOutput(JsonValue response) {
  std::string_view type = response["type"].text();
  return response["value"].exists() && (type == "text" || type == "json" || type == "content" ||
                                        type == "error-text" || type == "error-json");
}

}  // namespace

std::string_view ContentReader::ResponseText(JsonValue response) {
  if (IsTypedOutput(response)) response = response["value"];
  if (!response.is_array() || response.empty()) return TextOf(response);
  std::string joined;
  size_t count = 0;
  for (JsonValue part : response.Elements()) {
    auto text = PlainTextOf(part);
    if (!text) {
      JsonValue json = part["json"];  // Bedrock: {"json":{…}} beside {"text":"…"}
      if (!json.exists()) return TextOf(response);
      text = json.raw();
    }
    if (response.size() == 1) return *text;
    if (count++ > 0) joined.push_back('\n');
    joined.append(*text);
  }
  return arena_.Copy(joined);
}

void ContentReader::ReadToolResponse(std::string_view id, std::string_view name,
                                     JsonValue response) {
  JsonValue parts = response;
  if (IsTypedOutput(parts)) parts = parts["value"];
  bool has_media = false;
  if (parts.is_array()) {
    for (JsonValue part : parts.Elements()) {
      std::string_view type = part["type"].text();
      has_media |= type == "image" || type == "document" || type == "image_url" ||
                   type == "media" || type == "image-data" || part["image"].is_object() ||
                   part["document"].is_object();
    }
  }
  if (!has_media || nesting_ >= kNestingMax) {
    builder_.AddToolResponse(id, name, ResponseText(response));
    return;
  }
  // Pictures in a tool result become parts of their own behind it.
  std::string text;
  for (JsonValue part : parts.Elements()) {
    if (auto plain = PlainTextOf(part)) text.append(text.empty() ? "" : "\n").append(*plain);
  }
  builder_.AddToolResponse(id, name, arena_.Copy(text));
  for (JsonValue part : parts.Elements()) {
    if (!PlainTextOf(part)) ReadPart(part);
  }
}

void ContentReader::ReadToolCalls(JsonValue calls) {
  for (JsonValue call : calls.Elements()) {
    JsonValue function = call["function"].is_object() ? call["function"]
                         : call["custom"].is_object() ? call["custom"]
                                                      : call;
    JsonValue id = FirstOf(call, "toolCallId", "tool_call_id", "call_id", "id");
    JsonValue name = FirstOf(function, "name", "toolName", "tool_name");
    JsonValue arguments = FirstOf(function, "arguments", "args", "input", "parameters");
    builder_.AddToolCall(TextOf(id), name.text(), TextOf(arguments));
  }
}

bool ContentReader::ReadServerToolPart(std::string_view type, JsonValue part) {
  if (type == "server_tool_use" || type == "mcp_tool_use") {
    builder_.AddToolCall(part["id"].text(), part["name"].text(), TextOf(part["input"]), true);
    return true;
  }
  if (type == "server_tool_call") {
    builder_.AddToolCall(part["id"].text(), part["name"].text(),
                         TextOf(FirstOf(part, "server_tool_call", "arguments")), true);
    return true;
  }
  if (type == "server_tool_call_response") {
    builder_.AddToolResponse(part["id"].text(), part["name"].text(),
                             TextOf(FirstOf(part, "server_tool_call_response", "response")));
    return true;
  }
  if (type.ends_with("_tool_result") && part["tool_use_id"].is_string()) {
    builder_.AddToolResponse(part["tool_use_id"].text(), {}, TextOf(part["content"]));
    return true;
  }
  // OpenAI Responses: web_search_call, file_search_call, code_interpreter_call, mcp_call …
  if (!type.ends_with("_call") || type == "tool_call" || type == "function_call" ||
      type == "custom_tool_call") {
    return false;
  }
  std::string_view name = part["name"].text();
  if (name.empty()) name = type.substr(0, type.size() - 5);
  JsonValue arguments = FirstOf(part, "arguments", "action", "code", "queries", "operation");
  builder_.AddToolCall(part["id"].text(), name, TextOf(arguments), true);
  JsonValue output = FirstOf(part, "output", "outputs", "results", "error");
  if (output.exists()) builder_.AddToolResponse(part["id"].text(), {}, TextOf(output));
  return true;
}

bool ContentReader::ReadTypedPart(std::string_view type, JsonValue part) {
  if (type == "text" || type == "input_text" || type == "output_text" || type == "summary_text") {
    JsonValue text = FirstOf(part, "content", "text");
    if (!text.is_string()) return false;
    builder_.AddText(text.text());
  } else if (type == "reasoning" || type == "thinking") {
    JsonValue text = FirstOf(part, "content", "text", "thinking", "reasoning", "summary");
    std::string_view signature = part["signature"].text();
    if (text.is_array()) {
      for (JsonValue piece : text.Elements()) {
        builder_.AddReasoning(PlainTextOf(piece).value_or(FirstOf(piece, "text").text()));
      }
      if (text.empty() && !FirstOf(part, "encrypted_content").exists()) return true;
      if (text.empty()) return false;
    } else {
      builder_.AddReasoning(text.text(), signature);
    }
  } else if (type == "refusal") {
    builder_.AddRefusal(FirstOf(part, "refusal", "content").text());
  } else if (type == "tool_call" || type == "tool-call" || type == "tool_use" ||
             type == "function_call" || type == "function" || type == "custom_tool_call") {
    JsonValue function = part["function"].is_object() ? part["function"] : part;
    bool is_server_side = part["providerExecuted"].AsBool().value_or(false);
    builder_.AddToolCall(TextOf(FirstOf(part, "toolCallId", "tool_call_id", "call_id", "id")),
                         FirstOf(function, "name", "toolName", "tool_name").text(),
                         TextOf(FirstOf(function, "arguments", "args", "input")), is_server_side);
  } else if (type == "tool_call_response" || type == "tool-result" || type == "tool_result" ||
             type == "function_call_output" || type == "custom_tool_call_output" ||
             type == "tool_return" || type == "tool-error") {
    ReadToolResponse(
        TextOf(FirstOf(part, "tool_use_id", "toolCallId", "tool_call_id", "call_id", "id")),
        FirstOf(part, "toolName", "name", "tool_name").text(),
        FirstOf(part, "response", "result", "output", "content", "error"));
  } else if (type == "step-start" || type == "cachePoint") {
    return true;  // Marks a place; says nothing.
  } else {
    return ReadServerToolPart(type, part) || ReadMediaPart(type, part);
  }
  return true;
}

/// Genkit's parts, told apart by their only member as well.
bool ContentReader::ReadGenkitPart(JsonValue part) {
  if (JsonValue call = part["toolRequest"]; call.is_object()) {
    builder_.AddToolCall(call["ref"].text(), call["name"].text(), TextOf(call["input"]));
    return true;
  }
  if (JsonValue answer = part["toolResponse"]; answer.is_object()) {
    builder_.AddToolResponse(answer["ref"].text(), answer["name"].text(), TextOf(answer["output"]));
    return true;
  }
  if (JsonValue media = part["media"]; media["url"].is_string()) {
    ReadMedia({}, media["contentType"].text(), media["url"].text());
    return true;
  }
  JsonValue thought = part["reasoning"];
  if (!thought.is_string()) return false;
  builder_.AddReasoning(thought.text());
  return true;
}

/// Gemini and Bedrock tell parts apart by their only member.
bool ContentReader::ReadUntypedPart(JsonValue part) {
  if (JsonValue text = part["text"]; text.is_string()) {
    if (part["thought"].AsBool().value_or(false)) {
      builder_.AddReasoning(text.text());
    } else {
      builder_.AddText(text.text());
    }
    return true;
  }
  if (JsonValue call = FirstOf(part, "functionCall", "function_call"); call.is_object()) {
    builder_.AddToolCall(call["id"].text(), call["name"].text(),
                         TextOf(FirstOf(call, "args", "arguments")));
    return true;
  }
  if (JsonValue answer = FirstOf(part, "functionResponse", "function_response");
      answer.is_object()) {
    builder_.AddToolResponse(answer["id"].text(), answer["name"].text(),
                             TextOf(answer["response"]));
    return true;
  }
  if (JsonValue use = part["toolUse"]; use.is_object()) {
    builder_.AddToolCall(use["toolUseId"].text(), use["name"].text(), TextOf(use["input"]));
    return true;
  }
  if (JsonValue result = part["toolResult"]; result.is_object()) {
    ReadToolResponse(result["toolUseId"].text(), {}, result["content"]);
    return true;
  }
  if (JsonValue reasoning = FirstOf(part, "reasoningContent", "reasoning_content");
      reasoning.is_object()) {
    JsonValue text = FirstOf(reasoning, "reasoningText", "reasoning_text");
    if (!text.is_object()) return false;
    builder_.AddReasoning(text["text"].text(), text["signature"].text());
    return true;
  }
  if (part["cachePoint"].exists() && part.size() == 1) return true;
  if (JsonValue content = part["content"]; content.is_string() && part.size() == 1) {
    builder_.AddText(content.text());
    return true;
  }
  return ReadBedrockPart(part) || ReadGenkitPart(part);
}

void ContentReader::ReadPart(JsonValue part) {
  if (part.is_string()) {
    builder_.AddText(part.text());
    return;
  }
  if (part.is_nothing()) return;
  bool done = false;
  if (part.is_object() && nesting_ < kNestingMax) {
    ++nesting_;
    std::string_view type = part["type"].text();
    if (type.empty()) type = part["kind"].text();
    done = type.empty() ? ReadUntypedPart(part) : ReadTypedPart(type, part);
    --nesting_;
  }
  if (!done) builder_.AddOther(part);
}

void ContentReader::ReadParts(JsonValue content) {
  if (content.is_array()) {
    for (JsonValue part : content.Elements()) ReadPart(part);
  } else if (content.is_object() && content["parts"].is_array()) {
    ReadParts(content["parts"]);
  } else {
    ReadPart(content);
  }
}

bool ContentReader::LooksLikeParts(std::string_view text) {
  text = Trim(text);
  if (!text.starts_with("[{") || !text.ends_with("}]")) return false;
  syntax::JsonDocument& document = NextDocument();
  if (document.Parse(text, arena_) != syntax::JsonStatus::kOk) return false;
  for (JsonValue part : document.root().Elements()) {
    if (!part["type"].is_string()) return false;
  }
  return true;
}

void ContentReader::ReadTool(JsonValue tool, std::vector<model::Message>& out) {
  if (JsonValue list = FirstOf(tool, "functionDeclarations", "function_declarations");
      list.is_array()) {
    for (JsonValue function : list.Elements()) ReadTool(function, out);
    return;
  }
  JsonValue spec = FirstOf(tool, "function", "toolSpec", "custom");
  if (!spec.is_object()) spec = tool;
  std::string_view name = spec["name"].text();
  if (name.empty()) name = tool["type"].text();  // Provider-run tools: {"type":"web_search"}.
  if (name.empty()) return;
  JsonValue parameters =
      FirstOf(spec, "parameters", "input_schema", "inputSchema", "parameters_json_schema",
              "parametersJsonSchema", "schema", "args");
  if (JsonValue json = parameters["json"]; json.is_object()) parameters = json;        // Bedrock.
  if (JsonValue json = parameters["jsonSchema"]; json.is_object()) parameters = json;  // AI SDK.
  builder_.Begin();
  builder_.AddToolDefinition(name, spec["description"].text(), parameters);
  out.push_back(builder_.Finish("tool_definition"));
}

void ContentReader::ReadTools(JsonValue tools, std::vector<model::Message>& out) {
  if (!tools.is_array()) {
    if (JsonValue list = FirstOf(tools, "tools", "function_tools"); list.is_array()) {
      ReadTools(list, out);
      ReadTools(tools["output_tools"], out);
    } else if (tools.is_object()) {
      ReadTool(tools, out);
    }
    return;
  }
  for (JsonValue tool : tools.Elements()) {
    if (!tool.is_string()) {
      ReadTool(tool, out);
      continue;
    }
    syntax::JsonDocument& document = NextDocument();
    if (document.Parse(tool.text(), arena_) == syntax::JsonStatus::kOk &&
        document.root().is_object()) {
      ReadTool(document.root(), out);
    }
  }
}

bool ContentReader::ReadTools(const model::Value& value, std::vector<model::Message>& out) {
  if (value.type != model::ValueType::kString && value.type != model::ValueType::kJson) {
    return false;
  }
  syntax::JsonDocument& document = NextDocument();
  if (document.Parse(value.text, arena_) != syntax::JsonStatus::kOk) return false;
  ReadTools(document.root(), out);
  return true;
}

syntax::JsonDocument& ContentReader::NextDocument() {
  if (documents_used_ == documents_.size()) documents_.emplace_back();
  return documents_[documents_used_++];
}

}  // namespace vitrine::codecs
