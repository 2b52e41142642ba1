// Api: the read doors. Routes of /api/v1, health, metrics, the description of the API, and the
// embedded pages.
//
// Owner:   the app; everything in ApiServices outlives the Api, and the Api outlives the HttpServer
//          whose router it filled. Threads: questions run on the Api's own workers, SQL and live
//          tails on others; the functions of ApiServices are called from any thread.
// Source:  docs/ARCHITECTURE.md "HTTP API", schema/openapi.json.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/key_ring.h"
#include "api/service_facts.h"
#include "api/tail_feed.h"
#include "base/result.h"
#include "model/call_series.h"
#include "model/export_status.h"
#include "model/forward_status.h"
#include "model/ingest_status.h"
#include "model/price.h"
#include "net/http_server.h"
#include "net/router.h"
#include "query/reprice.h"

namespace vitrine::clickhouse {
class Client;
}

namespace vitrine::platform {
class Clock;
}

namespace vitrine::boards {
class Boards;
}

namespace vitrine::access {
class VirtualKeys;
}

namespace vitrine::api {

/// What the API needs of the rest of the server. Every member must be set.
struct ApiServices {
  clickhouse::Client* engine = nullptr;
  platform::Clock* clock = nullptr;
  const access::KeyRing* keys = nullptr;
  boards::Boards* boards = nullptr;
  access::VirtualKeys* virtual_keys = nullptr;
  /// Whether a key of its own may be held for calls by this name. Errors: kNotFound, kInvalidInput.
  std::function<Result<void>(const std::string& upstream)> check_key_upstream;
  std::string version;  ///< Of the program.

  std::function<model::IngestStatus()> ingest;
  std::function<EngineFacts()> engine_facts;
  std::function<SettleFacts()> settle_facts;
  std::function<LogFacts()> log_facts;
  std::function<GatewayFacts()> gateway_facts;
  /// Refused rows of a project, at most `max`, newest first.
  std::function<std::vector<QuarantineFact>(const std::string& project, size_t max)> quarantined;
  std::function<net::HttpServerStats()> http_stats;
  /// Model calls as they were accepted since the start, by their labels.
  std::function<std::vector<model::CallSeries>()> call_series;
  /// Something a sender should know: a request to a wrong path.
  std::function<void(const std::string& door, int http_status, const std::string& message,
                     const std::string& hint)>
      note_problem;

  std::function<std::optional<model::PriceRow>(std::string_view price_id)> find_price;
  /// Calls `visit` for each row of the table in use, overrides last, until it answers false.
  std::function<void(const std::function<bool(const model::PriceRow&)>& visit)> visit_prices;
  std::function<std::vector<model::PriceRow>()> price_overrides;
  /// Takes {"prices":[…],"deployments":[…]} (docs/prices.md) in: a row for the same provider,
  /// model, date and mode is replaced. Durable when it returns. Errors: kInvalidInput, kIo.
  std::function<Result<void>(std::string_view json)> put_price_overrides;
  /// Removes an override. Errors: kNotFound, kIo.
  std::function<Result<void>(std::string_view price_id)> delete_price_override;
  /// Prices calls by the table in use now, and by that table for as long as the function lives.
  std::function<query::PriceFunction()> current_prices;

  /// Opens a live tail; at most kTailThreads (api/limits.h) may be open. Errors: kUnavailable.
  std::function<Result<TailFeed>(TailRequest request)> open_tail;
  std::function<model::TailStatus()> tail_status;

  /// How scheduled exports go.
  std::function<std::vector<model::ExportStatus>()> exports;
  /// How forwarding goes, by target.
  std::function<std::vector<model::ForwardStatus>()> forwards;
};

class Api {
 public:
  explicit Api(ApiServices services);
  ~Api();  ///< Stops.
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Adds every route. Unknown paths are answered here too: pages to browsers, 404 with a hint to
  /// senders.
  void AddRoutes(net::Router& router);

  /// Ends running questions' waiting and drops queued ones. After the HttpServer was stopped, and
  /// after every live tail was ended.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrine::api
