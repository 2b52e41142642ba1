// Content: what went into a span and what came out, from the best of the places it was sent in.
//
// Each place is a candidate with a rank. The first that gives messages wins. A candidate that lost
// goes back to the attributes, unless every message in it is among those that won: the same
// conversation is not kept twice on one span.
// Roles: text without a role is `user` and `assistant` on model calls, `input` and `output` on
// other spans. A tool span has one `input` message with the call and one `tool` message with the
// response, which is the very message the next model call sends, so that it is stored once. Source:
// WIRE-FORMATS 2.4, 2.5, 3-6.
#pragma once

#include <vector>

#include "codecs/content/content_reader.h"
#include "codecs/content/message_facts.h"
#include "codecs/dialects/internal/span_work.h"
#include "model/span.h"

namespace vitrine::codecs::dialects {

/// Content that came as events of the span.
struct EventContent {
  std::vector<model::Message> input, output;
  std::vector<model::RetrievedDocument> documents;

  void Clear() {
    input.clear();
    output.clear();
    documents.clear();
  }
};

class ContentResolver {
 public:
  ContentResolver(SpanWork& work, ContentReader& reader) : work_(work), reader_(reader) {}

  /// Fills messages, tools, tool calls, documents and previews of `span`, whose kind is known.
  void Resolve(const EventContent& events, model::Span& span);

  const BodyFacts& request() const { return request_; }
  const BodyFacts& answer() const { return answer_; }

 private:
  enum class Source : uint8_t { kValue, kNumbered, kLegacyNumbered, kTexts, kAnswer, kEvents };
  struct Candidate {
    uint8_t rank = 0;
    Source source = Source::kValue;
    Taken value;                 ///< kValue
    Field field = Field::kNone;  ///< The numbered ones.
  };

  void Gather(bool is_output, const EventContent& events);
  bool ReadCandidate(const Candidate& candidate, bool is_output, ContentRoles roles,
                     const EventContent& events);
  void ReadValue(const Taken& taken, ContentRoles roles);
  bool ReadAnswer();
  void Choose(bool is_output, ContentRoles roles, const EventContent& events,
              std::vector<model::Message>& chosen);
  void GiveBack(const Candidate& candidate);
  void TakeFacts(bool is_output);
  void ReadEventList(std::vector<model::Message>& input, std::vector<model::Message>& output);
  void ReadConversation(std::vector<model::Message>& input, std::vector<model::Message>& output);
  void ReadFinalResult(std::vector<model::Message>& output);
  void AddSystem(std::vector<model::Message>& input);
  void ResolveTool(const EventContent& events, model::Span& span);
  Taken BestOf(Field slot, Field collected);
  void ResolveEmbedding(model::Span& span);
  void ReadVectors(model::Span& span);
  void ReadEmbeddingTraces(model::Span& span);
  void ReadEmbeddingTexts(const Taken& taken, std::vector<model::Message>& input);
  void ResolveRetrieval(const EventContent& events, model::Span& span);
  void ReadDocuments(syntax::JsonValue list);
  void ReadRanking();
  std::string_view QueryOf(std::string_view text);
  void ResolveTools(model::Span& span);
  void Finish(model::Span& span);
  std::string_view Unquoted(const Taken& taken);
  syntax::JsonValue Parse(std::string_view text);

  SpanWork& work_;
  ContentReader& reader_;
  Conversation conversation_;
  BodyFacts request_, answer_;
  std::vector<Candidate> candidates_;
  std::vector<model::Message> input_, output_, tools_, request_tools_;
  std::vector<model::RetrievedDocument> documents_;
};

}  // namespace vitrine::codecs::dialects
