// RecordCounter: how many records went by in a file of rows that is read once, in pieces: lines of
// JSON, CSV with a head, or Parquet. Owner: values. Not thread-safe.
// Source: RFC 4180 (quotes), Apache Parquet "File format" (footer), Thrift "Compact protocol".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vitrine::syntax {

enum class RecordFormat { kJsonLines, kCsv, kParquet };

/// The footer of a Parquet file: 100 bytes for each column of each row group.
inline constexpr size_t kParquetFooterBytesMax = 64u << 20;

class RecordCounter {
 public:
  explicit RecordCounter(RecordFormat format) : format_(format) {}

  void Feed(std::string_view bytes);
  /// Records that are whole so far; of Parquet none before the end.
  uint64_t so_far() const { return count_; }
  /// All of them, when everything was fed. Errors: kCorrupt (cut off, or of another format).
  Result<uint64_t> Total() const;

 private:
  void FeedLines(std::string_view bytes);
  void FeedCsv(std::string_view bytes);

  const RecordFormat format_;
  uint64_t count_ = 0;
  bool has_head_ = false, is_quoted_ = false, is_at_line_start_ = true;
  std::string tail_;  ///< Of Parquet: the last bytes, in which the footer is.
};

/// Rows of a Parquet file by its footer: the bytes between the last row group and the length.
/// Errors: kCorrupt.
Result<uint64_t> ParquetRowCount(std::string_view footer);

}  // namespace vitrine::syntax
