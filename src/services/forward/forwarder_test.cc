// Forwarding from a log on a simulated disk to a receiver that does as it is told.
#include "services/forward/forwarder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <thread>

#include "codecs/dialects/normalizer.h"
#include "codecs/otlp/otlp_decode.h"
#include "net/http_server.h"
#include "platform/sim_file.h"
#include "services/forward/limits.h"
#include "storage/records/span_record.h"

namespace vitrine::forward {
namespace {

using platform::SeededRandom;
using platform::SimFileSystem;
using testing::HasSubstr;

/// Answers 200 and keeps names and projects of what it gets, unless something else was ordered.
class Receiver {
 public:
  Receiver() {
    net::HttpServerOptions options;
    options.listeners = {{.name = "receiver", .host = "127.0.0.1", .port = 0}};
    auto started = net::HttpServer::Start(
        options, [this](net::HttpRequest request, net::HttpResponder responder) {
          responder.Send(Answer(request));
        });
    EXPECT_TRUE(started);
    server_ = std::move(*started);
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_->port(0)) + "/v1/traces";
  }
  /// The next answers, before it takes again.
  void Order(std::vector<net::HttpResponse> answers) {
    const std::lock_guard lock(mutex_);
    ordered_.assign(answers.begin(), answers.end());
  }
  /// Refuses requests with more spans than this, or with a span of this name.
  void RefuseMoreThan(size_t spans) { most_ = spans; }
  void RefuseName(std::string name) { bad_name_ = std::move(name); }
  std::vector<std::string> names() const {
    const std::lock_guard lock(mutex_);
    return names_;
  }
  size_t requests() const { return requests_; }

 private:
  net::HttpResponse Answer(const net::HttpRequest& request) {
    ++requests_;
    const std::lock_guard lock(mutex_);
    if (!ordered_.empty()) {
      net::HttpResponse answer = ordered_.front();
      ordered_.pop_front();
      return answer;
    }
    const auto body = compress::Inflate(request.headers.First("content-encoding").value_or(""),
                                        *request.body, 64 << 20);
    codecs::OtlpTraces traces;
    if (!body || !codecs::DecodeTracesProtobuf(*body, traces))
      return net::HttpResponse::Text(400, "not OTLP");
    if (traces.spans.size() > most_) return net::HttpResponse::Text(413, "too many");
    for (const codecs::OtlpSpan& span : traces.spans) {
      if (span.name == bad_name_) return net::HttpResponse::Text(400, "bad span");
    }
    for (const codecs::OtlpSpan& span : traces.spans) names_.emplace_back(span.name);
    return {};
  }

  mutable std::mutex mutex_;
  std::deque<net::HttpResponse> ordered_;
  std::vector<std::string> names_;
  std::atomic<size_t> requests_ = 0, most_ = SIZE_MAX;
  std::string bad_name_;
  std::unique_ptr<net::HttpServer> server_;
};

class ForwarderTest : public testing::Test {
 protected:
  ForwarderTest() {
    setting_.name = "west";
    setting_.wait_ms = 1;
    log_options_.segment_size_bytes = 1 << 20;
    log_options_.log_size_bytes_max = 64 << 20;
    log_options_.free_space_bytes_min = 0;
    log_options_.reserve_size_bytes = 0;
    EXPECT_TRUE(files_.CreateDirectory("data"));
  }

