// A small program that fills and settles a log until it is killed, and tells an outside ledger,
// line by line on standard output, what it was promised:
//   open DURABLE UNSETTLED         the log is open
//   ack LSN ID                     the record with this id was acknowledged
//   seal NUMBER FIRST LAST         a batch was sealed, or found sealed
//   insert NUMBER LSN:ID ...       the batch goes into the engine; comes before it is marked
//   settled
// usage: log_crash_writer DIRECTORY FIRST_ID
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "platform/clock.h"
#include "platform/posix_file.h"
#include "platform/random.h"
#include "storage/wal/log.h"

namespace {

using vitrine::wal::Log;
using vitrine::wal::Lsn;
using vitrine::wal::Seal;

/// One write call a line: lines stay whole while they are shorter than a pipe's buffer page.
void Say(std::string line) {
  line += '\n';
  if (line.size() > 4096 || write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(1);
}

void AppendForEver(Log& log, std::atomic<uint64_t>& next_id, unsigned seed) {
  for (;; seed = seed * 1664525 + 1013904223) {
    std::string id = std::to_string(next_id++);
    std::string payload = id + ":" + std::string(seed % 3000, 'x');
    auto lsn = log.AppendSync(payload);
    if (lsn) Say("ack " + std::to_string(*lsn) + " " + id);
  }
}

void Settle(Log& log, const Seal& seal) {
  auto records = log.ReadSeal(seal);
  if (!records) return;
  std::string line = "insert " + std::to_string(seal.number);
  for (const auto& record : records->records) {
    line += " " + std::to_string(record.lsn) + ":";
    line += record.payload.substr(0, record.payload.find(':'));
  }
  Say(line);
  if (!log.MarkSettled(seal)) return;
  (void)log.Truncate(log.settled_lsn()).has_value();
}

void SealLine(const Seal& seal) {
  Say("seal " + std::to_string(seal.number) + " " + std::to_string(seal.first_lsn) + " " +
      std::to_string(seal.last_lsn));
}

void SettleForEver(Log& log) {
  for (;;) {
    auto unsettled = log.UnsettledSeals();
    if (!unsettled) continue;
    for (const Seal& seal : *unsettled) {
      SealLine(seal);
      Settle(log, seal);
    }
    Lsn from = log.unsealed_lsn();
    if (!log.WaitFor(from, std::chrono::milliseconds(50))) continue;
    // Few enough for one line.
    auto got = log.ReadFrom(from, 60'000);
    if (!got || got->records.empty()) continue;
    size_t count = std::min<size_t>(got->records.size(), 100);
    auto seal = log.SealNext(from, got->records[count - 1].lsn);
    if (seal) SealLine(*seal);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: log_crash_writer DIRECTORY FIRST_ID\n");
    return 2;
  }
  vitrine::wal::LogOptions options;
  options.segment_size_bytes = 64 << 10;
  options.log_size_bytes_max = 64 << 20;
  options.free_space_bytes_min = 0;
  options.reserve_size_bytes = 64 << 10;
  auto log = Log::Open(argv[1], options, vitrine::platform::PosixFileSystem(),
                       vitrine::platform::SystemClock(), vitrine::platform::SystemRandom());
  if (!log) {
    std::fprintf(stderr, "%s\n", log.error().message.c_str());
    return 1;
  }
  auto unsettled = (*log)->UnsettledSeals();
  Say("open " + std::to_string((*log)->durable_lsn()) + " " +
      std::to_string(unsettled ? unsettled->size() : 0));
  std::atomic<uint64_t> next_id = std::strtoull(argv[2], nullptr, 10);
  std::vector<std::thread> threads;
  for (unsigned i = 1; i <= 4; ++i) {
    threads.emplace_back([&, i] { AppendForEver(**log, next_id, i); });
  }
  SettleForEver(**log);
}
