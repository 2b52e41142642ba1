// Limits of span records, each with its reason.
#pragma once

#include <cstddef>

namespace vitrine::records {

/// Longer strings are content; looking them up costs more than it saves.
inline constexpr size_t kSharedStringBytesMax = 48;

/// Entries of the table of strings that repeat: keys, services, models and short values of a batch
/// of 512 spans are some hundreds. A power of two; full means that new strings are written in
/// place.
inline constexpr size_t kSharedStringsMax = 4096;

/// Groups within groups when skipping fields of a newer version; we write at most five.
inline constexpr int kGroupDepthMax = 16;

/// The smallest span with an id: tags, eight bytes of id, the end of its group.
inline constexpr size_t kSpanSizeBytesMin = 11;

/// A decoded span takes about a hundred times the bytes of the smallest encoded one. The pipeline
/// never makes batches near this; a damaged record must not exhaust the memory.
inline constexpr size_t kSpansPerRecordMax = 1'000'000;

}  // namespace vitrine::records
