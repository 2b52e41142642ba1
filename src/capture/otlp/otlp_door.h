// OtlpDoor: OTLP/HTTP for traces, logs and metrics; protobuf and JSON, gzip, deflate and zstd.
// Owner: the app; sink, stats and clock outlive it. Threads: handlers run on worker threads,
// answers come from the log's thread. Source: OTLP 1.11.0 "OTLP/HTTP". What is sent again by
// clients is answered 503 or 429, never 500.
#pragma once

#include <string>

#include "codecs/otlp/otlp_data.h"
#include "net/router.h"
#include "net/worker_pool.h"
#include "pipeline/ingest_stats.h"
#include "pipeline/span_sink.h"
#include "platform/clock.h"

namespace vitrine::capture {

struct OtlpDoorOptions {
  std::string default_project = "default";
  std::vector<std::string> cors_origins = {"*"};
  /// By which this server knows spans that it handed on itself; empty: none are its own.
  std::string server_id = {};
};

/// Decides the project of a request, or refuses it. The answer is the project's name.
using Admission = std::function<Result<std::string>(const net::HttpRequest&)>;

class OtlpDoor {
 public:
  OtlpDoor(pipeline::SpanSink& sink, pipeline::IngestStats& stats, platform::Clock& clock,
           Admission admission)
      : sink_(sink), stats_(stats), clock_(clock), admission_(std::move(admission)) {}

  /// Adds /v1/traces, /v1/logs and /v1/metrics, also below any of the usual prefixes.
  void AddRoutes(net::Router& router, net::WorkerPool& pool, const OtlpDoorOptions& options);

 private:
  struct Exchange;
  void HandleTraces(net::HttpRequest request, net::HttpResponder responder);
  void HandleLogs(net::HttpRequest request, net::HttpResponder responder);
  void HandleMetrics(net::HttpRequest request, net::HttpResponder responder);
  /// Reads what every signal has in common; answers and returns nothing when that fails.
  bool Open(net::HttpRequest& request, net::HttpResponder& responder, Exchange& exchange);
  void LeaveOutReturned(codecs::OtlpTraces& traces, Exchange& exchange) const;
  void Refuse(const Exchange& exchange, net::HttpResponder responder, const Error& error);
  void Accept(Exchange exchange, model::SpanBatch& batch, net::HttpResponder responder);

  pipeline::SpanSink& sink_;
  pipeline::IngestStats& stats_;
  platform::Clock& clock_;
  Admission admission_;
  std::string server_id_;
};

}  // namespace vitrine::capture
