#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>

#include "platform/clock.h"
#include "platform/posix_file.h"
#include "platform/random.h"
#include "platform/sim_file.h"
#include "platform/thread_turns.h"

namespace vitrine::platform {
namespace {

std::string ReadAll(File& file) {
  std::string bytes(file.Size().value(), '\0');
  EXPECT_EQ(file.ReadAt(0, bytes.data(), bytes.size()).value(), bytes.size());
  return bytes;
}

/// What both sides of the seam must do alike.
void CheckFileSystem(FileSystem& files, const std::string& directory) {
  ASSERT_TRUE(files.CreateDirectory(directory));
  ASSERT_TRUE(files.CreateDirectory(directory)) << "an existing one is fine";
  std::string path = directory + "/a";
  EXPECT_EQ(files.Open(path, OpenMode::kReadWrite).error().code, ErrorCode::kNotFound);
  auto file = files.Open(path, OpenMode::kCreate);
  ASSERT_TRUE(file);
  EXPECT_EQ(files.Open(path, OpenMode::kCreate).error().code, ErrorCode::kConflict);
  std::array<std::string_view, 3> pieces = {"one ", "", "two"};
  ASSERT_TRUE((*file)->WriteAt(0, pieces));
  ASSERT_TRUE((*file)->WriteAt(10, "end"));
  EXPECT_EQ(ReadAll(**file), std::string("one two\0\0\0end", 13));
  char byte = 0;
  EXPECT_EQ((*file)->ReadAt(100, &byte, 1).value(), 0u);
  ASSERT_TRUE((*file)->Truncate(3));
  EXPECT_EQ(ReadAll(**file), "one");
  ASSERT_TRUE((*file)->Preallocate(100));
  EXPECT_EQ((*file)->Size().value(), 100u);
  ASSERT_TRUE((*file)->Preallocate(50));
  EXPECT_EQ((*file)->Size().value(), 100u) << "never shrinks";
  ASSERT_TRUE((*file)->SyncData());
  ASSERT_TRUE(files.Rename(path, directory + "/b"));
  ASSERT_TRUE(files.SyncDirectory(directory));
  EXPECT_EQ(files.List(directory).value(), std::vector<std::string>{"b"});
  EXPECT_GT(files.FreeSpace(directory).value(), 0u);
  ASSERT_TRUE(files.Remove(directory + "/b"));
  EXPECT_EQ(files.Remove(directory + "/b").error().code, ErrorCode::kNotFound);
  auto lock = files.Lock(directory + "/lock");
  ASSERT_TRUE(lock);
  EXPECT_EQ(files.Lock(directory + "/lock").error().code, ErrorCode::kConflict);
  lock->reset();
  EXPECT_TRUE(files.Lock(directory + "/lock"));
}

TEST(FileSystem, Posix) {
  std::filesystem::path directory =
      std::filesystem::path(testing::TempDir()) / ("platform_" + std::to_string(getpid()));
  std::filesystem::remove_all(directory);
  CheckFileSystem(PosixFileSystem(), directory);
  std::filesystem::remove_all(directory);
}

TEST(FileSystem, Simulated) {
  SimFileSystem files(1);
  CheckFileSystem(files, "data");
}

TEST(FileSystem, PosixWritesMoreThan1024PiecesInOrder) {
  std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / ("pieces_" + std::to_string(getpid()));
  std::filesystem::remove(path);
  auto file = PosixFileSystem().Open(path, OpenMode::kCreate);
  ASSERT_TRUE(file);
  std::vector<std::string> texts;
  std::string joined;
  for (int i = 0; i < 3000; ++i) joined += texts.emplace_back(std::to_string(i) + ",");
  std::vector<std::string_view> pieces(texts.begin(), texts.end());
  ASSERT_TRUE((*file)->WriteAt(0, pieces));
  EXPECT_EQ(ReadAll(**file), joined);
  std::filesystem::remove(path);
}

/// Counts what a power loss leaves of unsynced state, over many seeds.
TEST(SimFileSystem, PowerLossKeepsWhatWasSyncedAndAnyPartOfTheRest) {
  int entry_lost = 0;
  int bytes_lost = 0;
  int torn = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SimFileSystem files(seed);
    ASSERT_TRUE(files.CreateDirectory("d"));
    ASSERT_TRUE(files.SyncDirectory("."));
    auto kept = files.Open("d/kept", OpenMode::kCreate);
    ASSERT_TRUE((*kept)->WriteAt(0, std::string(2000, 's')));
    ASSERT_TRUE((*kept)->SyncData());
    ASSERT_TRUE(files.SyncDirectory("d"));
    ASSERT_TRUE((*kept)->WriteAt(2000, std::string(3000, 'u')));
    auto fresh = files.Open("d/fresh", OpenMode::kCreate);
    ASSERT_TRUE((*fresh)->SyncData()) << "the entry still is not durable";
    files.PowerLoss();
    EXPECT_EQ((*kept)->Size().error().code, ErrorCode::kIo) << "handles are dead";
    files.Restart();
    std::string bytes = files.Contents("d/kept").value();
    ASSERT_GE(bytes.size(), 2000u);
    EXPECT_EQ(bytes.substr(0, 2000), std::string(2000, 's'));
    size_t written = static_cast<size_t>(std::count(bytes.begin(), bytes.end(), 'u'));
    entry_lost += !files.Contents("d/fresh");
    bytes_lost += written == 0;
    torn += written > 0 && written < 3000;
  }
  EXPECT_GT(entry_lost, 50);
  EXPECT_GT(bytes_lost, 30);
  EXPECT_GT(torn, 30);
}

TEST(SimFileSystem, AFailedSyncForgetsSilently) {
  SimFileSystem files(3);
  ASSERT_TRUE(files.CreateDirectory("d"));
  ASSERT_TRUE(files.SyncDirectory("."));
  int lost = 0;
  for (int i = 0; i < 40; ++i) {
    std::string path = "d/" + std::to_string(i);
    auto file = files.Open(path, OpenMode::kCreate);
    ASSERT_TRUE(files.SyncDirectory("d"));
    ASSERT_TRUE((*file)->WriteAt(0, "bytes"));
    files.FailCall(1, SimFault::kIoError);
    EXPECT_FALSE((*file)->SyncData());
    EXPECT_TRUE((*file)->SyncData()) << "the second one claims success";
    EXPECT_EQ(files.Contents(path), "bytes");
    files.PowerLoss();
    files.Restart();
    lost += files.Contents(path) != "bytes";
  }
  EXPECT_GT(lost, 5);
}

TEST(SimFileSystem, FailsTheNthCallAndFillsUp) {
  SimFileSystem files(4);
  ASSERT_TRUE(files.CreateDirectory("d"));
  auto file = files.Open("d/f", OpenMode::kCreate);
  files.FailCall(2, SimFault::kNoSpace);
  EXPECT_TRUE((*file)->WriteAt(0, "a"));
  EXPECT_EQ((*file)->WriteAt(1, "b").error().code, ErrorCode::kLimitExceeded);
  EXPECT_TRUE((*file)->WriteAt(1, "c"));
  files.SetCapacity(10);
  EXPECT_EQ((*file)->WriteAt(2, std::string(20, 'x')).error().code, ErrorCode::kLimitExceeded);
  EXPECT_LE(files.Contents("d/f")->size(), 10u);
}

TEST(SimClock, MovesOnlyWhenTold) {
  SimClock clock;
  Nanos before = clock.Now();
  clock.Advance(5);
  clock.SkewWall(-100);
  EXPECT_EQ(clock.Now() - before, -95);
  EXPECT_EQ(clock.MonotonicNanos(), 5);
}

TEST(Random, SeedsRepeatAndTheKernelDoesNot) {
  SeededRandom a(1);
  SeededRandom b(1);
  EXPECT_EQ(a.Next64(), b.Next64());
  EXPECT_NE(a.Next(), a.Next());
  EXPECT_NE(SystemRandom().Next64(), SystemRandom().Next64());
}

TEST(ThreadTurns, AreOfOneThreadAlone) {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  int after = 0;
  std::thread([&after] {
    GiveWay();
    after = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
  }).join();
  EXPECT_GE(after, 10);
  EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())), before);
}

