// What senders send: OTLP/protobuf export requests of LLM spans, every span and every prompt new;
// or agents whose calls send their whole history again.
// Threads: one source per sender.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "chat_text.h"

namespace vitrine::bench {

/// What one request holds.
struct Batch {
  std::string body;  ///< ExportTraceServiceRequest.
  size_t spans = 0;
  size_t prompt_bytes = 0;  ///< Of gen_ai.input.messages and gen_ai.output.messages, as sent.
  std::vector<size_t> ids;  ///< Where in the body each span's 16 bytes of trace id stand.

  /// Gives every span another trace, in place: the same texts sent as new spans.
  void Renew(std::mt19937_64& random);
};

class SpanSource {
 public:
  virtual ~SpanSource() = default;
  virtual void Next(Batch& batch) = 0;
};

/// Single calls of 3.9 KB: a system prompt out of five, a question and an answer, 14 attributes.
class UniqueCalls : public SpanSource {
 public:
  UniqueCalls(const ChatText& text, size_t spans_per_batch, uint64_t seed);
  void Next(Batch& batch) override;
  /// The next span's trace id is kept here, as hex, when set.
  std::vector<std::string>* trace_ids = nullptr;
  /// Every so many spans one has a word no other has, kept here, when set.
  std::vector<std::string>* rare_words = nullptr;

 private:
  const ChatText& text_;
  size_t spans_per_batch_;
  std::mt19937_64 random_;
  std::vector<std::string> systems_;
  std::string input_, output_;
};

/// `agents` runs side by side, each of `steps` calls. A call sends all messages so far and brings
/// two new ones of 1 KB. A finished agent is followed by a new one.
class AgentRuns : public SpanSource {
 public:
  AgentRuns(const ChatText& text, size_t agents, size_t steps, size_t spans_per_batch,
            uint64_t seed);
  void Next(Batch& batch) override;
  /// Each text once, in the order of its first sending, when set.
  std::string* unique_text = nullptr;
  uint64_t finished_agents() const { return finished_; }

 private:
  struct Agent {
    std::string trace_id, root_id, history;
    int64_t start = 0;
    size_t step = 0;
  };
  void Begin(Agent& agent);
  std::string Message(const char* role);

  const ChatText& text_;
  size_t steps_, spans_per_batch_, next_ = 0;
  uint64_t finished_ = 0;
  std::mt19937_64 random_;
  std::vector<Agent> agents_;
};

}  // namespace vitrine::bench
