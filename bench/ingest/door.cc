#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>

#include "measures.h"
#include "pacing.h"
#include "served.h"
#include "span_source.h"

namespace vitrine::bench {

namespace {

constexpr size_t kSpansPerBatch = 512;
constexpr size_t kBatchesKept = 24;  // 48 MB: more than any cache near the core.
constexpr int kSenders = 2;

void PinThread(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

uint64_t Varint(const char*& at) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    value |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

/// Follows every nested message of an export request down to attribute values; the least that any
/// reader of it must do.
uint64_t Walk(const char* at, const char* end, int depth) {
  uint64_t sum = 0;
  while (at < end) {
    const uint64_t tag = Varint(at);
    switch (tag & 7) {
      case 0: sum += Varint(at); break;
      case 1: {
        uint64_t value;
        std::memcpy(&value, at, 8);
        sum += value;
        at += 8;
        break;
      }
      case 5: at += 4; break;
      default: {
        const uint64_t size = Varint(at);
        const uint64_t field = tag >> 3;
        // request.resource_spans, .scope_spans, .spans, .attributes, .value
        const bool nested = (depth == 0 && field == 1) || (depth == 1 && field == 2) ||
                            (depth == 2 && field == 2) || (depth == 3 && field == 9) ||
                            (depth == 4 && field == 2);
        sum += nested ? Walk(at, at + size, depth + 1) : size;
        at += size;
      }
    }
  }
  return sum;
}

/// Spans a second of "walk + append + fdatasync", on core 0.
double Baseline(const std::vector<Batch>& batches, const Settings& settings) {
  PinThread(0);
  const std::string path = settings.folder + ".baseline";
  const int fd = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
  uint64_t sum = 0, spans = 0;
  const double began = Wall();
  double now = began;
  for (size_t i = 0; now - began < settings.seconds; ++i, now = Wall()) {
    const Batch& batch = batches[i % batches.size()];
    sum += Walk(batch.body.data(), batch.body.data() + batch.body.size(), 0);
    if (write(fd, batch.body.data(), batch.body.size()) !=
            static_cast<ssize_t>(batch.body.size()) ||
        fdatasync(fd) != 0) {
      std::perror("baseline");
      std::exit(1);
    }
    spans += batch.spans;
  }
  close(fd);
  unlink(path.c_str());
  if (sum == 0) std::exit(1);
  PinThread(1);
  return static_cast<double>(spans) / (now - began);
}

struct DoorRound {
  double spans_per_s = 0, server_cpu = 0;
};

/// The same texts as the baseline's, every span a new one. Each sender has batches of its own.
DoorRound Door(std::vector<Batch>& batches, const Settings& settings) {
  Served served(settings.folder, "0", "1");
  std::atomic<uint64_t> spans = 0;
  const Used before = served.used();
  const double began = Wall();
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&, sender] {
      PinThread(1);
      std::mt19937_64 random(std::random_device{}());
      for (size_t i = static_cast<size_t>(sender); Wall() - began < settings.seconds;
           i += kSenders) {
        Batch& batch = batches[i % batches.size()];
        batch.Renew(random);
        if (served.Send(batch.body)) spans += batch.spans;
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  const double took = Wall() - began;
  return {static_cast<double>(spans) / took,
          (served.used().server_cpu_s - before.server_cpu_s) / took};
}

}  // namespace

void MeasureDoor(const ChatText& text, const Settings& settings) {
  PinThread(1);
  UniqueCalls source(text, kSpansPerBatch, 1);
  std::vector<Batch> batches(kBatchesKept);
  size_t bytes = 0;
  for (Batch& batch : batches) {
    source.Next(batch);
    bytes += batch.body.size();
  }
  std::printf("door: %zu bytes a span, batches of %zu, %.0f s a round\n",
              bytes / kBatchesKept / kSpansPerBatch, kSpansPerBatch, settings.seconds);
  std::vector<double> ratios;
  for (int round = 0; round < settings.rounds; ++round) {
    const double baseline = Baseline(batches, settings);
    const DoorRound door = Door(batches, settings);
    ratios.push_back(door.spans_per_s / baseline);
    std::printf(
        "  round %d: walk+append+fdatasync %.0f spans/s, acknowledged %.0f spans/s, ratio %.2f "
        "(server %.2f cores)\n",
        round + 1, baseline, door.spans_per_s, ratios.back(), door.server_cpu);
    std::fflush(stdout);
  }
  std::printf("door ratio: median %.2f, least %.2f\n", Quantile(ratios, 0.5), Quantile(ratios, 0));
}

}  // namespace vitrine::bench
