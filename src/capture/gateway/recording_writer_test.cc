// What the writer does where the log takes a part of what it is offered. The log here writes only
// when the test says so, and has room for few records that wait.
#include "capture/gateway/recording_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <thread>

#include "capture/gateway/limits.h"
#include "capture/gateway/recorder.h"
#include "capture/gateway/usage_limits.h"
#include "platform/sim_file.h"
#include "storage/records/span_record.h"

namespace vitrine::capture {
namespace {

using namespace std::chrono_literals;

class RecordingWriterTest : public testing::Test {
 protected:
  static constexpr uint64_t kCount = 8 * kRecordingsPerRecord;

  void Open(wal::LogOptions options) {
    options.free_space_bytes_min = 0;
    options.reserve_size_bytes = 0;
    options.writer_thread = false;
    log_ = *wal::Log::Open("log", options, files_, clock_, random_);
    sink_ = std::make_unique<pipeline::SpanSink>(*log_, prices_);
  }
  void Push(const std::string& target, std::string request, std::string answer,
            const char* method = "POST") {
    auto recording = queue_.New();
    auto upstream = std::make_shared<upstream::Upstream>();
    upstream->origin = "https://api.openai.com";
    recording->project = "p";
    recording->upstream = std::move(upstream);
    recording->method = method;
    recording->target = target;
    recording->span_id = *SpanId::FromHex("a0000000000000" + std::to_string(10 + pushed_++));
    recording->on_priced = [this, id = recording->span_id.ToHex()](const LimitedUse& used) {
      ++priced_[id];
      used_.Add(used);
    };
    queue_.CountBegun();
    Recorder recorder(queue_, std::move(recording));
    recorder.OnRequestBody(request, 1);
    recorder.OnResponseHead(200, {}, 2);
    recorder.OnResponseBody(answer, 3);
    recorder.OnEnd({});
  }
  void PushAll() {
    for (uint64_t i = 0; i < kCount; ++i)
      Push("/other", std::string(4000, static_cast<char>('0' + i)), "yes");
  }
  void StartWriter() {
    writer_ = std::make_unique<RecordingWriter>(queue_, *sink_, stats_, PaceRules());
  }
  /// Waits, and lets the log write meanwhile.
  void WriteUntil(const std::function<bool()>& is_done) {
    for (int i = 0; i < 5000 && !is_done(); ++i) {
      if (!log_->RunWriterOnce()) std::this_thread::sleep_for(2ms);
    }
    ASSERT_TRUE(is_done());
  }
  void AwaitRefusal() {
    for (int i = 0; i < 5000 && log_->counters().records_refused == 0; ++i)
      std::this_thread::sleep_for(2ms);
    ASSERT_GT(log_->counters().records_refused, 0u);
  }
  /// As the log has them.
  std::vector<model::SpanBatch> Batches() {
    read_ = *log_->ReadFrom(1, UINT64_MAX);
    std::vector<model::SpanBatch> batches;
    for (const wal::Record& record : read_.records)
      batches.push_back(*records::DecodeSpanBatch(record.payload));
    return batches;
  }
  /// How often each span stands in the log, by id.
  std::map<std::string, int> Logged() {
    std::map<std::string, int> times;
    for (const model::SpanBatch& batch : Batches()) {
      for (const model::Span& span : batch.spans) ++times[span.span_id.ToHex()];
    }
    return times;
  }

