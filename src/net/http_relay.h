// Relaying: what a server needs to know to pass a request on to another server, and who watches.
//
// A relay streams both bodies at the same time, on the io loop of the connection the request came
// on. It changes no byte of a body. Framing and what belongs to one connection alone (Connection
// and what it names, Keep-Alive, Proxy-*, TE, Trailer, Transfer-Encoding, Upgrade) are written anew
// on each side; every other header of the answer goes through as it came.
//
// Strict:   responses pass the same gate as requests (net/internal/head_gate.h), bodies a framer
//           that takes one reading only. What fails is never passed on, and both connections end.
// Client:   a client that ends its side while its request is relayed has left: its upstream is
//           closed at once. (In a tunnel each direction ends for itself.)
// Owner:    plans are moved into the server; endpoints, TLS contexts and observers are shared.
// Threads:  everything is called on an io thread and must not block.
// Source:   RFC 9110 sections 7.6, 7.8, 15.2; RFC 9112.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http_types.h"
#include "net/limits.h"

namespace vitrine::net {

namespace internal {
class TlsContext;
}
class HttpResponder;

/// An address that a name stands for, with the port to connect to.
struct IpAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  /// "127.0.0.1:80", "[::1]:80".
  std::string ToText() const;
  /// An IPv6 address that only wraps an IPv4 one (::ffff:127.0.0.1) as the IPv4 address that a
  /// connection to it reaches; any other as it is.
  IpAddress Unmapped() const;
  /// Reads "127.0.0.1" or "::1", unmapped; nothing for anything that is not a literal of four or
  /// eight parts.
  static std::optional<IpAddress> Parse(const std::string& literal, uint16_t port);
};

/// True when a connection to this address is allowed.
/// Shape: AF_INET or AF_INET6. Addresses that wrap an IPv4 one come as AF_INET; those of a
///        translator (64:ff9b::/96, NAT64) come as they are, since only the network knows where
///        they lead: a check that forbids private IPv4 addresses forbids that prefix too, unless
///        the translator is known. 0.0.0.0 and :: reach this machine.
/// Owner: kept until the plan ends; a connection that is kept afterwards does not hold it.
using AddressCheck = std::function<bool(const IpAddress& address)>;

/// Finds the addresses of a name. Called on a thread of its own and may block.
using NameLookup =
    std::function<Result<std::vector<IpAddress>>(const std::string& host, uint16_t port)>;

/// How to speak TLS to upstreams: certificates are always verified, against the system's store and
/// an extra file. Keeps sessions for resumption. One serves many endpoints and all threads.
class UpstreamTls {
 public:
  /// Reads the stores; make it where blocking is allowed. `extra_ca_file` (PEM) may be empty.
  /// Errors: kInvalidInput (the file holds no certificate), kInternal (OpenSSL).
  static Result<std::shared_ptr<UpstreamTls>> Create(const std::string& extra_ca_file = {});
  ~UpstreamTls();

  internal::TlsContext& context() { return *context_; }

 private:
  explicit UpstreamTls(std::unique_ptr<internal::TlsContext> context);
  std::unique_ptr<internal::TlsContext> context_;
};

/// What is spoken with an upstream.
enum class UpstreamHttp2 : uint8_t {
  kOff,  ///< HTTP/1.1.
  kOn,   ///< HTTP/2 where the server chooses it in the TLS handshake; else HTTP/1.1.
  /// HTTP/1.1 for few calls at once, HTTP/2 for those beyond kHttp2CrowdFrom connections.
  kAuto,
  kPriorKnowledge,  ///< HTTP/2 without asking, for servers without TLS.
};

/// Where an upstream is. Connections are kept and reused among plans whose endpoints are equal.
struct UpstreamEndpoint {
  std::string host = {};  ///< A name or an address literal, without brackets.
  uint16_t port = 80;
  std::string unix_path = {};             ///< Wins over host and port when not empty.
  std::shared_ptr<UpstreamTls> tls = {};  ///< None: plain TCP.
  std::string tls_name = {};              ///< For SNI and verification; empty takes `host`.
  /// Upgrades, and plans with an address check, go over HTTP/1.1 whatever this says.
  UpstreamHttp2 http2 = UpstreamHttp2::kOff;
};

