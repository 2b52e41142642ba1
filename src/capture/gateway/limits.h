// Limits of the gateway's recording side, each with its reason. None of them touches a call.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codecs/providers/limits.h"

namespace vitrine::capture {

/// How long a replayed answer waits before it asks again whether a slow client has room. A reader
/// of text does not see the difference, and a thousand of them cost fifty thousand looks a second.
inline constexpr int64_t kSlowReaderMs = 20;

/// Bytes of all recordings, running and waiting, unless configured. A thousand open streams of 64
/// KiB each, and what two seconds of a busy server leave behind while the disk is slow.
inline constexpr uint64_t kRecordingBytesMax = 256u << 20;
/// A request body beyond this is not recorded: more than any provider takes.
inline constexpr size_t kRequestBytesMax = 64u << 20;
/// An answer as it came, encoded; what the codecs keep of one is bounded by their own limits.
inline constexpr size_t kResponseBytesMax = codecs::providers::kBodyBytesMax;
/// What one recording costs beside its bodies: headers, the struct, its place in the queue. Counted
/// so that a million empty calls are bounded, too.
inline constexpr size_t kRecordingOverheadBytes = 4096;
/// What recordings that are done keep of their memory for the next ones, in all, and the most that
/// bodies and heads of one take. Streams of a thousand tokens fit: a hundred of them that begin
/// together outgrow fresh memory together, again and again, and all their tokens wait for the
/// kernel to clear its pages.
inline constexpr size_t kSpareBytesMax = 16u << 20;
inline constexpr size_t kSpareBodyBytesMax = 256u << 10;
inline constexpr size_t kSpareHeadBytesMax = 4u << 10;
/// Recordings that are decoded and appended together: one group commit of the log.
inline constexpr size_t kRecordingsPerBatch = 256;
/// Those of a batch that become one record of the log. Encoding it is one piece of work, which
/// calls on the same processor wait for: of 32 it took 0.5 to 0.8 ms.
inline constexpr size_t kRecordingsPerRecord = 8;
/// Bodies in such a batch, so that decoding holds little beside the queue.
inline constexpr size_t kBatchBodyBytesMax = 4u << 20;
/// How long the writer lets recordings gather before it takes them. Waking it for each call would
/// cost the call's own core; a person does not see the difference.
inline constexpr int64_t kGatherMs = 5;
/// How long the writer waits before it offers a batch again that the log refused.
inline constexpr int64_t kRetryMs = 200;
/// Failed calls that a client may still repeat. The SDKs give up after minutes.
inline constexpr size_t kOpenRetriesMax = 4096;
inline constexpr int64_t kRetryWindowNs = 10ll * 60 * 1'000'000'000;
/// Users, keys and features that limits count at once, about 200 bytes each.
inline constexpr size_t kLimitSubjectsMax = 100'000;
/// Different limits that requests name themselves; the one that was not named for longest goes. All
/// of them together count kLimitSubjectsMax, whose names are cut at so many bytes.
inline constexpr size_t kCallerPoliciesMax = 1000;
inline constexpr size_t kCallerSubjectBytesMax = 128;
/// Answers kept for requests that come again, unless configured.
inline constexpr size_t kCacheBytesMax = 64u << 20;
/// The longest time that a call waits for its next attempt. A provider that asks for more is
/// believed, and the client is told.
inline constexpr int64_t kRetryDelayMaxMs = 30'000;
inline constexpr int64_t kRetryDelayMinMs = 250;
/// An answer that guardrails look at is held until its end; more than this is no answer of a model.
inline constexpr size_t kHeldAnswerBytesMax = 32u << 20;
/// An event of a stream that is held until it is complete, to see whether it is the usage that only
/// the gateway asked for. Those have some hundred bytes.
inline constexpr size_t kUsageChunkBytesMax = 256u << 10;
/// Entries of a request's `metadata`, and of baggage. OpenAI takes 16.
inline constexpr size_t kMetadataMax = 64;
/// A tag or property that a header carries.
inline constexpr size_t kTagBytesMax = 1024;

/// Batches that are remembered for their results. A large account begins some hundred a day, and
/// they end within a day.
inline constexpr size_t kBatchesMax = 4096;
/// Requests of batches that wait for their results, packed: text packs to a fifth, so this is about
/// a hundred thousand prompts of a page. The oldest batch goes first.
inline constexpr size_t kBatchInputBytesMax = 64u << 20;
/// Results that become calls of one record of the log, and their bytes.
inline constexpr size_t kBatchCallsPerRecord = 256;
inline constexpr size_t kBatchCallBytesMax = 4u << 20;

/// Calls that run on after their first answer and wait to be asked for, and what their requests
/// take. Research runs for half an hour; an account has some hundred at once.
inline constexpr size_t kLateCallsMax = 4096;
inline constexpr size_t kLateCallBytesMax = 64u << 20;

/// The shortest text that a body's skeleton refers to instead of holding it. A reference takes up
/// to 16 bytes, and a place in the list of contents 16 more.
inline constexpr size_t kReferencedBytesMin = 64;

}  // namespace vitrine::capture
