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

/// Sets of labels of model calls in /metrics; a set is some seventy lines there and 600 bytes here.
inline constexpr size_t kCallSeriesMax = 200;
/// Sets with model and feature "other" on top of it: projects, operations and providers are few.
inline constexpr size_t kCallSeriesOtherMax = 50;

/// Sets of labels of scores: names times labels of a careful user are some tens.
inline constexpr size_t kScoreSeriesMax = 200;
/// Sets with label "other" on top of it: names and sources are few.
inline constexpr size_t kScoreSeriesOtherMax = 50;

/// Kinds of what doors did not take (project, door, reason, minute) that wait for the log: some ten
/// in a minute, and those of hours where the disk is full.
inline constexpr size_t kLossesMax = 4'096;
/// How often they go to the log. A crash forgets them.
inline constexpr int kLossesEverySeconds = 5;

static_assert(kTailReadersMax * kTailQueueBytesMax <= 32u << 20);

}  // namespace vitrine::pipeline
