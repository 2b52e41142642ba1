#include "storage/wal/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/sim_file.h"
#include "storage/wal/internal/format.h"
#include "storage/wal/limits.h"

namespace vitrine::wal {
namespace {

using platform::SeededRandom;
using platform::SimClock;
using platform::SimFault;
using platform::SimFileSystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LogTest : public testing::Test {
 protected:
  LogTest() {
    options_.segment_size_bytes = kSegmentSizeBytesMin;
    options_.log_size_bytes_max = 64 * kSegmentSizeBytesMin;
    options_.free_space_bytes_min = 0;
    options_.reserve_size_bytes = 0;
    options_.writer_thread = false;
  }

  void Open() {
    log_.reset();
    auto log = Log::Open("log", options_, files_, clock_, random_);
    ASSERT_TRUE(log) << log.error().message;
    log_ = std::move(*log);
  }
  void Reopen() {
    files_.Kill();
    log_.reset();
    files_.Restart();
    Open();
  }
  Lsn Append(std::string_view payload) {
    auto lsn = log_->AppendSync(payload);
    EXPECT_TRUE(lsn) << lsn.error().message;
    return lsn.value_or(0);
  }
  std::vector<std::string> ReadAll(Lsn from = 1, uint64_t size_max = 1 << 20) {
    std::vector<std::string> payloads;
    for (;;) {
      auto got = log_->ReadFrom(from, size_max);
      EXPECT_TRUE(got) << got.error().message;
      if (!got || got->records.empty()) return payloads;
      for (const Record& record : got->records) payloads.emplace_back(record.payload);
      from = got->next_lsn;
    }
  }
  std::vector<std::string> Segments() {
    std::vector<std::string> names = files_.List("log").value();
    std::erase_if(names, [](const std::string& name) { return !ParseSegmentName(name); });
    return names;
  }
  void SettleAll() {
    auto seal = log_->SealNext(log_->unsealed_lsn(), log_->durable_lsn());
    ASSERT_TRUE(seal) << seal.error().message;
    ASSERT_TRUE(log_->MarkSettled(*seal));
    ASSERT_TRUE(log_->Truncate(log_->settled_lsn()));
  }

  LogOptions options_;
  SimFileSystem files_{1};
  SimClock clock_;
  SeededRandom random_{2};
  std::unique_ptr<Log> log_;
};

TEST_F(LogTest, ReadsBackWhatWasAppendedAcrossARestart) {
  Open();
  LogId id = log_->id();
  EXPECT_EQ(Append("one"), 1u);
  EXPECT_EQ(Append(""), 2u);
  EXPECT_EQ(Append("three"), 3u);
  EXPECT_THAT(ReadAll(), ElementsAre("one", "", "three"));
  Reopen();
  EXPECT_EQ(log_->id(), id);
  EXPECT_THAT(ReadAll(), ElementsAre("one", "", "three"));
  EXPECT_THAT(ReadAll(3), ElementsAre("three"));
  EXPECT_EQ(Append("four"), 4u);
  EXPECT_THAT(ReadAll(2), ElementsAre("", "three", "four"));
  EXPECT_EQ(log_->recovery().torn_tail_count, 0u);
}

TEST_F(LogTest, CommitsWaitingAppendsWithOneSync) {
  Open();
  Append("first, which makes the segment");
  uint64_t syncs = log_->counters().syncs;
  std::vector<Lsn> lsns;
  std::array<std::string_view, 2> pieces = {"head ", "tail"};
  for (int i = 0; i < 10; ++i) {
    log_->Append(pieces, [&](Result<Lsn> lsn) { lsns.push_back(lsn.value_or(0)); });
  }
  EXPECT_THAT(lsns, IsEmpty());
  EXPECT_TRUE(log_->RunWriterOnce());
  EXPECT_THAT(lsns, ElementsAre(2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  EXPECT_EQ(log_->counters().syncs, syncs + 1);
  EXPECT_EQ(log_->counters().batch_size_histogram[4], 1u);  // 9 to 16 records
  EXPECT_EQ(ReadAll().back(), "head tail");
}

TEST_F(LogTest, ReadsInPortionsAndNeverLessThanOneRecord) {
  Open();
  std::string big(3000, 'x');
  for (int i = 0; i < 20; ++i) Append(big + std::to_string(i));
  EXPECT_GT(Segments().size(), 5u);
  auto got = log_->ReadFrom(1, 1);
  ASSERT_TRUE(got);
  ASSERT_EQ(got->records.size(), 1u);
  EXPECT_EQ(got->next_lsn, 2u);
  EXPECT_EQ(ReadAll(1, 1).size(), 20u);
  EXPECT_EQ(ReadAll(1, 7000).size(), 20u);
  got = log_->ReadFrom(21, 100);
  ASSERT_TRUE(got);
  EXPECT_THAT(got->records, IsEmpty());
  EXPECT_EQ(got->next_lsn, 21u);
}

TEST_F(LogTest, TakesRecordsLargerThanASegmentAndRefusesThoseThatNeverFit) {
  Open();
  std::string large(5 * kSegmentSizeBytesMin, 'l');
  Append("small");
  Append(large);
  Append("small again");
  EXPECT_THAT(ReadAll(), ElementsAre("small", large, "small again"));
  auto refused = log_->AppendSync(std::string(options_.log_size_bytes_max, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(log_->health().state, LogState::kOk);
}

TEST_F(LogTest, TruncatesWholeSegmentsAndNeverReusesAnLsn) {
  Open();
  for (int i = 0; i < 20; ++i) Append(std::string(3000, 'x'));
  auto early = log_->Truncate(1);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kInvalidInput);
  SettleAll();
  EXPECT_EQ(Segments().size(), 1u);
  EXPECT_EQ(log_->settled_lsn(), 20u);
  Reopen();
  EXPECT_EQ(Append("next"), 21u);
  EXPECT_EQ(log_->unsealed_lsn(), 21u);
}

TEST_F(LogTest, KeepsWhatSomebodyStillReads) {
  Open();
  const std::string payload(3000, 'x');
  for (int i = 0; i < 20; ++i) Append(payload);
  const size_t segments = Segments().size();
  ASSERT_GT(segments, 5u);
  const uint64_t all = log_->SizeBytesFrom(1);
  EXPECT_GE(all, 20 * payload.size());
  EXPECT_LE(all, 20 * (payload.size() + kRecordHeaderSize));
  EXPECT_LT(log_->SizeBytesFrom(11), all);
  EXPECT_GE(log_->SizeBytesFrom(11), 10 * payload.size());
  EXPECT_EQ(log_->SizeBytesFrom(21), 0u);

  log_->KeepFrom(1);
  SettleAll();
  EXPECT_EQ(Segments().size(), segments);
  EXPECT_EQ(ReadAll().size(), 20u);
  log_->KeepFrom(11);
  ASSERT_TRUE(log_->Truncate(log_->settled_lsn()));
  EXPECT_LT(Segments().size(), segments);
  EXPECT_EQ(ReadAll(11).size(), 10u);

  // Settled segments are removed at the start, but for those that are kept.
  options_.keep_from_lsn = 11;
  Reopen();
  EXPECT_EQ(ReadAll(11).size(), 10u);
  EXPECT_GE(log_->SizeBytesFrom(11), 10 * payload.size());
  options_.keep_from_lsn = UINT64_MAX;
  Reopen();
  EXPECT_LT(ReadAll(11).size(), 10u);
}

TEST_F(LogTest, KeepsSealsWithTheirBoundariesAcrossRestarts) {
  Open();
  for (int i = 1; i <= 6; ++i) Append("record " + std::to_string(i));
  auto first = log_->SealNext(1, 2);
  ASSERT_TRUE(first);
  auto second = log_->SealNext(3, 5);
  ASSERT_TRUE(second);
  EXPECT_EQ(log_->SealNext(5, 6).error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(log_->SealNext(6, 7).error().code, ErrorCode::kInvalidInput);
  Reopen();
  EXPECT_THAT(*log_->UnsettledSeals(), ElementsAre(Seal{1, 1, 2}, Seal{2, 3, 5}));
  EXPECT_EQ(log_->unsealed_lsn(), 6u);
  auto records = log_->ReadSeal({2, 3, 5});
  ASSERT_TRUE(records);
  ASSERT_EQ(records->records.size(), 3u);
  EXPECT_EQ(records->records[0].payload, "record 3");
  EXPECT_EQ(log_->MarkSettled(*second).error().code, ErrorCode::kInvalidInput);
  ASSERT_TRUE(log_->MarkSettled(*first));
  Reopen();
  EXPECT_THAT(*log_->UnsettledSeals(), ElementsAre(*second));
  EXPECT_EQ(log_->SealNext(6, 6)->number, 3u);
}

TEST_F(LogTest, AnswersUnavailableWhenFullAndGoesOnAfterTruncation) {
  options_.log_size_bytes_max = 4 * kSegmentSizeBytesMin;
  Open();
  std::string big(3000, 'x');
  Lsn acknowledged = 0;
  Result<Lsn> answer = Lsn{0};
  while ((answer = log_->AppendSync(big))) acknowledged = *answer;
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("full"));
  EXPECT_EQ(log_->health().state, LogState::kFull);
  EXPECT_GE(log_->health().retry_after_seconds, 1u);
  EXPECT_EQ(ReadAll().size(), acknowledged);
  SettleAll();
  log_->RunWriterOnce();
  EXPECT_EQ(log_->health().state, LogState::kOk);
  EXPECT_GT(Append(big), acknowledged);
}

TEST_F(LogTest, GoesOnWithoutRestartWhenTheDiskHasSpaceAgain) {
  Open();
  Append("kept");
  files_.SetCapacity(20'000);
  std::string big(6000, 'x');
  size_t taken = 1;
  while (log_->AppendSync(big)) ++taken;
  EXPECT_EQ(log_->health().state, LogState::kFull);
  EXPECT_EQ(ReadAll().size(), taken);
  files_.SetCapacity(1 << 20);
  clock_.Advance(kRetryNanosMax);
  EXPECT_TRUE(log_->RunWriterOnce());
  EXPECT_EQ(log_->health().state, LogState::kOk);
  Append("after");
  EXPECT_EQ(ReadAll().size(), taken + 1);
  Reopen();
  EXPECT_EQ(ReadAll().size(), taken + 1);
}

TEST_F(LogTest, NeverSyncsAFileAgainWhoseSyncFailed) {
  Open();
  Append("before");
  files_.FailCall(2, SimFault::kIoError);  // The write succeeds, the sync fails.
  auto answer = log_->AppendSync("lost");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(log_->health().state, LogState::kFailing);
  EXPECT_EQ(log_->counters().sync_errors, 1u);
  EXPECT_THAT(ReadAll(), ElementsAre("before"));
  EXPECT_FALSE(log_->AppendSync("too early"));
  clock_.Advance(kRetryNanosMax);
  log_->RunWriterOnce();
  EXPECT_GT(Append("after"), 2u);
  EXPECT_EQ(Segments().size(), 2u);
  EXPECT_THAT(ReadAll(), ElementsAre("before", "after"));
  files_.PowerLoss();
  log_.reset();
  files_.Restart();
  Open();
  EXPECT_THAT(ReadAll(), ElementsAre("before", "after"));
}

TEST_F(LogTest, CutsATornTailAndCountsIt) {
  Open();
  Append("whole");
  std::string torn(4000, 't');
  files_.FailCall(1, SimFault::kKill);  // A part of the write stays.
  EXPECT_FALSE(log_->AppendSync(torn));
  log_.reset();
  files_.Restart();
  Open();
  EXPECT_THAT(ReadAll(), ElementsAre("whole"));
  EXPECT_EQ(log_->recovery().torn_tail_count, log_->recovery().torn_byte_count > 0 ? 1u : 0u);
  EXPECT_GT(Append("next"), 1u);
  EXPECT_EQ(log_->counters().quarantined_records, 0u);
}

TEST_F(LogTest, ReadsHealthyRecordsAroundCorruptOnes) {
  Open();
  for (int i = 1; i <= 9; ++i) Append("record " + std::to_string(i) + std::string(100, '.'));
  std::string path = "log/" + Segments().front();
  std::string bytes = *files_.Contents(path);
  files_.Corrupt(path, bytes.find("record 3"), 0x01);
  files_.Corrupt(path, bytes.find("record 7") - kRecordHeaderSize + 24, 0x80);  // Its length.
  auto got = log_->ReadFrom(1, 1 << 20);
  ASSERT_TRUE(got);
  std::vector<Lsn> lsns;
  for (const Record& record : got->records) lsns.push_back(record.lsn);
  EXPECT_THAT(lsns, ElementsAre(1, 2, 4, 5, 6, 8, 9));
  EXPECT_EQ(got->quarantined_count, 2u);
  EXPECT_EQ(ReadAll().size(), 7u);
  EXPECT_EQ(log_->counters().quarantined_records, 2u) << "counted once";
  Reopen();
  EXPECT_EQ(ReadAll().size(), 7u);
  EXPECT_EQ(log_->counters().quarantined_records, 2u);
}

TEST_F(LogTest, SurvivesEitherCopyOfEveryHeaderBeingDamaged) {
  Open();
  for (int i = 0; i < 6; ++i) Append(std::string(3000, 'x'));
  ASSERT_TRUE(log_->SealNext(1, 2));
  for (const std::string& name : Segments()) {
    files_.Corrupt("log/" + name, 17, 0xFF);
    if (name == Segments()[1]) files_.Corrupt("log/" + name, kSegmentHeaderCopyOffset + 40, 1);
  }
  for (uint64_t page : {uint64_t{0}, uint64_t{2}})
    files_.Corrupt("log/seals", page * 4096 + 50, 0x10);
  Reopen();
  EXPECT_EQ(ReadAll().size(), 6u);
  EXPECT_EQ(log_->counters().quarantined_records, 0u);
  EXPECT_FALSE(log_->recovery().seal_state_lost);
  EXPECT_EQ(log_->UnsettledSeals()->size(), 1u);
}

TEST_F(LogTest, OpensWithoutSealsAndSaysSo) {
  Open();
  Append("one");
  ASSERT_TRUE(log_->SealNext(1, 1));
  ASSERT_TRUE(files_.Remove("log/seals"));
  Reopen();
  EXPECT_TRUE(log_->recovery().seal_state_lost);
  EXPECT_THAT(ReadAll(), ElementsAre("one"));
  EXPECT_EQ(log_->unsealed_lsn(), 1u);
}

TEST_F(LogTest, RefusesASecondOpenAndForeignSegments) {
  Open();
  Append("one");
  auto second = Log::Open("log", options_, files_, clock_, random_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  std::string name = Segments().front();
  auto foreign = Log::Open("other", options_, files_, clock_, random_);
  ASSERT_TRUE(foreign);
  ASSERT_TRUE((*foreign)->AppendSync("x"));
  foreign->reset();
  log_.reset();
  ASSERT_TRUE(files_.Rename("other/" + name, "log/" + SegmentName(7)));
  auto mixed = Log::Open("log", options_, files_, clock_, random_);
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().code, ErrorCode::kCorrupt);
}

TEST_F(LogTest, AppendsBeyondWhatMayWaitAreRefused) {
  options_.pending_size_bytes_max = 1000;
  Open();
  std::string payload(600, 'p');
  std::string_view piece = payload;
  int answered = 0;
  int refused = 0;
  auto count = [&](Result<Lsn> lsn) { ++(lsn ? answered : refused); };
  for (int i = 0; i < 3; ++i) log_->Append(std::span(&piece, 1), count);
  EXPECT_EQ(refused, 2);
  log_->RunWriterOnce();
  EXPECT_EQ(answered, 1);
  log_->Append(std::span(&piece, 1), count);
  log_.reset();
  EXPECT_EQ(answered, 2) << "closing commits what waits";
}

TEST_F(LogTest, AnUnknownFormatVersionIsUnsupported) {
  Open();
  Append("one");
  std::string path = "log/" + Segments().front();
  std::string page = files_.Contents(path)->substr(0, kSegmentHeaderSize);
  ASSERT_TRUE(DecodeSegmentHeader(page));
  page[8] = 2;
  EXPECT_EQ(DecodeSegmentHeader(page)->number, 1u) << "the other copy is whole";
  uint64_t checksum = Checksum(std::string_view(page).substr(0, 72));
  page.replace(72, 8, reinterpret_cast<const char*>(&checksum), 8);
  auto file = files_.Open(path, platform::OpenMode::kReadWrite);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->WriteAt(0, page));
  log_.reset();
  auto newer = Log::Open("log", options_, files_, clock_, random_);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace vitrine::wal
