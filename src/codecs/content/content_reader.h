// ContentReader: JSON conversations in every shape we met -> canonical messages.
//
// Three levels. A part is text, a tool call, an image: OTel parts, the parts of OpenAI (chat and
// Responses), Anthropic, Gemini, Bedrock Converse, the AI SDK, pydantic-ai, LangChain. A message is
// an object with a role and parts. A conversation is a list of messages, a request or response body
// that holds one, or plain text.
// Owner: messages borrow from the arena and the texts given in. Not thread-safe.
// Source: WIRE-FORMATS 2.5, 3, 4, 5, 6, 7.
#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "codecs/content/message_builder.h"
#include "model/message.h"
#include "model/value.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs {

/// What a body says beside its messages.
struct BodyFacts {
  std::string_view model, response_id, service_tier, system_fingerprint, previous_response_id;
  std::string_view usage;   ///< JSON text of the usage object.
  std::string_view params;  ///< JSON text of the object that holds request parameters.
  std::vector<std::string_view> finish_reasons;  ///< As sent, in choice order.
  bool is_request = false, is_response = false;  ///< A provider's body was recognised.

  void Clear();
};

struct Conversation {
  std::vector<model::Message> messages;
  std::vector<model::Message> tools;  ///< Tool definitions found in a request body.
  BodyFacts facts;
  bool is_structured = false;  ///< Messages were recognised; else it is text as sent.
  bool is_cut_off = false;     ///< The sender cut the JSON; what was there is read.
  bool is_invalid = false;     ///< Looks like JSON and is not; kept as text.

  void Clear();
};

/// Whose JSON is read. Providers' own requests have words that no dialect records.
enum class ContentWords : uint8_t { kDialects, kProviders };

/// What plain text and JSON without messages become.
struct ContentRoles {
  std::string_view plain;   ///< Role of text or of JSON that holds no conversation.
  std::string_view spoken;  ///< Role of a message that names none.
};

class ContentReader {
 public:
  explicit ContentReader(Arena& arena, ContentWords words = ContentWords::kDialects)
      : arena_(arena), words_(words), builder_(arena) {}

  /// Reads a whole attribute value into `out`, which is cleared first.
  void Read(const model::Value& value, ContentRoles roles, Conversation& out);
  /// Reads a decoded value; false where it holds no messages.
  bool ReadConversation(syntax::JsonValue value, std::string_view role, Conversation& out);
  /// Reads one message; false where `message` is none.
  bool ReadMessage(syntax::JsonValue message, std::string_view role,
                   std::vector<model::Message>& out);
  /// Reads tool definitions: an array or one, of any provider.
  void ReadTools(syntax::JsonValue tools, std::vector<model::Message>& out);
  /// Reads tool definitions from an attribute: JSON text, an array, or an array of JSON texts.
  /// False where the value is not JSON.
  bool ReadTools(const model::Value& value, std::vector<model::Message>& out);
  /// Adds a content value (text, part, list of parts) to the builder.
  void ReadParts(syntax::JsonValue content);
  /// Adds one part.
  void ReadPart(syntax::JsonValue part);
  /// Adds what one message says: thoughts, content, refusal, sound, tool calls.
  void ReadMessageBody(syntax::JsonValue message, bool is_tool);
  /// Adds OpenAI's nested, flat or AI SDK tool calls.
  void ReadToolCalls(syntax::JsonValue calls);
  /// Adds an image, audio or file given as URL, data URL or bare base64.
  void ReadMedia(std::string_view modality, std::string_view media_type, std::string_view data,
                 std::string_view transcript = {});
  /// A part list that is only text in a list of JSON objects, as in `[{"type":"text",…}]`.
  bool LooksLikeParts(std::string_view text);

  /// A tool response as the text that is stored.
  std::string_view ResponseText(syntax::JsonValue response);

  MessageBuilder& builder() { return builder_; }
  Arena& arena() { return arena_; }
  /// A document that lives until the reader does its next top-level Read. Nested JSON (a list
  /// inside a string) takes another one.
  syntax::JsonDocument& NextDocument();
  /// Call before each span.
  void ReleaseDocuments() { documents_used_ = 0; }

 private:
  bool ReadBody(syntax::JsonValue body, std::string_view role, Conversation& out);
  bool ReadRequestBody(syntax::JsonValue body, Conversation& out);
  bool ReadResponseBody(syntax::JsonValue body, Conversation& out);
  bool ReadChoices(syntax::JsonValue choices, Conversation& out);
  bool ReadCandidates(syntax::JsonValue candidates, Conversation& out);
  bool ReadGenerations(syntax::JsonValue generations, Conversation& out);
  bool ReadList(syntax::JsonValue list, std::string_view role, Conversation& out);
  void ReadSystem(syntax::JsonValue system, Conversation& out);
  void ReadFacts(syntax::JsonValue body, BodyFacts& facts);
  bool ReadItem(syntax::JsonValue item, std::string_view role, std::vector<model::Message>& out);
  bool ReadPlainMessage(syntax::JsonValue message, std::vector<model::Message>& out);
  void Finish(std::string_view role, std::string_view name, std::vector<model::Message>& out);
  void FinishChoice(size_t first, uint32_t choice, std::string_view finish, Conversation& out);

  bool ReadTypedPart(std::string_view type, syntax::JsonValue part);
  bool ReadMediaPart(std::string_view type, syntax::JsonValue part);
  bool ReadServerToolPart(std::string_view type, syntax::JsonValue part);
  bool ReadUntypedPart(syntax::JsonValue part);
  bool ReadBedrockPart(syntax::JsonValue part);
  bool ReadGenkitPart(syntax::JsonValue part);
  void ReadToolResponse(std::string_view id, std::string_view name, syntax::JsonValue response);
  void ReadSource(std::string_view modality, syntax::JsonValue source);
  void ReadTool(syntax::JsonValue tool, std::vector<model::Message>& out);

  void ReadReasoning(syntax::JsonValue message);

  Arena& arena_;
  ContentWords words_;
  MessageBuilder builder_;
  std::deque<syntax::JsonDocument> documents_;
  size_t documents_used_ = 0;
  uint32_t nesting_ = 0;
};

/// The first of several members that is there and not null.
template <typename... Keys>
syntax::JsonValue FirstOf(syntax::JsonValue object, Keys... keys) {
  syntax::JsonValue found;
  auto look = [&](std::string_view key) {
    found = object[key];
    return !found.is_nothing();
  };
  if ((look(keys) || ...)) return found;
  return {};
}

/// `user`, `assistant`, `tool`, `system` for the many names they have; others as sent.
std::string_view CanonicalRole(std::string_view role);

/// The media type of a bare format name: "png", "pcm16", "mp4"; empty where it is not known.
std::string_view MediaTypeOf(std::string_view format);

/// Bytes of a base64 text, standard or URL alphabet, with padding or without; a text that was cut
/// gives what is there. Nothing where a character is foreign.
std::optional<std::string_view> DecodeBase64(std::string_view text, Arena& arena);

}  // namespace vitrine::codecs
