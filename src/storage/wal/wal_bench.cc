// The log against plain write + fdatasync on the same disk, in turns, in one run.
// usage: wal_bench [DIRECTORY] [SECONDS_EACH]; prints the table of docs/benchmarks/wal.md.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "platform/posix_file.h"
#include "storage/wal/log.h"

namespace {

using Clock = std::chrono::steady_clock;
namespace wal = vitrine::wal;

struct Sample {
  double mib_per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
  double records_per_sync = 1;
};

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

Sample Summarise(std::vector<double>& seconds, size_t record_size, double elapsed) {
  std::sort(seconds.begin(), seconds.end());
  Sample sample;
  if (seconds.empty()) return sample;
  sample.mib_per_second = static_cast<double>(seconds.size() * record_size) / elapsed / (1 << 20);
  sample.p50_us = seconds[seconds.size() / 2] * 1e6;
  sample.p99_us = seconds[seconds.size() * 99 / 100] * 1e6;
  return sample;
}

/// What limits.c of the measuring kit does: append, fdatasync, one after the other.
Sample Plain(const std::string& directory, size_t record_size, double seconds_each) {
  std::string path = directory + "/plain.bin";
  std::string bytes(record_size, 'p');
  int file = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  if (file < 0) std::abort();
  std::vector<double> latencies;
  size_t size = 0;
  Clock::time_point begin = Clock::now();
  while (Seconds(Clock::now() - begin) < seconds_each) {
    Clock::time_point start = Clock::now();
    if (write(file, bytes.data(), bytes.size()) < 0 || fdatasync(file) != 0) std::abort();
    latencies.push_back(Seconds(Clock::now() - start));
    size += record_size;
    // Bounded, so that a long run does not fill the disk.
    if (size > (1ull << 30) && lseek(file, 0, SEEK_SET) == 0 && ftruncate(file, 0) == 0) size = 0;
  }
  double elapsed = Seconds(Clock::now() - begin);
  close(file);
  unlink(path.c_str());
  return Summarise(latencies, record_size, elapsed);
}

std::unique_ptr<wal::Log> OpenLog(const std::string& directory) {
  std::filesystem::remove_all(directory);
  wal::LogOptions options;
  options.log_size_bytes_max = 4ull << 30;
  auto log = wal::Log::Open(directory, options, vitrine::platform::PosixFileSystem(),
                            vitrine::platform::SystemClock(), vitrine::platform::SystemRandom());
  if (!log) {
    std::fprintf(stderr, "%s\n", log.error().message.c_str());
    std::exit(1);
  }
  return std::move(*log);
}

/// Settles without doing anything, so that the log stays small.
void Drain(wal::Log& log) {
  wal::Lsn from = log.unsealed_lsn();
  wal::Lsn to = log.durable_lsn();
  if (to < from) return;
  auto seal = log.SealNext(from, to);
  if (seal && log.MarkSettled(*seal)) (void)log.Truncate(to).has_value();
}

Sample Logged(const std::string& directory, size_t record_size, int appender_count,
              double seconds_each) {
  auto log = OpenLog(directory + "/log");
  std::string bytes(record_size, 'l');
  std::vector<std::vector<double>> latencies(static_cast<size_t>(appender_count));
  std::vector<std::thread> threads;
  Clock::time_point begin = Clock::now();
  for (auto& own : latencies) {
    threads.emplace_back([&] {
      while (Seconds(Clock::now() - begin) < seconds_each) {
        Clock::time_point start = Clock::now();
        if (!log->AppendSync(bytes)) continue;
        own.push_back(Seconds(Clock::now() - start));
      }
    });
  }
  while (Seconds(Clock::now() - begin) < seconds_each) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    if (log->disk_size_bytes() > (1ull << 30)) Drain(*log);
  }
  for (std::thread& thread : threads) thread.join();
  double elapsed = Seconds(Clock::now() - begin);
  std::vector<double> all;
  for (auto& own : latencies) all.insert(all.end(), own.begin(), own.end());
  Sample sample = Summarise(all, record_size, elapsed);
  wal::LogCounters counters = log->counters();
  sample.records_per_sync = static_cast<double>(counters.records_appended) /
                            static_cast<double>(std::max<uint64_t>(counters.syncs, 1));
  log.reset();
  std::filesystem::remove_all(directory + "/log");
  return sample;
}

void Print(const char* who, const Sample& sample, const Sample& plain) {
  std::printf("| %s | %.1f | %.0f | %.0f | %.1f | %.2f |\n", who, sample.mib_per_second,
              sample.p50_us, sample.p99_us, sample.records_per_sync,
              sample.mib_per_second / plain.mib_per_second);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::string directory = argc > 1 ? argv[1] : "wal_bench.tmp";
  double seconds_each = argc > 2 ? std::atof(argv[2]) : 1.5;
  std::filesystem::create_directories(directory);
  for (size_t record_size : {size_t{4} << 10, size_t{64} << 10, size_t{2} << 20}) {
    std::printf("\n%zu KiB records\n\n", record_size >> 10);
    std::printf(
        "| | MiB/s | p50 us | p99 us | records a sync | ratio |\n|---|---|---|---|---|---|\n");
    // The plain side runs before and after; the better one counts.
    Sample before = Plain(directory, record_size, seconds_each);
    std::vector<std::pair<std::string, Sample>> rows;
    for (int appenders : {1, 8, 64}) {
      rows.emplace_back("log, " + std::to_string(appenders) + " appenders",
                        Logged(directory, record_size, appenders, seconds_each));
    }
    Sample after = Plain(directory, record_size, seconds_each);
    Sample plain = before.mib_per_second > after.mib_per_second ? before : after;
    Print("write + fdatasync", plain, plain);
    for (auto& [who, sample] : rows) Print(who.c_str(), sample, plain);
  }
  std::filesystem::remove_all(directory);
}
