// MetricsSender: one thread that sends what was counted to one receiver, again and again. Nothing
// is queued: everything is counted from the start on, so the next request says what a lost one did.
// Owner: Forwarder; what the functions of the feed read outlives it. Threads: Start, Stop and the
// destructor on one; add_to any.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "model/forward_status.h"
#include "platform/clock.h"
#include "services/forward/call_metrics.h"
#include "services/forward/forward_setting.h"
#include "services/forward/otlp_post.h"

namespace vitrine::forward {

struct MetricsFeed {
  std::function<std::vector<model::CallSeries>()> calls;
  std::function<std::vector<model::ScoreSeries>()> scores;
  MetricsSource source;
};

class MetricsSender {
 public:
  MetricsSender(ForwardSetting setting, std::unique_ptr<OtlpPost> post, MetricsFeed feed,
                platform::Clock& clock);
  ~MetricsSender();  ///< Stops.

  void Start();
  void Stop();
  void AddTo(model::ForwardStatus& status) const;

 private:
  void Run(const std::stop_token& stop);
  void SendOnce(const std::stop_token& stop);

  const ForwardSetting setting_;
  const std::unique_ptr<OtlpPost> post_;
  const MetricsFeed feed_;
  platform::Clock& clock_;
  mutable std::mutex mutex_;  ///< Guards what follows.
  uint64_t sent_ = 0, failed_ = 0;
  std::string last_error_;
  std::jthread thread_;
};

}  // namespace vitrine::forward
