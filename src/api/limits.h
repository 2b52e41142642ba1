// Every limit of the API, with its reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace vitrine::api {

/// Questions at once. They wait for the engine, not for a processor; four keep a page's requests
/// from queueing behind each other.
inline constexpr size_t kQuestionThreads = 4;
/// Users' SQL has threads of its own, because one statement may take a minute.
inline constexpr size_t kSqlThreads = 2;
/// Threads of live tails, one for each that is open at once.
inline constexpr size_t kTailThreads = 16;
/// Silence on a live tail after which a comment is sent. Proxies close what is silent for a minute,
/// some for thirty seconds.
inline constexpr std::chrono::seconds kTailPing{15};
/// SQL that waits for them. Whoever is further back would have given up.
inline constexpr size_t kSqlQueueMax = 16;
/// A statement of 64 KiB and its parameters, escaped.
inline constexpr size_t kSqlBodyBytesMax = 1024 * 1024;
/// An overrides document; 10,000 rows of 200 bytes.
inline constexpr size_t kOverridesBodyBytesMax = 4 * 1024 * 1024;
/// Price rows in one answer when the caller does not say, and at most (the table has some 5,000).
inline constexpr size_t kPriceRowsDefault = 500;
inline constexpr size_t kPriceRowsMax = 20'000;
/// Refused rows that the doctor shows: enough to see a pattern.
inline constexpr size_t kQuarantineRowsMax = 100;
/// Bars of a histogram when the caller does not say.
inline constexpr unsigned kHistogramBucketsDefault = 60;

/// Exports at once: each keeps a thread of the engine busy, and may take an hour.
inline constexpr size_t kExportThreads = 2;
/// Exports that wait for them; minutes, so whoever is further back is told to come back.
inline constexpr size_t kExportQueueMax = 4;

// Jaeger's and Tempo's questions.

/// Traces in one answer: Jaeger's are whole.
inline constexpr uint32_t kInteropTracesDefault = 20, kInteropTracesMax = 200;
/// Spans that Tempo tells of each trace it found.
inline constexpr uint32_t kInteropSpansDefault = 3, kInteropSpansMax = 100;
/// TraceQL: people write a handful of terms; this bounds statement and stack.
inline constexpr size_t kTraceQlTermsMax = 100, kTraceQlDepthMax = 20;
/// How far back is looked where a question names no time.
inline constexpr int64_t kInteropLookbackS = 24 * 3600;
/// Operations of a service are looked for in a week: a list to pick from.
inline constexpr int64_t kInteropOperationsLookbackS = 7 * 24 * 3600;

// The Model Context Protocol. What is told goes into a model's context, where a token costs money
// and a million tokens do not fit.

/// Agents ask one thing at a time; four of them do not wait for each other.
inline constexpr size_t kAgentThreads = 4;
/// Calls of tools that wait for them. Whoever is further back would have given up.
inline constexpr size_t kAgentQueueMax = 32;
/// A statement of SQL and its parameters, escaped.
inline constexpr size_t kMcpBodyBytesMax = 1024 * 1024;
/// Rows of a list that a tool tells when the caller does not say, and at most.
inline constexpr int64_t kMcpRowsDefault = 20;
inline constexpr int64_t kMcpRowsMax = 100;
/// Spans of a trace. A line each; 200 are some 8,000 tokens.
inline constexpr int64_t kMcpSpansDefault = 200;
inline constexpr int64_t kMcpSpansMax = 1'000;
/// Rows of SQL.
inline constexpr int64_t kMcpSqlRowsDefault = 100;
inline constexpr int64_t kMcpSqlRowsMax = 1'000;
/// Content of a span: bytes of messages in one answer.
inline constexpr int64_t kMcpContentBytesDefault = 20'000;
inline constexpr int64_t kMcpContentBytesMax = 200'000;
/// A value longer than this, an attribute's or a cell's, is cut, and how much is missing is told.
inline constexpr size_t kMcpValueBytesMax = 2'000;
/// One answer of a tool; some 60,000 tokens.
inline constexpr size_t kMcpAnswerBytesMax = 256 * 1024;

}  // namespace vitrine::api
