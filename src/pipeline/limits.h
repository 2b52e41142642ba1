// Every limit of the pipeline that is no part of a format, with its reason.
#pragma once

#include <cstddef>

namespace vitrine::pipeline {

/// Live tails at once. People watch, a handful at a time; each has a thread that writes to it.
inline constexpr size_t kTailReadersMax = 16;
/// Events that wait for one reader: a terminal shows no more than that in a minute, and a reader
/// that is a second behind at 1,000 calls a second loses nothing.
inline constexpr size_t kTailQueueEventsMax = 1'000;
/// Their bytes; an event has some 1,000, and one with a long error text has many more. All readers'
/// queues together stay below 32 MiB.
inline constexpr size_t kTailQueueBytesMax = 2u << 20;

static_assert(kTailReadersMax * kTailQueueBytesMax <= 32u << 20);

}  // namespace vitrine::pipeline
