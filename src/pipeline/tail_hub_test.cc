#include "pipeline/tail_hub.h"

#include <gtest/gtest.h>

#include <thread>

namespace vitrine::pipeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TailHubOptions Options(std::atomic<int>* rendered = nullptr) {
  TailHubOptions options;
  options.render = [rendered](const model::Span& span, model::Capture) {
    if (rendered != nullptr) ++*rendered;
    return std::string(span.name);
  };
  options.readers_max = 3;
  options.queue_events_max = 4;
  return options;
}

TailQuery Query(std::string project, std::string name = {}) {
  return {std::move(project), [name](const model::Span& span, model::Capture) {
            return name.empty() || span.name == name;
          }};
}

void Send(TailHub& hub, const std::string& project, const std::vector<std::string>& names) {
  model::SpanBatch batch;
  batch.project = project;
  for (const std::string& name : names) batch.spans.emplace_back().name = name;
  hub.Publish(hub.Gather(batch));
}

std::string Text(const model::TailTurn& turn) {
  std::string text;
  for (const model::TailEvent& event : turn.events)
    text += std::to_string(event.id) + *event.json + " ";
  return text + "-" + std::to_string(turn.dropped) + (turn.is_over ? "." : "");
}

TEST(TailHubTest, AReaderGetsWhatItAsksForOfItsProject) {
  std::atomic<int> rendered = 0;
  TailHub hub(Options(&rendered));
  Send(hub, "p", {"early"});
  EXPECT_EQ(rendered, 0) << "nobody watches";
  const auto all = *hub.Open(Query("p")), some = *hub.Open(Query("p", "b")),
             other = *hub.Open(Query("q"));
  Send(hub, "p", {"a", "b"});
  Send(hub, "p", {"c"});
  EXPECT_EQ(rendered, 3) << "once for all readers";
  EXPECT_EQ(Text(all->Next(seconds(10))), "1a 2b 3c -0");
  EXPECT_EQ(Text(some->Next(seconds(10))), "1b -0");
  EXPECT_EQ(Text(other->Next(milliseconds(0))), "-0");
}

TEST(TailHubTest, WhoIsSlowLosesTheOldestAndIsTold) {
  TailHub hub(Options());
  const auto reader = *hub.Open(Query("p"));
  Send(hub, "p", {"a", "b", "c"});
  Send(hub, "p", {"d", "e", "f"});
  EXPECT_EQ(Text(reader->Next(seconds(10))), "3c 4d 5e 6f -2");
  Send(hub, "p", {"g", "h", "i", "j", "k", "l"});
  EXPECT_EQ(Text(reader->Next(seconds(10))), "9i 10j 11k 12l -4");
  EXPECT_EQ(Text(reader->Next(milliseconds(0))), "-4");
  EXPECT_EQ(hub.status().events_dropped, 4u);
  EXPECT_EQ(hub.status().events_published, 12u);
}

TEST(TailHubTest, AQueueIsBoundedInBytes) {
  TailHubOptions options = Options();
  options.queue_bytes_max = 10;
  TailHub hub(options);
  const auto reader = *hub.Open(Query("p"));
  Send(hub, "p", {"aaaaaa", "bbbb", "cc"});
  EXPECT_EQ(Text(reader->Next(seconds(10))), "2bbbb 3cc -1");
  Send(hub, "p", {"much too long"});
  EXPECT_EQ(Text(reader->Next(seconds(10))), "-2") << "told without an event";
}

TEST(TailHubTest, ReadersAreBounded) {
  TailHub hub(Options());
  const auto first = *hub.Open(Query("p")), second = *hub.Open(Query("p"));
  const auto third = *hub.Open(Query("p"));
  EXPECT_EQ(hub.Open(Query("p")).error().code, ErrorCode::kUnavailable);
  hub.Close(second);
  hub.Close(second);
  EXPECT_TRUE(second->Next(seconds(10)).is_over);
  EXPECT_TRUE(hub.Open(Query("p")));
  EXPECT_EQ(hub.status().readers, 3u);
  EXPECT_EQ(hub.status().readers_opened, 4u);
  EXPECT_EQ(hub.status().readers_refused, 1u);
}

TEST(TailHubTest, AStopEndsAllThatWait) {
  TailHub hub(Options());
  const auto reader = *hub.Open(Query("p"));
  Send(hub, "p", {"a"});
  std::thread stopper([&] {
    std::this_thread::sleep_for(milliseconds(20));
    hub.Stop();
  });
  EXPECT_EQ(Text(reader->Next(seconds(60))), "1a -0");
  EXPECT_EQ(Text(reader->Next(seconds(60))), "-0.");
  stopper.join();
  Send(hub, "p", {"late"});
  EXPECT_EQ(Text(reader->Next(seconds(60))), "-0.");
  EXPECT_EQ(hub.Open(Query("p")).error().code, ErrorCode::kUnavailable);
}

TEST(TailHubTest, NothingIsLostUncounted) {
  constexpr size_t kSenders = 3, kBatches = 400;
  TailHubOptions options = Options();
  options.readers_max = 8;
  TailHub hub(options);
  std::vector<std::jthread> threads;
  std::atomic<size_t> open_readers = 0;
  std::atomic<bool> sent = false;
  for (size_t r = 0; r < 3; ++r) {
    threads.emplace_back([&] {
      const auto reader = *hub.Open(Query("p"));
      ++open_readers;
      uint64_t taken = 0, last = 0;
      for (;;) {
        const bool no_more = sent;
        const model::TailTurn turn = reader->Next(milliseconds(5));
        for (const model::TailEvent& event : turn.events) {
          EXPECT_GT(event.id, last);
          last = event.id;
        }
        taken += turn.events.size();
        if (no_more && turn.events.empty()) {
          EXPECT_EQ(taken + turn.dropped, kSenders * kBatches * 2);
          break;
        }
      }
      hub.Close(reader);
    });
  }
  // Others come and go meanwhile.
  threads.emplace_back([&] {
    while (!sent) {
      auto reader = hub.Open(Query("p"));
      if (!reader) continue;
      (*reader)->Next(milliseconds(1));
      hub.Close(*reader);
      hub.status();
    }
  });
  while (open_readers < 3) std::this_thread::yield();
  {
    std::vector<std::jthread> senders;
    for (size_t s = 0; s < kSenders; ++s) {
      senders.emplace_back([&] {
        for (size_t i = 0; i < kBatches; ++i) Send(hub, "p", {"a", "b"});
      });
    }
  }
  sent = true;
  threads.clear();
  EXPECT_EQ(hub.status().readers, 0u);
}

}  // namespace
}  // namespace vitrine::pipeline
