// Messages and the bodies that hold them.
#include <algorithm>

#include "codecs/content/content_reader.h"
#include "codecs/content/text.h"

namespace vitrine::codecs {

namespace {

using model::ValueType;
using syntax::JsonStatus;
using syntax::JsonValue;

std::string_view TextOf(JsonValue value) {
  if (value.is_string()) return value.text();
  return value.is_nothing() ? std::string_view() : value.raw();
}

struct RoleName {
  std::string_view name, role;
};
constexpr RoleName kRoles[] = {
    {"model", "assistant"},     {"ai", "assistant"},
    {"AIMessage", "assistant"}, {"AIMessageChunk", "assistant"},
    {"bot", "assistant"},       {"CHATBOT", "assistant"},
    {"human", "user"},          {"HumanMessage", "user"},
    {"USER", "user"},           {"SystemMessage", "system"},
    {"SYSTEM", "system"},       {"function", "tool"},
    {"ToolMessage", "tool"},    {"FunctionMessage", "tool"},
    {"TOOL", "tool"},           {"Assistant", "assistant"},
    {"User", "user"},           {"System", "system"},
};

/// The role of a LangChain message, which names itself by its type or its class.
std::string_view LangChainRole(JsonValue message) {
  std::string_view type = message["type"].text();
  if (type == "human" || type == "ai" || type == "system" || type == "tool" || type == "function" ||
      type.ends_with("Message") || type.ends_with("MessageChunk")) {
    return type;
  }
  return {};
}

/// Responses items that are parts of a message rather than messages.
bool IsItemType(std::string_view type) {
  return type == "function_call" || type == "reasoning" || type == "custom_tool_call" ||
         type == "compaction" || type == "item_reference" ||
         (type.ends_with("_call") && type != "tool_call");
}
bool IsItemOutputType(std::string_view type) { return type.ends_with("_call_output"); }

bool LooksLikeMessage(JsonValue value) {
  if (!value.is_object()) return false;
  if (value["role"].is_string()) {
    return FirstOf(value, "content", "parts", "tool_calls", "text", "refusal", "function_call",
                   "toolCalls", "reasoning_content")
               .exists() ||
           value["content"].exists() || value.size() == 1;
  }
  std::string_view type = value["type"].text();
  if (type == "message" && value["content"].exists()) return true;
  if (IsItemType(type) || IsItemOutputType(type)) return true;
  if (type == "constructor" && value["kwargs"].is_object()) return true;
  return !LangChainRole(value).empty() && (value["content"].exists() || value["data"].exists());
}

}  // namespace

void BodyFacts::Clear() {
  auto reasons = std::move(finish_reasons);
  *this = {};
  finish_reasons = std::move(reasons);
  finish_reasons.clear();
}

void Conversation::Clear() {
  messages.clear();
  tools.clear();
  facts.Clear();
  is_structured = is_cut_off = is_invalid = false;
}

std::string_view CanonicalRole(std::string_view role) {
  if (role == "user" || role == "assistant" || role == "system" || role == "tool") return role;
  for (const RoleName& known : kRoles) {
    if (known.name == role) return known.role;
  }
  return role;
}

void ContentReader::Finish(std::string_view role, std::string_view name,
                           std::vector<model::Message>& out) {
  model::Message message = builder_.Finish(CanonicalRole(role), name);
  // Anthropic and older emitters put tool results into a user message; alone, they are tool's.
  if (message.role == "user" &&
      message.parts_template.starts_with("[{\"type\":\"tool_call_response\"") &&
      !message.parts_template.contains("\"type\":\"text\"")) {
    message.role = "tool";
  }
  out.push_back(message);
}

void ContentReader::ReadReasoning(JsonValue message) {
  for (std::string_view key : {"reasoning_content", "reasoning", "thinking", "tool_plan"}) {
    if (key == "tool_plan" && words_ != ContentWords::kProviders) return;  // Cohere
    if (JsonValue thought = message[key]; thought.is_string() && !thought.text().empty()) {
      builder_.AddReasoning(thought.text());
      return;
    }
  }
}

void ContentReader::ReadMessageBody(JsonValue message, bool is_tool) {
  ReadReasoning(message);
  JsonValue content = FirstOf(message, "parts", "content", "text");
  JsonValue tool_id = FirstOf(message, "tool_call_id", "toolCallId", "tool_use_id");
  if (is_tool && tool_id.is_nothing()) tool_id = message["id"];  // OpenTelemetry's events to 1.36.
  std::string_view tool = message["name"].text();
  if (tool.empty() && words_ == ContentWords::kProviders) tool = message["tool_name"].text();
  if (is_tool && !content.is_array() && !content.is_nothing()) {
    builder_.AddToolResponse(TextOf(tool_id), tool, ResponseText(content));  // Ollama: `tool_name`
  } else if (is_tool && tool_id.exists()) {
    ReadToolResponse(TextOf(tool_id), tool, content);
  } else if (content.is_string()) {
    if (!content.text().empty()) builder_.AddText(content.text());
  } else {
    ReadParts(content);
  }
  if (JsonValue refusal = message["refusal"]; refusal.is_string()) {
    builder_.AddRefusal(refusal.text());
  }
  JsonValue audio = message["audio"];
  if (JsonValue data = audio["data"]; data.is_string()) {
    ReadMedia("audio", "audio/wav", data.text(), audio["transcript"].text());
  } else if (audio["transcript"].is_string()) {
    builder_.AddText(audio["transcript"].text());
  }
  for (JsonValue image : message["images"].Elements()) {
    if (image.is_string()) {
      ReadMedia("image", {}, image.text());  // Ollama
    } else {
      ReadPart(image);
    }
  }
  JsonValue calls = FirstOf(message, "tool_calls", "toolCalls");
  if (!calls.is_array() || calls.empty()) calls = message["additional_kwargs"]["tool_calls"];
  ReadToolCalls(calls);
  if (JsonValue call = message["function_call"]; call.is_object() && calls.empty()) {
    builder_.AddToolCall({}, call["name"].text(), TextOf(call["arguments"]));
  }
}

bool ContentReader::ReadItem(JsonValue item, std::string_view role,
                             std::vector<model::Message>& out) {
  std::string_view type = item["type"].text();
  if (!IsItemType(type) && !IsItemOutputType(type)) return false;
  builder_.Begin();
  ReadPart(item);
  if (!builder_.empty()) Finish(IsItemOutputType(type) ? "tool" : role, {}, out);
  return true;
}

/// The two plain shapes that make up nearly all traffic, read in one pass: {role, content:"…"} and
/// {role, parts:[{type:"text", content:"…"}…]}. False, with the builder spoilt, for anything else.
bool ContentReader::ReadPlainMessage(JsonValue message, std::vector<model::Message>& out) {
  std::string_view role, finish;
  builder_.Begin();
  for (auto [key, value] : message.Members()) {
    if (key == "role" && value.is_string()) {
      role = value.text();
    } else if (key == "finish_reason" && value.is_string()) {
      finish = value.text();
    } else if (key == "content" && value.is_string()) {
      if (!value.text().empty()) builder_.AddText(value.text());
    } else if (key == "parts" && value.is_array()) {
      for (JsonValue part : value.Elements()) {
        std::string_view type;
        JsonValue content;
        for (auto [name, member] : part.Members()) {
          if (name == "type") {
            type = member.text();
          } else if (name == "content") {
            content = member;
          } else {
            return false;
          }
        }
        if (type != "text" || !content.is_string()) return false;
        builder_.AddText(content.text());
      }
    } else {
      return false;
    }
  }
  if (role.empty()) return false;
  role = CanonicalRole(role);
  if (role == "tool" || builder_.empty()) return false;
  out.push_back(builder_.Finish(role));
  out.back().finish_reason = finish;
  return true;
}

bool ContentReader::ReadMessage(JsonValue message, std::string_view role,
                                std::vector<model::Message>& out) {
  if (message.is_object() && ReadPlainMessage(message, out)) return true;
  if (!LooksLikeMessage(message)) return false;
  JsonValue inner = message["kwargs"].is_object() ? message["kwargs"] : message["data"];
  if (inner.is_object() && inner["content"].exists()) {
    std::string_view kind = LangChainRole(inner);
    if (kind.empty()) kind = LangChainRole(message);
    for (JsonValue word : message["id"].Elements()) {
      if (kind.empty() && word.text().ends_with("Message")) kind = word.text();
    }
    builder_.Begin();
    std::string_view name = kind.empty() ? role : CanonicalRole(kind);
    ReadMessageBody(inner, name == "tool");
    Finish(name, inner["name"].text(), out);
    return true;
  }
  std::string_view named = message["role"].text();
  if (named.empty()) {
    std::string_view output_role = role == "user" ? std::string_view("assistant") : role;
    if (ReadItem(message, output_role, out)) return true;
    named = LangChainRole(message);
  }
  if (named.empty()) named = role;
  named = CanonicalRole(named);
  builder_.Begin();
  ReadMessageBody(message, named == "tool");
  // A tool's name stands in its part already.
  Finish(named, named == "tool" ? std::string_view() : message["name"].text(), out);
  std::string_view finish = FirstOf(message, "finish_reason", "stop_reason", "finishReason").text();
  if (!finish.empty()) out.back().finish_reason = finish;
  return true;
}

bool ContentReader::ReadList(JsonValue list, std::string_view role, Conversation& out) {
  size_t first = out.messages.size();
  bool any = false;
  for (JsonValue element : list.Elements()) {
    if (element.is_array()) {  // LangChain: one list per prompt.
      any |= ReadList(element, role, out);
    } else {
      any |= ReadMessage(element, role, out.messages);
    }
  }
  if (!any) out.messages.resize(first);
  return any;
}

void ContentReader::ReadSystem(JsonValue system, Conversation& out) {
  if (system.is_nothing()) return;
  builder_.Begin();
  ReadParts(system);
  if (!builder_.empty()) {
    out.messages.insert(out.messages.begin(), builder_.Finish("system"));
  }
}

void ContentReader::ReadFacts(JsonValue body, BodyFacts& facts) {
  auto take = [](std::string_view& to, JsonValue value) {
    if (to.empty() && value.is_string()) to = value.text();
  };
  take(facts.model,
       FirstOf(body, "model", "modelVersion", "model_version", "modelId", "model_name"));
  take(facts.response_id, FirstOf(body, "id", "responseId", "response_id", "generation_id"));
  take(facts.service_tier, FirstOf(body, "service_tier", "serviceTier"));
  take(facts.system_fingerprint, body["system_fingerprint"]);
  take(facts.previous_response_id, body["previous_response_id"]);
  JsonValue usage = FirstOf(body, "usage", "usageMetadata", "usage_metadata", "token_usage");
  if (usage.is_object() && facts.usage.empty()) facts.usage = usage.raw();
}

void ContentReader::FinishChoice(size_t first, uint32_t choice, std::string_view finish,
                                 Conversation& out) {
  for (size_t i = first; i < out.messages.size(); ++i) {
    out.messages[i].choice = choice;
    if (!finish.empty()) out.messages[i].finish_reason = finish;
  }
  if (!finish.empty()) out.facts.finish_reasons.push_back(finish);
}

bool ContentReader::ReadChoices(JsonValue choices, Conversation& out) {
  uint32_t position = 0;
  for (JsonValue choice : choices.Elements()) {
    size_t first = out.messages.size();
    if (JsonValue message = FirstOf(choice, "message", "delta"); message.is_object()) {
      builder_.Begin();
      ReadMessageBody(message, false);
      std::string_view role = message["role"].text();
      Finish(role.empty() ? "assistant" : role, {}, out.messages);
    } else if (choice["text"].is_string()) {
      builder_.Begin();
      builder_.AddText(choice["text"].text());
      Finish("assistant", {}, out.messages);
    }
    auto index = choice["index"].ToUint().value_or(position++);
    FinishChoice(first, static_cast<uint32_t>(index), choice["finish_reason"].text(), out);
  }
  return !out.messages.empty();
}

bool ContentReader::ReadCandidates(JsonValue candidates, Conversation& out) {
  uint32_t position = 0;
  for (JsonValue candidate : candidates.Elements()) {
    size_t first = out.messages.size();
    builder_.Begin();
    ReadParts(candidate["content"]);
    Finish("assistant", {}, out.messages);
    std::string_view finish = FirstOf(candidate, "finishReason", "finish_reason").text();
    FinishChoice(first, position++, finish, out);
  }
  return !out.messages.empty();
}

bool ContentReader::ReadGenerations(JsonValue generations, Conversation& out) {
  uint32_t position = 0;
  for (JsonValue list : generations.Elements()) {
    for (JsonValue generation : list.is_array() ? list.Elements() : generations.Elements()) {
      size_t first = out.messages.size();
      if (!ReadMessage(generation["message"], "assistant", out.messages)) {
        builder_.Begin();
        builder_.AddText(generation["text"].text());
        Finish("assistant", {}, out.messages);
      }
      JsonValue said = generation["message"];
      if (said["kwargs"].is_object()) said = said["kwargs"];
      ReadFacts(said["response_metadata"], out.facts);
      // LangChain's own words, where the provider's are not sent along.
      JsonValue usage = said["usage_metadata"];
      if (usage.is_object() && out.facts.usage.empty()) out.facts.usage = usage.raw();
      JsonValue info = FirstOf(generation, "generation_info", "generationInfo");
      FinishChoice(first, position++, FirstOf(info, "finish_reason", "stop_reason").text(), out);
    }
    if (!list.is_array()) break;
  }
  return !out.messages.empty();
}

bool ContentReader::ReadResponseBody(JsonValue body, Conversation& out) {
  bool found = false;
  if (body["choices"].is_array()) {
    found = ReadChoices(body["choices"], out);
  } else if (body["candidates"].is_array()) {
    found = ReadCandidates(body["candidates"], out);
  } else if (body["generations"].is_array()) {
    ReadFacts(FirstOf(body, "llm_output", "llmOutput"), out.facts);
    found = ReadGenerations(body["generations"], out);
  } else if (body["output"].is_array()) {
    found = ReadList(body["output"], "assistant", out);
    if (!found && FirstOf(body, "object", "status").is_string()) {  // Parts in the place of items.
      builder_.Begin();
      ReadParts(body["output"]);
      found = !builder_.empty();
      if (found) Finish("assistant", {}, out.messages);
    }
    if (JsonValue why = body["incomplete_details"]["reason"]; why.is_string()) {
      out.facts.finish_reasons.push_back(why.text());
    }
  } else if (JsonValue message = body["output"]["message"]; message.is_object()) {  // Converse
    found = ReadMessage(message, "assistant", out.messages);
    if (found) FinishChoice(0, 0, body["stopReason"].text(), out);
  } else if (body["results"].is_array() && body["results"].At(0)["outputText"].is_string()) {
    builder_.Begin();  // Titan
    JsonValue result = body["results"].At(0);
    builder_.AddText(result["outputText"].text());
    Finish("assistant", {}, out.messages);
    FinishChoice(0, 0, result["completionReason"].text(), out);
    found = true;
  } else if (body["content"].is_object() && body["content"]["parts"].is_array()) {  // ADK
    builder_.Begin();
    ReadParts(body["content"]);
    Finish("assistant", {}, out.messages);
    FinishChoice(0, 0, FirstOf(body, "finish_reason", "finishReason").text(), out);
    found = true;
  } else if (body["message"].is_object() && LooksLikeMessage(body["message"])) {
    found =
        ReadMessage(body["message"], "assistant", out.messages);  // Ollama, Logfire, Cohere, Genkit
    std::string_view finish =
        FirstOf(body, "done_reason", "finish_reason", "stop_reason", "finishReason").text();
    if (found) FinishChoice(0, 0, finish, out);
  } else if (body["content"].is_array() && body["type"].text() == "message") {
    found = ReadMessage(body, "assistant", out.messages);  // Anthropic
    if (found) FinishChoice(0, 0, body["stop_reason"].text(), out);
  } else if (body["completion"].is_string() && body["stop_reason"].exists()) {
    builder_.Begin();  // Anthropic's old completions
    builder_.AddText(body["completion"].text());
    Finish("assistant", {}, out.messages);
    FinishChoice(0, 0, body["stop_reason"].text(), out);
    found = true;
  }
  if (found) {
    ReadFacts(body, out.facts);
    out.facts.is_response = true;
  }
  return found;
}

bool ContentReader::ReadRequestBody(JsonValue body, Conversation& out) {
  bool found = false;
  if (body["messages"].is_array()) {
    found = ReadList(body["messages"], "user", out);
  } else if (body["contents"].is_array() || body["contents"].is_string()) {  // Gemini
    JsonValue contents = body["contents"];
    if (contents.is_string()) {
      builder_.Begin();
      builder_.AddText(contents.text());
      Finish("user", {}, out.messages);
    }
    for (JsonValue content : contents.Elements()) {
      builder_.Begin();
      ReadParts(content);
      std::string_view role = content["role"].text();
      Finish(role.empty() ? "user" : role, {}, out.messages);
    }
    found = !out.messages.empty();
  } else if (body["input"].is_array() && ReadList(body["input"], "user", out)) {  // Responses
    found = true;
  } else if ((body["input"].is_string() &&
              (body["model"].exists() || body["instructions"].exists())) ||
             (body["prompt"].is_string() && body.size() <= 16) || body["inputText"].is_string()) {
    builder_.Begin();
    builder_.AddText(FirstOf(body, "input", "prompt", "inputText").text());
    Finish("user", {}, out.messages);
    found = true;
  } else if (body["prompt"].is_array() && ReadList(body["prompt"], "user", out)) {  // AI SDK 7
    found = true;
  }
  if (!found) return false;
  JsonValue config = FirstOf(body, "config", "generationConfig");
  JsonValue system =
      FirstOf(body, "system", "instructions", "systemInstruction", "system_instruction");
  if (system.is_nothing()) system = FirstOf(config, "system_instruction", "systemInstruction");
  ReadSystem(system, out);
  JsonValue tools = FirstOf(body, "tools", "functions");
  if (tools.is_nothing()) tools = FirstOf(body["toolConfig"], "tools");
  if (tools.is_nothing()) tools = config["tools"];
  if (tools.is_array()) ReadTools(tools, out.tools);
  if (JsonValue model = body["model"]; model.is_string()) out.facts.model = model.text();
  if (JsonValue previous = body["previous_response_id"]; previous.is_string()) {
    out.facts.previous_response_id = previous.text();
  }
  out.facts.params = body.raw();
  out.facts.is_request = true;
  return true;
}

bool ContentReader::ReadBody(JsonValue body, std::string_view role, Conversation& out) {
  bool is_output = role == "assistant" || role == "output";
  if (is_output) {
    if (ReadResponseBody(body, out)) return true;
    if (!body["messages"].is_array()) return false;
    if (body["content"].is_string() && !body["role"].exists()) {  // Agno: the answer beside it all.
      builder_.Begin();
      builder_.AddText(body["content"].text());
      Finish("assistant", {}, out.messages);
      return true;
    }
    if (!ReadList(body["messages"], "assistant", out)) return false;
    // A graph's state ends with what this run said; what stands before is its input.
    size_t first = out.messages.size();
    while (first > 0 && out.messages[first - 1].role != "user") --first;
    if (first < out.messages.size()) {
      out.messages.erase(out.messages.begin(),
                         out.messages.begin() + static_cast<ptrdiff_t>(first));
    }
    return true;
  }
  if (ReadRequestBody(body, out)) return true;
  // Traceloop and LangChain wrap the arguments of a call once more.
  for (std::string_view wrapper : {"kwargs", "inputs", "input", "request"}) {
    JsonValue inner = body[wrapper];
    if (inner.is_object() && inner["messages"].is_array() && ReadRequestBody(inner, out)) {
      return true;
    }
  }
  return false;
}

bool ContentReader::ReadConversation(JsonValue value, std::string_view role, Conversation& out) {
  if (value.is_array()) return ReadList(value, role, out);
  if (!value.is_object()) return false;
  if (ReadBody(value, role, out)) return true;
  if (!ReadMessage(value, role, out.messages)) return false;
  if (!out.messages.empty() && !out.messages.back().finish_reason.empty()) {
    out.facts.finish_reasons.push_back(out.messages.back().finish_reason);
  }
  return true;
}

void ContentReader::Read(const model::Value& value, ContentRoles roles, Conversation& out) {
  out.Clear();
  std::string_view text = ReadText(value, arena_);
  if (value.type == ValueType::kBytes || value.type == ValueType::kNull) return;
  std::string_view trimmed = Trim(text);
  if (trimmed.empty() || trimmed == "null") return;
  bool may_be_json = value.type == ValueType::kJson || trimmed.starts_with('{') ||
                     trimmed.starts_with('[') || trimmed.starts_with('"');
  if (may_be_json) {
    syntax::JsonDocument& document = NextDocument();
    syntax::JsonOptions options;
    options.allow_cut_off = true;
    options.lenient = true;
    JsonStatus status = document.Parse(trimmed, arena_, options);
    bool is_tree = status == JsonStatus::kOk || status == JsonStatus::kCutOff;
    if (is_tree && ReadConversation(document.root(), roles.spoken, out)) {
      out.is_structured = true;
      out.is_cut_off = status == JsonStatus::kCutOff;
      return;
    }
    if (status == JsonStatus::kOk && document.root().is_string()) {
      text = document.root().text();
    }
    // Text in brackets is no broken JSON: what a sender cut begins like a list or an object.
    out.is_cut_off = status == JsonStatus::kCutOff && trimmed.size() > 1 &&
                     !trimmed.starts_with('"') && document.root().size() > 0;
    out.is_invalid = !is_tree && (trimmed.starts_with("[{") || trimmed.starts_with("{\""));
  }
  if (text.empty()) return;
  builder_.Begin();
  builder_.AddText(text);
  out.messages.push_back(builder_.Finish(roles.plain));
}

}  // namespace vitrine::codecs
