// Limits of the OTLP decoders, with their reasons. Passing one fails the request with
// kLimitExceeded.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::codecs {

// Arrays and key-value lists inside one another. Decoding recurses; senders nest as deep as their
// JSON, which is 20 to 40 levels.
inline constexpr uint32_t kAnyValueDepthMax = 100;
// One level of a kvlist takes four brackets in OTLP/JSON; the request around it takes some more.
inline constexpr uint32_t kOtlpJsonDepthMax = 4 * kAnyValueDepthMax + 32;
// An empty attribute takes 2 bytes on the wire and 48 here: without a cap 64 MiB would become 1.5
// GiB. A body of that size with ordinary attributes (20 bytes and more) stays below.
inline constexpr size_t kOtlpAttributesMax = 4u << 20;
// The same for events (2 bytes to 56) and links (2 to 72); a span has 128 of each at most by
// default.
inline constexpr size_t kOtlpEventsMax = 1u << 20;
inline constexpr size_t kOtlpLinksMax = 1u << 20;
inline constexpr size_t kOtlpSpansMax = 1u << 20;
inline constexpr size_t kOtlpLogRecordsMax = 1u << 20;
inline constexpr size_t kOtlpScopesMax = 1u << 20;
inline constexpr size_t kOtlpResourcesMax = 1u << 20;

}  // namespace vitrine::codecs
