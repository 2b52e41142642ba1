// Segments with arbitrary bytes: opening and reading them never crashes, and no record is read that
// was not appended. The input is a list of changes to a log of three known records: each change is
// three bytes (offset low, offset high, new byte); an input that begins with 0xFF is a whole
// segment.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "platform/sim_file.h"
#include "storage/wal/internal/format.h"
#include "storage/wal/internal/scan.h"
#include "storage/wal/limits.h"
#include "storage/wal/log.h"

namespace {

using vitrine::platform::OpenMode;
using vitrine::platform::SeededRandom;
using vitrine::platform::SimClock;
using vitrine::platform::SimFileSystem;
namespace wal = vitrine::wal;

constexpr std::string_view kPayloads[] = {"first", "the second record", "3"};

void Require(bool condition) {
  if (!condition) std::abort();
}

std::unique_ptr<wal::Log> Open(SimFileSystem& disk, SimClock& clock, SeededRandom& random) {
  wal::LogOptions options;
  options.segment_size_bytes = wal::kSegmentSizeBytesMin;
  options.log_size_bytes_max = 8 * wal::kSegmentSizeBytesMin;
  options.free_space_bytes_min = 0;
  options.reserve_size_bytes = 0;
  options.writer_thread = false;
  auto log = wal::Log::Open("log", options, disk, clock, random);
  return log ? std::move(*log) : nullptr;
}

void Scan(std::string_view bytes) {
  wal::RecordScanner scanner(bytes, 0, 1, 0, true);
  wal::ScannedRecord record;
  while (scanner.Next(record) == wal::RecordScanner::Step::kRecord) {
    Require(record.end_offset <= bytes.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  SimFileSystem disk(1);
  SimClock clock;
  SeededRandom random(1);
  auto log = Open(disk, clock, random);
  for (std::string_view payload : kPayloads) Require(log->AppendSync(payload).has_value());
  log.reset();
  std::string path = "log/" + wal::SegmentName(1);
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Scan(bytes);
  auto file = disk.Open(path, OpenMode::kReadWrite);
  Require(file.has_value());
  if (size > 0 && data[0] == 0xFF) {
    Require((*file)->Truncate(0).has_value());
    Require((*file)->WriteAt(0, bytes.substr(1)).has_value());
  } else {
    uint64_t file_size = disk.Contents(path)->size();
    for (size_t i = 0; i + 3 <= size; i += 3) {
      uint64_t offset = (data[i] | static_cast<uint64_t>(data[i + 1]) << 8) % file_size;
      Require((*file)->WriteAt(offset, bytes.substr(i + 2, 1)).has_value());
    }
  }
  log = Open(disk, clock, random);
  if (log == nullptr) return 0;
  auto got = log->ReadFrom(1, 1 << 20);
  Require(got.has_value());
  for (const wal::Record& record : got->records) {
    Require(record.lsn >= 1 && record.lsn <= 3);
    Require(record.payload == kPayloads[record.lsn - 1]);
  }
  Require(log->AppendSync("appended afterwards").has_value());
  return 0;
}
