// Commands that ask a server and print: sql, traces, trace, doctor. For people by default, --json
// for programs.
#pragma once

#include <string>

#include "cli/api_client.h"

namespace vitrine::cli {

struct ReadOptions {
  ServerOptions server;
  bool json = false;
  bool color = false;
};

int RunSql(const ReadOptions& options, const std::string& query);
int RunTraces(const ReadOptions& options, const std::string& search, int64_t limit);
int RunTrace(const ReadOptions& options, const std::string& trace_id);
int RunDoctor(const ReadOptions& options);

}  // namespace vitrine::cli
