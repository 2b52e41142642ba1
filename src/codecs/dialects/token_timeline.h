// Token timeline: when each streamed delta of a call arrived, as SDKs send it in the binary
// attribute or event `vitrine.token_timeline`.
// Format: docs/formats/token_timeline.md. Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "model/span.h"

namespace vitrine::codecs {

/// Encodes a timeline; offsets are cut to microseconds.
/// Errors: kInvalidInput where offsets fall or sizes have another length.
Result<std::string> EncodeTokenTimeline(const model::TokenTimeline& timeline);

/// Decodes a timeline into the arena.
/// Errors: kInvalidInput with the byte offset; kUnsupported for another version.
Result<model::TokenTimeline> DecodeTokenTimeline(std::string_view bytes, Arena& arena);

}  // namespace vitrine::codecs
