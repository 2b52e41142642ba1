// What comes in and what does not; the doctor; projects and what they take on disk.
#include <memory>

#include "api/internal/routes.h"
#include "api/limits.h"
#include "query/doctor.h"
#include "query/ingest_times.h"
#include "query/projects.h"
#include "query/storage_size.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {
namespace {

using syntax::JsonWriter;

std::optional<std::string> TimeText(const std::optional<Nanos>& time) {
  if (!time) return std::nullopt;
  return FormatRfc3339(*time);
}

std::optional<std::string> TextOrNull(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

void WriteDoors(JsonWriter& json, const model::IngestStatus& status) {
  json.Key("by_door").BeginArray();
  for (const model::DoorStatus& door : status.doors) {
    json.BeginObject()
        .Member("door", door.door)
        .Member("requests", door.requests)
        .Member("accepted", door.accepted)
        .Member("rejected", door.rejected)
        .Member("repaired", door.repaired)
        .Member("unavailable", door.unavailable)
        .EndObject();
  }
  json.EndArray().Key("recent_problems").BeginArray();
  for (const model::IngestProblem& problem : status.problems) {
    json.BeginObject()
        .Member("time", FormatRfc3339(problem.time))
        .Member("door", problem.door)
        .Member("status", problem.http_status)
        .Member("message", problem.message)
        .Member("hint", TextOrNull(problem.hint))
        .Member("count", problem.count)
        .EndObject();
  }
  json.EndArray();
}

void WriteForwards(JsonWriter& json, const std::vector<model::ForwardStatus>& targets) {
  json.Key("forward").BeginArray();
  for (const model::ForwardStatus& target : targets) {
    json.BeginObject()
        .Member("name", target.name)
        .Member("host", target.host)
        .Member("spans_sent", target.spans_sent)
        .Member("spans_filtered", target.spans_filtered)
        .Member("spans_refused", target.spans_refused)
        .Member("spans_dropped", target.spans_dropped)
        .Member("requests", target.requests)
        .Member("requests_retried", target.requests_retried)
        .Member("queued_bytes", target.queued_bytes)
        .Member("queued_records", target.queued_records)
        .Member("last_sent_at", TimeText(target.last_sent_at))
        .Member("last_error", TextOrNull(target.last_error))
        .Member("last_error_at", TimeText(target.last_error_at))
        .Member("metrics_sent", target.metrics_sent)
        .Member("metrics_failed", target.metrics_failed)
        .Member("metrics_error", TextOrNull(target.metrics_error))
        .EndObject();
  }
  json.EndArray();
}

/// First and last arrival: what was counted since the start, and what the engine holds from before.
void AddStoredTimes(const Routes& routes, const Question& question, model::IngestStatus& status) {
  if (status.first_span_at && status.last_span_at) return;
  const auto stored = query::StoredArrivals(routes.engine(), question.project);
  if (!stored) return;  // The engine is away; the counts since the start are still an answer.
  if (!status.first_span_at) status.first_span_at = stored->first;
  if (!status.last_span_at) status.last_span_at = stored->last;
}

Result<net::HttpResponse> Ingest(const Routes& routes, const Question& question) {
  const ApiServices& services = routes.services();
  model::IngestStatus status = services.ingest();
  const EngineFacts engine = services.engine_facts();
  const SettleFacts settle = services.settle_facts();
  const LogFacts log = services.log_facts();
  if (engine.state == "ready" && settle.ready) AddStoredTimes(routes, question, status);
  uint64_t accepted = 0, rejected = 0;
  for (const model::DoorStatus& door : status.doors) {
    accepted += door.accepted;
    rejected += door.rejected;
  }
  std::string body;
  JsonWriter json(body);
  json.BeginObject()
      .Member("needs_key", services.keys->has_keys())
      .Member("first_span_at", TimeText(status.first_span_at))
      .Member("last_span_at", TimeText(status.last_span_at))
      .Member("spans_accepted", accepted)
      .Member("spans_rejected", rejected)
      .Member("quarantined", settle.quarantined);
  WriteDoors(json, status);
  json.Member("backlog_records",
              log.durable_lsn > settle.settled_lsn ? log.durable_lsn - settle.settled_lsn : 0);
  json.Key("disk").BeginObject().Member("state", log.state).Member("log_bytes", log.disk_bytes);
  json.Member("reason", TextOrNull(log.reason)).EndObject();
  // Ready means that questions are answered, so the tables count too.
  const bool preparing = engine.state == "ready" && !settle.ready;
  json.Key("engine").BeginObject();
  json.Member("state", preparing                   ? "starting"
                       : engine.state == "stopped" ? "down"
                                                   : engine.state.c_str());
  json.Member("restarts", engine.restarts).Member("last_end", TextOrNull(engine.last_end));
  json.EndObject();
  const GatewayFacts gateway = services.gateway_facts();
  json.Key("gateway")
      .BeginObject()
      .Member("calls", gateway.calls_begun)
      .Member("recorded", gateway.calls_written)
      .Member("dropped", gateway.calls_dropped)
      .Member("without_body", gateway.calls_without_body)
      .Member("waiting", gateway.waiting)
      .Member("batch_calls", gateway.batch_calls)
      .Member("batch_lines_unread", gateway.batch_lines_unread)
      .EndObject();
  WriteForwards(json, services.forwards());
  json.Member("settling_error", TextOrNull(settle.last_error)).EndObject();
  return JsonAnswer(std::move(body));
}

void WriteFindings(JsonWriter& json, const std::vector<query::AttributeFinding>& findings,
                   bool malformed) {
  json.BeginArray();
  for (const query::AttributeFinding& finding : findings) {
    json.BeginObject().Member("key", finding.key).Member("scope", finding.scope);
    if (malformed) json.Member("reason", finding.reason);
    json.Member("count", finding.count)
        .Member("example", finding.example)
        .Member("last_seen", finding.last_seen)
        .EndObject();
  }
  json.EndArray();
}

void WriteQuarantined(JsonWriter& json, const std::vector<QuarantineFact>& rows) {
  json.BeginArray();
  for (const QuarantineFact& row : rows) {
    json.BeginObject()
        .Member("table", row.table)
        .Member("row", row.row)
        .Member("reason", row.reason)
        .EndObject();
  }
  json.EndArray();
}

Result<net::HttpResponse> Doctor(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const query::DoctorReport report,
             query::ExamineSpans(routes.engine(), question.project));
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("unmapped");
  WriteFindings(json, report.unmapped, false);
  json.Key("malformed");
  WriteFindings(json, report.malformed, true);
  json.Key("quarantined");
  WriteQuarantined(json, routes.services().quarantined(question.project, kQuarantineRowsMax));
  json.Member("spans_examined", report.spans_examined)
      .Member("since", TimeText(report.since))
      .Member("elapsed_ms", question.elapsed_ms())
      .EndObject();
  return JsonAnswer(std::move(body));
}

Result<net::HttpResponse> Projects(const Routes& routes, query::TraceCounts& counts,
                                   const Question& question) {
  const bool all = !routes.services().keys->has_keys();
  TRY_ASSIGN(const auto projects,
             query::ListProjects(routes.engine(), counts,
                                 all ? std::nullopt : std::optional(question.project)));
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("projects").BeginArray();
  for (const query::ProjectCount& project : projects) {
    json.BeginObject()
        .Member("name", project.name)
        .Member("trace_count", project.trace_count)
        .EndObject();
  }
  json.EndArray().EndObject();
  return JsonAnswer(std::move(body));
}

Result<net::HttpResponse> Storage(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const auto tables, query::MeasureStorage(routes.engine(), question.project));
  uint64_t bytes = 0;
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("tables").BeginArray();
  for (const query::TableSize& table : tables) {
    bytes += table.bytes;
    json.BeginObject().Member("name", table.name).Member("rows", table.rows);
    json.Member("bytes", table.bytes).EndObject();
  }
  json.EndArray().Member("bytes", bytes).Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(text));
}

}  // namespace

void AddIngestRoutes(Routes& routes) {
  routes.Ask("GET", "/api/v1/ingest", {},
             [&routes](const Question& question) { return Ingest(routes, question); });
  routes.Ask("GET", "/api/v1/doctor", {},
             [&routes](const Question& question) { return Doctor(routes, question); });
  routes.Ask("GET", "/api/v1/projects", {},
             [&routes, counts = std::make_shared<query::TraceCounts>()](const Question& question) {
               return Projects(routes, *counts, question);
             });
  routes.Ask("GET", "/api/v1/storage", {},
             [&routes](const Question& question) { return Storage(routes, question); });
}

}  // namespace vitrine::api
