// Every limit of the HTTP machinery, with its reason. Options start from these values.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::net {

// Request and response heads.

/// Start line and all header lines. Tracing baggage, cookies and a bearer token fit in 16 KiB
/// together; twice that leaves room for proxies, and 10,000 slow heads still cost only 320 MiB.
inline constexpr size_t kHeadBytesMax = 32 * 1024;
/// Browsers and SDKs send fewer than 40; gateways add tags. More is an attack on linear look-ups.
inline constexpr size_t kHeaderCountMax = 128;
/// Registered methods end at 17 letters (UPDATEREDIRECTREF).
inline constexpr size_t kMethodBytesMax = 20;

// Request bodies.

/// OTLP 1.11 recommends that a receiver takes at least this much.
inline constexpr size_t kBodyBytesMax = 64 * 1024 * 1024;
/// All request bodies held by one server. Four of the largest; more answers 503, so that memory
/// has a ceiling however many clients send at once.
inline constexpr size_t kBodyBytesInFlightMax = 256 * 1024 * 1024;
/// First allocation for a body whose length is only announced: an announcement costs the sender
/// nothing, so memory follows the bytes that really came.
inline constexpr size_t kBodyReserveBytes = 64 * 1024;
/// A chunk's size line with extensions, or a trailer section. Nobody sends useful ones.
inline constexpr size_t kChunkHeadBytesMax = 4 * 1024;

// Connections and time.

/// 10,000 idle SDK connections must survive; the rest is headroom for requests.
inline constexpr size_t kConnectionsMax = 12'000;
/// SDK connection pools keep sockets for 60 s or so; ours lives longer, so that the client closes
/// first and no request meets a closing socket.
inline constexpr int64_t kIdleTimeoutMs = 75'000;
/// From the first byte of a head to its end. A head is one packet; ten seconds outlast two
/// retransmissions.
inline constexpr int64_t kHeadTimeoutMs = 10'000;
/// Without a single byte of an announced body.
inline constexpr int64_t kBodyStallTimeoutMs = 15'000;
/// Average below which a body is a slow-body attack, counted after the first stall timeout.
inline constexpr int64_t kBodyRateMinBytesPerS = 8 * 1024;
/// A client that takes no byte of its response for this long is gone.
inline constexpr int64_t kWriteTimeoutMs = 30'000;
/// How long a finished connection still reads, so that the last response is not lost to a reset.
inline constexpr int64_t kLingerTimeoutMs = 1'000;
/// How many bytes that reads and throws away at most.
inline constexpr size_t kLingerBytesMax = 4 * 1024 * 1024;
/// How often each connection's deadline is looked at, and so how exact it is.
inline constexpr int64_t kTickMs = 250;
/// A round over this many connections is cut into ten slices, 25 ms apart: 10,000 at once would
/// take 2 ms, and every request that comes in that moment would wait for it.
inline constexpr size_t kTickSlicedFrom = 1'000;
inline constexpr size_t kTickSlices = 10;
/// One read from a socket; also the most that a connection without a request ever costs, since
/// all connections of a thread share it.
inline constexpr size_t kReadBytes = 64 * 1024;
/// Reads from one socket before the others get their turn.
inline constexpr int kReadsPerTurn = 16;
/// Running requests get this long at shutdown; the whole process has 5 s.
inline constexpr int64_t kStopDeadlineMs = 4'000;
/// Bytes read ahead of a running request (pipelining); beyond it TCP pushes back.
inline constexpr size_t kReadAheadBytesMax = 64 * 1024;
/// Bytes of a streamed response that wait for the client before a writer waits.
inline constexpr size_t kStreamBufferBytesMax = 256 * 1024;

// Worker pool.

/// Requests that wait for a worker. At 5 ms a query this is about five seconds of two workers;
/// whoever waits longer is better served by a 503 and a retry.
inline constexpr size_t kWorkerQueueMax = 2'048;

// Client.

/// Loopback and local networks connect in milliseconds; a lost SYN is re-sent after 1 and 3 s.
inline constexpr int64_t kConnectTimeoutMs = 5'000;
/// Between two bytes of a response; the server's own query limit ends earlier.
inline constexpr int64_t kClientIoTimeoutMs = 60'000;
/// Connections kept open per client between requests.
inline constexpr size_t kClientPoolMax = 16;
/// A response that is collected in memory rather than streamed.
inline constexpr size_t kClientResponseBytesMax = 256 * 1024 * 1024;
/// Interim (1xx) responses before the real one; one is normal.
inline constexpr size_t kInterimResponsesMax = 8;

// Relays.

