#include "codecs/providers/internal/family.h"

#include <iterator>

namespace vitrine::codecs::providers {

namespace {

struct Row {
  Api api;
  Family family;
};

constexpr Row kFamilies[] = {
    {Api::kChatCompletions, {ReadChatBody, ReadChatEvent}},
    {Api::kCompletions, {ReadChatBody, ReadChatEvent}},
    {Api::kResponses, {ReadResponseBody, ReadResponseEvent}},
    {Api::kResponsesCompact, {ReadResponseBody, ReadResponseEvent}},
    {Api::kMessages, {ReadMessageBody, ReadMessageEvent}},
    {Api::kComplete, {ReadCompleteBody, ReadMessageEvent}},
    {Api::kGenerateContent, {ReadGenerateContent, ReadGenerateContentEvent}},
    {Api::kInteractions, {ReadInteractionBody, ReadInteractionEvent}},
    {Api::kPredict, {ReadPredictBody, nullptr}},
    {Api::kConverse, {ReadConverseBody, ReadConverseEvent}},
    {Api::kInvoke, {ReadInvokeBody, ReadInvokeEvent, true}},
    {Api::kInvokeAgent, {nullptr, nullptr}},
    {Api::kRetrieveAndGenerate, {ReadRetrieveAndGenerateBody, ReadRetrieveAndGenerateEvent}},
    {Api::kInvocations, {ReadInvocationBody, ReadInvocationEvent}},
    {Api::kCohereChatV1, {ReadCohereV1Body, ReadCohereV1Event}},
    {Api::kCohereChatV2, {ReadCohereV2Body, ReadCohereV2Event}},
    {Api::kCohereGenerateV1, {ReadCohereV1Body, ReadCohereV1Event}},
    {Api::kCohereEmbedV1, {ReadCohereEmbedBody, nullptr}},
    {Api::kCohereEmbedV2, {ReadCohereEmbedBody, nullptr}},
    {Api::kCohereRerankV1, {ReadRerankBody, nullptr}},
    {Api::kCohereRerankV2, {ReadRerankBody, nullptr}},
    {Api::kOllamaChat, {ReadOllamaBody, ReadOllamaEvent}},
    {Api::kOllamaGenerate, {ReadOllamaBody, ReadOllamaEvent}},
    {Api::kOllamaEmbed, {ReadOllamaBody, nullptr}},
    {Api::kOllamaEmbeddings, {ReadOllamaBody, nullptr}},
    {Api::kEmbeddings, {ReadEmbeddingsBody, nullptr}},
    {Api::kRerank, {ReadRerankBody, nullptr}},
    {Api::kModerations, {ReadMediaBody, nullptr}},
    {Api::kCountTokens, {ReadCountBody, nullptr}},
    {Api::kImageGenerations, {ReadMediaBody, ReadMediaEvent}},
    {Api::kImageEdits, {ReadMediaBody, ReadMediaEvent}},
    {Api::kTranscriptions, {ReadTranscriptionBody, ReadTranscriptionEvent}},
    {Api::kTranslations, {ReadTranscriptionBody, ReadTranscriptionEvent}},
    {Api::kSpeech, {nullptr, ReadMediaEvent}},
    {Api::kOcr, {ReadMediaBody, nullptr}},
    {Api::kWatsonxGeneration, {ReadWatsonxBody, ReadWatsonxEvent}},
    {Api::kPredictions, {ReadPredictionBody, nullptr}},
    {Api::kTgiGenerate, {ReadTgiBody, ReadTgiEvent}},
    {Api::kAlephAlphaComplete, {ReadAlephAlphaBody, nullptr}},
};

constexpr bool RowsInOrder() {
  for (size_t i = 0; i < std::size(kFamilies); ++i) {
    if (kFamilies[i].api != static_cast<Api>(i + 1)) return false;
  }
  return std::size(kFamilies) == static_cast<size_t>(Api::kAlephAlphaComplete);
}
static_assert(RowsInOrder());

}  // namespace

void PickMembers(JsonValue object, std::initializer_list<WantedMember> wanted) {
  for (auto [key, value] : object.Members()) {
    for (const WantedMember& member : wanted) {
      if (member.key == key) *member.value = value;
    }
  }
}

int64_t IndexOr(JsonValue value, int64_t otherwise) {
  auto index = value.ToInt();
  return index && *index >= 0 && *index <= INT32_MAX ? *index : otherwise;
}

uint32_t ChoiceIndex(JsonValue choice, uint32_t position) {
  return static_cast<uint32_t>(IndexOr(choice["index"], position));
}

const Family* FamilyOf(Api api) {
  return api == Api::kNone ? nullptr : &kFamilies[static_cast<size_t>(api) - 1].family;
}

}  // namespace vitrine::codecs::providers
