// From one HTTP request to its answer.
// Threads: the connection's.
#pragma once

#include "engine/internal/host.h"
#include "engine/internal/http_socket.h"
#include "engine/internal/sessions.h"

namespace vitrine::engine {

/// Serves one request whose head was read. False when the connection must be closed.
bool ServeRequest(Host& host, Sessions& sessions, HttpSocket& socket, const HttpHead& head,
                  bool tcp);

/// Answers a request whose head is malformed.
void RefuseHead(HttpSocket& socket, const Error& error);

}  // namespace vitrine::engine
