#include "settle/count_journal.h"

#include <gtest/gtest.h>

#include "platform/sim_file.h"

namespace vitrine::settle {
namespace {

constexpr const char* kPath = "/data/counting";

CallVerdict Verdict(uint8_t n) {
  CallVerdict verdict;
  verdict.project = "project-" + std::to_string(n);
  verdict.trace.bytes[0] = n;
  verdict.span.bytes[0] = n;
  verdict.counted = n % 2 == 0;
  verdict.counted_in.bytes[15] = n;
  return verdict;
}

std::vector<CallVerdict> Verdicts(uint8_t count) {
  std::vector<CallVerdict> verdicts;
  for (uint8_t n = 0; n < count; ++n) verdicts.push_back(Verdict(n));
  return verdicts;
}

std::unique_ptr<CountJournal> Open(platform::SimFileSystem& files) {
  EXPECT_TRUE(files.CreateDirectory("/data"));
  auto journal = CountJournal::Open(kPath, files);
  EXPECT_TRUE(journal) << journal.error().message;
  return std::move(*journal);
}

TEST(CountJournal, KeepsTheLatestBatchOverARestart) {
  platform::SimFileSystem files(1);
  auto journal = Open(files);
  EXPECT_FALSE(journal->Find("a"));
  ASSERT_TRUE(journal->Keep("a", Verdicts(100)));
  ASSERT_TRUE(journal->Keep("b", Verdicts(3)));
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(journal->Find("a"));
    ASSERT_TRUE(journal->Find("b"));
    auto found = *journal->Find("b");
    EXPECT_EQ(std::vector<CallVerdict>(found.begin(), found.end()), Verdicts(3));
    journal = Open(files);
  }
  ASSERT_TRUE(journal->Keep("c", {}));
  journal = Open(files);
  ASSERT_TRUE(journal->Find("c"));
  EXPECT_TRUE(journal->Find("c")->empty());
}

/// Whatever a power loss does: the batch under way has its whole record or none, and has it if it
/// was told so.
TEST(CountJournal, APowerLossLeavesAWholeRecordOrNone) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    platform::SimFileSystem files(seed);
    auto journal = Open(files);
    std::string kept;
    uint8_t kept_size = 0;
    files.FailCall(1 + seed % 7, platform::SimFault::kPowerLoss);
    for (uint8_t size = 1; size < 40; size = static_cast<uint8_t>(size * 2 + 1)) {
      std::string batch = "batch-" + std::to_string(size);
      if (!journal->Keep(batch, Verdicts(size))) break;
      kept = batch;
      kept_size = size;
    }
    bool was_down = files.is_down();
    files.Restart();
    auto after = Open(files);
    if (!was_down) {
      ASSERT_TRUE(after->Find(kept)) << "seed " << seed;
    }
    if (auto found = after->Find(kept)) {
      EXPECT_EQ(found->size(), kept_size);
    }
    auto next = static_cast<uint8_t>(kept_size * 2 + 1);
    if (auto found = after->Find("batch-" + std::to_string(next))) {
      EXPECT_EQ(std::vector<CallVerdict>(found->begin(), found->end()), Verdicts(next));
    }
  }
}

/// The example of docs/formats/count_journal.md.
TEST(CountJournal, WritesWhatTheFormatPageShows) {
  platform::SimFileSystem files(2);
  CallVerdict verdict;
  verdict.project = "p";
  verdict.trace.bytes.fill(0x10);
  for (uint8_t i = 0; i < 8; ++i) verdict.span.bytes[i] = static_cast<uint8_t>(i + 1);
  verdict.counted_in.bytes.fill(0x20);
  ASSERT_TRUE(Open(files)->Keep("ab-1-9", {verdict}));
  auto file = files.Open(kPath, platform::OpenMode::kRead);
  std::string bytes(200, '\0');
  bytes.resize(*(*file)->ReadAt(0, bytes.data(), bytes.size()));
  std::string hex(bytes.size() * 2, '\0');
  HexEncode(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), hex.data());
  EXPECT_EQ(hex,
            "5654524e434e540a"
            "01000000"
            "00000000"
            "3800000000000000"
            "5853222c0fe88ded"
            "060061622d312d39"
            "01000000"
            "010070"
            "10101010101010101010101010101010"
            "0102030405060708"
            "20202020202020202020202020202020"
            "00");
}

TEST(CountJournal, AFullDiskIsAnErrorAndTheNextTryWorks) {
  platform::SimFileSystem files(3);
  auto journal = Open(files);
  files.FailCall(1, platform::SimFault::kNoSpace);
  EXPECT_FALSE(journal->Keep("a", Verdicts(3)));
  EXPECT_FALSE(journal->Find("a"));
  ASSERT_TRUE(journal->Keep("a", Verdicts(3)));
  EXPECT_TRUE(Open(files)->Find("a"));
}

TEST(CountJournal, ANewerFormatIsRefusedNotGuessed) {
  platform::SimFileSystem files(4);
  ASSERT_TRUE(Open(files)->Keep("a", Verdicts(1)));
  {
    auto file = files.Open(kPath, platform::OpenMode::kReadWrite);
    ASSERT_TRUE((*file)->WriteAt(8, std::string_view("\x02", 1)));
  }
  auto journal = CountJournal::Open(kPath, files);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace vitrine::settle
