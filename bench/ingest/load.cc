#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <thread>

#include "measures.h"
#include "pacing.h"
#include "served.h"
#include "span_source.h"

namespace vitrine::bench {

namespace {

constexpr int kSenders = 2;
/// Senders wait while so much stands in the log: what is measured is the whole way, not the log.
constexpr uint64_t kBacklogRecordsMax = 128;

struct LoadResult {
  double spans_per_s = 0, prompt_bytes_per_s = 0;
};

/// Highest resident sizes, taken ten times a second.
class Watch {
 public:
  explicit Watch(const Served& served)
      : thread_([this, &served](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            const Used used = served.used();
            server_rss_ = std::max(server_rss_.load(), used.server_rss);
            engine_rss_ = std::max(engine_rss_.load(), used.engine_rss);
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
          }
        }) {}
  double server_mb() const { return static_cast<double>(server_rss_) / 1e6; }
  double engine_mb() const { return static_cast<double>(engine_rss_) / 1e6; }

 private:
  std::atomic<uint64_t> server_rss_ = 0, engine_rss_ = 0;
  std::jthread thread_;
};

LoadResult Load(const char* name, const Settings& settings,
                const std::function<std::unique_ptr<SpanSource>(uint64_t seed)>& make) {
  Served served(settings.folder, "", "");
  const Watch watch(served);
  std::atomic<uint64_t> spans = 0, prompt_bytes = 0, refused = 0;
  std::atomic<bool> wait = false;
  const double own_before = OwnCpu();
  const Used before = served.used();
  const double began = Wall();
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&, sender] {
      const auto source = make(static_cast<uint64_t>(sender) + 1);
      Batch batch;
      while (Wall() - began < settings.seconds) {
        if (wait) {
          std::this_thread::sleep_for(std::chrono::milliseconds(2));
          continue;
        }
        source->Next(batch);
        while (!served.Send(batch.body)) {
          ++refused;
          std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        spans += batch.spans;
        prompt_bytes += batch.prompt_bytes;
      }
    });
  }
  double next_line = 10;
  while (Wall() - began < settings.seconds) {
    wait = served.ingest().backlog_records > kBacklogRecordsMax;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (Wall() - began < next_line) continue;
    std::printf("  %4.0f s: %.0f spans/s acknowledged, server %.0f MB, engine %.0f MB\n", next_line,
                static_cast<double>(spans) / (Wall() - began), watch.server_mb(),
                watch.engine_mb());
    std::fflush(stdout);
    next_line += 30;
  }
  for (std::thread& sender : senders) sender.join();
  served.WaitDrained();
  const double drained = Wall() - began;
  served.WaitMerged();
  const double merged = Wall() - began;
  const Used after = served.used();
  const double own = OwnCpu() - own_before;
  // Two cores, of which the generator had a part that a real sender would not take.
  const double cores = static_cast<double>(std::thread::hardware_concurrency());
  const double share = (cores * merged - own) / (cores * merged);
  const double rate = static_cast<double>(spans) / merged;
  const std::string stored = served.Ask("SELECT count() FROM vitrine.spans");
  std::printf("%s: %lu spans sent, %s in the view, %lu requests refused and sent again\n", name,
              spans.load(), stored.c_str(), refused.load());
  std::printf(
      "  drained after %.1f s, merged after %.1f s: %.0f spans/s; %.0f with the generator's %.2f "
      "cores "
      "taken out\n",
      drained, merged, rate, rate / share, own / merged);
  std::printf("  prompts and answers as sent: %.0f MB/s; %.0f with the generator taken out\n",
              static_cast<double>(prompt_bytes) / merged / 1e6,
              static_cast<double>(prompt_bytes) / merged / share / 1e6);
  std::printf(
      "  CPU a span: server %.1f us, engine %.1f us; resident at most: server %.0f MB, engine %.0f "
      "MB\n",
      (after.server_cpu_s - before.server_cpu_s) * 1e6 / static_cast<double>(spans),
      (after.engine_cpu_s - before.engine_cpu_s) * 1e6 / static_cast<double>(spans),
      watch.server_mb(), watch.engine_mb());
  std::printf(
      "  active parts: %s, on disk %s MB\n",
      served.Ask("SELECT count() FROM system.parts WHERE active AND database = 'vitrine'").c_str(),
      served
          .Ask("SELECT round(sum(bytes_on_disk) / 1e6) FROM system.parts WHERE active AND "
               "database = 'vitrine'")
          .c_str());
  std::fflush(stdout);
  return {rate / share, static_cast<double>(prompt_bytes) / merged / share};
}

}  // namespace

void MeasureLoad(const ChatText& text, const Settings& settings) {
  const LoadResult unique = Load("unique calls", settings, [&](uint64_t seed) {
    return std::make_unique<UniqueCalls>(text, 512, seed);
  });
  const LoadResult agents =
      Load("agents that send their history again", settings,
           [&](uint64_t seed) { return std::make_unique<AgentRuns>(text, 20, 50, 64, seed); });
  std::printf("agents take %.1fx the bytes of prompts a second that unique calls take\n",
              agents.prompt_bytes_per_s / unique.prompt_bytes_per_s);
}

void MeasureVisible(const ChatText& text, const Settings& settings) {
  Served served(settings.folder, "", "");
  const Watch watch(served);
  std::atomic<bool> done = false;
  std::atomic<uint64_t> spans = 0;
  std::thread sender([&] {
    UniqueCalls source(text, 512, 1);
    Batch batch;
    const double began = Wall();
    while (!done) {
      const double due = began + static_cast<double>(spans) / settings.rate;
      if (due > Wall()) std::this_thread::sleep_for(std::chrono::duration<double>(due - Wall()));
      source.Next(batch);
      while (!served.Send(batch.body)) std::this_thread::sleep_for(std::chrono::milliseconds(100));
      spans += batch.spans;
    }
  });
  UniqueCalls probe(text, 1, 99);
  std::vector<std::string> ids;
  probe.trace_ids = &ids;
  Batch batch;
  std::vector<double> waits;
  const double began = Wall();
  while (Wall() - began < settings.seconds) {
    probe.Next(batch);
    if (!served.Send(batch.body)) continue;
    const double acknowledged = Wall();
    while (served.Get("/api/v1/traces/" + ids.back()).first != 200)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    waits.push_back(Wall() - acknowledged);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  done = true;
  sender.join();
  std::printf(
      "visible after acknowledgement at %.0f spans/s (asked for %.0f): p50 %.0f ms, p99 %.0f ms, "
      "most %.0f ms "
      "(%zu probes); server %.0f MB, engine %.0f MB\n",
      static_cast<double>(spans) / (Wall() - began), settings.rate, Quantile(waits, 0.5) * 1e3,
      Quantile(waits, 0.99) * 1e3, Quantile(waits, 1) * 1e3, waits.size(), watch.server_mb(),
      watch.engine_mb());
}

}  // namespace vitrine::bench
