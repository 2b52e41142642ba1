#include "span_source.h"

#include <chrono>
#include <cstring>
#include <string_view>

#include "syntax/protobuf/wire_writer.h"

namespace vitrine::bench {

namespace {

using syntax::WireWriter;

constexpr size_t kSystemBytes = 800, kQuestionBytes = 900, kAnswerBytes = 1'480;
constexpr size_t kAgentMessageBytes = 1'000;
constexpr size_t kSpansPerRareWord = 1'000;

int64_t NowNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string RandomId(std::mt19937_64& random, size_t size) {
  std::string id(size, '\0');
  for (char& c : id) c = static_cast<char>(random());
  id[0] = static_cast<char>(id[0] | 1);
  return id;
}

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

// Field numbers of opentelemetry/proto/{common,resource,trace}/v1.
void Text(WireWriter& wire, uint32_t field, std::string_view key, std::string_view value) {
  const size_t pair = wire.BeginMessage(field);
  wire.Bytes(1, key);
  const size_t any = wire.BeginMessage(2);
  wire.Bytes(1, value);
  wire.EndMessage(any);
  wire.EndMessage(pair);
}

void Number(WireWriter& wire, uint32_t field, std::string_view key, int64_t value) {
  const size_t pair = wire.BeginMessage(field);
  wire.Bytes(1, key);
  const size_t any = wire.BeginMessage(2);
  wire.Int(3, value);
  wire.EndMessage(any);
  wire.EndMessage(pair);
}

constexpr uint32_t kSpanAttribute = 9;

struct SpanHead {
  std::string_view trace_id, span_id, parent_id, name;
  int64_t start = 0, end = 0;
};

void WriteHead(WireWriter& wire, const SpanHead& head) {
  wire.Bytes(1, head.trace_id);
  wire.Bytes(2, head.span_id);
  if (!head.parent_id.empty()) wire.Bytes(4, head.parent_id);
  wire.Bytes(5, head.name);
  wire.Int(6, 3);  // client
  wire.Fixed64(7, static_cast<uint64_t>(head.start));
  wire.Fixed64(8, static_cast<uint64_t>(head.end));
}

void WriteCall(WireWriter& wire, std::mt19937_64& random, std::string_view input,
               std::string_view output) {
  Text(wire, kSpanAttribute, "gen_ai.provider.name", "openai");
  Text(wire, kSpanAttribute, "gen_ai.operation.name", "chat");
  Text(wire, kSpanAttribute, "gen_ai.request.model", "gpt-4o");
  Text(wire, kSpanAttribute, "gen_ai.response.model", "gpt-4o-2024-08-06");
  Text(wire, kSpanAttribute, "gen_ai.response.id", "chatcmpl-" + Hex(RandomId(random, 12)));
  Number(wire, kSpanAttribute, "gen_ai.usage.input_tokens", static_cast<int64_t>(random() % 4000));
  Number(wire, kSpanAttribute, "gen_ai.usage.output_tokens", static_cast<int64_t>(random() % 900));
  Text(wire, kSpanAttribute, "session.id", std::to_string(random() % 100'000));
  Text(wire, kSpanAttribute, "user.id", "u" + std::to_string(random() % 5000));
  Text(wire, kSpanAttribute, "server.address", "api.openai.com");
  Number(wire, kSpanAttribute, "http.response.status_code", 200);
  Text(wire, kSpanAttribute, "gen_ai.input.messages", input);
  Text(wire, kSpanAttribute, "gen_ai.output.messages", output);
}

void WriteResource(WireWriter& wire) {
  const size_t resource = wire.BeginMessage(1);
  Text(wire, 1, "service.name", "chat-api");
  Text(wire, 1, "service.version", "4.2.0");
  Text(wire, 1, "deployment.environment.name", "production");
  Text(wire, 1, "telemetry.sdk.language", "python");
  Text(wire, 1, "host.name", "node-17");
  wire.EndMessage(resource);
}

/// Writes a request around the spans that `spans` writes.
template <typename Spans>
void WriteRequest(std::string& body, const Spans& spans) {
  body.clear();
  WireWriter wire(body);
  const size_t resource_spans = wire.BeginMessage(1);
  WriteResource(wire);
  const size_t scope_spans = wire.BeginMessage(2);
  const size_t scope = wire.BeginMessage(1);
  wire.Bytes(1, "opentelemetry.instrumentation.openai_v2");
  wire.EndMessage(scope);
  spans(wire);
  wire.EndMessage(scope_spans);
  wire.EndMessage(resource_spans);
}

void AppendMessage(std::string& out, std::string_view role, std::string_view content) {
  out.append(R"({"role":")").append(role).append(R"(","parts":[{"type":"text","content":")");
  out.append(content).append(R"("}]})");
}

}  // namespace

