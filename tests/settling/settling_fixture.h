// Settling: a log on disk, a settler and a real engine in a folder of their own.
// Owner: the test. Threads: Send from any; the rest from the test's own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "settle/settler.h"
#include "storage/clickhouse/internal/test_engine.h"
#include "storage/wal/log.h"

namespace vitrine::settle {

/// A span of a chat call; 10 input tokens each, so that sums tell how often it was counted.
struct SentSpan {
  uint64_t trace = 1, id = 1;
  int64_t day = 0;  ///< Of its start, since the epoch.
  std::string name = "chat";
  std::string user = {};
  bool is_fragment = false;
  bool has_end = true;
  std::string tool = {};  ///< Of a span that runs one, and fails; else it is a call.
};

class Settling : public testing::Test {
 protected:
  /// Every batch says it came on this day; spans around it are not clamped.
  static constexpr int64_t kToday = 20'000;

  void SetUp() override;
  void TearDown() override;

  /// Appends one batch and waits until it is durable.
  wal::Lsn Send(const std::vector<SentSpan>& spans,
                model::Capture capture = model::Capture::kOtlpHttp);
  void StartSettler();
  void StopSettler();
  /// As after a kill: log and settler are opened anew.
  void Restart();
  /// Sends, and waits until it is settled.
  void Settle(const std::vector<SentSpan>& spans,
              model::Capture capture = model::Capture::kOtlpHttp);
  /// The same with scores alone.
  void SettleScores(const std::vector<model::Score>& scores);
  wal::Lsn SendScores(const std::vector<model::Score>& scores);
  /// What a door did not take, alone.
  wal::Lsn SendCounts(const std::vector<model::IngestCount>& counts);
  /// Sends; the settler stops where the batch would write to this table. As after a kill in
  /// between, until StartSettler.
  void CutOff(const std::string& table, const std::vector<SentSpan>& spans);
  /// The same with scores, where a row of `table` would meet the condition.
  void CutOff(const std::string& table, const std::string& condition,
              const std::vector<model::Score>& scores);
  /// The answer as TSV without its last line end; waits for an engine that is away.
  std::string Ask(const std::string& sql);
  /// Spans in span_rows, in traces and in rollups; calls and input tokens in rollups.
  std::string Totals();

  void CutOff(const std::string& table, const std::string& condition,
              const std::function<void()>& send);

  std::unique_ptr<clickhouse::TestEngine> engine_;
  std::filesystem::path folder_;
  std::unique_ptr<wal::Log> log_;
  std::unique_ptr<Settler> settler_;
};

}  // namespace vitrine::settle
