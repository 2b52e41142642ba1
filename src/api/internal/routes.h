// Routes: how a question's route is made: workers, project, errors, headers. Private to api.
// Threads: Ask… before the server starts; handlers run on workers.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/api.h"
#include "base/ids.h"
#include "base/time.h"
#include "net/worker_pool.h"
#include "query/sql_door.h"

namespace vitrine::api {

/// One question: the request, its project, when it came.
struct Question {
  net::HttpRequest request;
  std::string project;
  std::chrono::steady_clock::time_point begin;
  Nanos now;  ///< The same by the wall clock.

  double elapsed_ms() const;
};

/// A question that an answer asks on its way: of another route, for the same project.
struct InnerQuestion {
  std::string route;  ///< "GET /api/v1/spans/{trace_id}/{span_id}".
  net::HttpPairs query = {}, path_params = {};
  std::string body = {};
};

/// In place of a route's parameters: it takes any, for it speaks somebody else's words, and what
/// they add to them must not break it.
inline constexpr std::string_view kAnyParameter = "*";

class Routes {
 public:
  Routes(net::Router& router, const ApiServices& services, net::WorkerPool& questions,
         net::WorkerPool& sql, net::WorkerPool& tails, net::WorkerPool& agents,
         net::WorkerPool& exports)
      : router_(router),
        services_(services),
        questions_(questions),
        sql_(sql),
        tails_(tails),
        agents_(agents),
        exports_(exports) {}

  using Answer = std::function<Result<net::HttpResponse>(const Question&)>;
  using Followed = std::function<void(const Question&, net::HttpResponder)>;
  using Streamed = std::function<void(Question, net::HttpResponder)>;
  using Cancellable = std::function<Result<net::HttpResponse>(
      const Question&, const std::shared_ptr<clickhouse::CancelToken>&)>;

  /// A route that asks the engine. `parameters` are the query parameters it knows; any other is an
  /// error, because a misspelt filter would show everything.
  void Ask(std::string_view method, std::string_view pattern, std::vector<std::string> parameters,
           Answer answer);
  /// The same, for answers that are sent while they are made.
  void AskStreamed(std::string_view pattern, Streamed answer);
  /// The same on the workers of exports, for answers that take minutes.
  void Export(std::string_view pattern, std::vector<std::string> parameters, Streamed answer);
  /// A route on the SQL workers that ends when the client leaves.
  void AskSql(std::string_view pattern, Cancellable answer);
  /// The same on the workers of agents.
  void AskAgents(std::string_view pattern, Cancellable answer);
  /// A route whose answer has no end: begun on the io thread, to be written on one of tails().
  void Follow(std::string_view pattern, std::vector<std::string> parameters, Followed begin);
  /// A route that answers at once, on the io thread, without a project.
  void Tell(std::string_view pattern,
            std::function<net::HttpResponse(const net::HttpRequest&)> answer);

  /// What the route of Ask would answer, on this thread.
  /// Errors: kNotFound (no such route), kInvalidInput (a parameter), the route's.
  Result<net::HttpResponse> AskWithin(const Question& outer, InnerQuestion inner) const;
  /// Whether AskWithin knows the route.
  bool Knows(const std::string& route) const { return inner_.contains(route); }

  net::Router& router() { return router_; }
  net::WorkerPool& tails() { return tails_; }
  const ApiServices& services() const { return services_; }
  clickhouse::Client& engine() const { return *services_.engine; }

  /// The checks every question passes: host, page, project, parameters. Answers and returns nothing
  /// when one fails.
  std::optional<Question> Open(net::HttpRequest& request, net::HttpResponder& responder,
                               const std::vector<std::string>& parameters) const;

 private:
  struct InnerRoute {
    std::vector<std::string> parameters;
    Answer answer;
  };
  void AskCancellable(net::WorkerPool& pool, std::string_view pattern, Cancellable answer);

  net::Router& router_;
  const ApiServices& services_;
  net::WorkerPool& questions_;
  net::WorkerPool& sql_;
  net::WorkerPool& tails_;
  net::WorkerPool& agents_;
  net::WorkerPool& exports_;
  std::map<std::string, InnerRoute> inner_;  ///< By method and pattern.
};

/// The span that a path names.
struct SpanAddress {
  TraceId trace_id;
  SpanId span_id;
};
/// Errors: kInvalidInput.
Result<SpanAddress> SpanAddressOf(const Question& question);

/// An error with this hint, or with the one that fits it mostly.
net::HttpResponse ErrorAnswer(const Error& error, const std::string& request_id,
                              std::string_view hint = {});
/// 200 with a JSON body, not to be kept by caches.
net::HttpResponse JsonAnswer(std::string body);

void AddTraceRoutes(Routes& routes);
void AddSlowestRoute(Routes& routes);
void AddCallRoutes(Routes& routes);
void AddFilterRoute(Routes& routes);
void AddSessionRoutes(Routes& routes);
void AddCacheRoutes(Routes& routes);
void AddCompareRoutes(Routes& routes);
void AddSpanRoutes(Routes& routes);
void AddIngestRoutes(Routes& routes);
void AddPriceRoutes(Routes& routes);
void AddSqlRoute(Routes& routes);
void AddTailRoute(Routes& routes);
void AddMcpRoute(Routes& routes);
void AddExportRoute(Routes& routes);
void AddScheduledExportsRoute(Routes& routes);
void AddJaegerRoutes(Routes& routes);
void AddTempoRoutes(Routes& routes);
void AddRepriceRoute(Routes& routes);
void AddMetricsRoutes(Routes& routes);
void AddScoreRoutes(Routes& routes);
void AddWhatIfRoute(Routes& routes);
void AddAnalysisRoutes(Routes& routes);
void AddBoardRoutes(Routes& routes);
void AddGatewayKeyRoutes(Routes& routes);
void AddHealthRoutes(Routes& routes);
void AddPageRoutes(Routes& routes);

}  // namespace vitrine::api