  ForwarderOptions Options() {
    return {.settings = {setting_},
            .folder = "data/forward",
            .log_bytes_max = log_options_.log_size_bytes_max,
            .tls = nullptr,
            .feed = {}};
  }
  void Open() {
    log_options_.keep_from_lsn = KeepFromLsn(Options(), files_);
    auto log = wal::Log::Open("data/log", log_options_, files_, platform::SystemClock(), random_);
    ASSERT_TRUE(log) << log.error().message;
    log_ = std::move(*log);
    auto made = Forwarder::Create(Options(), *log_, files_, platform::SystemClock(),
                                  platform::SystemRandom());
    ASSERT_TRUE(made) << made.error().message;
    forwarder_ = std::move(*made);
  }
  void Start() {
    Open();
    forwarder_->Start();
  }
  void Close() {
    forwarder_.reset();
    log_.reset();
  }
  /// Appends a record of spans, named by a running number.
  void Append(size_t count, size_t padding = 0) {
    model::SpanBatch batch;
    for (size_t i = 0; i < count; ++i) {
      model::Span span;
      span.trace_id.bytes[0] = span.span_id.bytes[0] = 1;
      span.name = batch.arena.Copy("span " + std::to_string(next_name_++));
      span.status_message = batch.arena.Copy(std::string(padding, 'x'));
      batch.spans.push_back(span);
    }
    ASSERT_TRUE(log_->AppendSync(records::EncodeSpanBatch(batch)));
  }
  void SettleAll() {
    const auto seal = log_->SealNext(log_->unsealed_lsn(), log_->durable_lsn());
    ASSERT_TRUE(seal && log_->MarkSettled(*seal));
    ASSERT_TRUE(log_->Truncate(log_->settled_lsn()));
  }
  model::ForwardStatus Status() { return forwarder_->status().front(); }
  /// Waits until everything that was appended is decided on. The time only ends a failed test.
  void WaitUntilEmpty() {
    WaitFor([this] { return Status().queued_records == 0; });
  }
  void WaitFor(const std::function<bool()>& check) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!check()) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << Status().last_error;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  std::vector<std::string> Names(size_t from, size_t to) {
    std::vector<std::string> names;
    for (size_t i = from; i < to; ++i) names.push_back("span " + std::to_string(i));
    return names;
  }
  static net::HttpResponse Later(int status, const char* retry_after = "0") {
    net::HttpResponse answer = net::HttpResponse::Text(status, "later");
    answer.headers.Add("retry-after", retry_after);
    return answer;
  }

  Receiver receiver_;
  ForwardSetting setting_;
  wal::LogOptions log_options_;
  SimFileSystem files_{1};
  SeededRandom random_{2};
  std::unique_ptr<wal::Log> log_;
  std::unique_ptr<Forwarder> forwarder_;
  size_t next_name_ = 0;
};

TEST_F(ForwarderTest, SendsWhatArrivesInOrderAndGivesTheLogBack) {
  setting_.url = receiver_.url();
  Start();
  for (int i = 0; i < 30; ++i) Append(40, 2000);
  WaitUntilEmpty();
  EXPECT_EQ(receiver_.names(), Names(0, 1200));
  EXPECT_EQ(Status().spans_sent, 1200u);
  EXPECT_EQ(Status().queued_bytes, 0u);
  EXPECT_EQ(Status().last_error, "");
  const uint64_t before = log_->disk_size_bytes();
  SettleAll();
  EXPECT_LT(log_->disk_size_bytes(), before);
}

TEST_F(ForwarderTest, ANewTargetGetsWhatComesFromNowOn) {
  setting_.url = receiver_.url();
  setting_.name = "elsewhere";
  Start();
  Append(3);
  WaitUntilEmpty();
  Close();
  setting_.name = "west";
  Start();
  Append(2);
  WaitUntilEmpty();
  EXPECT_EQ(receiver_.names(), Names(0, 5));
}

TEST_F(ForwarderTest, WhatATargetHasNotReadSurvivesSettlingAndARestart) {
  setting_.url = "http://127.0.0.1:1/v1/traces";  // Nobody listens there.
  Start();
  for (int i = 0; i < 30; ++i) Append(40, 2000);
  SettleAll();
  WaitFor([this] { return Status().requests_retried > 0; });
  EXPECT_NE(Status().last_error, "");
  EXPECT_GE(Status().queued_bytes, 30u * 40u * 2000u);
  Close();
  files_.Kill();
  files_.Restart();
  setting_.url = receiver_.url();
  Start();
  WaitUntilEmpty();
  EXPECT_EQ(receiver_.names(), Names(0, 1200));
  EXPECT_EQ(Status().spans_dropped, 0u);
}

TEST_F(ForwarderTest, WhatIsRefusedForNowIsSentAgain) {
  setting_.url = receiver_.url();
  receiver_.Order({Later(429), Later(503), Later(401)});
  Start();
  Append(5);
  WaitUntilEmpty();
  EXPECT_EQ(receiver_.names(), Names(0, 5));
  EXPECT_EQ(Status().requests_retried, 3u);
  EXPECT_EQ(Status().requests, 1u);
  EXPECT_EQ(Status().last_error, "");
}

TEST_F(ForwarderTest, ItWaitsAsLongAsItIsAskedTo) {
  setting_.url = receiver_.url();
  receiver_.Order({Later(429, "600")});
  Start();
  Append(1);
  WaitFor([this] { return Status().requests_retried == 1; });
  // Ten minutes; the test only sees that the usual half second is not what it waits.
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  EXPECT_EQ(receiver_.requests(), 1u);
  forwarder_->Stop();
  EXPECT_TRUE(receiver_.names().empty());
}

