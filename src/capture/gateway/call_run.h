// CallRun: one client's call from beginning to end where the gateway does more than pass it on:
// checks, cache, attempts at one target after the other. Each attempt is recorded as a call of its
// own; all share a call_id.
// Owner: itself, by what waits for it: the relay or the delay. Threads: one thing happens at a
// time, on io threads and the delay's.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "capture/gateway/call_keys.h"
#include "capture/gateway/caller_limits.h"
#include "capture/gateway/caller_wishes.h"
#include "capture/gateway/delay_queue.h"
#include "capture/gateway/guardrails.h"
#include "capture/gateway/recorder.h"
#include "capture/gateway/request_glance.h"
#include "capture/gateway/response_cache.h"
#include "capture/gateway/usage_limits.h"
#include "net/http_server.h"
#include "pipeline/price_table.h"

namespace vitrine::capture {

/// What runs share. Everything outlives them.
struct CallServices {
  RecordingQueue& queue;
  DelayQueue& delays;
  ResponseCache& cache;
  UsageLimits& limits;
  CallerLimits& caller_limits;
  const Guardrails& guardrails;
  const pipeline::PriceBook& prices;
  net::RelayTimeouts timeouts;
};

/// A call as the door understood it.
struct CallStart {
  std::shared_ptr<const upstream::Route> route;
  std::string rest;  ///< Of the target, behind the upstream's base path.
  std::string project;
  CallContext context;
  std::shared_ptr<const CallKey> key;
  net::AddressCheck address_check;
  CallerWishes wishes;
  net::HttpRequest request;
};

class CallRun : public std::enable_shared_from_this<CallRun> {
 public:
  CallRun(CallServices services, CallStart start);

  /// Answers, now or later. Call once.
  void Begin(net::HttpResponder responder);

 private:
  const upstream::Target& target() const { return start_.route->targets[order_[target_index_]]; }
  bool IsAllowed(net::HttpResponder& responder);
  bool IsWithinLimits(net::HttpResponder& responder);
  /// The limit that the caller's own header names.
  bool IsWithinWish(net::HttpResponder& responder);
  net::HttpHeaders WishHeaders(uint64_t left, int64_t reset_ms) const;
  bool AnswerFromCache(net::HttpResponder& responder);
  void Replay(net::HttpResponder responder, std::shared_ptr<const CachedAnswer> answer);

  void Attempt(net::HttpResponder responder);
  net::RelayPlan PlanAttempt();
  void AskForUsage(net::RelayPlan& plan);
  std::unique_ptr<CachedAnswer> AnswerOf(const Recording& recording) const;
  net::RelayContinuation TakeBack(const net::RelayAttempt& attempt);
  /// How long to wait for the next attempt, which it then points to; nothing where there is none.
  std::optional<int64_t> NextAttempt(const net::RelayAttempt& attempt);
  void KeepAnswer(const Recording& recording);
  void CheckAnswer(Recording& recording);
  void AnswerChecked(net::HttpResponder responder);

  std::unique_ptr<Recording> NewRecording();
  /// Answers without an upstream, and records that.
  void AnswerHere(net::HttpResponder responder, net::HttpResponse response,
                  std::unique_ptr<Recording> recording);
  void Refuse(net::HttpResponder& responder, int status, std::string_view type,
              const std::string& message, std::string_view feature, int64_t retry_after_ms = 0);
  LimitedUse EstimateUse() const;
  bool counts_use() const {
    return !services_.limits.empty() || wish_limits_ != nullptr ||
           (start_.key != nullptr && start_.key->limits != nullptr);
  }
  /// Whether guardrails look at the answer before the caller gets it.
  bool checks_answer() const {
    return services_.guardrails.has_for_answers() && (glance_.is_model_call || glance_.is_fetch);
  }
  void CorrectUse(const LimitedUse& used);

  const CallServices services_;
  CallStart start_;
  const upstream::RoutePolicy policy_;  ///< The route's, with what the caller asks for.
  std::shared_ptr<const std::string> body_;
  RequestGlance glance_;
  std::vector<size_t> order_;  ///< Of the route's targets.
  size_t target_index_ = 0;
  unsigned tries_ = 0;     ///< At this target.
  uint16_t attempts_ = 0;  ///< In all, so far.
  std::string call_id_;
  TraceId trace_id_;  ///< Of the first attempt: all are in one trace, also where nobody names one.
  bool asked_usage_ = false;  ///< Of the attempt that runs: its usage is not for the client.
  std::optional<ResponseCache::Key> cache_key_;
  LimitReservation reservation_, key_reservation_, wish_reservation_;
  std::shared_ptr<UsageLimits> wish_limits_;  ///< Of the caller's own limit; null: none.
  net::HttpHeaders wish_headers_;             ///< What an answer says of it.
  std::mutex use_mutex_;                      ///< Uses are corrected on the writer's thread.
  GuardrailVerdict verdict_, answer_verdict_;
  std::weak_ptr<Recorder> recorder_;    ///< Of the attempt that runs; the relay's.
  std::unique_ptr<CachedAnswer> held_;  ///< An answer that guardrails looked at before it goes.
};

}  // namespace vitrine::capture
