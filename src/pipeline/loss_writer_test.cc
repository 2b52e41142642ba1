#include "pipeline/loss_writer.h"

#include <gtest/gtest.h>

#include <tuple>

#include "pipeline/limits.h"
#include "platform/sim_file.h"
#include "storage/records/span_record.h"

namespace vitrine::pipeline {
namespace {

constexpr Nanos kNoon{20'000 * kNanosPerDay + kNanosPerDay / 2};

model::IngestCount Refused(uint64_t count, Nanos time = kNoon) {
  return {.door = "otlp_http", .reason = "invalid_input", .time = time, .rejected = count};
}

TEST(IngestLosses, AreAddedUpByMinute) {
  IngestStats stats;
  stats.CountLoss("p", Refused(1));
  stats.CountLoss("p", Refused(2, kNoon + 59 * kNanosPerSecond));
  stats.CountLoss("p", Refused(4, kNoon + 60 * kNanosPerSecond));
  stats.CountLoss("q", Refused(8));
  const auto losses = stats.TakeLosses();
  ASSERT_EQ(losses.size(), 2u);
  ASSERT_EQ(losses.at("p").size(), 2u);
  EXPECT_EQ(losses.at("p")[0].rejected, 3u);
  EXPECT_EQ(losses.at("p")[1].rejected, 4u);
  EXPECT_EQ(losses.at("q")[0].rejected, 8u);
  EXPECT_TRUE(stats.TakeLosses().empty());
}

TEST(IngestLosses, OfMoreProjectsThanThereCanBeTheFirstAreKept) {
  IngestStats stats;
  for (size_t i = 0; i < kLossesMax + 10; ++i)
    stats.CountLoss("project " + std::to_string(i), Refused(1));
  stats.CountLoss("project 0", Refused(1));
  const auto losses = stats.TakeLosses();
  EXPECT_EQ(losses.size(), kLossesMax);
  EXPECT_EQ(losses.at("project 0")[0].rejected, 2u);
  stats.CountLoss("later", Refused(1));
  EXPECT_EQ(stats.TakeLosses().size(), 1u) << "there is room again";
}

class LossWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    wal::LogOptions options;
    options.free_space_bytes_min = 0;
    options.reserve_size_bytes = 0;
    auto log = wal::Log::Open("log", options, files_, clock_, random_);
    ASSERT_TRUE(log) << log.error().message;
    log_ = std::move(*log);
    sink_ = std::make_unique<SpanSink>(*log_, prices_);
  }
  /// Stops when what it has is with the log, which is then asked.
  std::vector<std::tuple<std::string, std::string, uint64_t>> WriteAndRead() {
    {
      LossWriter writer(stats_, *sink_, clock_);
    }
    EXPECT_TRUE(log_->AppendSync("behind it"));
    read_ = *log_->ReadFrom(1, UINT64_MAX);
    std::vector<std::tuple<std::string, std::string, uint64_t>> found;
    for (const wal::Record& record : read_.records) {
      const auto batch = records::DecodeSpanBatch(record.payload);
      if (!batch) continue;
      EXPECT_TRUE(batch->spans.empty());
      for (const model::IngestCount& count : batch->counts)
        found.emplace_back(batch->project, count.reason, count.rejected);
    }
    return found;
  }

  IngestStats stats_;
  platform::SimFileSystem files_{1};
  platform::SimClock clock_;
  platform::SeededRandom random_{1};
  PriceBook prices_{*PriceTable::BuiltIn()};
  std::unique_ptr<wal::Log> log_;
  std::unique_ptr<SpanSink> sink_;
  wal::ReadResult read_;
};

TEST_F(LossWriterTest, WhatWasNotTakenIsInTheLogWhenItStops) {
  stats_.CountLoss("p", Refused(3));
  stats_.CountLoss("q", Refused(5));
  const auto found = WriteAndRead();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0], std::make_tuple("p", "invalid_input", 3u));
  EXPECT_EQ(found[1], std::make_tuple("q", "invalid_input", 5u));
  EXPECT_TRUE(stats_.TakeLosses().empty());
}

TEST_F(LossWriterTest, WhatTheLogDoesNotTakeWaits) {
  stats_.CountLoss("p", Refused(3));
  files_.FailCall(1, platform::SimFault::kIoError, 1'000'000);
  {
    LossWriter writer(stats_, *sink_, clock_);
  }
  EXPECT_FALSE(log_->AppendSync("behind it"));
  const auto losses = stats_.TakeLosses();
  ASSERT_TRUE(losses.contains("p"));
  EXPECT_EQ(losses.at("p")[0].rejected, 3u);
}

}  // namespace
}  // namespace vitrine::pipeline