/// How long each phase may take. The server looks every kTickMs.
struct RelayTimeouts {
  int64_t connect_ms = kRelayConnectTimeoutMs;       ///< Name look-up and connecting.
  int64_t tls_ms = kRelayTlsTimeoutMs;               ///< The handshake.
  int64_t send_ms = kRelaySendTimeoutMs;             ///< The upstream takes no byte.
  int64_t first_byte_ms = kRelayFirstByteTimeoutMs;  ///< From the request's end to the answer.
  int64_t idle_ms = kRelayIdleTimeoutMs;             ///< Between two bytes of the answer.
};

/// Why a relay ended.
enum class RelayEndReason : uint8_t {
  kComplete,             ///< The whole answer went to the client.
  kClientLeft,           ///< The client closed before the end.
  kClientTooSlow,        ///< The client sent or took no byte for too long.
  kRequestMalformed,     ///< The client framed its body wrongly.
  kUpstreamUnreachable,  ///< No address, refused, or no valid certificate.
  kUpstreamForbidden,    ///< The address check allowed none of the addresses.
  kUpstreamCut,          ///< The upstream closed before the end of its answer.
  kResponseMalformed,    ///< The upstream's answer can be read in two ways, or in none.
  kTimeoutConnect,
  kTimeoutTls,
  kTimeoutSend,
  kTimeoutFirstByte,
  kTimeoutIdle,
  kOverloaded,   ///< More than kRelaysMax relays.
  kInvalidPlan,  ///< The planner's head cannot be sent.
  kServerStopping,
};

/// "complete", "client_left", …: stable names for logs and error answers.
std::string_view RelayEndReasonName(RelayEndReason reason);

/// When things happened, in monotonic nanoseconds (MonotonicNanos); 0 is never.
struct RelayTimes {
  int64_t accepted_ns = 0;      ///< The request's head was complete.
  int64_t connected_ns = 0;     ///< A connection to the upstream was at hand, TLS included.
  int64_t request_sent_ns = 0;  ///< The kernel had the request's last byte.
  int64_t first_byte_ns = 0;    ///< Of the final answer's head.
  int64_t last_byte_ns = 0;     ///< Of the answer.
};

struct RelayEnd {
  RelayEndReason reason = RelayEndReason::kComplete;
  std::string detail = {};  ///< One sentence where the reason alone says too little.
  RelayTimes times = {};
  uint64_t request_body_bytes = 0;
  uint64_t response_body_bytes = 0;
  /// Bytes through a tunnel after 101, client to upstream and back.
  uint64_t tunnel_up_bytes = 0;
  uint64_t tunnel_down_bytes = 0;
  bool connection_was_kept = false;  ///< The upstream connection had served before.
  bool was_http2 = false;            ///< It was a stream of one.
  bool was_repeated = false;         ///< A connection ended before it took it; ADR 0008, ADR 0012.
  bool was_left_unread = false;      ///< Taken back, and longer than the plan reads.
  bool was_taken_back = false;       ///< Nothing of it went to the client; see RelayTakeBack.
  /// The status the client got: the upstream's, or ours for a failure; 0 when none.
  int status = 0;
};

/// Sees everything that passes, from the moment the relay begins (a plan whose client was gone
/// before is dropped untold). Calls come in the order of the wire for each direction; OnEnd is the
/// last. Views live until the call returns.
class RelayObserver {
 public:
  virtual ~RelayObserver() = default;
  /// Method, target and headers of the plan.
  virtual void OnRequestHead(std::string_view method, std::string_view target,
                             const HttpHeaders& headers);
  /// Body bytes of the request, without chunk framing.
  virtual void OnRequestBody(std::string_view piece, int64_t read_ns);
  /// An interim response other than 100, or the final one; headers as they came.
  virtual void OnResponseHead(int status, const HttpHeaders& headers, int64_t read_ns);
  /// Body bytes of the response as relayed, without chunk framing, and when the read that delivered
  /// them returned.
  virtual void OnResponseBody(std::string_view piece, int64_t read_ns);
  virtual void OnResponseTrailers(const HttpHeaders& trailers);
  /// Bytes through a tunnel after 101.
  virtual void OnTunnelBytes(bool from_client, std::string_view piece, int64_t read_ns);
  virtual void OnEnd(const RelayEnd& end);
};

