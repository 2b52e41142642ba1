// Limits of the OTLP door, each with its reason.
#pragma once

#include <cstddef>

namespace vitrine::capture {

/// Days that the spans of one request of a history may start on: each is a partition of every table.
/// A history sent in the order of time has one or two.
inline constexpr size_t kImportDaysMax = 62;

/// A request after inflation: what OTLP 1.11 recommends.
inline constexpr size_t kBodySizeBytesMax = 64u << 20;
/// Project names become column values and directory-safe keys; this is longer than anybody's name
/// for one.
inline constexpr size_t kProjectNameSizeMax = 64;

}  // namespace vitrine::capture
