#include "api/metrics_text.h"

namespace vitrine::api {
namespace {

class Metrics {
 public:
  /// Begins a metric; its samples follow.
  Metrics& Begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    return *this;
  }
  Metrics& Sample(uint64_t value, std::string_view labels = {}) {
    text_ += name_;
    if (!labels.empty()) text_.append("{").append(labels).append("}");
    text_.append(" ").append(std::to_string(value)).append("\n");
    return *this;
  }
  void Counter(std::string_view name, uint64_t value, std::string_view help) {
    Begin(name, "counter", help).Sample(value);
  }
  void Gauge(std::string_view name, uint64_t value, std::string_view help) {
    Begin(name, "gauge", help).Sample(value);
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_, name_;
};

void Doors(Metrics& metrics, const model::IngestStatus& ingest) {
  struct Column {
    const char* name;
    uint64_t model::DoorStatus::* member;
    const char* help;
  };
  constexpr Column kColumns[] = {
      {"vitrine_ingest_requests_total", &model::DoorStatus::requests, "Requests by door."},
      {"vitrine_ingest_items_accepted_total", &model::DoorStatus::accepted,
       "Items acknowledged as durable, by door."},
      {"vitrine_ingest_items_rejected_total", &model::DoorStatus::rejected,
       "Items refused and reported to the sender, by door."},
      {"vitrine_ingest_items_repaired_total", &model::DoorStatus::repaired,
       "Items accepted after a repair, by door."},
      {"vitrine_ingest_requests_unavailable_total", &model::DoorStatus::unavailable,
       "Requests asked to come again, by door."},
  };
  for (const Column& column : kColumns) {
    metrics.Begin(column.name, "counter", column.help);
    for (const model::DoorStatus& door : ingest.doors)
      metrics.Sample(door.*column.member, "door=\"" + LabelValue(door.door) + "\"");
  }
}

void Log(Metrics& m, const LogFacts& log) {
  m.Gauge("vitrine_log_ok", log.state == "ok" ? 1 : 0, "1 while the durable log takes records.");
  m.Gauge("vitrine_log_disk_bytes", log.disk_bytes, "Disk space of the durable log.");
  m.Counter("vitrine_log_records_total", log.records_appended, "Records made durable.");
  m.Counter("vitrine_log_bytes_total", log.bytes_appended, "Bytes made durable.");
  m.Counter("vitrine_log_refused_total", log.records_refused, "Records not taken.");
  m.Counter("vitrine_log_syncs_total", log.syncs, "fdatasync calls.");
  m.Counter("vitrine_log_sync_nanoseconds_total", log.sync_nanos, "Time in fdatasync.");
  m.Counter("vitrine_log_errors_total", log.write_errors + log.sync_errors,
            "Writes and syncs that the disk refused.");
  m.Counter("vitrine_log_corrupt_records_total", log.quarantined_records,
            "Acknowledged records found corrupt: data loss.");
}

void Settling(Metrics& m, const SettleFacts& settle, const LogFacts& log) {
  m.Gauge("vitrine_settle_ready", settle.ready ? 1 : 0, "1 when settling has begun.");
  m.Gauge("vitrine_backlog_records",
          log.durable_lsn > settle.settled_lsn ? log.durable_lsn - settle.settled_lsn : 0,
          "Records durable and not yet queryable.");
  m.Counter("vitrine_settle_batches_total", settle.batches, "Sealed batches settled.");
  m.Counter("vitrine_settle_spans_total", settle.spans_written, "Span rows written.");
  m.Counter("vitrine_settle_spans_rewritten_total", settle.spans_rewritten,
            "Stored spans written again with late values.");
  m.Counter("vitrine_settle_duplicates_total", settle.duplicates_dropped,
            "Spans that were sent again unchanged.");
  m.Counter("vitrine_settle_quarantined_total", settle.quarantined,
            "Rows and records kept aside because they could not be stored.");
  m.Gauge("vitrine_settle_ok", settle.last_error.empty() ? 1 : 0,
          "1 when the last batch went well.");
  m.Gauge("vitrine_ledger_traces", settle.ledger_traces, "Traces in the ledger.");
  m.Gauge("vitrine_ledger_bytes", settle.ledger_bytes, "Memory of the ledger.");
}

void Tails(Metrics& m, const model::TailStatus& tails) {
  m.Gauge("vitrine_tail_readers", tails.readers, "Open live tails.");
  m.Counter("vitrine_tail_readers_total", tails.readers_opened, "Live tails opened.");
  m.Counter("vitrine_tail_readers_refused_total", tails.readers_refused,
            "Live tails refused: too many were open.");
  m.Counter("vitrine_tail_events_total", tails.events_published,
            "Spans meant for a live tail, by each that was to get them.");
  m.Counter("vitrine_tail_events_dropped_total", tails.events_dropped,
            "Of them, those left out because a live tail was read too slowly.");
}

void Http(Metrics& m, const net::HttpServerStats& http) {
  m.Gauge("vitrine_http_connections", http.connections, "Open connections.");
  m.Counter("vitrine_http_connections_total", http.connections_accepted, "Connections accepted.");
  m.Counter("vitrine_http_connections_refused_total", http.connections_refused,
            "Connections over the limit.");
  m.Counter("vitrine_http_requests_total", http.requests, "Requests handled.");
  m.Counter("vitrine_http_requests_malformed_total", http.requests_malformed,
            "Requests refused by the strict head gate.");
  m.Counter("vitrine_http_requests_too_large_total", http.requests_too_large, "413 and 431.");
  m.Counter("vitrine_http_requests_shed_total", http.requests_shed,
            "503, because too many body bytes were in flight.");
  m.Counter("vitrine_http_timeouts_total", http.timeouts, "Connections closed for slowness.");
  m.Gauge("vitrine_http_body_bytes_in_flight", http.body_bytes_in_flight,
          "Request body bytes held.");
}

void Gateway(Metrics& m, const GatewayFacts& gateway, const net::HttpServerStats& http) {
  m.Counter("vitrine_gateway_calls_total", http.relays, "Requests relayed, or meant to be.");
  m.Gauge("vitrine_gateway_calls_running", http.relays_running, "Calls that run now.");
  m.Counter("vitrine_gateway_calls_failed_total", http.relays_failed,
            "Calls that ended before their answer did, but for those whose client left.");
  m.Counter("vitrine_gateway_client_left_total", http.relays_client_left,
            "Calls whose client left before the end.");
  m.Counter("vitrine_gateway_repeated_total", http.relays_repeated,
            "Requests sent again: a kept connection was closed, or a stream refused.");
  m.Counter("vitrine_gateway_upstream_connects_total", http.upstream_connects,
            "New connections to upstreams.");
  m.Counter("vitrine_gateway_upstream_reuses_total", http.upstream_reuses,
            "Calls on a kept connection.");
  m.Counter("vitrine_gateway_recordings_total", gateway.calls_begun,
            "Calls that were to be recorded.");
  m.Counter("vitrine_gateway_recordings_written_total", gateway.calls_written,
            "Recorded calls that are durable.");
  m.Counter("vitrine_gateway_recordings_dropped_total", gateway.calls_dropped,
            "Calls that went through unrecorded.");
  m.Counter("vitrine_gateway_recordings_without_body_total", gateway.calls_without_body,
            "Recorded calls that lost a body to a limit.");
  m.Gauge("vitrine_gateway_recording_bytes", gateway.recording_bytes,
          "Memory held for recordings.");
  m.Gauge("vitrine_gateway_recordings_waiting", gateway.waiting,
          "Recordings that wait to be written.");
  m.Counter("vitrine_gateway_batch_calls_total", gateway.batch_calls,
            "Results of batches that were recorded as calls, each time they were fetched.");
  m.Counter("vitrine_gateway_batch_lines_unread_total", gateway.batch_lines_unread,
            "Results of batches, lines or whole files, that could not be recorded as calls.");
}

}  // namespace

std::string LabelValue(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string MetricsText(const model::IngestStatus& ingest, const EngineFacts& engine,
                        const SettleFacts& settle, const LogFacts& log, const GatewayFacts& gateway,
                        const model::TailStatus& tails, const net::HttpServerStats& http,
                        std::string_view version) {
  Metrics metrics;
  metrics.Begin("vitrine_build_info", "gauge", "The program's version.")
      .Sample(1, "version=\"" + LabelValue(version) + "\"");
  Doors(metrics, ingest);
  Log(metrics, log);
  Settling(metrics, settle, log);
  metrics.Gauge("vitrine_engine_up", engine.state == "ready" ? 1 : 0,
                "1 while the engine answers.");
  metrics.Counter("vitrine_engine_restarts_total", engine.restarts,
                  "Starts of the engine after the first.");
  Tails(metrics, tails);
  Http(metrics, http);
  Gateway(metrics, gateway, http);
  return metrics.Take();
}

std::string ForwardMetricsText(const std::vector<model::ForwardStatus>& targets) {
  struct Column {
    const char* name;
    const char* type;
    uint64_t model::ForwardStatus::* member;
    const char* help;
  };
  using Status = model::ForwardStatus;
  constexpr Column kColumns[] = {
      {"vitrine_forward_spans_sent_total", "counter", &Status::spans_sent,
       "Spans taken by the target."},
      {"vitrine_forward_spans_filtered_total", "counter", &Status::spans_filtered,
       "Spans not meant for the target."},
      {"vitrine_forward_spans_refused_total", "counter", &Status::spans_refused,
       "Spans that the target does not take."},
      {"vitrine_forward_spans_dropped_total", "counter", &Status::spans_dropped,
       "Spans that fell out of a full queue."},
      {"vitrine_forward_requests_total", "counter", &Status::requests,
       "Requests answered with success."},
      {"vitrine_forward_requests_retried_total", "counter", &Status::requests_retried,
       "Requests that are sent again."},
      {"vitrine_forward_metrics_sent_total", "counter", &Status::metrics_sent,
       "Requests with metrics that the target took."},
      {"vitrine_forward_metrics_failed_total", "counter", &Status::metrics_failed,
       "Requests with metrics that the target did not take."},
      {"vitrine_forward_queued_bytes", "gauge", &Status::queued_bytes,
       "Bytes of the log that wait for the target, before its filter."},
      {"vitrine_forward_queued_records", "gauge", &Status::queued_records,
       "Records of the log that wait for the target."},
  };
  Metrics metrics;
  if (targets.empty()) return {};
  for (const Column& column : kColumns) {
    metrics.Begin(column.name, column.type, column.help);
    for (const Status& target : targets)
      metrics.Sample(target.*column.member, "target=\"" + LabelValue(target.name) + "\"");
  }
  metrics.Begin("vitrine_forward_ok", "gauge", "1 while the last request to the target went well.");
  for (const Status& target : targets)
    metrics.Sample(target.last_error.empty() ? 1 : 0, "target=\"" + LabelValue(target.name) + "\"");
  return metrics.Take();
}

std::string ExportMetricsText(const std::vector<model::ExportStatus>& exports, Nanos now) {
  struct Column {
    const char* name;
    uint64_t model::ExportStatus::* member;
    const char* help;
  };
  using Status = model::ExportStatus;
  constexpr Column kColumns[] = {
      {"vitrine_export_files_total", &Status::files, "Files of scheduled exports written."},
      {"vitrine_export_bytes_total", &Status::bytes, "Their bytes."},
      {"vitrine_export_rows_total", &Status::rows, "Their rows."},
      {"vitrine_export_failures_total", &Status::failures, "Attempts that failed."},
      {"vitrine_export_periods_skipped_total", &Status::periods_skipped,
       "Periods that were too long ago to be caught up on."},
  };
  Metrics metrics;
  if (exports.empty()) return {};
  const auto label = [](const Status& one) { return "export=\"" + LabelValue(one.name) + "\""; };
  for (const Column& column : kColumns) {
    metrics.Begin(column.name, "counter", column.help);
    for (const Status& one : exports) metrics.Sample(one.*column.member, label(one));
  }
  metrics.Begin("vitrine_export_ok", "gauge", "1 while the last attempt went well.");
  for (const Status& one : exports) metrics.Sample(one.last_error.empty() ? 1 : 0, label(one));
  metrics.Begin("vitrine_export_late_seconds", "gauge", "Since when the next period is due.");
  for (const Status& one : exports) {
    const int64_t late = now - one.due;
    metrics.Sample(late > 0 ? static_cast<uint64_t>(late / kNanosPerSecond) : 0, label(one));
  }
  return metrics.Take();
}

}  // namespace vitrine::api
