#include "app/server.h"

#include <unistd.h>

#include <filesystem>

#include "access/key_ring.h"
#include "access/limit_use.h"
#include "access/virtual_keys.h"
#include "api/api.h"
#include "api/limits.h"
#include "app/data_folder.h"
#include "app/master_key.h"
#include "app/price_desk.h"
#include "app/version.h"
#include "capture/gateway/gateway_door.h"
#include "capture/otlp/otlp_door.h"
#include "capture/scores/score_door.h"
#include "net/http_error.h"
#include "net/http_server.h"
#include "pipeline/call_meter.h"
#include "pipeline/ingest_stats.h"
#include "pipeline/loss_writer.h"
#include "pipeline/price_span.h"
#include "pipeline/span_sink.h"
#include "pipeline/tail_hub.h"
#include "platform/clock.h"
#include "platform/posix_file.h"
#include "platform/random.h"
#include "query/call_json.h"
#include "query/metrics/time_buckets.h"
#include "services/boards/boards.h"
#include "services/exports/exporter.h"
#include "services/forward/forwarder.h"
#include "services/prices/price_keeper.h"
#include "settle/settler.h"
#include "storage/catalog/catalog.h"
#include "storage/clickhouse/client.h"
#include "storage/clickhouse/engine_process.h"
#include "storage/wal/log.h"
#include "upstream/address_rules.h"

namespace vitrine::app {

namespace {

// What the engine's exit code says about this machine: no AVX2, no library.
constexpr int kEngineCannotRun = 6;
// Requests that run get this long. The engine may take 2.5 s after it, and SIGTERM has 5 s in all.
constexpr int64_t kDoorsStopMs = 1'500;

/// "127.0.0.1:7080" as host and port.
Result<net::HttpListener> ListenerOf(const std::string& name, const std::string& address) {
  size_t colon = address.rfind(':');
  std::string host = colon == std::string::npos ? "" : address.substr(0, colon);
  std::string port_text = colon == std::string::npos ? "" : address.substr(colon + 1);
  bool digits =
      !port_text.empty() && port_text.find_first_not_of("0123456789") == std::string::npos;
  unsigned long port = digits && port_text.size() <= 5 ? std::stoul(port_text) : 65536;
  if (host.empty() || port > 65535) {
    return Fail(ErrorCode::kInvalidInput, "'" + address + "' is no address; write HOST:PORT");
  }
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  net::HttpListener listener;
  listener.name = name;
  listener.host = host;
  listener.port = static_cast<uint16_t>(port);
  return listener;
}

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string ProgramBeside(const std::string& name) {
  std::error_code error;
  std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / name).string();
}

api::EngineFacts EngineFactsOf(const clickhouse::EngineStatus& status) {
  return {std::string(clickhouse::EngineStateName(status.state)), status.restarts, status.last_end,
          status.last_line};
}

api::SettleFacts SettleFactsOf(const settle::SettlerStatus& status) {
  api::SettleFacts facts;
  facts.ready = status.ready;
  facts.settled_lsn = status.settled_lsn;
  facts.batches = status.batches;
  facts.spans_written = status.spans_written;
  facts.spans_rewritten = status.spans_rewritten;
  facts.duplicates_dropped = status.duplicates_dropped;
  facts.quarantined = status.quarantined;
  facts.unreadable_records = status.unreadable_records;
  facts.ledger_traces = status.ledger_traces;
  facts.ledger_bytes = status.ledger_bytes;
  facts.last_error = status.last_error;
  return facts;
}

std::string DiskState(wal::LogState state) {
  switch (state) {
    case wal::LogState::kOk: return "ok";
    case wal::LogState::kFull: return "full";
    case wal::LogState::kFailing: return "failing";
  }
  return "failing";
}

api::LogFacts LogFactsOf(const wal::Log& log) {
  wal::LogHealth health = log.health();
  wal::LogCounters counters = log.counters();
  api::LogFacts facts;
  facts.state = DiskState(health.state);
  facts.reason = health.reason;
  facts.durable_lsn = log.durable_lsn();
  facts.disk_bytes = log.disk_size_bytes();
  facts.records_appended = counters.records_appended;
  facts.bytes_appended = counters.bytes_appended;
  facts.records_refused = counters.records_refused;
  facts.syncs = counters.syncs;
  facts.sync_nanos = counters.sync_nanos;
  facts.write_errors = counters.write_errors;
  facts.sync_errors = counters.sync_errors;
  facts.quarantined_records = counters.quarantined_records;
  return facts;
}

}  // namespace

