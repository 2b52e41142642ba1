#include "capture/gateway/recording_queue.h"

#include <gtest/gtest.h>

#include <thread>

#include "capture/gateway/limits.h"
#include "capture/gateway/recorder.h"

namespace vitrine::capture {
namespace {

constexpr uint64_t kMiB = 1 << 20;

std::unique_ptr<Recording> Named(RecordingQueue& queue, const std::string& target) {
  auto recording = queue.New();
  recording->target = target;
  return recording;
}

/// A call of `size` bytes from beginning to end.
void RunCall(RecordingQueue& queue, const std::string& target, size_t size) {
  Recorder recorder(queue, Named(queue, target));
  recorder.OnRequestBody("request", 1);
  recorder.OnResponseHead(200, {}, 2);
  const std::string piece(1000, 'x');
  for (size_t sent = 0; sent < size; sent += piece.size()) recorder.OnResponseBody(piece, 3);
  recorder.OnEnd({});
}

TEST(RecordingQueue, WhatWasPushedComesOutInOrder) {
  RecordingQueue queue(kMiB);
  RunCall(queue, "a", 10);
  RunCall(queue, "b", 10);
  auto taken = queue.Take(10, kMiB);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0]->target, "a");
  EXPECT_EQ(taken[0]->request_body, "request");
  EXPECT_EQ(taken[1]->target, "b");
  EXPECT_GT(queue.counts().bytes_held, 2 * kRecordingOverheadBytes);
  queue.Finish(taken, true);
  EXPECT_EQ(queue.counts().bytes_held, 0u);
  EXPECT_EQ(queue.counts().written, 2u);
  EXPECT_EQ(queue.counts().dropped, 0u);
}

