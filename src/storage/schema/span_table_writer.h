// SpanTableWriter: StoredSpans -> a Native block of span_rows, through DescribeColumns.
// Owner: the block. Not thread-safe.
#pragma once

#include "storage/clickhouse/native_writer.h"
#include "storage/schema/stored_span.h"

namespace vitrine::storage {

class SpanTableWriter {
 public:
  SpanTableWriter();
  void Append(const StoredSpan& row);
  size_t rows() const { return block_.rows(); }
  clickhouse::NativeBlock Take() { return std::move(block_); }
  const clickhouse::NativeBlock& block() const { return block_; }

 private:
  clickhouse::NativeBlock block_;
  std::vector<clickhouse::NativeColumn*> columns_;  ///< In table order.
};

}  // namespace vitrine::storage