struct Server::Parts {
  DataFolder folder;
  std::unique_ptr<clickhouse::EngineProcess> engine;
  std::unique_ptr<clickhouse::Client> client;
  std::unique_ptr<access::KeyRing> keys;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<boards::Boards> boards;
  std::unique_ptr<access::VirtualKeys> virtual_keys;
  std::unique_ptr<access::LimitUse> limit_use;
  std::unique_ptr<pipeline::TailHub> tails;
  pipeline::CallMeter meter;
  pipeline::ScoreMeter score_meter;
  std::unique_ptr<pipeline::SpanSink> sink;
  pipeline::IngestStats stats;
  std::unique_ptr<pipeline::LossWriter> losses;
  std::unique_ptr<net::WorkerPool> workers;
  std::unique_ptr<capture::OtlpDoor> otlp;
  std::unique_ptr<capture::ScoreDoor> scores;
  std::unique_ptr<capture::GatewayDoor> gateway;
  std::unique_ptr<PriceDesk> price_desk;
  std::unique_ptr<api::Api> api;
  net::Router router;
  std::unique_ptr<net::HttpServer> http;
  std::string address;
  // Last, so that it closes first: closing commits what waits, and that answers through the doors.
  std::unique_ptr<wal::Log> log;
  std::unique_ptr<settle::Settler> settler;
  std::unique_ptr<forward::Forwarder> forwarder;
  std::unique_ptr<exports::Exporter> exporter;
  std::unique_ptr<prices::PriceKeeper> price_keeper;

  ~Parts() { Stop(); }
  /// Harmless to repeat.
  void Stop();
  Result<void> StartStorage(const Config& config);
  Result<void> StartEngine(const Config& config);
  Result<void> StartForwarding(const Config& config, forward::ForwarderOptions options);
  Result<void> OpenExports(const Config& config);
  void StartKeepingPrices();
  Result<void> OpenCatalog(const Config& config);
  Result<void> OpenGateway(const Config& config);
  Result<void> StartDoors(const Config& config);
  api::ApiServices Services();
};

Result<void> Server::Parts::StartEngine(const Config& config) {
  clickhouse::EngineProcessOptions options;
  options.program = config.Text("engine.program");
  if (options.program.empty()) options.program = ProgramBeside("vitrine-engine");
  options.data_path = folder.engine;
  options.socket_path = folder.socket;
  options.memory_bytes = config.Number("engine.memory");
  options.threads = static_cast<unsigned>(config.Number("engine.threads"));
  const std::string priority = config.Text("engine.priority");
  if (priority != "normal" && priority != "idle")
    return Fail(ErrorCode::kInvalidInput,
                "engine.priority is normal or idle, not \"" + priority + "\"");
  options.when_idle = priority == "idle";
  if (!config.Text("engine.http").empty())
    options.tcp_port = static_cast<uint16_t>(config.Number("engine.http"));
  options.log = [](std::string_view line) {
    std::fprintf(stderr, "engine: %.*s\n", static_cast<int>(line.size()), line.data());
  };
  TRY_ASSIGN(engine, clickhouse::EngineProcess::Start(std::move(options)));
  clickhouse::Endpoint endpoint;
  endpoint.unix_path = folder.socket;
  client = std::make_unique<clickhouse::Client>(endpoint);
  return {};
}

