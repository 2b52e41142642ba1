#include "pipeline/span_sink.h"

#include <gtest/gtest.h>

#include <future>

#include "platform/sim_file.h"
#include "storage/records/limits.h"
#include "storage/records/span_record.h"

namespace vitrine::pipeline {
namespace {

class SpanSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    wal::LogOptions options;
    options.log_size_bytes_max = 64 << 20;
    options.free_space_bytes_min = 0;
    options.reserve_size_bytes = 0;
    auto log = wal::Log::Open("log", options, files_, clock_, random_);
    ASSERT_TRUE(log) << log.error().message;
    log_ = std::move(*log);
    sink_ = std::make_unique<SpanSink>(*log_, prices_);
  }
  /// Waits for the answer and counts how often it came.
  Result<void> Accept(model::SpanBatch& batch) {
    std::promise<Result<void>> answer;
    auto future = answer.get_future();
    sink_->Accept(batch, [&](Result<void> result) {
      ++answers_;
      answer.set_value(std::move(result));
    });
    return future.get();
  }
  std::vector<model::SpanBatch> ReadBack() {
    read_ = *log_->ReadFrom(1, UINT64_MAX);
    std::vector<model::SpanBatch> batches;
    for (const wal::Record& record : read_.records)
      batches.push_back(*records::DecodeSpanBatch(record.payload));
    return batches;
  }

  platform::SimFileSystem files_{1};
  platform::SimClock clock_;
  platform::SeededRandom random_{1};
  PriceBook prices_{*PriceTable::BuiltIn()};
  std::unique_ptr<wal::Log> log_;
  std::unique_ptr<SpanSink> sink_;
  wal::ReadResult read_;
  int answers_ = 0;
};

TEST_F(SpanSinkTest, ALargeBatchBecomesSeveralRecordsAndOneAnswer) {
  const size_t most = records::kSpansPerRecordWritten;
  model::SpanBatch batch;
  batch.project = "p";
  batch.received = Nanos{7};
  batch.spans.resize(2 * most + 1);
  batch.scores.resize(1);
  for (size_t i = 0; i < batch.spans.size(); ++i)
    batch.spans[i].start = Nanos{static_cast<int64_t>(i)};
  ASSERT_TRUE(Accept(batch));
  EXPECT_EQ(answers_, 1);
  const auto stored = ReadBack();
  ASSERT_EQ(stored.size(), 3u);
  int64_t next = 0;
  size_t scores = 0;
  for (size_t i = 0; i < stored.size(); ++i) {
    EXPECT_EQ(stored[i].project, "p");
    EXPECT_EQ(stored[i].received, Nanos{7});
    EXPECT_EQ(stored[i].spans.size(), i < 2 ? most : 1);
    EXPECT_EQ(records::CountSpans(read_.records[i].payload), stored[i].spans.size());
    for (const model::Span& span : stored[i].spans) EXPECT_EQ(span.start, Nanos{next++});
    scores += stored[i].scores.size();
  }
  EXPECT_EQ(scores, 1u);
}

TEST_F(SpanSinkTest, WhoWatchesSeesWhatIsDurable) {
  TailHub hub({.render = [](const model::Span& span, model::Capture) {
    return std::string(span.input_preview);
  }});
  SpanSink sink(*log_, prices_, &hub);
  const auto all = [](const model::Span&, model::Capture) { return true; };
  auto reader = *hub.Open({"p", all});
  const auto accept = [&](std::string_view preview) {
    std::promise<Result<void>> answer;
    model::SpanBatch batch;
    batch.project = "p";
    batch.spans.resize(1);
    batch.spans[0].input_preview = preview;
    sink.Accept(batch, [&](Result<void> result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  };
  ASSERT_TRUE(accept("my key is sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL"));
  auto turn = reader->Next(std::chrono::seconds(10));
  ASSERT_EQ(turn.events.size(), 1u);
  EXPECT_TRUE(turn.events[0].json->starts_with("my key is")) << *turn.events[0].json;
  EXPECT_EQ(turn.events[0].json->find("abcdefghij"), std::string::npos) << "scrubbed before";
  files_.FailCall(1, platform::SimFault::kIoError, 1'000'000);
  ASSERT_FALSE(accept("lost"));
  EXPECT_TRUE(reader->Next(std::chrono::milliseconds(1)).events.empty()) << "it is not durable";
}

TEST_F(SpanSinkTest, WhatComesAgainBecauseAPartWasRefusedIsNotCounted) {
  model::SpanBatch batch;
  batch.spans.resize(2 * records::kSpansPerRecordWritten + 1);
  batch.counts.push_back({.door = "otlp_http", .time = {}, .accepted = batch.spans.size()});
  const std::string larger_than_the_log(70 << 20, 'x');
  batch.spans[0].name = larger_than_the_log;
  EXPECT_EQ(Accept(batch).error().code, ErrorCode::kLimitExceeded);
  batch.spans[0].name = "";
  ASSERT_TRUE(Accept(batch));
  uint64_t accepted = 0;
  for (const model::SpanBatch& read : ReadBack()) {
    for (const model::IngestCount& count : read.counts) accepted += count.accepted;
  }
  EXPECT_EQ(accepted, batch.spans.size());
}

TEST_F(SpanSinkTest, NothingToStoreIsDoneAtOnce) {
  model::SpanBatch batch;
  EXPECT_TRUE(Accept(batch));
  EXPECT_TRUE(ReadBack().empty());
}

}  // namespace
}  // namespace vitrine::pipeline
