#include "pipeline/loss_writer.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "pipeline/limits.h"

namespace vitrine::pipeline {

LossWriter::LossWriter(IngestStats& stats, SpanSink& sink, platform::Clock& clock)
    : stats_(stats),
      sink_(sink),
      clock_(clock),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

LossWriter::~LossWriter() { Stop(); }

void LossWriter::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  Write();
}

void LossWriter::Run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "losses");
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    wake.wait_for(lock, stop, std::chrono::seconds(kLossesEverySeconds), [] { return false; });
    if (!stop.stop_requested() && *open_ == 0) Write();
  }
}

void LossWriter::Write() {
  for (const auto& [project, losses] : stats_.TakeLosses()) {
    model::SpanBatch batch;
    batch.project = project;
    batch.received = clock_.Now();
    batch.counts = losses;
    const auto put_back = [&stats = stats_, project](const model::IngestCount& loss) {
      stats.CountLoss(project, loss);
    };
    ++*open_;
    sink_.Accept(batch, [put_back, counts = losses, open = open_](const Result<void>& stored) {
      if (!stored) std::ranges::for_each(counts, put_back);
      --*open;
    });
  }
}

}  // namespace vitrine::pipeline