/// Before the doors, so that a new target misses nothing of what they take.
Result<void> Server::Parts::StartForwarding(const Config& config,
                                            forward::ForwarderOptions options) {
  TRY_ASSIGN(options.tls, net::UpstreamTls::Create(config.Text("gateway.ca_file")));
  options.feed.calls = [this] { return meter.series(); };
  options.feed.scores = [this] { return score_meter.series(); };
  options.feed.source = {log->id().ToHex(), kVersion, platform::SystemClock().Now()};
  TRY_ASSIGN(forwarder,
             forward::Forwarder::Create(options, *log, platform::PosixFileSystem(),
                                        platform::SystemClock(), platform::SystemRandom()));
  forwarder->Start();
  return {};
}

Result<void> Server::Parts::OpenExports(const Config& config) {
  exports::ExporterOptions options;
  options.settings = config.exports();
  options.folder = folder.root + "/exports";
  TRY_ASSIGN(options.tls, net::UpstreamTls::Create(config.Text("gateway.ca_file")));
  TRY_ASSIGN(exporter,
             exports::Exporter::Create(options, *log, *client, platform::PosixFileSystem(),
                                       platform::SystemClock()));
  return {};
}

/// The engine may be away: its tables get the prices when they are there.
void Server::Parts::StartKeepingPrices() {
  prices::PriceKeeperOptions options;
  options.is_ready = [this] { return settler->status().ready; };
  options.on_fault = [](const Error& fault) {
    std::fprintf(stderr, "vitrine: prices cannot be stored: %s; it is tried again\n",
                 fault.message.c_str());
  };
  price_keeper = std::make_unique<prices::PriceKeeper>(price_desk->book(), *client, options);
  price_keeper->Start();
}

Result<void> Server::Parts::OpenCatalog(const Config& config) {
  TRY_ASSIGN(catalog, catalog::Catalog::Open(folder.root + "/catalog.sqlite"));
  boards::BoardsOptions options;
  options.catalog = catalog.get();
  options.clock = &platform::SystemClock();
  options.random = &platform::SystemRandom();
  options.check_time_zone = [this](const std::string& time_zone) {
    return query::CheckTimeZone(*client, time_zone);
  };
  boards = std::make_unique<boards::Boards>(std::move(options));
  TRY_ASSIGN(MasterKey master, OpenMasterKey(config, folder));
  TRY_ASSIGN(virtual_keys, access::VirtualKeys::Open({.catalog = catalog.get(),
                                                      .clock = &platform::SystemClock(),
                                                      .random = &platform::SystemRandom(),
                                                      .master_key_source = master.source},
                                                     std::move(master.box)));
  if (const auto fault = virtual_keys->fault())
    std::fprintf(stderr, "vitrine: %s\n", fault->message.c_str());
  const auto tell = [this](const Error& fault) {
    const std::string message =
        "what limits and budgets have used cannot be kept: " + fault.message;
    std::fprintf(stderr, "vitrine: %s\n", message.c_str());
    stats.NoteProblem("gateway", net::HttpStatusOf(fault.code), message,
                      "it is tried again; a crash meanwhile would forget it",
                      platform::SystemClock().Now());
  };
  TRY_ASSIGN(limit_use,
             access::LimitUse::Open(
                 {.catalog = catalog.get(), .clock = &platform::SystemClock(), .on_fault = tell}));
  return {};
}

