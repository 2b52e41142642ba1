#include "codecs/providers/internal/request_reader.h"

#include <algorithm>

#include "codecs/content/message_facts.h"
#include "codecs/content/stable_order.h"
#include "codecs/content/text.h"
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
    {Api::kInvoke, "message", "user"},
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
    {Api::kInteractions, "input", "user"},
    {Api::kAlephAlphaComplete, "prompt", "user"},
};

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
    if (route_.api == Api::kCohereChatV1) {
      ReadCohereChat(body);
    } else if (!ReadTexts(body)) {
      ReadConversation(body);
    }
    if (facts_.tools.empty()) reader_.ReadTools(body["tools"], facts_.tools);
  }

  void ReadForm(std::string_view body) {
    facts_.model = AsUtf8(FormField(body, "model"), reader_.arena());
    if (std::string_view prompt = FormField(body, "prompt"); !prompt.empty()) {
      AddText(AsUtf8(prompt, reader_.arena()), "user");
    }
    facts_.asks_for_stream |= FormField(body, "stream") == "true";
  }

 private:
  void ReadFacts(JsonValue body) {
    ParamWriter params;
    params.AddObject(body);
    facts_.params = params.Finish(reader_.arena());
    facts_.model = body["model"].text();
    facts_.previous_response_id =
        FirstOf(body, "previous_response_id", "previous_interaction_id").text();
    facts_.asks_for_stream |= body["stream"].ToBool().value_or(false);
    bool streams_by_default = route_.api == Api::kOllamaChat || route_.api == Api::kOllamaGenerate;
    facts_.asks_for_stream |= streams_by_default && !body.Has("stream");
    for (std::string_view key : {"model_id", "model_name", "version"}) {
      if (late_model_.empty()) late_model_ = body[key].text();
    }
  }

  void AddText(std::string_view text, std::string_view role) {
    reader_.builder().Begin();
    reader_.builder().AddText(text);
    facts_.messages.push_back(reader_.builder().Finish(role));
  }

  void AddParts(JsonValue content, std::string_view role) {
    reader_.builder().Begin();
    reader_.ReadParts(content);
    if (!reader_.builder().empty()) facts_.messages.push_back(reader_.builder().Finish(role));
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
    return !facts_.messages.empty();
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
      AddText(turn["message"].text(), CanonicalRole(turn["role"].text()));
    }
    if (JsonValue message = body["message"]; message.is_string()) AddText(message.text(), "user");
  }

  /// A text field of a multipart form.
  static std::string_view FormField(std::string_view body, std::string_view name) {
    std::string mark = "name=\"" + std::string(name) + "\"";
    size_t at = body.find(mark);
    if (at == std::string_view::npos) return {};
    std::string_view rest = body.substr(at + mark.size());
    size_t crlf = rest.find("\r\n\r\n"), lf = rest.find("\n\n");
    size_t begin = std::min(crlf == std::string_view::npos ? crlf : crlf + 4,
                            lf == std::string_view::npos ? lf : lf + 2);
    if (begin == std::string_view::npos) return {};
    rest.remove_prefix(begin);
    return rest.substr(0, std::min(rest.find_first_of("\r\n"), kNameBytesMax));
  }

  const Route& route_;
  ContentReader& reader_;
  RequestFacts& facts_;

 public:
  /// Names that count only where body and path have none.
  std::string_view late_model_;
};

}  // namespace

RequestFacts ReadRequest(const ProviderRequest& request, const Route& route,
                         ContentReader& reader) {
  RequestFacts facts;
  facts.asks_for_stream = route.asks_for_stream;
  RequestReader from(route, reader, facts);
  syntax::JsonOptions options;
  options.lenient = true;
  options.depth_max = kJsonDepthMax;
  syntax::JsonDocument& document = reader.NextDocument();
  if (ContainsIgnoreCase(FindHeader(request.headers, "content-type"), "multipart/form-data")) {
    from.ReadForm(request.body);
  } else if (document.Parse(AsUtf8(request.body, reader.arena()), reader.arena(), options) ==
                 JsonStatus::kOk &&
             document.root().is_object()) {
    from.ReadJson(document.root());
  }
  if (facts.model.empty()) facts.model = route.model;
  if (facts.model.empty()) facts.model = from.late_model_;
  StableOrder(facts.messages,
              [](const model::Message& message) { return message.role != "system"; });
  MarkNew(facts.messages);
  return facts;
}

}  // namespace vitrine::codecs::providers
