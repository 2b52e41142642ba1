// Routes: how a question's route is made: workers, project, errors, headers. Private to api.
// Threads: Ask… before the server starts; handlers run on workers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/api.h"
#include "base/ids.h"
#include "net/worker_pool.h"
#include "query/sql_door.h"

namespace vitrine::api {

/// One question: the request, its project, when it came.
struct Question {
  net::HttpRequest request;
  std::string project;
  std::chrono::steady_clock::time_point begin;

  double elapsed_ms() const;
};

class Routes {
 public:
  Routes(net::Router& router, const ApiServices& services, net::WorkerPool& questions,
         net::WorkerPool& sql, net::WorkerPool& tails)
      : router_(router), services_(services), questions_(questions), sql_(sql), tails_(tails) {}

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
  /// A route on the SQL workers that ends when the client leaves.
  void AskSql(std::string_view pattern, Cancellable answer);
  /// A route whose answer has no end: begun on the io thread, to be written on one of tails().
  void Follow(std::string_view pattern, std::vector<std::string> parameters, Followed begin);
  /// A route that answers at once, on the io thread, without a project.
  void Tell(std::string_view pattern,
            std::function<net::HttpResponse(const net::HttpRequest&)> answer);

  net::Router& router() { return router_; }
  net::WorkerPool& tails() { return tails_; }
  const ApiServices& services() const { return services_; }
  clickhouse::Client& engine() const { return *services_.engine; }

  /// The checks every question passes: host, project, parameters. Answers and returns nothing when
  /// one fails.
  std::optional<Question> Open(net::HttpRequest& request, net::HttpResponder& responder,
                               const std::vector<std::string>& parameters) const;

 private:
  net::Router& router_;
  const ApiServices& services_;
  net::WorkerPool& questions_;
  net::WorkerPool& sql_;
  net::WorkerPool& tails_;
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
void AddCallRoutes(Routes& routes);
void AddSessionRoutes(Routes& routes);
void AddCacheRoutes(Routes& routes);
void AddCompareRoutes(Routes& routes);
void AddSpanRoutes(Routes& routes);
void AddIngestRoutes(Routes& routes);
void AddPriceRoutes(Routes& routes);
void AddSqlRoute(Routes& routes);
void AddTailRoute(Routes& routes);
void AddRepriceRoute(Routes& routes);
void AddHealthRoutes(Routes& routes);
void AddPageRoutes(Routes& routes);

}  // namespace vitrine::api