/// Bytes of one direction that wait for a slow receiver before the sender is read no further; one
/// read may come on top. Two reads of a fast link, and 10,000 stuck relays stay under 2 GiB.
inline constexpr size_t kRelayBufferBytesMax = 64 * 1024;
/// Bytes of a request kept until the answer begins, for sending them once more when a kept
/// connection turns out closed. A chat call with its history fits; an upload need not.
inline constexpr size_t kRelayReplayBytesMax = 256 * 1024;
/// Of an answer that the client does not get, read so that it can be observed and the connection
/// kept: more than any provider writes about an error.
inline constexpr size_t kRelayTakenBackBytesMax = 256 * 1024;
/// Relays at once. Each has two sockets; more than the connections a server takes cannot be.
inline constexpr size_t kRelaysMax = 10'000;
/// Idle connections kept for one upstream on one loop: as many as one core keeps busy.
inline constexpr size_t kUpstreamIdlePerEndpointMax = 128;
/// Idle connections kept on one loop for all upstreams, which a header may name.
inline constexpr size_t kUpstreamIdleMax = 512;
/// Load balancers drop idle connections after 60 s; ours go before, so that fewer turn out closed.
inline constexpr int64_t kUpstreamIdleTimeoutMs = 50'000;
/// Looking a name up and connecting. Another continent answers in 0.3 s; a lost SYN is re-sent
/// after 1 and 3 s, a lost question after 5.
inline constexpr int64_t kRelayConnectTimeoutMs = 10'000;
/// Two round trips and a signature.
inline constexpr int64_t kRelayTlsTimeoutMs = 10'000;
/// An upstream that takes no byte of a request for this long is stuck.
inline constexpr int64_t kRelaySendTimeoutMs = 60'000;
/// Reasoning models are silent for minutes before their first token; SDKs give up after ten.
inline constexpr int64_t kRelayFirstByteTimeoutMs = 600'000;
/// Providers send pings every few seconds where they stream; those that do not are still silent.
inline constexpr int64_t kRelayIdleTimeoutMs = 600'000;
/// Streams at once on one HTTP/2 connection; more open another. What servers allow by themselves
/// (100 to 128), and the most calls that one lost packet or one broken connection stops.
inline constexpr size_t kHttp2StreamsMax = 100;
/// What an upstream may send on one stream before its relay has read it. Four buffers of a relay:
/// an image or a file comes from 100 ms away with 2.5 MB/s, and a thousand stuck clients cost 256
/// MiB.
inline constexpr uint32_t kHttp2StreamWindowBytes = 256 * 1024;
/// The same for all streams of a connection together: never what stops one of them.
inline constexpr int32_t kHttp2ConnectionWindowBytes = kHttp2StreamsMax * kHttp2StreamWindowBytes;
/// Frames put together for one write: as much as a TLS record holds.
inline constexpr size_t kHttp2WriteBytes = 16 * 1024;
/// A connection with streams on which nothing was heard for this long is asked whether it lives: a
/// model that thinks is silent for minutes, and so is a router that forgot the connection.
inline constexpr int64_t kHttp2PingAfterMs = 30'000;
/// How long the answer may take. Lost packets are sent again within three seconds.
inline constexpr int64_t kHttp2PingTimeoutMs = 15'000;
/// How long a stream whose answer is whole by its length may stay open.
inline constexpr int64_t kHttp2EndWaitMs = 10'000;
/// Connections that may end before they take a call: a server that restarts its workers under load
/// ends several within a second. One that ends every connection is not asked for ever.
inline constexpr size_t kHttp2PassedOverMax = 10;
/// For how long a server that chose HTTP/1.1 is not asked again.
inline constexpr int64_t kHttp1OnlyMs = 300'000;
/// With UpstreamHttp2::kAuto: connections of HTTP/1.1 to one server, on one loop, before what goes
/// beyond is sent over HTTP/2. One application seldom has more calls at once; a burst has hundreds,
/// and so few handshakes are no burden to either side.
inline constexpr size_t kHttp2CrowdFrom = 16;
/// Servers with HTTP/2 connections on one loop; callers name hosts where a path has a part of one.
/// More speak HTTP/1.1.
inline constexpr size_t kHttp2ServersMax = kUpstreamIdleMax;
/// Names whose addresses are remembered; a flood of made-up names replaces, it does not grow.
inline constexpr size_t kResolverCacheMax = 1'024;
/// How long. The system's resolver does not tell a record's time to live; cloud load balancers move
/// within a minute.
inline constexpr int64_t kResolverTtlMs = 30'000;
/// A name that was not found is asked for again sooner: it may just have been set up.
inline constexpr int64_t kResolverFailureTtlMs = 1'000;
/// Names that wait for a resolver thread; more are refused.
inline constexpr size_t kResolverQueueMax = 256;
/// Look-ups block for seconds where a name server is dead, and no thread serves another name
/// meanwhile. More are made only while all of them are busy; each costs a stack that it seldom
/// touches.
inline constexpr size_t kResolverThreadsMax = 32;
/// TLS sessions kept for resumption, one an endpoint.
inline constexpr size_t kTlsSessionsMax = 256;

static_assert(kHttp2StreamWindowBytes > kRelayBufferBytesMax, "a relay's buffer must fill first");
static_assert(kUpstreamIdlePerEndpointMax <= kUpstreamIdleMax);
static_assert(kUpstreamIdleTimeoutMs < 60'000, "load balancers must not close first");
static_assert(kHeadBytesMax <= kReadAheadBytesMax, "a pipelined head must fit the read-ahead");
static_assert(kBodyBytesMax <= kBodyBytesInFlightMax);
static_assert(kStopDeadlineMs + kLingerTimeoutMs <= 5'000, "SIGTERM must end the process in 5 s");

}  // namespace vitrine::net
