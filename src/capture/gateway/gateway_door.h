// GatewayDoor: the capturing reverse proxy at /gateway/{upstream}/…. Plans how a request is relayed
// and who watches; the relaying itself is net's.
// Owner: the app; sink and stats outlive it. Threads: Plan and Explain on io threads.
#pragma once

#include <functional>
#include <optional>

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
  /// Hosts that a header may name as target; see upstream::HostAllowList. Empty: none.
  std::string allowed_targets = {};
  std::string ca_file = {};  ///< Certificates beside the system's, PEM; may be empty.
  uint64_t recording_bytes_max = kRecordingBytesMax;
  net::RelayTimeouts timeouts = {};
};

class GatewayDoor {
 public:
  /// Decides the project of a request, or refuses it.
  using Admission = std::function<Result<std::string>(const net::HttpRequest&)>;

  /// Errors: kInvalidInput (an upstream, the allow-list or the certificates).
  static Result<std::unique_ptr<GatewayDoor>> Open(const GatewayOptions& options,
                                                   pipeline::SpanSink& sink,
                                                   pipeline::IngestStats& stats,
                                                   Admission admission);

  /// For HttpServerOptions::relay: how a request below /gateway/ is relayed; nothing for others,
  /// and for those that a route explains.
  std::optional<net::RelayPlan> Plan(const net::HttpRequest& head);
  /// Adds the routes that say why a request below /gateway/ cannot be relayed.
  void AddRoutes(net::Router& router);

  /// Writes what is recorded and ends. After the server stopped.
  void Stop() { writer_.Stop(); }
  RecordingCounts counts() const { return queue_.counts(); }

 private:
  /// Where a request goes, and in whose name.
  struct Destination {
    std::string project;
    std::shared_ptr<const upstream::Upstream> upstream;
    std::string target;
    bool is_named_by_caller = false;
  };

  GatewayDoor(const GatewayOptions& options, upstream::UpstreamTable upstreams,
              upstream::HostAllowList allowed, pipeline::SpanSink& sink,
              pipeline::IngestStats& stats, Admission admission);

  Result<Destination> Find(const net::HttpRequest& head, const CallContext& context) const;
  Result<std::shared_ptr<const upstream::Upstream>> TargetOf(const std::string& url,
                                                             const upstream::Upstream& named) const;

  const net::RelayTimeouts timeouts_;
  const upstream::UpstreamTable upstreams_;
  const upstream::HostAllowList allowed_;
  const Admission admission_;
  RecordingQueue queue_;
  RecordingWriter writer_;
};

}  // namespace vitrine::capture
