#include "api/api.h"

#include "api/internal/routes.h"
#include "api/limits.h"
#include "base/check.h"

namespace vitrine::api {

class Api::Impl {
 public:
  explicit Impl(ApiServices services)
      : services_(std::move(services)),
        questions_({.threads = kQuestionThreads, .name = "questions"}),
        sql_({.threads = kSqlThreads, .queue_max = kSqlQueueMax, .name = "sql"}),
        tails_({.threads = kTailThreads, .queue_max = kTailThreads, .name = "tails"}),
        agents_({.threads = kAgentThreads, .queue_max = kAgentQueueMax, .name = "agents"}),
        exports_({.threads = kExportThreads, .queue_max = kExportQueueMax, .name = "exports"}) {
    const ApiServices& s = services_;
    VITRINE_CHECK(s.engine != nullptr && s.keys != nullptr && s.boards != nullptr &&
                  s.virtual_keys != nullptr && s.check_key_upstream && s.ingest && s.engine_facts &&
                  s.settle_facts && s.log_facts && s.gateway_facts && s.http_stats &&
                  s.note_problem);
    VITRINE_CHECK(s.find_price && s.visit_prices && s.price_overrides && s.put_price_overrides &&
                  s.delete_price_override && s.current_prices);
    VITRINE_CHECK(s.open_tail && s.tail_status && s.call_series && s.forwards && s.exports);
  }

  void AddRoutes(net::Router& router) {
    routes_ =
        std::make_unique<Routes>(router, services_, questions_, sql_, tails_, agents_, exports_);
    AddTraceRoutes(*routes_);
    AddSlowestRoute(*routes_);
    AddFilterRoute(*routes_);
    AddCallRoutes(*routes_);
    AddSessionRoutes(*routes_);
    AddCacheRoutes(*routes_);
    AddCompareRoutes(*routes_);
    AddSpanRoutes(*routes_);
    AddIngestRoutes(*routes_);
    AddPriceRoutes(*routes_);
    AddSqlRoute(*routes_);
    AddTailRoute(*routes_);
    AddRepriceRoute(*routes_);
    AddMcpRoute(*routes_);
    AddExportRoute(*routes_);
    AddScheduledExportsRoute(*routes_);
    AddJaegerRoutes(*routes_);
    AddTempoRoutes(*routes_);
    AddMetricsRoutes(*routes_);
    AddScoreRoutes(*routes_);
    AddWhatIfRoute(*routes_);
    AddAnalysisRoutes(*routes_);
    AddBoardRoutes(*routes_);
    AddGatewayKeyRoutes(*routes_);
    AddHealthRoutes(*routes_);
    AddPageRoutes(*routes_);
  }

  void Stop() {
    questions_.Stop();
    sql_.Stop();
    tails_.Stop();
    agents_.Stop();
    exports_.Stop();
  }

 private:
  const ApiServices services_;
  net::WorkerPool questions_, sql_, tails_, agents_, exports_;
  std::unique_ptr<Routes> routes_;
};

Api::Api(ApiServices services) : impl_(std::make_unique<Impl>(std::move(services))) {}
Api::~Api() { Stop(); }
void Api::AddRoutes(net::Router& router) { impl_->AddRoutes(router); }
void Api::Stop() { impl_->Stop(); }

}  // namespace vitrine::api
