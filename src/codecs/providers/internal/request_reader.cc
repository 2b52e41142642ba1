#include "codecs/providers/internal/request_reader.h"

#include <algorithm>

#include "codecs/content/message_facts.h"
#include "codecs/content/stable_order.h"
#include "codecs/content/text.h"
#include "codecs/providers/internal/form_reader.h"
#include "codecs/providers/internal/lenient_json.h"
#include "codecs/providers/limits.h"
#include "syntax/json/utf8.h"

namespace vitrine::codecs::providers {

namespace {

using syntax::JsonStatus;
using syntax::JsonValue;

/// A member that holds text, a list of texts, or objects with a text.
struct TextMember {
  Api api;
  std::string_view member, role;
};
// Interfaces whose requests are no conversation. In the order in which the texts are read.
constexpr TextMember kTextMembers[] = {
    {Api::kEmbeddings, "input", "input"},
    {Api::kEmbeddings, "content", "input"},    // Gemini
    {Api::kEmbeddings, "requests", "input"},   // Gemini, in batches
    {Api::kEmbeddings, "instances", "input"},  // Vertex
    {Api::kCohereEmbedV1, "texts", "input"},
    {Api::kCohereEmbedV2, "texts", "input"},
    {Api::kCohereEmbedV2, "inputs", "input"},
    {Api::kOllamaEmbed, "input", "input"},
    {Api::kOllamaEmbeddings, "prompt", "input"},
    {Api::kRerank, "query", "input"},
    {Api::kRerank, "documents", "document"},
    {Api::kCohereRerankV1, "query", "input"},
    {Api::kCohereRerankV1, "documents", "document"},
    {Api::kCohereRerankV2, "query", "input"},
    {Api::kCohereRerankV2, "documents", "document"},
    {Api::kModerations, "input", "input"},
    {Api::kCompletions, "prompt", "user"},
    {Api::kComplete, "prompt", "user"},
    {Api::kInvoke, "prompt", "user"},
    {Api::kInvoke, "inputText", "user"},
    {Api::kInvoke, "texts", "input"},
    {Api::kInvoke, "query", "input"},
    {Api::kInvoke, "documents", "document"},
    {Api::kInvokeAgent, "inputText", "user"},
    {Api::kRetrieveAndGenerate, "input", "user"},
    {Api::kInvocations, "inputs", "user"},
    {Api::kCohereGenerateV1, "prompt", "user"},
    {Api::kOllamaGenerate, "system", "system"},
    {Api::kOllamaGenerate, "prompt", "user"},
    {Api::kImageGenerations, "prompt", "user"},
    {Api::kImageEdits, "prompt", "user"},
    {Api::kSpeech, "input", "user"},
    {Api::kWatsonxGeneration, "input", "user"},
    {Api::kTgiGenerate, "inputs", "user"},
    {Api::kPredict, "instances", "user"},
    {Api::kAlephAlphaComplete, "prompt", "user"},
};

// Beside what no request body has as a parameter: content, and what holds secrets.
constexpr std::string_view kContentMembers[] = {"texts",
                                                "documents",
                                                "document",
                                                "query",
                                                "message",
                                                "chat_history",
                                                "preamble",
                                                "requests",
                                                "instances",
                                                "content",
                                                "image",
                                                "images",
                                                "mask",
                                                "context",
                                                "suffix",
                                                "prediction",
                                                "file",
                                                "audio_url",
                                                "mcp_servers",
                                                "data_sources",
                                                "dataSources",
                                                "connectors",
                                                "image_url",
                                                "sessionState",
                                                "user_token",
                                                "api_key",
                                                "previous_interaction_id",
                                                "tool_results",
                                                "generateContentRequest",
                                                "inputImage",
                                                "singleEmbeddingParams",
                                                "segmentedEmbeddingParams"};
constexpr std::string_view kOpenedMembers[] = {"options", "parameters", "generation_config"};

/// Fields of a form that hold a picture or a sound as text.
bool IsMedia(std::string_view name) {
  return name.starts_with("image") || name.starts_with("mask") || name.starts_with("file") ||
         name == "audio" || name == "url";
}

/// Everything that is kept is UTF-8, whatever was sent.
std::string_view AsUtf8(std::string_view text, Arena& arena) {
  if (syntax::Utf8IsValid(text)) return text;
  std::string repaired;
  syntax::AppendUtf8Repaired(repaired, text);
  return arena.Copy(repaired);
}

class RequestReader {
 public:
  RequestReader(const Route& route, ContentReader& reader, RequestFacts& facts)
      : route_(route), reader_(reader), facts_(facts) {}

