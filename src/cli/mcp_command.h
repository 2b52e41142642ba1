// `vitrine mcp`: the Model Context Protocol on stdin and stdout, carried to a server's /mcp.
// Threads: one command at a time; it answers several messages at once.
#pragma once

#include "cli/api_client.h"

namespace vitrine::cli {

/// Runs until stdin ends. Returns the exit code.
int RunMcp(const ServerOptions& server);

}  // namespace vitrine::cli
