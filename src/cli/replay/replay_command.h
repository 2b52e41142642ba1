// `vitrine replay-server`: answers recorded in a session, served as the provider gave them, so that
// an agent's run can be repeated and tests need no provider.
// Threads: one command at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/api_client.h"
#include "cli/replay/replay_book.h"
#include "net/http_types.h"

namespace vitrine::cli {

struct ReplayOptions {
  ServerOptions server;
  std::string session;
  std::string listen = "127.0.0.1:7081";
  bool in_order = false;
  bool keeps_timing = false;
};

/// What the gateway would have kept of a request: its target and its (decoded) body without
/// secrets.
struct RedactedRequest {
  std::string target, body;
};
using RedactRequest =
    std::function<RedactedRequest(const net::HttpRequest& request, std::string_view body)>;

/// Serves until SIGINT or SIGTERM. Exit code: kExitGateFailed when a request found no answer.
int RunReplayServer(const ReplayOptions& options, const RedactRequest& redact);

}  // namespace vitrine::cli
