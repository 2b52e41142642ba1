// Blocks: rows of the tables beside span_rows in Native format.
#pragma once

#include <span>
#include <utility>

#include "settle/content_store.h"
#include "settle/ingest_ledger.h"
#include "settle/rollups.h"
#include "settle/trace_row.h"
#include "storage/clickhouse/native_writer.h"

namespace vitrine::settle {

struct TimelineRow {
  std::string_view project;
  int32_t day = 0;
  TraceId trace_id;
  SpanId span_id;
  uint64_t version = 0;
  model::TokenTimeline timeline;
};

struct ExchangeRow {
  std::string_view project;
  int32_t day = 0;
  model::Retention retention = model::Retention::kKeep;
  Nanos start;
  TraceId trace_id;
  SpanId span_id;
  uint64_t version = 0;
  const model::Exchange* exchange = nullptr;
  std::span<const ContentHash> content_hashes;  ///< Of exchange->contents.
};

struct ScoreRow {
  std::string_view project;
  int32_t day = 0;
  ContentHash score_id;
  uint64_t version = 0;
  bool is_deleted = false;
  model::Score score;
};

using RollupEntry = std::pair<const RollupKey, RollupSums>;

clickhouse::NativeBlock MessageBlock(std::span<const MessageRow> rows);
clickhouse::NativeBlock AttachmentBlock(std::span<const AttachmentRow> rows);
clickhouse::NativeBlock TimelineBlock(std::span<const TimelineRow> rows);
clickhouse::NativeBlock ExchangeBlock(std::span<const ExchangeRow> rows);
clickhouse::NativeBlock ScoreBlock(std::span<const ScoreRow> rows);
/// `batch`: the number of this addition (EngineStore::AddRollups).
clickhouse::NativeBlock RollupBlock(RollupTable table, std::span<const RollupEntry* const> rows,
                                    uint64_t batch);
/// `batch` as there.
clickhouse::NativeBlock IngestBlock(std::span<const IngestEntry* const> rows, uint64_t batch);
clickhouse::NativeBlock TraceBlock(std::span<const TraceRow> rows);
clickhouse::NativeBlock TracePlaceBlock(std::span<const TracePlaceRow> rows);

}  // namespace vitrine::settle
