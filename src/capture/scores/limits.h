// Limits of the scores door, each with its reason.
#pragma once

#include <cstddef>

namespace vitrine::capture {

/// Scores of one request. Evaluations send hundreds at once.
inline constexpr size_t kScoresMax = 1'000;
/// A request's body: a thousand scores with comments of 4 KiB.
inline constexpr size_t kScoresBodyBytesMax = 4u << 20;
/// Names, labels, sources and authors become dictionary entries of columns.
inline constexpr size_t kScoreWordBytesMax = 200;
/// Ids of sessions, responses and scores as systems make them have some 40 bytes.
inline constexpr size_t kScoreIdBytesMax = 512;
/// What a person or a judge writes about an answer.
inline constexpr size_t kScoreCommentBytesMax = 64 * 1024;

}  // namespace vitrine::capture
