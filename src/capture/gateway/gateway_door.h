// GatewayDoor: the capturing reverse proxy at /gateway/{upstream}/…. Plans how a request is relayed
// and who watches; the relaying itself is net's. Calls for which more is configured than passing
// them on are read whole and run by CallRun.
// Owner: the app; sink, stats and prices outlive it. Threads: Plan and handlers on io threads.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "capture/gateway/call_run.h"
#include "capture/gateway/key_desk.h"
#include "capture/gateway/limits.h"
#include "capture/gateway/recording_queue.h"
#include "capture/gateway/recording_writer.h"
#include "net/http_relay.h"
#include "net/router.h"
#include "pipeline/ingest_stats.h"
#include "pipeline/span_sink.h"
#include "upstream/address_rules.h"
#include "upstream/upstream_table.h"

namespace vitrine::capture {

struct GatewayOptions {
  std::vector<upstream::UpstreamSetting> upstreams = {};
  std::vector<CallKey> keys = {};
  const access::VirtualKeys* virtual_keys = nullptr;  ///< Outlive the door; null: none.
  std::vector<LimitSetting> limits = {};
  access::LimitUse* limit_use = nullptr;  ///< Outlives the door; null: a restart forgets.
  /// Refuses a request that comes under a name which is not the server's; empty: none is.
  std::function<Result<void>(const net::HttpRequest&)> check_host = {};
  std::vector<GuardrailSetting> guardrails = {};
  /// Hosts that a header may name as target; see upstream::HostAllowList. Empty: none.
  std::string allowed_targets = {};
  std::string ca_file = {};  ///< Certificates beside the system's, PEM; may be empty.
  uint64_t recording_bytes_max = kRecordingBytesMax;
  uint64_t cache_bytes_max = kCacheBytesMax;
  net::RelayTimeouts timeouts = {};
  PaceRules pace = {};
};

class GatewayDoor {
 public:
  /// Decides the project of a request, or refuses it.
  using Admission = std::function<Result<std::string>(const net::HttpRequest&)>;

  /// Errors: kInvalidInput (an upstream, a guardrail, the allow-list or the certificates).
  static Result<std::unique_ptr<GatewayDoor>> Open(GatewayOptions options, pipeline::SpanSink& sink,
                                                   pipeline::IngestStats& stats,
                                                   const pipeline::PriceBook& prices,
                                                   Admission admission);

  /// True for requests below /gateway/ that carry one of the gateway's own keys: they need no
  /// other. Errors: it carries one that is no good (any more); RefusalOf is the answer.
  Result<bool> Knows(const net::HttpRequest& head) const;
  static net::HttpResponse RefusalOf(const Error& error, const std::string& request_id);
  /// Whether calls by this name may take a provider's key of their own: where it goes must not be
  /// the caller's choice. Errors: kNotFound, kInvalidInput.
  Result<void> CheckTakesKey(std::string_view upstream) const {
    return upstreams_.CheckTakesKey(upstream);
  }
  /// For HttpServerOptions::relay: how a request below /gateway/ is relayed; nothing for others,
  /// and for those that the routes answer.
  std::optional<net::RelayPlan> Plan(const net::HttpRequest& head);
  /// Adds the routes of requests that are read whole, and of those that cannot be relayed.
  void AddRoutes(net::Router& router);

  /// Writes what is recorded and ends. After the server stopped.
  void Stop();
  RecordingCounts counts() const { return queue_.counts(); }
  BatchCounts batch_counts() const { return writer_.batch_counts(); }

 private:
  /// Where a request goes, and in whose name.
  struct Destination {
    std::string project;
    std::shared_ptr<const upstream::Route> route;
    std::string rest;
    std::shared_ptr<const CallKey> key;
    bool is_named_by_caller = false;
  };

  GatewayDoor(const GatewayOptions& options, upstream::UpstreamTable upstreams,
              upstream::HostAllowList allowed, Guardrails guardrails, pipeline::SpanSink& sink,
              pipeline::IngestStats& stats, const pipeline::PriceBook& prices, Admission admission);

  /// `target_url` is what a header names; empty where none does.
  Result<Destination> Find(const net::HttpRequest& head, const std::string& target_url) const;
  Result<void> Admit(const net::HttpRequest& head, Destination& destination) const;
  Result<void> CheckPage(const net::HttpRequest& head, const upstream::Route& route) const;
  Result<std::shared_ptr<const upstream::Route>> RouteToTarget(const std::string& url,
                                                               const upstream::Route& named) const;
  bool NeedsWholeRequest(const Destination& destination) const;
  void Handle(net::HttpRequest request, net::HttpResponder responder);

  const net::RelayTimeouts timeouts_;
  const upstream::UpstreamTable upstreams_;
  const upstream::HostAllowList allowed_;
  const KeyDesk keys_;
  const Guardrails guardrails_;
  const pipeline::PriceBook& prices_;
  const Admission admission_;
  const std::function<Result<void>(const net::HttpRequest&)> check_host_;
  UsageLimits limits_;
  CallerLimits caller_limits_;
  ResponseCache cache_;
  RecordingQueue queue_;
  DelayQueue delays_;
  RecordingWriter writer_;
};

}  // namespace vitrine::capture
