// Commands that ask a server and print: sql, traces, trace, exchange, doctor, prices, reprice. For
// people by default; --json and --jsonl for programs. Threads: one command at a time.
#pragma once

#include <string>
#include <vector>

#include "cli/api_client.h"

namespace vitrine::cli {

/// In which time zone times are read and printed: the project's when nothing is said.
struct ZoneOptions {
  bool utc = false;
  std::string name;
};

struct ReadOptions {
  ServerOptions server;
  ZoneOptions zone;
  bool json = false;   ///< The server's answer as it is.
  bool jsonl = false;  ///< One JSON object a row.
  bool color = false;
};

struct TraceFilterOptions {
  std::string filter, from, to, status, model, service, user, session, environment, release,
      feature, kind;
  int64_t limit = 50;
};

struct RepriceOptions {
  bool dry_run = false;
  std::string from, to;
};

int RunSql(const ReadOptions& options, const std::string& query,
           const std::vector<std::string>& params);
int RunTraces(const ReadOptions& options, const TraceFilterOptions& filter);
int RunTrace(const ReadOptions& options, const std::string& trace_id);
/// The HTTP exchange of one call, as a transcript.
int RunExchange(const ReadOptions& options, const std::string& trace_id,
                const std::string& span_id);
int RunDoctor(const ReadOptions& options);
int RunPrices(const ReadOptions& options, const std::string& words, bool unpriced);
int RunReprice(const ReadOptions& options, const RepriceOptions& reprice);

}  // namespace vitrine::cli
