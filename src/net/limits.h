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

static_assert(kHeadBytesMax <= kReadAheadBytesMax, "a pipelined head must fit the read-ahead");
static_assert(kBodyBytesMax <= kBodyBytesInFlightMax);
static_assert(kStopDeadlineMs + kLingerTimeoutMs <= 5'000, "SIGTERM must end the process in 5 s");

}  // namespace vitrine::net
