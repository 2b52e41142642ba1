// What POST /api/v1/scores says: JSON to model scores. Threads: free functions.
// Source: docs/scores.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/span.h"

namespace vitrine::capture {

/// Appends the scores of `body` to `batch`, which keeps the body. Answers their ids, in order: 32
/// hexadecimal digits each. The same score_id in the same project is the same id.
/// Errors: kInvalidInput and kLimitExceeded, naming the score and the member; nothing is appended.
Result<std::vector<std::string>> ReadScores(std::shared_ptr<const std::string> body, Nanos now,
                                            model::SpanBatch& batch);

}  // namespace vitrine::capture
