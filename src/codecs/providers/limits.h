// Limits of the provider codecs, with their reasons. A peer controls every byte that is read here.
// Passing one never fails a call: what is beyond is left out, and the call says so.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::codecs::providers {

// A whole answer, kept until it ends. The largest seen are embeddings (2,048 vectors of 3,072
// numbers as decimals, 60 MB) and images as base64 (10 of 4 MB).
inline constexpr size_t kBodyBytesMax = 64u << 20;
// One event of a stream. An image arrives as one event of base64, a final Responses event repeats
// the whole answer; AWS allows frames of 16 MiB and clients of 24.
inline constexpr size_t kEventBytesMax = 24u << 20;
// All text, reasoning and arguments of one streamed answer together. 1M tokens are 4 MB.
inline constexpr size_t kOutputBytesMax = 32u << 20;
// Output parts (texts, tool calls, reasoning) of one answer. They are searched from the end for
// each delta, so this also bounds the time a delta can take.
inline constexpr size_t kPartsMax = 1024;
// Choices of one answer; `n` is at most 128 everywhere, and prompts of a legacy completion
// multiply.
inline constexpr size_t kChoicesMax = 2048;
// Documents of one ranking; Cohere takes 1,000 and others 10,000.
inline constexpr size_t kRankingMax = 10'000;
// Trace events of an agent's answer, together: each of its prompts stands in one.
inline constexpr size_t kAgentTraceBytesMax = 32u << 20;
// Steps of an agent within one call, each a span. Bedrock ends an agent after some tens of turns,
// and agents call others three levels deep.
inline constexpr size_t kAgentStepsMax = 2000;
inline constexpr size_t kAgentDepthMax = 16;
// Parts of what its models answered, and messages of what they were asked, of all steps together:
// some hundred bytes of memory each, of a dozen on the wire. Beyond them a step's text stays whole.
inline constexpr size_t kAgentPartsMax = 20'000;
inline constexpr size_t kAgentMessagesMax = 100'000;
// Deltas of which the time is kept, 16 bytes each. Models write at most 128k tokens an answer today
// and a delta holds at least one.
inline constexpr size_t kDeltasMax = 256u << 10;
// Entries of a request's `metadata`; OpenAI takes 16.
inline constexpr size_t kMetadataMax = 64;
// JSON inside one another. Real tool schemas nest 20 to 40 levels, and canonical parts are written
// by recursion over this depth.
inline constexpr uint32_t kJsonDepthMax = 256;
// White space that servers send before the answer to keep a connection open, and the first bytes
// that tell a stream from a body.
inline constexpr size_t kPrefixBytesMax = 64u << 10;
// Copied into the call: longer names and messages of a stream are cut.
inline constexpr size_t kNameBytesMax = 4096;
inline constexpr size_t kErrorBytesMax = 64u << 10;
// What a provider signs its thoughts with holds the thoughts, encrypted: as long as they are. A
// signature that is cut is worth nothing, so a longer one is left out.
inline constexpr size_t kSignatureBytesMax = 1u << 20;

static_assert(kEventBytesMax <= kBodyBytesMax);

}  // namespace vitrine::codecs::providers