/// What a relay came to while nothing of an answer had gone to the client.
struct RelayAttempt {
  RelayEndReason reason = RelayEndReason::kComplete;  ///< kComplete: the answer's head came.
  int status = 0;                                     ///< Of that head; 0 for a failure.
  const HttpHeaders* headers = nullptr;               ///< Likewise; lives until the call returns.
};
/// Gets the right to answer that a relay gave back. Called on an io thread; must not block.
using RelayContinuation = std::function<void(HttpResponder)>;
/// Decides whether an attempt's outcome goes to the client (an empty answer) or the exchange is
/// taken back, so that somebody else can answer it: the next upstream, or the server. The answer's
/// body is then read to its end and shown to the observer alone.
using RelayTakeBack = std::function<RelayContinuation(const RelayAttempt& attempt)>;

/// Leaves parts of an answer's body out of what the client gets. The observer sees all of it.
class RelayBodyFilter {
 public:
  virtual ~RelayBodyFilter() = default;
  /// Appends to `out` what the client gets once `piece` has come; the rest is left out, or held
  /// back until more is known.
  virtual void Take(std::string_view piece, std::string& out) = 0;
  /// Appends what was held back: the body ended, or broke off.
  virtual void End(std::string& out) = 0;
};
/// Decides by an answer's head whether its body is filtered; null passes it as it came. A filtered
/// body has no length that is known before its end, and loses its trailers.
using RelayFilterMaker =
    std::function<std::unique_ptr<RelayBodyFilter>(int status, const HttpHeaders& headers)>;

/// How one request is to be relayed.
struct RelayPlan {
  std::shared_ptr<const UpstreamEndpoint> upstream;
  std::string method;   ///< HEAD when and only when the client's is: it frames the answer.
  std::string target;   ///< Origin form.
  HttpHeaders headers;  ///< End to end, `Host` included. What belongs to a connection is left out.
  /// The body instead of what the client sends; for HttpResponder::Relay alone. Null streams.
  std::shared_ptr<const std::string> body = {};
  /// The one protocol the client may upgrade to ("websocket"); empty allows none, and the request
  /// goes on without its Upgrade.
  std::string upgrade_protocol = {};
  /// Added to the head of the answer, whoever it comes from. End to end: with Content-Length,
  /// Transfer-Encoding, Connection or their kind among them the plan is invalid.
  HttpHeaders response_headers = {};
  /// For HttpResponder::Relay alone: what streams once cannot be sent again.
  RelayTakeBack take_back = {};
  size_t taken_back_bytes_max = kRelayTakenBackBytesMax;  ///< Read of an answer taken back.
  RelayFilterMaker filter = {};                           ///< None passes every body as it came.
  RelayTimeouts timeouts = {};
  AddressCheck address_check = {};               ///< None allows every address.
  std::shared_ptr<RelayObserver> observer = {};  ///< May be null.
};

/// Called on an io thread when a head passed the gate (and HttpServerOptions::admit), before its
/// body (`head.body` is empty). A plan relays the request; none lets it go on to the handler. One
/// that throws is counted like a handler, and its client gets 500.
using RelayPlanner = std::function<std::optional<RelayPlan>(const HttpRequest& head)>;

/// The clock of RelayTimes.
int64_t MonotonicNanos();

/// On every answer that a relay gives instead of the upstream; its value is the reason's name.
inline constexpr std::string_view kRelayErrorHeader = "x-vitrine-gateway-error";

}  // namespace vitrine::net
