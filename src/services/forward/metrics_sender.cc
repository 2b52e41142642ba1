#include "services/forward/metrics_sender.h"

#include "services/forward/error_text.h"
#include "services/pause.h"

namespace vitrine::forward {

MetricsSender::MetricsSender(ForwardSetting setting, std::unique_ptr<OtlpPost> post,
                             MetricsFeed feed, platform::Clock& clock)
    : setting_(std::move(setting)), post_(std::move(post)), feed_(std::move(feed)), clock_(clock) {}

MetricsSender::~MetricsSender() { Stop(); }

void MetricsSender::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void MetricsSender::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void MetricsSender::Run(const std::stop_token& stop) {
  for (;;) {
    services::Pause(setting_.metrics_interval_ms, stop);
    if (stop.stop_requested()) return;
    SendOnce(stop);
  }
}

void MetricsSender::SendOnce(const std::stop_token& stop) {
  std::vector<model::CallSeries> calls = feed_.calls();
  std::vector<model::ScoreSeries> scores = feed_.scores();
  const auto is_other = [this](const auto& series) {
    return !setting_.project.empty() && series.labels.project != setting_.project;
  };
  std::erase_if(calls, is_other);
  std::erase_if(scores, is_other);
  const Nanos now = clock_.Now();
  const std::string body = EncodeCallMetrics(calls, scores, feed_.source, now);
  if (body.empty()) return;
  const PostOutcome outcome = post_->Send(body, now, stop);
  if (stop.stop_requested()) return;
  const std::lock_guard lock(mutex_);
  const bool is_taken = outcome.verdict == PostVerdict::kTaken;
  ++(is_taken ? sent_ : failed_);
  last_error_ = ErrorText(outcome.message, setting_);
}

void MetricsSender::AddTo(model::ForwardStatus& status) const {
  const std::lock_guard lock(mutex_);
  status.metrics_sent = sent_;
  status.metrics_failed = failed_;
  status.metrics_error = last_error_;
}

}  // namespace vitrine::forward
