#include "access/limit_use.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

#include "access/limits.h"

namespace vitrine::access {
namespace {

namespace fs = std::filesystem;
using catalog::LimitUseRow;

constexpr int64_t kHourMs = 3'600'000;

class LimitUseTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "limit_use_XXXXXX";
    folder_ = mkdtemp(name.data());
    Open();
  }
  void TearDown() override {
    use_.reset();
    catalog_.reset();
    fs::remove_all(folder_);
  }
  /// As a start after a crash, unless what is there was stopped or written before.
  void Open() {
    catalog_ = *catalog::Catalog::Open(Path());
    auto opened = LimitUse::Open(
        {.catalog = catalog_.get(), .clock = &clock_, .on_fault = [this](const Error& fault) {
           faults_.push_back(fault.message);
         }});
    ASSERT_TRUE(opened) << opened.error().message;
    use_ = std::move(*opened);
  }
  void Restart() {
    use_.reset();
    catalog_.reset();
    Open();
  }
  std::string Path() const { return (folder_ / "catalog.sqlite").string(); }
  void Run(const char* script) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(Path().c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, script, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  LimitUseRow Row(const std::string& subject, int64_t requests) {
    return {.scope = "user",
            .window_ms = kHourMs,
            .subject = subject,
            .window = clock_.Now().since_epoch / 1'000'000 / kHourMs,
            .requests = requests,
            .tokens = 10 * requests,
            .cost_nano_usd = 1'000 * requests};
  }

  fs::path folder_;
  platform::SimClock clock_;
  std::vector<std::string> faults_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<LimitUse> use_;
};

TEST_F(LimitUseTest, WhatWasNotedIsThereAfterARestart) {
  use_->Note(Row("ann", 1));
  use_->Note(Row("ann", 2));
  use_->Note(Row("bob", 7));
  Restart();
  const auto rows = use_->Take("user");
  ASSERT_EQ(rows.size(), 2u);
  for (const LimitUseRow& row : rows) {
    EXPECT_EQ(row.requests, row.subject == "ann" ? 2 : 7);
    EXPECT_EQ(row.tokens, 10 * row.requests);
    EXPECT_EQ(row.cost_nano_usd, 1'000 * row.requests);
  }
  EXPECT_TRUE(use_->Take("user").empty()) << "it is the taker's now";
  EXPECT_TRUE(use_->Take("project").empty());
}

TEST_F(LimitUseTest, ItIsWrittenWithoutBeingAsked) {
  use_->Note(Row("ann", 3));
  int64_t requests = 0;
  for (int i = 0; i < 600 && requests == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto rows = catalog::ReadLimitUse(*catalog_->Begin());
    ASSERT_TRUE(rows);
    requests = rows->empty() ? 0 : rows->front().requests;
  }
  EXPECT_EQ(requests, 3);
}

TEST_F(LimitUseTest, WindowsThatAreOverAreRemoved) {
  use_->Note(Row("ann", 1));
  ASSERT_TRUE(use_->Write());
  clock_.Advance(kHourMs * 1'000'000);
  use_->Note(Row("bob", 1));
  ASSERT_TRUE(use_->Write());
  const auto rows = catalog::ReadLimitUse(*catalog_->Begin());
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().subject, "bob");
  clock_.Advance(kHourMs * 1'000'000);
  Restart();
  EXPECT_TRUE(use_->Take("user").empty());
}

TEST_F(LimitUseTest, AKeyThatIsGoneLeavesNothing) {
  Run("INSERT INTO virtual_keys VALUES('a1', 'p', 'n', 'u', x'00', 'end', x'00', '[]', '[]', NULL, "
      "0, NULL)");
  for (const char* scope : {"key/a1", "key/b2", "key"}) {
    LimitUseRow row = Row("", 1);
    row.scope = scope;
    use_->Note(row);
  }
  Restart();
  EXPECT_EQ(use_->Take("key/a1").size(), 1u);
  EXPECT_EQ(use_->Take("key").size(), 1u);
  EXPECT_TRUE(use_->Take("key/b2").empty());
}

TEST_F(LimitUseTest, MoreRowsThanATransactionHolds) {
  const size_t count = 2 * kUseRowsPerWrite + 1;
  for (size_t i = 0; i < count; ++i) use_->Note(Row("u" + std::to_string(i), 1));
  Restart();
  EXPECT_EQ(use_->Take("user").size(), count);
}

TEST_F(LimitUseTest, WhatCouldNotBeWrittenIsWrittenLater) {
  Run("ALTER TABLE limit_use RENAME TO hidden");
  use_->Note(Row("ann", 1));
  EXPECT_FALSE(use_->Write());
  LimitUseRow newer = Row("bob", 2);
  use_->Note(newer);
  Run("ALTER TABLE hidden RENAME TO limit_use");
  ASSERT_TRUE(use_->Write());
  Restart();
  EXPECT_EQ(use_->Take("user").size(), 2u);
}

}  // namespace
}  // namespace vitrine::access