TEST(RecordingQueue, TheOldestGiveWayAndAreCounted) {
  std::vector<std::string> told;
  RecordingQueue queue(kMiB, [&](const Recording& lost) { told.push_back(lost.target); });
  for (int i = 0; i < 100; ++i) RunCall(queue, std::to_string(i), 50'000);
  const RecordingCounts counts = queue.counts();
  EXPECT_EQ(counts.begun, 100u);
  EXPECT_GT(counts.dropped, 70u);
  EXPECT_EQ(counts.waiting + counts.dropped, 100u);
  ASSERT_EQ(told.size(), counts.dropped);
  EXPECT_EQ(told.front(), "0");
  EXPECT_LE(counts.bytes_held, kMiB);
  auto taken = queue.Take(1000, 100 * kMiB);
  EXPECT_EQ(taken.size(), counts.waiting);
  EXPECT_EQ(taken.back()->target, "99");
  EXPECT_EQ(taken.back()->response_body.size(), 50'000u);
  queue.Finish(taken, true);
  EXPECT_EQ(queue.counts().bytes_held, 0u);
}

TEST(RecordingQueue, ACallThatFitsNowhereKeepsItsEnvelope) {
  RecordingQueue queue(100'000);
  RunCall(queue, "large", 500'000);
  auto taken = queue.Take(1, kMiB);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_TRUE(taken[0]->is_response_left_out);
  EXPECT_TRUE(taken[0]->response_body.empty());
  EXPECT_EQ(taken[0]->request_body, "request");
  EXPECT_EQ(queue.counts().without_body, 1u);
  queue.Finish(taken, true);
  EXPECT_EQ(queue.counts().bytes_held, 0u);
}

TEST(RecordingQueue, WithoutMemoryACallGoesUnrecordedAndIsCounted) {
  RecordingQueue queue(kRecordingOverheadBytes - 1);
  RunCall(queue, "any", 10);
  const RecordingCounts counts = queue.counts();
  EXPECT_EQ(counts.begun, 1u);
  EXPECT_EQ(counts.dropped, 1u);
  EXPECT_EQ(counts.waiting, 0u);
  EXPECT_EQ(counts.bytes_held, 0u);
}

TEST(RecordingQueue, ACallThatNeverBeganIsCounted) {
  RecordingQueue queue(kMiB);
  {
    Recorder recorder(queue, Named(queue, "gone"));
  }
  EXPECT_EQ(queue.counts().dropped, 1u);
  EXPECT_EQ(queue.counts().bytes_held, 0u);
}

TEST(RecordingQueue, StoppedItGivesWhatIsLeftAndThenNothing) {
  RecordingQueue queue(kMiB);
  RunCall(queue, "a", 10);
  queue.Stop();
  auto taken = queue.Take(10, kMiB);
  EXPECT_EQ(taken.size(), 1u);
  queue.Finish(taken, false);
  EXPECT_EQ(queue.counts().dropped, 1u);
  EXPECT_TRUE(queue.Take(10, kMiB).empty());
}

TEST(RecordingQueue, WhatIsDoneGivesItsMemoryToTheNextAndNothingElse) {
  RecordingQueue queue(kMiB);
  auto first = Named(queue, "a target that is not short");
  const Recording* const place = first.get();
  first->context = std::make_unique<CallContext>();
  first->secrets = {"a secret of the first"};
  first->request_headers.Add("authorization", "of the first");
  first->attempt = 7;
  first->is_served = false;
  {
    Recorder recorder(queue, std::move(first));
    recorder.OnRequestBody(std::string(5000, 'q'), 1);
    recorder.OnResponseHead(404, {{"a", "b"}}, 2);
    recorder.OnResponseBody("answer", 3);
    recorder.OnEnd({});
  }
  auto taken = queue.Take(10, kMiB);
  queue.Finish(taken, true);
  auto second = queue.New();
  EXPECT_EQ(second.get(), place);
  EXPECT_GE(second->request_body.capacity(), 5000u);
  EXPECT_EQ(second->context, nullptr);
  EXPECT_EQ(second->target + second->request_body + second->response_body, "");
  EXPECT_TRUE(second->secrets.empty() && second->pieces.empty());
  EXPECT_TRUE(second->request_headers.empty() && second->response_headers.empty());
  EXPECT_EQ(second->status, 0);
  EXPECT_EQ(second->attempt, 0);
  EXPECT_TRUE(second->is_served);
  EXPECT_EQ(second->bytes_held, 0u);
  {
    // What it has room for is taken from the budget, and given back.
    Recorder recorder(queue, std::move(second));
    EXPECT_GE(queue.counts().bytes_held, kRecordingOverheadBytes + 5000);
    recorder.OnEnd({});
  }
  taken = queue.Take(10, kMiB);
  queue.Finish(taken, true);
  EXPECT_EQ(queue.counts().bytes_held, 0u);
}

TEST(RecordingQueue, WhereMemoryIsShortACallDoesWithoutWhatAnEarlierOneNeeded) {
  RecordingQueue queue(2 * kRecordingOverheadBytes + 5500);
  RunCall(queue, "first", 5000);
  auto taken = queue.Take(10, kMiB);
  queue.Finish(taken, true);
  auto with_memory = queue.New();
  Recorder other(queue, queue.New());
  other.OnRequestBody(std::string(5400, 'q'), 1);
  Recorder recorder(queue, std::move(with_memory));
  recorder.OnRequestBody("request", 1);
  recorder.OnEnd({});
  other.OnEnd({});
  EXPECT_EQ(queue.counts().dropped, 0u);
  taken = queue.Take(10, kMiB);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0]->request_body, "request");
  queue.Finish(taken, true);
  EXPECT_EQ(queue.counts().bytes_held, 0u);
}

TEST(RecordingQueue, LargeMemoryGoesBack) {
  RecordingQueue queue(16 * kMiB);
  RunCall(queue, "large", 3 * kSpareBodyBytesMax);
  auto taken = queue.Take(10, 16 * kMiB);
  queue.Finish(taken, true);
  EXPECT_EQ(queue.New()->body_capacity(), 0u);
  auto with_a_large_head = Named(queue, "/" + std::string(kSpareHeadBytesMax, 't'));
  queue.Drop(std::move(with_a_large_head));
  EXPECT_LT(queue.New()->target.capacity(), 100u);
}

TEST(RecordingQueue, ManyCallsAndOneWriterLoseNothingUncounted) {
  RecordingQueue queue(256 << 10);
  std::vector<std::thread> calls;
  constexpr int kThreads = 4, kCalls = 500;
  for (int t = 0; t < kThreads; ++t) {
    calls.emplace_back([&queue] {
      for (int i = 0; i < kCalls; ++i) RunCall(queue, "x", static_cast<size_t>(i) * 37);
    });
  }
  std::thread writer([&queue] {
    for (;;) {
      auto taken = queue.Take(16, 64 << 10);
      if (taken.empty()) return;
      queue.Finish(taken, true);
    }
  });
  for (std::thread& call : calls) call.join();
  queue.Stop();
  writer.join();
  const RecordingCounts counts = queue.counts();
  EXPECT_EQ(counts.begun, uint64_t{kThreads} * kCalls);
  EXPECT_EQ(counts.written + counts.dropped, counts.begun);
  EXPECT_EQ(counts.bytes_held, 0u);
  EXPECT_EQ(counts.waiting, 0u);
}

}  // namespace
}  // namespace vitrine::capture
