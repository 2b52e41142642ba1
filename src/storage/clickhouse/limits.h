// Every limit of the ClickHouse client and of the engine's supervisor, with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::clickhouse {

/// An answer collected in memory (Client::Query). Larger ones are streamed.
inline constexpr size_t kAnswerBytesMax = 256 * 1024 * 1024;
/// The head of an answer; ClickHouse's is under 2 KiB, a long X-ClickHouse-Summary included.
inline constexpr size_t kAnswerHeadBytesMax = 64 * 1024;
/// The text of an exception. ClickHouse quotes parts of the query in it.
inline constexpr size_t kExceptionBytesMax = 1024 * 1024;
/// One read or write on a socket.
inline constexpr size_t kSocketBufferBytes = 256 * 1024;
/// A body up to this size travels in one write with its head: copying it is cheaper than a call.
inline constexpr size_t kJoinedBodyBytesMax = 64 * 1024;
/// Connections kept open between calls: the settler's, a page's worth of queries, alerts.
inline constexpr size_t kIdleLinksMax = 16;
/// Reuse of an idle connection ends this long before the server's own time, so that a request does
/// not meet a closing socket.
inline constexpr int64_t kIdleMarginMs = 2'000;
/// When the server does not say how long it keeps connections (ClickHouse's default is 10 s).
inline constexpr int64_t kIdleDefaultMs = 5'000;
/// Connecting to a Unix socket takes microseconds, to a cluster a round trip.
inline constexpr int64_t kConnectTimeoutMs = 5'000;

/// The engine answers 0.3 s after its start; with many parts to load it takes longer, and killing
/// it then would start the loading anew.
inline constexpr int64_t kEngineStartTimeoutMs = 120'000;
/// After a crash the engine is started at once; when it crashes again, later and later.
inline constexpr int64_t kEngineBackoffFirstMs = 100;
inline constexpr int64_t kEngineBackoffMaxMs = 10'000;
/// An engine that answered and ran this long does not crash in a circle: it is started again at
/// once, so that questions wait less than a second.
inline constexpr int64_t kEngineStableMs = 3'000;
/// /ping answers from a thread that never waits for a query. One that fails this often in a row,
/// waiting this long each time, means a stopped or hopelessly swapping process.
inline constexpr int64_t kEnginePingEveryMs = 2'000;
inline constexpr int64_t kEnginePingTimeoutMs = 2'000;
inline constexpr int kEnginePingFailuresMax = 5;
/// The engine leaves at once when nothing runs, and nothing does when it is told to; then SIGKILL.
/// Nothing acknowledged is lost by it. With the doors' time it stays within the five seconds of the
/// whole process.
inline constexpr int64_t kEngineStopTimeoutMs = 2'500;

}  // namespace vitrine::clickhouse