  void ReadJson(JsonValue body) {
    ReadFacts(body);
    bool is_cohere = route_.api == Api::kInvoke && body["message"].is_string();
    if (route_.api == Api::kCohereChatV1 || is_cohere) {
      ReadCohereChat(body);
    } else if (route_.api == Api::kInteractions) {
      ReadInteraction(body);
    } else if (!ReadTexts(body)) {
      ReadConversation(body);
    }
    if (facts_.tools.empty()) reader_.ReadTools(body["tools"], facts_.tools);
  }

  void ReadForm(std::string_view body) {
    FormReader form(body);
    ParamWriter params;
    while (auto field = form.Next()) {
      std::string_view value = AsUtf8(field->value, reader_.arena());
      if (field->is_file) continue;
      if (field->name == "model") {
        facts_.model = CutAtCharacter(value, kNameBytesMax);
      } else if (field->name == "prompt") {
        AddText(value, "user");
      } else if (!IsMedia(field->name) && value.size() <= kNameBytesMax) {
        ReadPictureWish(field->name, value);
        if (field->name == "stream") facts_.asks_for_stream |= value == "true";
        AddFormParam(AsUtf8(field->name, reader_.arena()), value, params);
      }
    }
    facts_.params = params.Finish(reader_.arena());
  }

  /// Names that count only where body and path have none.
  std::string_view late_model() const { return late_model_; }

 private:
  /// What a picture costs where it has one price for each size and quality.
  void ReadPictureWish(std::string_view name, std::string_view value) {
    bool is_usual = value.empty() || value == "auto" || value == "1024x1024" || value == "standard";
    if (name == "size" || name == "quality") facts_.is_plain_picture &= is_usual;
  }

  void ReadFacts(JsonValue body) {
    if (route_.api == Api::kSpeech) {
      std::string_view text = body["input"].text();
      auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
      facts_.spoken_characters = static_cast<uint64_t>(std::ranges::count_if(text, begins));
    }
    for (std::string_view wish : {"size", "quality"}) ReadPictureWish(wish, body[wish].text());
    JsonValue picture = body["imageGenerationConfig"];  // Bedrock's Titan and Nova Canvas
    ReadPictureWish("quality", picture["quality"].text());
    for (std::string_view side : {"width", "height"}) {
      constexpr uint64_t kUsualSide = 1024;
      if (picture.Has(side)) facts_.is_plain_picture &= picture[side].ToUint() == kUsualSide;
    }
    ParamWriter params({kContentMembers, kOpenedMembers});
    params.AddObject(body);
    for (std::string_view name : {"singleEmbeddingParams", "segmentedEmbeddingParams"}) {
      for (auto [key, value] : body[name].Members()) {
        if (!value.is_object()) params.Add(key, value);
      }
    }
    facts_.params = params.Finish(reader_.arena());
    facts_.model = body["model"].text();
    facts_.user = FirstOf(body, "user", "safety_identifier").text();
    facts_.sound_format = body["audio"]["format"].text();
    for (const char* name : {"metadata", "labels", "requestMetadata"}) {
      for (auto [key, value] : body[name].Members()) {
        if (value.is_nothing() || facts_.metadata.size() == kMetadataMax) continue;
        facts_.metadata.push_back({key, value.is_string() ? value.text() : value.raw()});
      }
    }
    facts_.previous_response_id =
        FirstOf(body, "previous_response_id", "previous_interaction_id").text();
    facts_.asks_for_stream |= body["stream"].ToBool().value_or(false);
    bool streams_by_default = route_.api == Api::kOllamaChat || route_.api == Api::kOllamaGenerate;
    facts_.asks_for_stream |= streams_by_default && !body.Has("stream");
    for (std::string_view key : {"model_id", "model_name", "version"}) {
      if (late_model_.empty()) late_model_ = body[key].text();
    }
  }

  /// Numbers and flags as such; what else is a text.
  void AddFormParam(std::string_view name, std::string_view value, ParamWriter& params) {
    syntax::JsonDocument& document = reader_.NextDocument();
    if (document.Parse(value, reader_.arena()) == JsonStatus::kOk &&
        (document.root().is_number() || document.root().ToBool())) {
      params.Add(name, document.root());
    } else if (syntax::JsonWriter* json = params.Begin(name)) {
      json->String(value);
    }
  }

