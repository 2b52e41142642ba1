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

}  // namespace vitrine::api