Result<void> Server::Parts::StartStorage(const Config& config) {
  wal::LogOptions options;
  options.log_size_bytes_max = config.Number("log.size_max");
  options.free_space_bytes_min = config.Number("log.free_space_min");
  const forward::ForwarderOptions forwarding{.settings = config.forward(),
                                             .folder = folder.root + "/forward",
                                             .log_bytes_max = options.log_size_bytes_max};
  options.keep_from_lsn = forward::KeepFromLsn(forwarding, platform::PosixFileSystem());
  TRY_ASSIGN(log, wal::Log::Open(folder.log, options, platform::PosixFileSystem(),
                                 platform::SystemClock(), platform::SystemRandom()));
  for (const std::string& note : log->recovery().notes)
    std::fprintf(stderr, "log: %s\n", note.c_str());
  TRY(StartForwarding(config, forwarding));
  TRY(OpenCatalog(config));
  TRY(StartEngine(config));
  settle::SettlerOptions settling;
  settling.content_key = folder.content_key;
  settling.quarantine_directory = folder.quarantine;
  settling.count_journal_path = folder.root + "/counting";
  settler = std::make_unique<settle::Settler>(*log, *client, settling);
  settler->Start();
  TRY(OpenExports(config));
  TRY_ASSIGN(price_desk, PriceDesk::Open(folder.root + "/price_overrides.json",
                                         config.Text("prices.overrides")));
  StartKeepingPrices();
  pipeline::TailHubOptions tailing;
  tailing.render = [](const model::Span& span, model::Capture capture) {
    std::string json;
    query::AppendCallJson(json, span, capture);
    return json;
  };
  static_assert(api::kTailThreads == pipeline::kTailReadersMax);
  tails = std::make_unique<pipeline::TailHub>(std::move(tailing));
  sink = std::make_unique<pipeline::SpanSink>(*log, price_desk->book(), tails.get(), &meter,
                                              &score_meter);
  losses = std::make_unique<pipeline::LossWriter>(stats, *sink, platform::SystemClock());
  return {};
}

api::ApiServices Server::Parts::Services() {
  api::ApiServices services;
  services.engine = client.get();
  services.keys = keys.get();
  services.boards = boards.get();
  services.virtual_keys = virtual_keys.get();
  services.check_key_upstream = [this](const std::string& upstream) {
    return gateway->CheckTakesKey(upstream);
  };
  services.clock = &platform::SystemClock();
  services.version = kVersion;
  services.ingest = [this] { return stats.Snapshot(); };
  services.engine_facts = [this] { return EngineFactsOf(engine->status()); };
  services.settle_facts = [this] { return SettleFactsOf(settler->status()); };
  services.log_facts = [this] { return LogFactsOf(*log); };
  services.gateway_facts = [this] {
    const capture::RecordingCounts counts = gateway->counts();
    const capture::BatchCounts batches = gateway->batch_counts();
    return api::GatewayFacts{counts.begun,      counts.written, counts.dropped, counts.without_body,
                             counts.bytes_held, counts.waiting, batches.calls,  batches.unread};
  };
  services.quarantined = [this](const std::string& project, size_t max) {
    std::vector<api::QuarantineFact> facts;
    for (settle::QuarantineNote& note : settler->Quarantined(project, max))
      facts.push_back({std::move(note.table), std::move(note.identity), std::move(note.reason)});
    return facts;
  };
  services.exports = [this] { return exporter->status(); };
  services.forwards = [this] { return forwarder->status(); };
  services.call_series = [this] { return meter.series(); };
  services.http_stats = [this] { return http == nullptr ? net::HttpServerStats{} : http->stats(); };
  services.note_problem = [this](const std::string& door, int status, const std::string& message,
                                 const std::string& hint) {
    stats.NoteProblem(door, status, message, hint, platform::SystemClock().Now());
  };
  services.find_price = [this](std::string_view id) { return price_desk->Find(id); };
  services.visit_prices = [this](const auto& visit) { price_desk->Visit(visit); };
  services.price_overrides = [this] { return price_desk->Overrides(); };
  services.put_price_overrides = [this](std::string_view json) { return price_desk->Put(json); };
  services.delete_price_override = [this](std::string_view id) { return price_desk->Remove(id); };
  services.current_prices = [this]() -> query::PriceFunction {
    return [table = price_desk->book().snapshot()](model::Span& span, Arena& arena) {
      return pipeline::PriceSpan(*table, span, arena);
    };
  };
  services.open_tail = [this](api::TailRequest request) -> Result<api::TailFeed> {
    TRY_ASSIGN(auto reader, tails->Open({std::move(request.project), std::move(request.matches)}));
    return api::TailFeed{[reader](std::chrono::milliseconds wait) { return reader->Next(wait); },
                         [this, reader] { tails->Close(reader); }};
  };
  services.tail_status = [this] { return tails->status(); };
  return services;
}