  /// Pictures that stand beside the prompt of Ollama's generate, or a document that is read.
  void ReadMediaBeside(JsonValue body) {
    bool is_ocr = route_.api == Api::kOcr;
    if (!is_ocr && route_.api != Api::kOllamaGenerate) return;
    reader_.builder().Begin();
    for (JsonValue image : body["images"].Elements()) {
      if (!image.text().empty()) reader_.ReadMedia("image", {}, image.text());
    }
    JsonValue document = body["document"];
    JsonValue url = FirstOf(document, "document_url", "image_url");
    if (url.is_object()) url = url["url"];
    if (is_ocr && !url.text().empty()) reader_.ReadMedia("document", {}, url.text());
    JsonValue file = document["file_id"];
    if (is_ocr && file.is_string()) reader_.builder().AddFile("document", {}, file.text());
    FinishMessage("user");
  }

  /// What a model that embeds anything is given: {"text":{"value"}} beside pictures and sound.
  void ReadEmbedded(JsonValue body) {
    JsonValue given = FirstOf(body, "singleEmbeddingParams", "segmentedEmbeddingParams");  // Nova
    reader_.builder().Begin();
    JsonValue text = given["text"]["value"];
    if (text.is_string()) reader_.builder().AddText(text.text());
    for (std::string_view medium : {"image", "video", "audio"}) {
      JsonValue bytes = given[medium]["source"]["bytes"];
      if (bytes.is_string()) {
        reader_.ReadMedia(medium, MediaTypeOf(given[medium]["format"].text()), bytes.text());
      } else if (JsonValue uri = given[medium]["source"]["s3Location"]["uri"]; uri.is_string()) {
        reader_.builder().AddUri(medium, MediaTypeOf(given[medium]["format"].text()), uri.text());
      }
    }
    if (JsonValue picture = body["inputImage"]; picture.is_string()) {  // Titan
      reader_.ReadMedia("image", {}, picture.text());
    }
    FinishMessage("input");
  }

  void AddText(std::string_view text, std::string_view role) {
    reader_.builder().Begin();
    reader_.builder().AddText(text);
    facts_.messages.push_back(reader_.builder().Finish(role));
  }

  void AddParts(JsonValue content, std::string_view role) {
    reader_.builder().Begin();
    reader_.ReadParts(content);
    FinishMessage(role);
  }

  /// A text, a list of texts or of objects that hold one; vectors of token ids are no text.
  void ReadTextMember(JsonValue value, std::string_view role) {
    if (value.is_string()) {
      AddText(value.text(), role);
    } else if (value.is_object()) {
      JsonValue inner = FirstOf(value, "content", "text", "prompt", "parts");
      if (inner.is_string() || inner.is_object() || inner.is_array()) {
        AddParts(inner, role);
      } else {
        AddParts(value, role);
      }
    } else {
      for (JsonValue element : value.Elements()) {
        if (element.is_string() || element.is_object()) ReadTextMember(element, role);
      }
    }
  }

  bool ReadTexts(JsonValue body) {
    // Conversations go through the reader of conversations, whatever else stands there.
    if (body["messages"].is_array() || body["contents"].is_array()) return false;
    for (const TextMember& row : kTextMembers) {
      if (row.api == route_.api) ReadTextMember(body[row.member], row.role);
    }
    ReadMediaBeside(body);
    if (route_.api == Api::kInvoke) ReadEmbedded(body);
    if (route_.api == Api::kPredictions) ReadPrediction(body["input"]);
    return !facts_.messages.empty();
  }

  /// Turns of Google's interactions are steps of a user or a model; a text alone is the user's.
  void ReadInteraction(JsonValue body) {
    if (JsonValue system = body["system_instruction"]; !system.is_nothing()) {
      ReadTextMember(system, "system");
    }
    JsonValue input = body["input"];
    if (input.is_object() && !RoleOfStep(input).empty()) return ReadStep(input);
    bool has_turns = false;
    for (JsonValue turn : input.Elements()) has_turns |= !RoleOfStep(turn).empty();
    if (!has_turns) return AddParts(input, "user");
    for (JsonValue turn : input.Elements()) ReadStep(turn);
  }

