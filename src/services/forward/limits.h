// Limits of forwarding, each with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::forward {

/// Targets at once. Each has a thread and holds one batch; whoever needs more has a collector.
inline constexpr size_t kTargetsMax = 16;

/// Payload of the log read at once: a batch. Decoded it takes some ten times as much memory.
inline constexpr uint64_t kBatchBytesMax = 1ull << 20;

/// Spans of one request, as OpenTelemetry's batch processors send them at most by default.
inline constexpr size_t kRequestSpansMax = 512;
/// One request before compression; larger ones are split. A collector takes 20 MiB, some hosted
/// backends 5.
inline constexpr size_t kRequestBytesMax = 4ull << 20;

/// Servers that hand a span on, one to the next. A chain of agents, regions and headquarters has
/// four; a ring ends where a span comes back, and what hides that ends here.
inline constexpr size_t kForwardsMax = 8;

/// Requests that one batch may become when the target refuses parts of it: enough to find a single
/// bad span among 512, and no flood where all are bad.
inline constexpr int kSplitRequestsMax = 64;

/// The first wait after a failure, doubled each time up to the last: a restart of the target is not
/// noticed, and a target that is down for a day is asked once a minute.
inline constexpr int64_t kBackoffMsMin = 500;
inline constexpr int64_t kBackoffMsMax = 60'000;
/// A Retry-After beyond it is taken for a mistake; the queue is bounded, and waiting loses spans.
inline constexpr int64_t kRetryAfterMsMax = 600'000;
/// While it waits, a target looks this often whether the queue has grown beyond its bound.
inline constexpr int64_t kLookMs = 200;

/// A target that takes no byte for this long, or does not answer, is asked again.
inline constexpr int64_t kConnectMs = 10'000;
inline constexpr int64_t kAnswerMs = 30'000;
/// The whole of one request. While it runs the queue's bound is not looked at; what a server takes
/// in within this time must fit the half of the log that no queue may fill.
inline constexpr int64_t kRequestMs = 60'000;
/// An answer is a few bytes; of an error's text more than this is of no use.
inline constexpr size_t kAnswerBytesMax = 64 * 1024;
/// Of it, what is shown.
inline constexpr size_t kErrorBytesShown = 200;

/// How often a position is written while spans are sent: what is sent again after a crash.
inline constexpr int64_t kSaveMs = 1'000;

/// What may wait for a target unless configured: some hours of a busy application.
inline constexpr uint64_t kQueueBytesDefault = 1ull << 30;
/// The smallest queue: two batches.
inline constexpr uint64_t kQueueBytesMin = 2 * kBatchBytesMax;

}  // namespace vitrine::forward
