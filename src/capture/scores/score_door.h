// ScoreDoor: POST /api/v1/scores: what people and evaluators think of traces, calls, sessions and
// answers. They take the way of spans: scrubbed, durable before the answer, settled.
// Owner: the app; sink, stats and clock outlive it. Threads: handlers run on worker threads,
// answers come from the log's thread. Source: docs/scores.md.
#pragma once

#include <functional>
#include <string>

#include "net/router.h"
#include "net/worker_pool.h"
#include "pipeline/ingest_stats.h"
#include "pipeline/span_sink.h"
#include "platform/clock.h"

namespace vitrine::capture {

class ScoreDoor {
 public:
  /// `admission` decides the project of a request, or refuses it.
  ScoreDoor(pipeline::SpanSink& sink, pipeline::IngestStats& stats, platform::Clock& clock,
            std::function<Result<std::string>(const net::HttpRequest&)> admission)
      : sink_(sink), stats_(stats), clock_(clock), admission_(std::move(admission)) {}

  void AddRoutes(net::Router& router, net::WorkerPool& pool);

 private:
  void Handle(const net::HttpRequest& request, net::HttpResponder responder);
  void Refuse(const net::HttpRequest& request, net::HttpResponder responder, const Error& error);

  pipeline::SpanSink& sink_;
  pipeline::IngestStats& stats_;
  platform::Clock& clock_;
  std::function<Result<std::string>(const net::HttpRequest&)> admission_;
};

}  // namespace vitrine::capture