void Batch::Renew(std::mt19937_64& random) {
  for (const size_t at : ids) {
    const uint64_t high = random() | 1, low = random();
    std::memcpy(&body[at], &high, sizeof high);
    std::memcpy(&body[at + sizeof high], &low, sizeof low);
  }
}

UniqueCalls::UniqueCalls(const ChatText& text, size_t spans_per_batch, uint64_t seed)
    : text_(text), spans_per_batch_(spans_per_batch), random_(seed) {
  std::mt19937_64 shared(11);  // Every sender's application has the same five.
  for (int i = 0; i < 5; ++i) text_.Append(systems_.emplace_back(), kSystemBytes, shared);
}

void UniqueCalls::Next(Batch& batch) {
  batch.spans = spans_per_batch_;
  batch.prompt_bytes = 0;
  batch.ids.clear();
  std::string first_id;
  const int64_t now = NowNanos();
  WriteRequest(batch.body, [&](WireWriter& wire) {
    std::string content;
    for (size_t i = 0; i < spans_per_batch_; ++i) {
      content.clear();
      text_.Append(content, kQuestionBytes, random_);
      if (rare_words != nullptr && random_() % kSpansPerRareWord == 0) {
        rare_words->push_back("zq" + Hex(RandomId(random_, 6)));
        content += " " + rare_words->back() + " ";
      }
      input_ = "[";
      AppendMessage(input_, "system", systems_[random_() % systems_.size()]);
      input_ += ',';
      AppendMessage(input_, "user", content);
      input_ += ']';
      content.clear();
      text_.Append(content, kAnswerBytes, random_);
      output_ = "[";
      AppendMessage(output_, "assistant", content);
      output_.insert(output_.size() - 1, R"(,"finish_reason":"stop")");
      output_ += ']';
      batch.prompt_bytes += input_.size() + output_.size();
      const std::string trace_id = RandomId(random_, 16);
      if (trace_ids != nullptr) trace_ids->push_back(Hex(trace_id));
      const size_t span = wire.BeginMessage(2);
      const size_t begin = batch.body.size();
      WriteHead(wire, {trace_id,
                       RandomId(random_, 8),
                       {},
                       "chat gpt-4o",
                       now - 2'000'000'000 - static_cast<int64_t>(random_() % 1'000'000'000),
                       now});
      WriteCall(wire, random_, input_, output_);
      wire.EndMessage(span);
      if (batch.ids.empty()) first_id = trace_id;
      batch.ids.push_back(batch.body.find(trace_id, begin));
    }
  });
  // Closing the outer messages made room for their lengths.
  const size_t moved = batch.body.find(first_id) - batch.ids.front();
  for (size_t& at : batch.ids) at += moved;
}

AgentRuns::AgentRuns(const ChatText& text, size_t agents, size_t steps, size_t spans_per_batch,
                     uint64_t seed)
    : text_(text),
      steps_(steps),
      spans_per_batch_(spans_per_batch),
      random_(seed),
      agents_(agents) {}

std::string AgentRuns::Message(const char* role) {
  std::string content, message;
  text_.Append(content, kAgentMessageBytes, random_);
  if (unique_text != nullptr) *unique_text += content;
  AppendMessage(message, role, content);
  return message;
}

void AgentRuns::Begin(Agent& agent) {
  agent = {RandomId(random_, 16), RandomId(random_, 8), Message("system"), NowNanos(), 0};
}

void AgentRuns::Next(Batch& batch) {
  batch.spans = batch.prompt_bytes = 0;
  WriteRequest(batch.body, [&](WireWriter& wire) {
    while (batch.spans < spans_per_batch_) {
      Agent& agent = agents_[next_++ % agents_.size()];
      if (agent.history.empty()) Begin(agent);
      agent.history += "," + Message("user");
      const std::string input = "[" + agent.history + "]";
      const std::string answer = Message("assistant");
      const std::string output = "[" + answer + "]";
      agent.history += "," + answer;
      batch.prompt_bytes += input.size() + output.size();
      const int64_t now = NowNanos();
      const size_t span = wire.BeginMessage(2);
      WriteHead(wire, {agent.trace_id, RandomId(random_, 8), agent.root_id, "chat gpt-4o",
                       now - 900'000'000, now});
      WriteCall(wire, random_, input, output);
      wire.EndMessage(span);
      ++batch.spans;
      if (++agent.step < steps_) continue;
      const size_t root = wire.BeginMessage(2);
      WriteHead(wire,
                {agent.trace_id, agent.root_id, {}, "invoke_agent planner", agent.start, now});
      Text(wire, kSpanAttribute, "gen_ai.operation.name", "invoke_agent");
      Text(wire, kSpanAttribute, "gen_ai.agent.name", "planner");
      wire.EndMessage(root);
      ++batch.spans;
      ++finished_;
      agent = {};
    }
  });
}

}  // namespace vitrine::bench
