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

/// Spans in one record that the pipeline writes; larger requests become several records. Settling
/// takes whole records, and a decoded span and its row take about 4 KB.
inline constexpr size_t kSpansPerRecordWritten = 8192;

/// Spans in one record that is read: far above what is written, but a decoded span takes about a
/// hundred times the bytes of the smallest encoded one, and a damaged record must not exhaust the
/// memory.
inline constexpr size_t kSpansPerRecordMax = 1'000'000;
static_assert(kSpansPerRecordWritten < kSpansPerRecordMax);

}  // namespace vitrine::records