  /// Empty for a piece of content, which is no turn.
  static std::string_view RoleOfStep(JsonValue step) {
    if (std::string_view role = step["role"].text(); !role.empty()) return CanonicalRole(role);
    std::string_view type = step["type"].text();
    if (type == "user_input") return "user";
    if (type == "function_result") return "tool";
    bool is_model = type == "model_output" || type == "thought" || type.ends_with("_call") ||
                    type.ends_with("_result");
    return is_model ? "assistant" : "";
  }

  void ReadStep(JsonValue step) {
    std::string_view role = RoleOfStep(step), type = step["type"].text();
    JsonValue content = step["content"];
    reader_.builder().Begin();
    if (type == "function_result") {
      ReadResult(step);
    } else if (type == "thought") {
      for (JsonValue piece : step["summary"].Elements()) {
        reader_.builder().AddReasoning(piece["text"].text());
      }
    } else {
      reader_.ReadParts(content.exists() ? content : step);
    }
    FinishMessage(role.empty() ? "user" : role);
  }

  /// What a function gave back; pictures in it are parts behind it.
  void ReadResult(JsonValue step) {
    JsonValue result = step["result"];
    bool has_media = false;
    for (JsonValue piece : result.Elements()) has_media |= piece["data"].is_string();
    reader_.builder().AddToolResponse(step["call_id"].text(), step["name"].text(),
                                      has_media ? "" : reader_.ResponseText(result));
    for (JsonValue piece : result.Elements()) {
      if (has_media) reader_.ReadPart(piece);
    }
  }

  /// Replicate's models take what they like; nearly all call their prompt so.
  void ReadPrediction(JsonValue input) {
    JsonValue system = input["system_prompt"], prompt = FirstOf(input, "prompt", "text");
    if (!system.text().empty()) AddText(system.text(), "system");
    if (!prompt.text().empty()) AddText(prompt.text(), "user");
  }

  void ReadConversation(JsonValue body) {
    Conversation conversation;
    if (!reader_.ReadConversation(body, "user", conversation)) return;
    facts_.messages = std::move(conversation.messages);
    facts_.tools = std::move(conversation.tools);
  }

  void ReadCohereChat(JsonValue body) {
    if (JsonValue preamble = body["preamble"]; preamble.is_string()) {
      AddText(preamble.text(), "system");
    }
    for (JsonValue turn : body["chat_history"].Elements()) {
      reader_.builder().Begin();
      std::string_view text = turn["message"].text();
      if (!text.empty()) reader_.builder().AddText(text);
      reader_.ReadToolCalls(turn["tool_calls"]);
      ReadToolResults(turn["tool_results"]);
      FinishMessage(CanonicalRole(turn["role"].text()));
    }
    std::string_view message = body["message"].text();
    if (!message.empty()) AddText(message, "user");
    reader_.builder().Begin();
    ReadToolResults(body["tool_results"]);
    FinishMessage("tool");
  }

  /// Cohere's, before its calls had ids: {"call":{"name","parameters"},"outputs":[…]}.
  void ReadToolResults(JsonValue results) {
    for (JsonValue result : results.Elements()) {
      JsonValue call = result["call"];
      reader_.builder().AddToolResponse(call["id"].text(), call["name"].text(),
                                        result["outputs"].raw());
    }
  }

  void FinishMessage(std::string_view role) {
    if (!reader_.builder().empty()) facts_.messages.push_back(reader_.builder().Finish(role));
  }

  const Route& route_;
  ContentReader& reader_;
  RequestFacts& facts_;
  std::string_view late_model_;
};

}  // namespace

RequestFacts ReadRequest(const ProviderRequest& request, const Route& route,
                         ContentReader& reader) {
  RequestFacts facts;
  facts.asks_for_stream = route.asks_for_stream;
  RequestReader from(route, reader, facts);
  syntax::JsonDocument& document = reader.NextDocument();
  if (ContainsIgnoreCase(FindHeader(request.headers, "content-type"), "multipart/form-data")) {
    from.ReadForm(request.body);
  } else if (document.Parse(AsUtf8(request.body, reader.arena()), reader.arena(), LenientJson()) ==
                 JsonStatus::kOk &&
             document.root().is_object()) {
    from.ReadJson(document.root());
  }
  if (facts.model.empty()) facts.model = route.model;
  if (facts.model.empty()) facts.model = from.late_model();
  StableOrder(facts.messages,
              [](const model::Message& message) { return message.role != "system"; });
  MarkNew(facts.messages);
  return facts;
}

}  // namespace vitrine::codecs::providers
