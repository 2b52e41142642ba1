#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "platform/posix_file.h"
#include "services/exports/destination.h"

namespace vitrine::exports {
namespace {

namespace fs = std::filesystem;

class FolderDestinationTest : public testing::Test {
 protected:
  FolderDestinationTest() {
    char name[] = "/tmp/vitrine-folder-XXXXXX";
    root_ = mkdtemp(name);
  }
  ~FolderDestinationTest() override { fs::remove_all(root_); }

  std::string Spool(const std::string& text) {
    std::ofstream(root_ / "spool") << text;
    return (root_ / "spool").string();
  }
  std::string Read(const fs::path& path) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }

  fs::path root_;
};

TEST_F(FolderDestinationTest, MakesFoldersAndReplacesWhatWasThere) {
  const auto folder = FolderDestination((root_ / "a/b").string(), platform::PosixFileSystem());
  const fs::path file = root_ / "a/b/date=2026-11-21/hour=10/lake.parquet";
  const std::string path = "date=2026-11-21/hour=10/lake.parquet";
  ASSERT_TRUE(folder->Put(Spool("first"), path, {}));
  EXPECT_EQ(Read(file), "first");
  // What a crash left.
  std::ofstream(file.parent_path() / ".lake.parquet.partial") << "half";
  ASSERT_TRUE(folder->Put(Spool(std::string(3'000'000, 'x')), path, {}));
  EXPECT_EQ(Read(file), std::string(3'000'000, 'x'));
  EXPECT_EQ(std::distance(fs::directory_iterator(file.parent_path()), {}), 1);
}

TEST_F(FolderDestinationTest, AStopLeavesWhatWasThere) {
  const auto folder = FolderDestination(root_.string(), platform::PosixFileSystem());
  ASSERT_TRUE(folder->Put(Spool("first"), "x/lake.csv", {}));
  std::stop_source stopped;
  stopped.request_stop();
  const auto put = folder->Put(Spool("second"), "x/lake.csv", stopped.get_token());
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(Read(root_ / "x/lake.csv"), "first");
  EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "x"), {}), 1);
}

}  // namespace
}  // namespace vitrine::exports
