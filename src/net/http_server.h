// HttpServer: HTTP/1.1 over TCP and Unix sockets, for handlers that know nothing of sockets.
//
// Every head passes a strict gate (net/internal/head_gate.h) before anything acts on it: whatever
// two parsers could read in two ways is answered 400 and the connection is closed.
//
// Threads:  handlers run on an io thread and must not block; hand blocking work to a WorkerPool
//           (net/worker_pool.h). HttpResponder and HttpStream may be used from any thread.
// Owner:    the server owns connections and io threads. A responder that outlives the server is
//           harmless: what it sends goes nowhere.
// Order:    one request of a connection runs at a time; pipelined ones wait, in order.
// Source:   RFC 9110, RFC 9112.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http_relay.h"
#include "net/http_types.h"
#include "net/limits.h"

namespace vitrine::net {

class HttpStream;
namespace internal {
class Exchange;
class ServerImpl;
}  // namespace internal

/// The right to answer one request, once. Movable, usable from any thread, at any later time.
/// Dropped without an answer it answers 500, so that no client waits for ever.
class HttpResponder {
 public:
  explicit HttpResponder(std::shared_ptr<internal::Exchange> exchange);
  HttpResponder(HttpResponder&&) noexcept = default;
  HttpResponder& operator=(HttpResponder&& other) noexcept;
  ~HttpResponder();

  /// Adds a header to whatever the answer will be (errors included). Before Send or Begin.
  void AddHeader(std::string name, std::string value);
  /// Answers. Ends the responder: answering twice is a programmer error.
  void Send(HttpResponse response);
  /// Answers with a body that is not known yet: chunked on HTTP/1.1. Ends the responder.
  HttpStream Begin(int status, HttpHeaders headers);
  /// Has an upstream answer: for requests that must be seen whole before it is known where they go
  /// (HttpServerOptions::relay decides without the body, and streams it). The plan carries the
  /// body, usually the request's own. Ends the responder.
  void Relay(RelayPlan plan);

  /// Calls `callback` once, on an io thread, when the client has gone away before the answer was
  /// complete (on this thread and at once, if it already has). It also fires for a client that only
  /// closed its sending side; the answer is still delivered to that one. Must not block.
  void OnDisconnect(std::function<void()> callback);
  /// True when the client is known to be gone.
  bool disconnected() const;
  const std::string& request_id() const;

 private:
  std::shared_ptr<internal::Exchange> exchange_;
};

/// The body of a response that is being written. Movable, for one thread at a time.
/// Dropped without End the connection is cut behind what was written, so that the client sees the
/// body is incomplete.
class HttpStream {
 public:
  explicit HttpStream(std::shared_ptr<internal::Exchange> exchange);
  HttpStream(HttpStream&&) noexcept = default;
  HttpStream& operator=(HttpStream&& other) noexcept;
  ~HttpStream();

  /// Writes body bytes. Waits while more than kStreamBufferBytesMax wait for the client; on an io
  /// thread it never waits and fails with kLimitExceeded instead.
  /// Errors: kCancelled when the client is gone or the server stops.
  Result<void> Write(std::string_view bytes);
  /// The same without ever waiting, on any thread: kLimitExceeded, and nothing written, while too
  /// much waits for the client.
  Result<void> TryWrite(std::string_view bytes);
  /// Ends the body. Does not wait for delivery. `trailers` follow a chunked body, and go nowhere
  /// where there is none (HTTP/1.0); a head that announces them has Trailer.
  void End(const HttpHeaders& trailers = {});

  /// As HttpResponder::OnDisconnect, until End.
  void OnDisconnect(std::function<void()> callback);
  bool disconnected() const;