  platform::SimFileSystem files_{1};
  platform::SimClock clock_;
  platform::SeededRandom random_{1};
  pipeline::PriceBook prices_{*pipeline::PriceTable::BuiltIn()};
  pipeline::IngestStats stats_;
  std::unique_ptr<wal::Log> log_;
  std::unique_ptr<pipeline::SpanSink> sink_;
  RecordingQueue queue_{256u << 20};
  std::map<std::string, int> priced_;  ///< By the writer, until it has stopped.
  LimitedUse used_;                    ///< Of all calls; by the writer as well.
  uint64_t pushed_ = 0;
  wal::ReadResult read_;  ///< What the batches borrow from.
  std::unique_ptr<RecordingWriter> writer_;
};

TEST_F(RecordingWriterTest, OnlyWhatTheLogRefusedIsOfferedAgain) {
  Open({.pending_size_bytes_max = 64 << 10});
  PushAll();
  StartWriter();
  AwaitRefusal();
  WriteUntil([this] { return queue_.counts().written == kCount; });
  writer_->Stop();
  EXPECT_EQ(queue_.counts().dropped, 0u);
  EXPECT_EQ(queue_.counts().bytes_held, 0u);
  const auto logged = Logged();
  EXPECT_EQ(logged.size(), kCount);
  for (const auto& [id, times] : logged) EXPECT_EQ(times, 1) << id;
  EXPECT_EQ(priced_, logged);
}

TEST_F(RecordingWriterTest, OfABatchThatIsGivenUpWhatWasStoredIsNoLoss) {
  Open({.pending_size_bytes_max = 64 << 10});
  PushAll();
  queue_.Stop();
  StartWriter();
  AwaitRefusal();
  const auto known = [this] { return queue_.counts().written + queue_.counts().dropped; };
  WriteUntil([&] { return known() == kCount; });
  writer_->Stop();
  const RecordingCounts counts = queue_.counts();
  EXPECT_GT(counts.written, 0u);
  EXPECT_GT(counts.dropped, 0u);
  EXPECT_EQ(counts.written % kRecordingsPerRecord, 0u);
  EXPECT_EQ(Logged().size(), counts.written);
  EXPECT_EQ(priced_, Logged());
}

TEST_F(RecordingWriterTest, WhatIsTooLargeLosesItsBodiesAndTheOthersKeepTheirs) {
  Open({.segment_size_bytes = 4 << 20, .log_size_bytes_max = 16 << 20});  // Records up to 8 MiB.
  Push("/small", "question", "yes");
  Push("/large", std::string(5u << 20, 'q'), std::string(5u << 20, 'a'));
  Push("/small", "question", "yes");
  StartWriter();
  WriteUntil([this] { return queue_.counts().written == 3; });
  writer_->Stop();
  EXPECT_EQ(queue_.counts().without_body, 1u);
  size_t seen = 0;
  for (const model::SpanBatch& batch : Batches()) {
    for (const model::Span& span : batch.spans) {
      ++seen;
      const bool is_large = span.exchange->url.ends_with("/large");
      EXPECT_EQ(span.exchange->request.skeleton, is_large ? "" : "question");
      EXPECT_EQ(span.exchange->response.skeleton, is_large ? "" : "yes");
    }
  }
  EXPECT_EQ(seen, 3u);
}

TEST_F(RecordingWriterTest, TokensBeyondAllNumbersAreTheMostThereIs) {
  Open({});
  Push("/v1/chat/completions", R"({"model":"gpt-4o","messages":[]})",
       R"({"model":"gpt-4o","choices":[],
           "usage":{"prompt_tokens":18446744073709551615,"completion_tokens":10}})");
  StartWriter();
  WriteUntil([this] { return queue_.counts().written == 1; });
  writer_->Stop();
  EXPECT_EQ(used_.tokens, UINT64_MAX);
}

// Pieces of eight: the first fills the log's room, the beginning's is refused, the fetch's fits.
TEST_F(RecordingWriterTest, AnAnswerIsJoinedWithItsCallWhicheverTheLogTakesFirst) {
  Open({.pending_size_bytes_max = 64 << 10});
  const auto push_others = [this](uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) Push("/other", std::string(4500, 'a'), "yes");
  };
  push_others(kRecordingsPerRecord);
  const std::string begun = "a0000000000000" + std::to_string(10 + pushed_);
  Push("/v1/responses", R"({"model":"gpt-4o","background":true,"input":"hi"})",
       R"({"id":"resp_1","object":"response","status":"queued","model":"gpt-4o"})");
  push_others(kRecordingsPerRecord - 1);
  Push("/v1/responses/resp_1", "",
       R"({"id":"resp_1","object":"response","status":"completed","model":"gpt-4o",
           "output":[{"type":"message","role":"assistant",
                      "content":[{"type":"output_text","text":"done"}]}],
           "usage":{"input_tokens":3,"output_tokens":4,"total_tokens":7}})",
       "GET");
  StartWriter();
  AwaitRefusal();
  WriteUntil([this] { return queue_.counts().written == pushed_; });
  WriteUntil([&] { return Logged()[begun] == 2; });
  writer_->Stop();
  EXPECT_EQ(priced_[begun], 2);
  std::vector<std::string> answers;
  std::vector<std::string> order;
  for (const model::SpanBatch& batch : Batches()) {
    for (const model::Span& span : batch.spans) {
      order.push_back(span.span_id.ToHex());
      if (order.back() == begun) answers.emplace_back(span.output_preview);
    }
  }
  EXPECT_EQ(answers, (std::vector<std::string>{"", "done"}));
  EXPECT_EQ(order.size(), pushed_ + 1);
  // The log took the fetch first; otherwise this tests nothing.
  const std::string fetch = "a0000000000000" + std::to_string(9 + pushed_);
  EXPECT_LT(std::ranges::find(order, fetch), std::ranges::find(order, begun));
}

}  // namespace
}  // namespace vitrine::capture
