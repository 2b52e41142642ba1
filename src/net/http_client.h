// HttpClient: a blocking HTTP/1.1 client for one server, over TCP, TLS or a Unix socket.
//
// Threads:  Send may be called from several threads; each call has a connection to itself.
// Owner:    keeps idle connections for reuse, up to connections_kept_max.
// Strict:   responses pass the same gate as requests (net/internal/head_gate.h); what can be read
//           in two ways is an error, and its connection is closed.
// TLS:      where the endpoint has it; certificates are always verified (UpstreamTls).
// Source:   RFC 9110, RFC 9112.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_types.h"
#include "net/limits.h"

namespace vitrine::net {

class UpstreamTls;

/// Where a server is: host and port, or a Unix socket.
struct HttpEndpoint {
  std::string host = "127.0.0.1";
  uint16_t port = 80;
  std::string unix_path = {};    ///< Wins over host and port when not empty.
  std::string path_prefix = {};  ///< Path of the URL without a slash at the end; for callers.
  std::shared_ptr<UpstreamTls> tls = {};  ///< None: plain TCP.
  std::string tls_name = {};              ///< For SNI and verification; empty takes `host`.
};

/// Reads "http://host:port/prefix", "host:port" or "unix:/path/to/socket".
/// Errors: kInvalidInput; kUnsupported for https, whose certificates only the caller can judge.
Result<HttpEndpoint> ParseHttpEndpoint(std::string_view url);

struct HttpClientOptions {
  HttpEndpoint endpoint = {};
  HttpHeaders headers = {};  ///< Sent with every request.
  int64_t connect_timeout_ms = kConnectTimeoutMs;
  int64_t io_timeout_ms = kClientIoTimeoutMs;  ///< Without a byte moving, either way.
  size_t connections_kept_max = kClientPoolMax;
  size_t response_bytes_max = kClientResponseBytesMax;  ///< Of a collected body.
};

struct HttpClientRequest {
  std::string method = "GET";
  std::string target = "/";  ///< Origin form, percent-encoded.
  HttpHeaders headers = {};
  std::string_view body = {};  ///< Borrowed until Send returns.
  /// Instead of `body`: the next piece each time, empty at the end; sent chunked. The piece is
  /// borrowed until the next call. An error ends the request with it.
  std::function<Result<std::string_view>()> body_source = {};
  /// Called once with the status and headers, before any body. An error ends the request with it.
  std::function<Result<void>(int status, const HttpHeaders& headers)> on_head = {};
  /// Instead of collecting the body: gets its pieces. An error ends the request with it.
  std::function<Result<void>(std::string_view piece)> on_body = {};
  /// Whether it may be sent again when a kept connection turns out closed before the first byte of
  /// an answer. Unset: what RFC 9110 calls idempotent (GET, HEAD, PUT, DELETE, OPTIONS).
  std::optional<bool> may_repeat = {};
  int64_t total_timeout_ms = 0;  ///< Of the whole exchange; 0 is none.
  std::stop_token stop = {};     ///< Ends the request with kCancelled, from any thread.
};

class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends one request and reads its whole response. Any status is a success here.
  /// Errors: kUnavailable (no connection, or it broke), kCancelled (stopped or timed out),
  ///         kCorrupt (malformed response), kLimitExceeded, kInvalidInput (unsendable request).
  Result<HttpResponse> Send(const HttpClientRequest& request);

  Result<HttpResponse> Get(std::string target);
  Result<HttpResponse> Post(std::string target, std::string content_type, std::string_view body);

  const HttpEndpoint& endpoint() const { return options_.endpoint; }

 private:
  struct Pool;
  const HttpClientOptions options_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace vitrine::net