 private:
  std::shared_ptr<internal::Exchange> exchange_;
};

/// Called on an io thread with a complete request.
using HttpHandler = std::function<void(HttpRequest, HttpResponder)>;
/// Called on an io thread when a head was read and its body was not (`body` is empty). An answer
/// refuses the request before the body is read.
using HttpAdmit = std::function<std::optional<HttpResponse>(const HttpRequest& head)>;

struct HttpListener {
  std::string name = {};  ///< Shows up in HttpTransport::listener.
  /// TCP when not empty: an address literal ("127.0.0.1", "::1", "0.0.0.0") or "localhost".
  std::string host = {};
  uint16_t port = 0;           ///< 0 takes any free port; see HttpServer::port.
  std::string unix_path = {};  ///< Unix socket otherwise. A socket nobody answers on is replaced.
  unsigned unix_mode = 0600;
};

struct HttpServerOptions {
  std::vector<HttpListener> listeners;
  size_t io_threads = 1;
  HttpAdmit admit;     ///< Optional.
  RelayPlanner relay;  ///< Optional; asked after `admit`.
  NameLookup lookup;   ///< How upstreams' names are looked up; empty is getaddrinfo.
  /// Every answer gets a Date and an x-request-id of the server's own. Off: those that the handler
  /// gave go out, or none.
  bool stamps_answers = true;

  size_t head_bytes_max = kHeadBytesMax;
  size_t header_count_max = kHeaderCountMax;
  size_t body_bytes_max = kBodyBytesMax;
  size_t body_bytes_in_flight_max = kBodyBytesInFlightMax;
  size_t connections_max = kConnectionsMax;
  int64_t idle_timeout_ms = kIdleTimeoutMs;
  int64_t head_timeout_ms = kHeadTimeoutMs;
  int64_t body_stall_timeout_ms = kBodyStallTimeoutMs;
  int64_t write_timeout_ms = kWriteTimeoutMs;
  int64_t http2_ping_after_ms = kHttp2PingAfterMs;
  int64_t http2_ping_timeout_ms = kHttp2PingTimeoutMs;
  size_t stream_buffer_bytes_max = kStreamBufferBytesMax;
};

/// What the server counted since it started. `connections` is how many are open now.
struct HttpServerStats {
  uint64_t connections = 0;
  uint64_t connections_accepted = 0;
  uint64_t connections_refused = 0;  ///< Over connections_max.
  uint64_t requests = 0;             ///< Reached the handler.
  uint64_t requests_malformed = 0;   ///< Refused by the gate or the body framing.
  uint64_t requests_too_large = 0;   ///< 413 and 431.
  uint64_t requests_shed = 0;        ///< 503, over body_bytes_in_flight_max.
  uint64_t timeouts = 0;             ///< Closed for slowness; idle keep-alive is not counted.
  uint64_t handler_exceptions = 0;   ///< Handlers and planners that threw; clients got 500.
  uint64_t body_bytes_in_flight = 0;

  uint64_t relays = 0;              ///< Requests that were relayed, or meant to be.
  uint64_t relays_running = 0;      ///< Now.
  uint64_t relays_failed = 0;       ///< Ended for a reason other than complete and client_left.
  uint64_t relays_client_left = 0;  ///< Ended because the client did.
  uint64_t relays_repeated = 0;     ///< Sent again: not processed, or so ADR 0008 and 0012 take it.
  uint64_t upstream_connects = 0;   ///< New connections to upstreams.
  uint64_t upstream_reuses = 0;     ///< Relays on a kept connection.
};

class HttpServer {
 public:
  /// Binds every listener and starts the io threads; requests are answered when this returns.
  /// Errors: kInvalidInput (address), kConflict (address in use), kIo.
  static Result<std::unique_ptr<HttpServer>> Start(HttpServerOptions options, HttpHandler handler);
  ~HttpServer();  ///< Stops, with the default deadline.

  /// The bound port of TCP listener `index` (counting all listeners); 0 for a Unix socket.
  uint16_t port(size_t index = 0) const;

  /// Stops accepting, closes idle connections, lets running requests finish until the deadline,
  /// then closes what is left. Returns when the io threads ended. Repeating it does nothing.
  void Stop(int64_t deadline_ms = kStopDeadlineMs);

  HttpServerStats stats() const;

 private:
  explicit HttpServer(std::unique_ptr<internal::ServerImpl> impl);
  std::unique_ptr<internal::ServerImpl> impl_;
};

}  // namespace vitrine::net
