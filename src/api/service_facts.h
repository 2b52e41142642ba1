// What the rest of the server tells the API about itself. Values only.
#pragma once

#include <cstdint>
#include <string>

namespace vitrine::api {

struct EngineFacts {
  std::string state = "down";  ///< "ready", "starting", "down" or "stopped".
  uint64_t restarts = 0;
  std::string last_end;   ///< How the last process ended; empty when none has.
  std::string last_line;  ///< The last thing it printed.
};

struct SettleFacts {
  bool ready = false;  ///< The schema is there and the ledger rebuilt.
  uint64_t settled_lsn = 0;
  uint64_t batches = 0, spans_written = 0, spans_rewritten = 0, duplicates_dropped = 0;
  uint64_t quarantined = 0;         ///< Unreadable records included.
  uint64_t unreadable_records = 0;  ///< Since the start.
  uint64_t ledger_traces = 0, ledger_bytes = 0;
  std::string last_error;  ///< Empty when the last batch went well.
};

/// An accepted row that the engine refused for good; the row itself lies in the quarantine folder.
struct QuarantineFact {
  std::string table, row, reason;
};

struct LogFacts {
  std::string state = "ok";  ///< "ok", "full" or "failing".
  std::string reason;
  uint64_t durable_lsn = 0;
  uint64_t disk_bytes = 0;
  uint64_t records_appended = 0, bytes_appended = 0, records_refused = 0;
  uint64_t syncs = 0, sync_nanos = 0, write_errors = 0, sync_errors = 0;
  uint64_t quarantined_records = 0;  ///< Acknowledged, then found corrupt.
};

/// The recording side of the gateway. Calls themselves are counted by the HTTP server.
struct GatewayFacts {
  uint64_t calls_begun = 0;    ///< Calls that were to be recorded.
  uint64_t calls_written = 0;  ///< Durable in the log.
  uint64_t calls_dropped = 0;  ///< Went through unrecorded.
  uint64_t calls_without_body = 0;
  uint64_t recording_bytes = 0, waiting = 0;  ///< Now.
  uint64_t batch_calls = 0;                   ///< Results of batches that became calls.
  uint64_t batch_lines_unread = 0;            ///< Results of batches that could not.
};

}  // namespace vitrine::api