Result<void> Server::Parts::OpenGateway(const Config& config) {
  capture::GatewayOptions options;
  options.upstreams = config.gateway().upstreams;
  options.keys = config.gateway().keys;
  options.virtual_keys = virtual_keys.get();
  options.limits = config.gateway().limits;
  options.limit_use = limit_use.get();
  options.check_host = [this](const net::HttpRequest& head) { return keys->CheckHost(head); };
  options.guardrails = config.gateway().guardrails;
  options.cache_bytes_max = config.Number("gateway.cache_max");
  options.allowed_targets = config.Text("gateway.allowed_targets");
  options.ca_file = config.Text("gateway.ca_file");
  options.recording_bytes_max = config.Number("gateway.recording_max");
  const auto ms = [&config](std::string_view key) {
    return static_cast<int64_t>(config.Number(key));
  };
  options.timeouts = {.connect_ms = ms("gateway.connect_timeout"),
                      .tls_ms = ms("gateway.tls_timeout"),
                      .send_ms = ms("gateway.send_timeout"),
                      .first_byte_ms = ms("gateway.first_byte_timeout"),
                      .idle_ms = ms("gateway.idle_timeout")};
  TRY_ASSIGN(options.pace.timelines,
             capture::TimelinePolicy::Parse(config.Text("gateway.timelines"),
                                            config.gateway().timeline_features));
  options.pace.stalls = {.min_ns = config.Number("gateway.stall_min") * 1'000'000,
                         .medians = config.Number("gateway.stall_factor")};
  TRY_ASSIGN(gateway,
             capture::GatewayDoor::Open(
                 std::move(options), *sink, stats, price_desk->book(),
                 [this](const net::HttpRequest& request) { return keys->Project(request); }));
  gateway->AddRoutes(router);
  return {};
}

Result<void> Server::Parts::StartDoors(const Config& config) {
  TRY_ASSIGN(net::HttpListener listener, ListenerOf("main", config.Text("listen")));
  if (!IsLoopback(listener.host) && config.keys().empty()) {
    return Fail(ErrorCode::kInvalidInput,
                "listening on " + config.Text("listen") +
                    " without a key would open every prompt to the network; "
                    "set --api-key, or listen on 127.0.0.1");
  }
  const uint64_t threads = config.Number("http.threads");
  workers = std::make_unique<net::WorkerPool>(
      net::WorkerPoolOptions{.threads = threads, .name = "requests"});
  std::vector<access::ApiKey> api_keys;
  for (const Config::ApiKey& key : config.keys()) api_keys.push_back({key.key, key.project});
  TRY_ASSIGN(const auto hosts, upstream::HostAllowList::Parse(config.Text("http.hosts")));
  keys = std::make_unique<access::KeyRing>(
      std::move(api_keys), config.Text("project"),
      [hosts](std::string_view host) { return hosts.Allows(host); });
  otlp = std::make_unique<capture::OtlpDoor>(
      *sink, stats, platform::SystemClock(),
      [this](const net::HttpRequest& request) { return keys->Project(request); });
  capture::OtlpDoorOptions taking;
  taking.server_id = log->id().ToHex();
  otlp->AddRoutes(router, *workers, taking);
  scores = std::make_unique<capture::ScoreDoor>(
      *sink, stats, platform::SystemClock(),
      [this](const net::HttpRequest& request) { return keys->Project(request); });
  scores->AddRoutes(router, *workers);
  TRY(OpenGateway(config));
  api = std::make_unique<api::Api>(Services());
  api->AddRoutes(router);
  net::HttpServerOptions options;
  options.listeners = {listener};
  if (!config.Text("otlp.listen").empty()) {
    TRY_ASSIGN(net::HttpListener second, ListenerOf("otlp", config.Text("otlp.listen")));
    options.listeners.push_back(second);
  }
  options.io_threads = threads;
  options.admit = [this](const net::HttpRequest& head) -> std::optional<net::HttpResponse> {
    const auto is_ours = gateway->Knows(head);
    if (!is_ours) return capture::GatewayDoor::RefusalOf(is_ours.error(), head.request_id);
    return *is_ours ? std::nullopt : keys->Admit(head);
  };
  options.relay = [this](const net::HttpRequest& head) { return gateway->Plan(head); };
  auto handler = [this](net::HttpRequest request, net::HttpResponder responder) {
    router.Handle(std::move(request), std::move(responder));
  };
  auto started = net::HttpServer::Start(options, handler);
  bool taken =
      !started && started.error().code == ErrorCode::kConflict && options.listeners.size() == 2;
  if (taken && config.Get("otlp.listen").origin == "default") {
    // 4318 is every collector's port; where one runs already, our own address still takes OTLP.
    std::fprintf(stderr, "vitrine: %s; OTLP is taken on %s only\n", started.error().message.c_str(),
                 config.Text("listen").c_str());
    options.listeners.pop_back();
    started = net::HttpServer::Start(options, handler);
  }
  if (!started) {
    Error error = started.error();
    if (error.code == ErrorCode::kConflict)
      error.message += "; stop what listens there, or choose another address with --listen" +
                       std::string(options.listeners.size() == 2 ? " and --otlp-listen" : "");
    return std::unexpected(std::move(error));
  }
  http = std::move(*started);
  std::string host =
      listener.host.find(':') == std::string::npos ? listener.host : "[" + listener.host + "]";
  address = host + ":" + std::to_string(http->port(0));
  return {};
}

