// Events: GenAI content, exceptions and marks that came as span events or as log records.
// Source: WIRE-FORMATS 2.4, A.11; Strands (5.3) sends the message events as span events whose
// attributes hold JSON texts.
#pragma once

#include <optional>
#include <vector>

#include "codecs/dialects/internal/content.h"
#include "codecs/dialects/internal/resolve.h"

namespace vitrine::codecs::dialects {

struct EventView {
  std::string_view name;
  Nanos time;
  std::span<const model::Attribute> attributes;
  model::Value body;  ///< Log records only.
};

/// What the events of one span said.
struct EventFacts {
  EventContent content;
  ExceptionFacts exception;
  std::optional<Nanos> first_chunk;
  std::optional<int64_t> first_chunk_ns;
  std::vector<Nanos> chunk_times;  ///< Of Traceloop's event for each streamed chunk.
  std::vector<model::Score> scores;

  void Clear();
};

class EventReader {
 public:
  EventReader(SpanWork& work, ContentReader& reader) : work_(work), reader_(reader) {}

  /// Reads one event. True where it was content only, so that it need not be kept as an event.
  bool Read(const EventView& event, EventFacts& facts);

  /// True for names that GenAI conventions, of any generation, give to events.
  static bool IsGenAiEvent(std::string_view name);

 private:
  bool ReadMessageEvent(const EventView& event, EventFacts& facts);
  bool ReadChoiceEvent(const EventView& event, EventFacts& facts);
  void ReadContentEvent(const EventView& event, EventFacts& facts);
  void ReadException(const EventView& event, EventFacts& facts);
  void ReadScore(const EventView& event, EventFacts& facts);
  void ReadVectorResult(const EventView& event, EventFacts& facts);
  void AddContent(const model::Value& value, std::string_view role,
                  std::vector<model::Message>& out);

  SpanWork& work_;
  ContentReader& reader_;
};

/// The attribute of that key, or null.
const model::Value* FindAttribute(std::span<const model::Attribute> attributes,
                                  std::string_view key);

}  // namespace vitrine::codecs::dialects
