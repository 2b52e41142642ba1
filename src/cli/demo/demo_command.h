// `vitrine demo`: sends believable traffic through a server's OTLP door.
#pragma once

#include <cstdint>

#include "cli/api_client.h"

namespace vitrine::cli {

struct DemoOptions {
  ServerOptions server;
  uint64_t seed = 1;
  int64_t traces = 0;       ///< Send this many, wait until they can be asked for, and end.
  double rate = 0;          ///< Stories a second, until interrupted.
  int64_t bulk = 0;         ///< Send this many spans as fast as the server takes them.
  double days = 1;          ///< Spread over the days before now.
  int64_t base_time_s = 0;  ///< Instead of now; the same seed then sends the same bytes.
};

/// Runs the command; returns its exit code.
int RunDemo(const DemoOptions& options);

}  // namespace vitrine::cli