Result<std::unique_ptr<Server>> Server::Start(const Config& config) {
  auto parts = std::make_unique<Parts>();
  TRY_ASSIGN(parts->folder, OpenDataFolder(config.Text("data")));
  TRY(parts->StartStorage(config));
  TRY(parts->StartDoors(config));
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Stop(); }

const std::string& Server::address() const { return parts_->address; }

Result<void> Server::WaitReady(int64_t timeout_ms, const std::function<bool()>& give_up) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (!parts_->settler->status().ready) {
    const clickhouse::EngineStatus engine = parts_->engine->status();
    if (engine.last_exit_code == kEngineCannotRun)
      return Fail(ErrorCode::kUnsupported, "the engine cannot run here: " + engine.last_line);
    if (give_up()) return Fail(ErrorCode::kCancelled, "asked to stop");
    if (std::chrono::steady_clock::now() > deadline) {
      parts_->exporter->Start();  // The server goes on; exports try again until they are answered.
      const std::string settling = parts_->settler->status().last_error;
      return Fail(
          ErrorCode::kUnavailable,
          "not ready yet: " + (!engine.last_line.empty() ? "the engine says: " + engine.last_line
                               : settling.empty()        ? "the engine does not answer"
                                                         : settling));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  parts_->exporter->Start();  // Exports ask the engine, which can answer from here on.
  return {};
}

void Server::Parts::Stop() {
  // A live tail has no end of its own.
  if (tails != nullptr) tails->Stop();
  if (http != nullptr) http->Stop(kDoorsStopMs);
  if (gateway != nullptr) gateway->Stop();
  if (losses != nullptr) losses->Stop();
  if (limit_use != nullptr) limit_use->Stop();  // The gateway's last calls are priced by now.
  if (exporter != nullptr) exporter->Stop();
  if (price_keeper != nullptr) price_keeper->Stop();
  // From here on nobody waits for the engine, which may hang; a batch that was being written is
  // settled after the next start.
  if (client != nullptr) client->Stop();
  if (api != nullptr) api->Stop();
  if (workers != nullptr) workers->Stop();
  // Before settling, whose end ends every wait for the log.
  if (forwarder != nullptr) forwarder->Stop();
  if (settler != nullptr) settler->Stop();
  if (engine != nullptr) engine->Stop();
}

void Server::Stop() { parts_->Stop(); }

}  // namespace vitrine::app