TEST_F(ForwarderTest, ATooLargeRequestIsSentInParts) {
  setting_.url = receiver_.url();
  receiver_.RefuseMoreThan(7);
  Start();
  Append(50);
  WaitUntilEmpty();
  EXPECT_EQ(receiver_.names(), Names(0, 50));
  EXPECT_EQ(Status().spans_refused, 0u);
  EXPECT_EQ(Status().spans_sent, 50u);
}

TEST_F(ForwarderTest, OneBadSpanIsFoundAndCountedAndTheOthersGo) {
  setting_.url = receiver_.url();
  receiver_.RefuseName("span 17");
  Start();
  Append(50);
  WaitUntilEmpty();
  std::vector<std::string> expected = Names(0, 50);
  std::erase(expected, "span 17");
  EXPECT_EQ(receiver_.names(), expected);
  EXPECT_EQ(Status().spans_refused, 1u);
  EXPECT_EQ(Status().spans_sent, 49u);
}

TEST_F(ForwarderTest, ATargetThatRefusesEverythingIsNotAskedForEachSpan) {
  setting_.url = receiver_.url();
  receiver_.RefuseMoreThan(0);
  Start();
  Append(500);
  WaitUntilEmpty();
  EXPECT_EQ(Status().spans_refused, 500u);
  EXPECT_LE(receiver_.requests(), 2u * kSplitRequestsMax);
}

TEST_F(ForwarderTest, TheOldestFallOutOfAFullQueueAndAreCounted) {
  setting_.url = "http://127.0.0.1:1/v1/traces";
  setting_.queue_bytes_max = kQueueBytesMin;
  Start();
  for (int i = 0; i < 100; ++i) Append(20, 5000);  // Five times the queue.
  WaitFor([this] { return Status().queued_bytes <= setting_.queue_bytes_max; });
  Close();
  setting_.url = receiver_.url();
  Start();
  WaitUntilEmpty();
  const std::vector<std::string> names = receiver_.names();
  const model::ForwardStatus status = Status();
  EXPECT_GE(status.spans_dropped, 1000u);
  EXPECT_EQ(status.spans_sent, names.size());
  EXPECT_EQ(status.spans_sent + status.spans_dropped, 2000u);
  EXPECT_EQ(names, Names(2000 - names.size(), 2000));
}

TEST_F(ForwarderTest, ADamagedPositionBeginsWithTheOldestRecord) {
  setting_.url = receiver_.url();
  Open();
  Append(3);
  Close();
  auto file = files_.Open("data/forward/west", platform::OpenMode::kReadWrite);
  ASSERT_TRUE(file && (*file)->WriteAt(0, "?"));
  file->reset();
  Start();
  WaitUntilEmpty();
  EXPECT_EQ(receiver_.names(), Names(0, 3));
}

TEST_F(ForwarderTest, SettingsAreCheckedAndNamed) {
  setting_.url = receiver_.url();
  Open();
  const auto refusal = [this] {
    const auto made = Forwarder::Create(Options(), *log_, files_, platform::SystemClock(),
                                        platform::SystemRandom());
    return made ? "taken" : made.error().message;
  };
  setting_.url = "somewhere";
  EXPECT_THAT(refusal(), HasSubstr("[forward.west]: url: 'somewhere' is neither http://"));
  setting_.url = receiver_.url();
  setting_.filter = "score.good>1";
  EXPECT_THAT(refusal(), HasSubstr("[forward.west]: "));
  setting_.filter = "";
  setting_.queue_bytes_max = log_options_.log_size_bytes_max;
  EXPECT_THAT(refusal(), HasSubstr("at most half of log.size_max, 32MiB"));
  setting_.queue_bytes_max = 1;
  EXPECT_THAT(refusal(), HasSubstr("the least is 2MiB"));
}

TEST_F(ForwarderTest, WhatTheTargetSaysBackIsShownWithoutTheKey) {
  setting_.url = receiver_.url();
  setting_.headers = {{"authorization", "Bearer planted-key-123"}};
  receiver_.Order({net::HttpResponse::Text(401, "no such key: planted-key-123")});
  Start();
  Append(1);
  WaitFor([this] { return Status().last_error_at.has_value(); });
  WaitUntilEmpty();
  receiver_.Order({net::HttpResponse::Text(400, "no such key: planted-key-123")});
  Append(1);
  WaitUntilEmpty();
  EXPECT_THAT(Status().last_error, HasSubstr("400: no such key: [scrubbed]"));
}

}  // namespace
}  // namespace vitrine::forward
