// Kills log_crash_writer with SIGKILL at random moments, again and again on the same directory, and
// compares what it was promised with what is there afterwards. VITRINE_CRASH_ROUNDS=N for more.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "platform/clock.h"
#include "platform/posix_file.h"
#include "platform/random.h"
#include "storage/wal/log.h"

namespace vitrine::wal {
namespace {

/// Everything the killed programs said.
struct Ledger {
  std::map<Lsn, std::string> acknowledged;
  std::map<std::string, std::string> seals;                      // number: "first last"
  std::map<std::string, std::map<Lsn, std::string>> insertions;  // by seal
  std::set<std::string> inserted_ids;
  uint64_t open_count = 0;

  void Take(const std::string& line);
};

void Ledger::Take(const std::string& line) {
  std::istringstream words(line);
  std::string kind;
  words >> kind;
  if (kind == "open") ++open_count;
  if (kind == "ack") {
    Lsn lsn = 0;
    std::string id;
    words >> lsn >> id;
    EXPECT_TRUE(acknowledged.emplace(lsn, id).second) << "LSN acknowledged twice: " << lsn;
  }
  if (kind == "seal") {
    std::string number;
    std::string bounds;
    words >> number >> std::ws;
    std::getline(words, bounds);
    auto [known, is_new] = seals.emplace(number, bounds);
    EXPECT_EQ(known->second, bounds) << "seal " << number << " was cut anew";
  }
  if (kind != "insert") return;
  std::string number;
  std::string entry;
  words >> number;
  std::map<Lsn, std::string> batch;
  while (words >> entry) {
    size_t colon = entry.find(':');
    batch.emplace(std::stoull(entry), entry.substr(colon + 1));
  }
  // The engine drops a batch whose name it has seen; it must be the same batch.
  auto [known, is_new] = insertions.emplace(number, batch);
  if (!is_new) {
    EXPECT_EQ(known->second, batch) << "seal " << number << " holds other records";
    return;
  }
  for (auto& [lsn, id] : batch) {
    EXPECT_TRUE(inserted_ids.insert(id).second) << "id " << id << " inserted twice";
  }
}

/// Runs the writer for a while, kills it, and takes what it said.
void RunAndKill(const std::string& directory, uint64_t first_id, int milliseconds, Ledger& ledger) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    std::string id = std::to_string(first_id);
    execl(VITRINE_CRASH_WRITER, "log_crash_writer", directory.c_str(), id.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    kill(child, SIGKILL);
  });
  std::string said;
  char buffer[65536];
  ssize_t got = 0;
  while ((got = read(ends[0], buffer, sizeof(buffer))) > 0) {
    said.append(buffer, static_cast<size_t>(got));
  }
  close(ends[0]);
  killer.join();
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the writer ended by itself";
  std::istringstream lines(said);
  std::string line;
  while (std::getline(lines, line)) ledger.Take(line);
}

/// What is in the log now, by LSN.
std::map<Lsn, std::string> ReadRest(const std::string& directory) {
  LogOptions options;
  options.free_space_bytes_min = 0;
  auto log = Log::Open(directory, options, platform::PosixFileSystem(), platform::SystemClock(),
                       platform::SystemRandom());
  EXPECT_TRUE(log) << log.error().message;
  std::map<Lsn, std::string> ids;
  Lsn next = (*log)->settled_lsn() + 1;
  for (;;) {
    auto got = (*log)->ReadFrom(next, 1 << 20);
    EXPECT_TRUE(got);
    if (!got || got->records.empty()) break;
    for (const Record& record : got->records) {
      ids.emplace(record.lsn, record.payload.substr(0, record.payload.find(':')));
    }
    next = got->next_lsn;
  }
  EXPECT_EQ((*log)->counters().quarantined_records, 0u);
  return ids;
}

TEST(LogCrash, NothingAcknowledgedIsLostToKills) {
  std::filesystem::path directory =
      std::filesystem::path(testing::TempDir()) / ("log_crash_" + std::to_string(getpid()));
  std::filesystem::remove_all(directory);
  const char* rounds_text = std::getenv("VITRINE_CRASH_ROUNDS");
  int rounds = rounds_text == nullptr ? 20 : std::atoi(rounds_text);
  unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  Ledger ledger;
  for (int round = 0; round < rounds; ++round) {
    uint64_t first_id = static_cast<uint64_t>(round + 1) * 1'000'000;
    int milliseconds = static_cast<int>(10 + random() % 250);
    RunAndKill(directory, first_id, milliseconds, ledger);
    if (HasFatalFailure()) return;
  }
  std::map<Lsn, std::string> rest = ReadRest(directory);
  std::map<Lsn, std::string> settled;
  for (auto& [number, batch] : ledger.insertions) settled.insert(batch.begin(), batch.end());
  uint64_t lost = 0;
  for (auto& [lsn, id] : ledger.acknowledged) {
    bool in_engine = settled.contains(lsn) && settled[lsn] == id;
    bool in_log = rest.contains(lsn) && rest[lsn] == id;
    lost += !in_engine && !in_log;
  }
  std::printf("%d rounds, %llu opened, %zu acknowledged, %zu settled, %zu still in the log\n",
              rounds, static_cast<unsigned long long>(ledger.open_count),
              ledger.acknowledged.size(), settled.size(), rest.size());
  EXPECT_EQ(lost, 0u);
  EXPECT_GT(ledger.acknowledged.size(), 0u);
  EXPECT_GT(settled.size(), 0u);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace vitrine::wal
