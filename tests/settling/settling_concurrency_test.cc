// Everything that runs at once in a server: senders, the settler with its seals and truncations,
// questions, people who look at the state, an engine that is killed. Runs under the thread
// sanitizer in CI.
#include <signal.h>

#include <atomic>
#include <random>
#include <thread>

#include "settling/settling_fixture.h"

namespace vitrine::settle {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kSenders = 4;
constexpr uint64_t kBatchesEach = 60;
constexpr uint64_t kSpansEach = 7;

class SettlingConcurrencyTest : public Settling {
 protected:
  /// Traces are shared by all senders, and every third batch is sent twice.
  void SendMany(uint64_t sender) {
    for (uint64_t batch = 0; batch < kBatchesEach; ++batch) {
      std::vector<SentSpan> spans;
      for (uint64_t i = 0; i < kSpansEach; ++i) {
        uint64_t id = (sender * kBatchesEach + batch) * kSpansEach + i + 1;
        spans.push_back({.trace = id % 50 + 1,
                         .id = id,
                         .day = kToday - static_cast<int64_t>(id % 3),
                         .user = i == 0 ? "u" + std::to_string(id % 50) : ""});
      }
      last_lsn_ = std::max(last_lsn_.load(), Send(spans));
      if (batch % 3 == 0) last_lsn_ = std::max(last_lsn_.load(), Send(spans));
      std::this_thread::sleep_for(milliseconds(batch % 5));
    }
  }

  void AskMany() {
    while (!done_) {
      auto answer = engine_->client().Query(
          "SELECT count() - uniqExact(trace_id, span_id) FROM vitrine.spans FORMAT TSV");
      if (answer) {
        EXPECT_EQ(*answer, "0\n") << "a span is visible twice";
      }
      std::this_thread::sleep_for(milliseconds(3));
    }
  }

  void LookMany() {
    uint64_t seen = 0;
    while (!done_) {
      SettlerStatus status = settler_->status();
      EXPECT_GE(status.spans_written, seen);
      seen = status.spans_written;
      EXPECT_LE(status.settled_lsn, log_->durable_lsn());
      (void)log_->health();
      (void)log_->counters();
      (void)log_->disk_size_bytes();
      (void)settler_->Quarantined("default", 5);
      (void)settler_->WaitSettled(status.settled_lsn + 1, milliseconds(2));
    }
  }

  void KillEngine() {
    for (int kills = 0; kills < 2 && !done_; ++kills) {
      std::this_thread::sleep_for(milliseconds(300));
      pid_t pid = engine_->process().status().pid;
      if (pid > 0) kill(pid, SIGKILL);
    }
  }

  std::atomic<wal::Lsn> last_lsn_ = 0;
  std::atomic<bool> done_ = false;
};

TEST_F(SettlingConcurrencyTest, SendersSettlerQuestionsAndKillsAtOnce) {
  std::vector<std::thread> senders, others;
  for (uint64_t i = 0; i < kSenders; ++i) senders.emplace_back([this, i] { SendMany(i); });
  others.emplace_back([this] { AskMany(); });
  others.emplace_back([this] { AskMany(); });
  others.emplace_back([this] { LookMany(); });
  others.emplace_back([this] { KillEngine(); });
  for (std::thread& sender : senders) sender.join();
  EXPECT_TRUE(settler_->WaitSettled(last_lsn_, std::chrono::seconds(120)))
      << settler_->status().last_error;
  done_ = true;
  for (std::thread& other : others) other.join();
  constexpr uint64_t kSpans = kSenders * kBatchesEach * kSpansEach;
  std::string spans = std::to_string(kSpans);
  EXPECT_EQ(Totals(), spans + "\t" + spans + "\t" + spans + "\t" + spans + "\t" +
                          std::to_string(10 * kSpans));
  EXPECT_EQ(settler_->status().quarantined, 0u);
}

/// Stopping may come at any moment; what was not settled then is settled after the next start.
TEST_F(SettlingConcurrencyTest, StopsAtAnyMoment) {
  uint64_t id = 0;
  std::mt19937 random(7);
  for (int round = 0; round < 6; ++round) {
    for (int batch = 0; batch < 5; ++batch) {
      std::vector<SentSpan> spans;
      for (int i = 0; i < 20; ++i)
        spans.push_back({.trace = ++id % 9 + 1, .id = id, .day = kToday});
      last_lsn_ = Send(spans);
    }
    std::this_thread::sleep_for(milliseconds(random() % 120));
    Restart();
  }
  ASSERT_TRUE(settler_->WaitSettled(last_lsn_, std::chrono::seconds(60)))
      << settler_->status().last_error;
  EXPECT_EQ(Totals(), "600\t600\t600\t600\t6000");
}

}  // namespace
}  // namespace vitrine::settle