TEST(ThreadTurns, AreGivenAwayForThreadsOfAName) {
  std::promise<void> named, looked;
  int waiting = 0, other = 0;
  std::thread thread([&] {
    ::prctl(PR_SET_NAME, "of a library");
    named.set_value();
    looked.get_future().wait();
    waiting = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
  });
  named.get_future().wait();
  other = ::getpriority(PRIO_PROCESS, 0);
  LetGiveWay("of a librar");
  LetGiveWay("of a library");
  looked.set_value();
  thread.join();
  EXPECT_GE(waiting, 10);
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), other);
}

TEST(ThreadTurns, OfAnIdleThreadAreInheritedAndItsNicenessIsLeft) {
  int policy = -1, niceness = -1;
  std::thread([&] {
    TakeShortTurns();
    niceness = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
    RunWhenIdle();
    std::thread([&policy] { policy = ::sched_getscheduler(0); }).join();
  }).join();
  EXPECT_EQ(policy, SCHED_IDLE);
  EXPECT_EQ(niceness, ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())));
  EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
}

TEST(ThreadTurns, OfASessionAreLowered) {
  const auto share = [] {
    std::string text;
    std::getline(std::ifstream("/proc/self/autogroup"), text);
    return text;
  };
  if (share().empty()) GTEST_SKIP() << "this kernel does not share out processors by sessions";
  const std::string before = share();
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    LowerSession();
    ::_exit(share().ends_with(" nice 19") ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(share(), before);
}

}  // namespace
}  // namespace vitrine::platform
