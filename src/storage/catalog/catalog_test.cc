#include "storage/catalog/catalog.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include "storage/catalog/dashboards.h"
#include "storage/catalog/internal/schema.h"
#include "storage/catalog/project_settings.h"
#include "storage/catalog/saved_views.h"

namespace vitrine::catalog {
namespace {

namespace fs = std::filesystem;

class CatalogTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "catalog_XXXXXX";
    folder_ = mkdtemp(name.data());
    path_ = (folder_ / "catalog.sqlite").string();
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::unique_ptr<Catalog> Open() {
    auto opened = Catalog::Open(path_);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  void Run(const char* script) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, script, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  static SavedView View(const std::string& id, const std::string& name) {
    return {id, name, "/calls", "filter=status:error", {1}, {2}};
  }
  static std::vector<std::string> Names(Catalog& catalog, const std::string& project = "p") {
    std::vector<std::string> names;
    const auto work = catalog.Begin();
    const auto views = ListViews(*work, project);
    for (const SavedView& view : *views) names.push_back(view.name);
    return names;
  }

  fs::path folder_;
  std::string path_;
};

using Texts = std::vector<std::string>;

TEST_F(CatalogTest, WhatWasCommittedIsThereAfterwardsAndNothingElse) {
  {
    const auto catalog = Open();
    auto work = catalog->Begin();
    ASSERT_TRUE(AddView(*work, "p", View("a", "kept")));
    ASSERT_TRUE(work->Commit());
  }
  {
    const auto catalog = Open();
    auto work = catalog->Begin();
    ASSERT_TRUE(AddView(*work, "p", View("b", "not committed")));
    // The files as a crash would leave them now.
    fs::create_directory(folder_ / "crash");
    for (const auto& entry : fs::directory_iterator(folder_))
      if (entry.is_regular_file()) fs::copy(entry, folder_ / "crash" / entry.path().filename());
  }
  EXPECT_EQ(Names(*Open()), Texts{"kept"});
  path_ = (folder_ / "crash" / "catalog.sqlite").string();
  EXPECT_EQ(Names(*Open()), Texts{"kept"});
}

TEST_F(CatalogTest, TheFileIsItsOwnersAlone) {
  Open();
  struct stat facts{};
  ASSERT_EQ(stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST_F(CatalogTest, OneTransactionAtATime) {
  const auto catalog = Open();
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&catalog, writer] {
      for (int number = 0; number < 25; ++number) {
        auto work = catalog->Begin();
        auto settings = ReadSettings(*work, "p");
        ++settings->version;
        settings->updated_at = Nanos{writer};
        ASSERT_TRUE(WriteSettings(*work, "p", *settings));
        ASSERT_TRUE(work->Commit());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(ReadSettings(*catalog->Begin(), "p")->version, 100);
}

TEST_F(CatalogTest, AnotherProgramsFileIsRefusedAndLeftAsItIs) {
  Run("CREATE TABLE theirs(x)");
  const auto opened = Catalog::Open(path_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(opened.error().message.find("not Vitrine's catalog"), std::string::npos);
  Run("INSERT INTO theirs VALUES(1)");
}

TEST_F(CatalogTest, ANewerFileIsRefused) {
  Open();
  Run("PRAGMA user_version = 999");
  const auto opened = Catalog::Open(path_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
  EXPECT_NE(opened.error().message.find("999"), std::string::npos);
}

TEST_F(CatalogTest, DamageIsToldAtTheStart) {
  Open();
  for (const size_t at : {size_t{0}, size_t{4096}}) {
    const auto size = fs::file_size(path_);
    ASSERT_GT(size, at + 64);
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file << std::string(64, '\x5A');
    file.close();
    const auto opened = Catalog::Open(path_);
    ASSERT_FALSE(opened) << at;
    EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt) << opened.error().message;
    EXPECT_NE(opened.error().message.find("backup"), std::string::npos);
    fs::remove(path_);
    Open();
  }
}

TEST_F(CatalogTest, AnUpgradeKeepsWhatIsThereAndAFailedOneChangesNothing) {
  {
    const auto catalog = Open();
    auto work = catalog->Begin();
    ASSERT_TRUE(AddView(*work, "p", View("a", "kept")));
    ASSERT_TRUE(work->Commit());
  }
  std::vector<std::string_view> steps(SchemaSteps().begin(), SchemaSteps().end());
  const auto upgrade = [&](std::string_view step) {
    steps.push_back(step);
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    const auto done = Upgrade(database, path_, steps);
    sqlite3_close(database);
    steps.pop_back();
    return done.has_value();
  };
  EXPECT_FALSE(upgrade("CREATE TABLE next(x) STRICT;"));  // STRICT asks for types.
  EXPECT_FALSE(upgrade("CREATE TABLE next(x); CREATE TABLE next(x);"));
  EXPECT_EQ(Names(*Open()), Texts{"kept"});
  EXPECT_TRUE(upgrade("CREATE TABLE next(x); UPDATE saved_views SET name = 'upgraded';"));
  EXPECT_FALSE(Catalog::Open(path_));
  Run(("PRAGMA user_version = " + std::to_string(steps.size())).c_str());
  EXPECT_EQ(Names(*Open()), Texts{"upgraded"});
}

TEST_F(CatalogTest, ViewsHaveNamesAndPlaces) {
  const auto catalog = Open();
  auto work = catalog->Begin();
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(AddView(*work, "p", View(id, id)));
  ASSERT_TRUE(AddView(*work, "other", View("a", "a")));
  const auto taken = AddView(*work, "p", View("d", "b"));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kConflict);
  auto views = *ListViews(*work, "p");
  EXPECT_EQ(views[1].query, "filter=status:error");
  std::swap(views[0], views[2]);
  ASSERT_TRUE(OrderViews(*work, "p", views));
  ASSERT_TRUE(ReplaceView(*work, "p", View("a", "é\"'; --")));
  EXPECT_TRUE(*RemoveView(*work, "p", "b"));
  EXPECT_FALSE(*RemoveView(*work, "p", "b"));
  ASSERT_TRUE(work->Commit());
  {
    const auto ended = std::move(work);
  }
  EXPECT_EQ(Names(*catalog), (Texts{"c", "é\"'; --"}));
  EXPECT_EQ(Names(*catalog, "other"), Texts{"a"});
}

TEST_F(CatalogTest, DashboardsAndSettingsReadBack) {
  const auto catalog = Open();
  auto work = catalog->Begin();
  const std::string body(100'000, 'x');
  ASSERT_TRUE(AddDashboard(*work, "p", {"a", 1, "B", 3, body, {5}, {6}}));
  ASSERT_TRUE(AddDashboard(*work, "p", {"b", 1, "a", 0, "{}", {5}, {6}}));
  ASSERT_TRUE(ReplaceDashboard(*work, "p", {"b", 2, "z", 1, "{1}", {5}, {7}}));
  const auto list = *ListDashboards(*work, "p");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].name + list[1].name, "Bz");
  EXPECT_EQ((*FindDashboard(*work, "p", "a"))->body, body);
  EXPECT_EQ((*FindDashboard(*work, "p", "b"))->version, 2);
  EXPECT_EQ((*FindDashboard(*work, "p", "b"))->updated_at, Nanos{7});
  EXPECT_FALSE(*FindDashboard(*work, "other", "a"));
  EXPECT_TRUE(*RemoveDashboard(*work, "p", "a"));
  EXPECT_FALSE(*FindDashboard(*work, "p", "a"));
  EXPECT_EQ(ReadSettings(*work, "p")->time_zone, "UTC");
  EXPECT_FALSE(ReadSettings(*work, "p")->updated_at);
  ASSERT_TRUE(WriteSettings(*work, "p", {1, "Europe/Berlin", "[{}]", Nanos{9}}));
  EXPECT_EQ(ReadSettings(*work, "p")->link_templates, "[{}]");
  EXPECT_EQ(ReadSettings(*work, "other")->version, 0);
}

TEST_F(CatalogTest, BytesAndNothingAreKept) {
  const auto catalog = Open();
  auto work = catalog->Begin();
  ASSERT_TRUE(work->Change("CREATE TABLE t(a BLOB, b TEXT)", {}));
  const std::string bytes("\0\xFF\0", 3);
  ASSERT_TRUE(work->Change("INSERT INTO t VALUES(?, ?)", {Blob(bytes), nullptr}));
  int rows = 0;
  ASSERT_TRUE(work->Read("SELECT a, b FROM t", {}, [&](const Row& row) {
    ++rows;
    EXPECT_EQ(row.Text(0), bytes);
    EXPECT_TRUE(row.IsNull(1));
  }));
  EXPECT_EQ(rows, 1);
}

}  // namespace
}  // namespace vitrine::catalog
