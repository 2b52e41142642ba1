// Limits of the replay server, each with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::cli {

/// Calls of one session. An agent's day has thousands; they are all held in memory.
inline constexpr size_t kReplayCallsMax = 20'000;
/// Answers that are being written at once, each by a thread that mostly sleeps.
inline constexpr size_t kReplayThreads = 64;
/// Of a request without its content encoding: what the gateway records at most.
inline constexpr size_t kReplayRequestBytesMax = 64u << 20;
/// How long answers that run may take once the command was told to end.
inline constexpr int64_t kReplayStopMs = 1'000;

}  // namespace vitrine::cli
