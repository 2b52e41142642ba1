// AnswerReader: the bytes of one HTTP answer, in any pieces, into a CallDraft. It finds out how the
// answer is framed (one JSON text, server-sent events, an AWS event stream, JSON values one after
// the other), cuts it into events and notes when each delta came.
// Owner: one CallDecoder. A whole body is kept; texts of the draft borrow from it. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "codecs/providers/internal/call_draft.h"
#include "codecs/providers/internal/family.h"
#include "codecs/providers/route.h"
#include "syntax/event_stream/event_stream_parser.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_splitter.h"
#include "syntax/sse/sse_parser.h"

namespace vitrine::codecs::providers {

class AnswerReader {
 public:
  AnswerReader(const Route& route, CallDraft& draft);

  void Begin(const ResponseHead& head);
  void Feed(std::string_view piece, uint64_t offset_ns);
  void End();

  bool is_stream() const { return is_stream_; }
  const std::vector<Delta>& deltas() const { return deltas_; }
  uint64_t deltas_dropped() const { return deltas_dropped_; }
  uint64_t events_skipped() const;
  /// What an agent told of its steps: JSON in the call's arena, event by event.
  const std::vector<std::string_view>& agent_events() const { return agent_events_; }

 private:
  enum class Framing : uint8_t { kUnknown, kWhole, kSse, kEventStream, kJsonValues };

  Framing Decide(std::string_view prefix, bool is_end) const;
  void Start(Framing framing);
  void Process(std::string_view piece);
  void DrainSse();
  void DrainFrames();
  void DrainValues();
  void ReadFrame(const syntax::EventStreamFrame& frame);
  void ReadPassedOn(std::string_view payload);
  void KeepAgentEvent(std::string_view payload);
  void ReadEvent(std::string_view name, std::string_view text);
  void ReadValue(std::string_view value, uint64_t offset_ns);
  void ReadWhole();
  bool ReadText();
  void ReadError(JsonValue body);
  std::string_view AsUtf8(std::string_view text);
  void NoteDelta();
  bool is_failure() const { return status_ >= 400; }
  bool NeedsBody() const;

  Route route_;
  const Family* family_;
  CallDraft& draft_;
  uint16_t status_ = 0;
  std::string content_type_;  ///< Lower case.

  Framing framing_ = Framing::kUnknown;
  Framing inner_ = Framing::kUnknown;  ///< Of what SageMaker's frames hold.
  bool is_stream_ = false;
  bool has_bytes_ = false;
  size_t blank_bytes_ = 0;  ///< Before the answer, at the beginning of `prefix_`.
  std::string prefix_;      ///< The first bytes, until they say how the answer is framed.
  std::string body_;
  syntax::SseParser sse_;
  syntax::EventStreamParser frames_;
  syntax::JsonSplitter values_;
  std::string first_value_;  ///< A body, if no second value follows.
  uint64_t first_value_offset_ns_ = 0;
  uint64_t value_count_ = 0;

  syntax::JsonDocument document_;
  Arena scratch_;  ///< Of one event.
  std::string decoded_, repaired_;
  uint64_t offset_ns_ = 0;
  bool has_delta_in_read_ = false;
  std::vector<Delta> deltas_;
  uint64_t deltas_dropped_ = 0;
  uint64_t events_skipped_ = 0;
  std::vector<std::string_view> agent_events_;
  size_t agent_event_bytes_ = 0;
};

}  // namespace vitrine::codecs::providers
