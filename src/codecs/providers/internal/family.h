// Family: how the answers of one interface are read, whole or event by event.
// Threads: free functions over a draft. What a function does not know it leaves alone: providers
// add members and events at any time.
#pragma once

#include <initializer_list>
#include <string_view>

#include "codecs/providers/internal/call_draft.h"

namespace vitrine::codecs::providers {

struct Family {
  /// Reads a whole answer.
  void (*read_body)(JsonValue body, CallDraft& draft) = nullptr;
  /// Reads one event of a stream. `name` is that of the event where the framing has names.
  void (*read_event)(std::string_view name, JsonValue data, CallDraft& draft) = nullptr;
  /// Where events come in an AWS event stream, their payload is wrapped: {"bytes":"<base64>"}.
  bool has_wrapped_events = false;
};

/// Null for Api::kNone.
const Family* FamilyOf(Api api);

// OpenAI and who speaks like it.
void ReadChatBody(JsonValue body, CallDraft& draft);
void ReadChatEvent(std::string_view name, JsonValue data, CallDraft& draft);
void ReadResponseBody(JsonValue body, CallDraft& draft);
void ReadResponseEvent(std::string_view name, JsonValue data, CallDraft& draft);
void ReadEmbeddingsBody(JsonValue body, CallDraft& draft);
void ReadMediaBody(JsonValue body, CallDraft& draft);
void ReadMediaEvent(std::string_view name, JsonValue data, CallDraft& draft);
void ReadPredictBody(JsonValue body, CallDraft& draft);
void ReadTranscriptionBody(JsonValue body, CallDraft& draft);
void ReadTranscriptionEvent(std::string_view name, JsonValue data, CallDraft& draft);
void ReadRerankBody(JsonValue body, CallDraft& draft);
void ReadCountBody(JsonValue body, CallDraft& draft);

// Anthropic.
void ReadMessageBody(JsonValue body, CallDraft& draft);
void ReadMessageEvent(std::string_view name, JsonValue data, CallDraft& draft);
void ReadCompleteBody(JsonValue body, CallDraft& draft);

// Google.
void ReadGenerateContent(JsonValue body, CallDraft& draft);
void ReadGenerateContentEvent(std::string_view name, JsonValue data, CallDraft& draft);
void ReadInteractionBody(JsonValue body, CallDraft& draft);
void ReadInteractionEvent(std::string_view name, JsonValue data, CallDraft& draft);

// AWS.
void ReadConverseBody(JsonValue body, CallDraft& draft);
void ReadConverseEvent(std::string_view name, JsonValue data, CallDraft& draft);
void ReadInvokeBody(JsonValue body, CallDraft& draft);
void ReadInvokeEvent(std::string_view name, JsonValue data, CallDraft& draft);
void ReadRetrieveAndGenerateBody(JsonValue body, CallDraft& draft);
void ReadRetrieveAndGenerateEvent(std::string_view name, JsonValue data, CallDraft& draft);
void ReadInvocationBody(JsonValue body, CallDraft& draft);
void ReadInvocationEvent(std::string_view name, JsonValue data, CallDraft& draft);

// Cohere, Ollama and other services with words of their own.
void ReadCohereV1Body(JsonValue body, CallDraft& draft);
void ReadCohereV1Event(std::string_view name, JsonValue data, CallDraft& draft);
void ReadCohereV2Body(JsonValue body, CallDraft& draft);
void ReadCohereV2Event(std::string_view name, JsonValue data, CallDraft& draft);
void ReadCohereEmbedBody(JsonValue body, CallDraft& draft);
void ReadCohereUsage(JsonValue meta, CallDraft& draft);
void ReadOllamaBody(JsonValue body, CallDraft& draft);
void ReadOllamaEvent(std::string_view name, JsonValue data, CallDraft& draft);
void ReadWatsonxBody(JsonValue body, CallDraft& draft);
void ReadWatsonxEvent(std::string_view name, JsonValue data, CallDraft& draft);
void ReadPredictionBody(JsonValue body, CallDraft& draft);
void ReadTgiBody(JsonValue body, CallDraft& draft);
void ReadTgiEvent(std::string_view name, JsonValue data, CallDraft& draft);
void ReadAlephAlphaBody(JsonValue body, CallDraft& draft);

/// Looks up several members in one pass; of several with one name the last counts, and what is not
/// there stays missing. For events, of which there are thousands.
struct WantedMember {
  std::string_view key;
  JsonValue* value;
};
void PickMembers(JsonValue object, std::initializer_list<WantedMember> wanted);

/// Adds OpenAI-shaped content, a text or a list of parts, to a choice.
void AppendContent(JsonValue content, uint32_t choice, CallDraft& draft);
/// An index as it is sent: no less than 0 and no more than INT32_MAX; else `otherwise`.
int64_t IndexOr(JsonValue value, int64_t otherwise);
/// A choice's index as sent, else its position.
uint32_t ChoiceIndex(JsonValue choice, uint32_t position);

}  // namespace vitrine::codecs::providers
