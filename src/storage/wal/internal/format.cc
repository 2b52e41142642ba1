#include "storage/wal/internal/format.h"

#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

#include "storage/wal/internal/little_endian.h"

namespace vitrine::wal {

namespace {

constexpr std::string_view kSegmentMagic = "VTRNLOG\n";
constexpr std::string_view kSegmentSuffix = ".log";
constexpr size_t kSegmentDigits = 20;

struct XxhFree {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

}  // namespace

uint64_t Checksum(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

uint64_t Checksum(std::span<const std::string_view> pieces) {
  if (pieces.size() == 1) return Checksum(pieces.front());
  std::unique_ptr<XXH3_state_t, XxhFree> state(XXH3_createState());
  XXH3_64bits_reset(state.get());
  for (std::string_view piece : pieces) {
    if (!piece.empty()) XXH3_64bits_update(state.get(), piece.data(), piece.size());
  }
  return XXH3_64bits_digest(state.get());
}

uint64_t SegmentSalt(LogId log_id, uint64_t segment_number) {
  std::array<char, 24> bytes{};
  std::memcpy(bytes.data(), log_id.bytes.data(), log_id.size);
  Store(bytes.data() + 16, segment_number);
  return XXH3_64bits(bytes.data(), bytes.size());
}

// Copy layout: magic 8, version 4, zero 4, log id 16, number 8, first 8, previous last 8,
// created 8, previous confirmed 8, checksum of all before it 8.
std::array<char, kSegmentHeaderSize> EncodeSegmentHeader(const SegmentHeader& header) {
  std::array<char, kSegmentHeaderSize> page{};
  char* at = page.data();
  kSegmentMagic.copy(at, kSegmentMagic.size());
  Store(at + 8, kLogFormatVersion);
  std::memcpy(at + 16, header.log_id.bytes.data(), header.log_id.size);
  Store(at + 32, header.number);
  Store(at + 40, header.first_lsn);
  Store(at + 48, header.previous_last_lsn);
  Store(at + 56, header.created.since_epoch);
  Store(at + 64, header.previous_confirmed_lsn);
  Store(at + 72, XXH3_64bits(at, 72));
  std::memcpy(at + kSegmentHeaderCopyOffset, at, kSegmentHeaderBytes);
  return page;
}

Result<SegmentHeader> DecodeSegmentHeader(std::string_view page) {
  for (uint64_t offset : {uint64_t{0}, kSegmentHeaderCopyOffset}) {
    if (page.size() < offset + kSegmentHeaderBytes) break;
    const char* at = page.data() + offset;
    if (std::string_view(at, 8) != kSegmentMagic) continue;
    if (Load<uint64_t>(at + 72) != XXH3_64bits(at, 72)) continue;
    if (uint32_t version = Load<uint32_t>(at + 8); version != kLogFormatVersion) {
      return Fail(ErrorCode::kUnsupported,
                  "log segment has format version " + std::to_string(version) + ", not " +
                      std::to_string(kLogFormatVersion),
                  offset + 8);
    }
    SegmentHeader header;
    std::memcpy(header.log_id.bytes.data(), at + 16, header.log_id.size);
    header.number = Load<uint64_t>(at + 32);
    header.first_lsn = Load<uint64_t>(at + 40);
    header.previous_last_lsn = Load<uint64_t>(at + 48);
    header.created.since_epoch = Load<int64_t>(at + 56);
    header.previous_confirmed_lsn = Load<uint64_t>(at + 64);
    return header;
  }
  return Fail(ErrorCode::kCorrupt, "log segment has no readable header", 0);
}

// Layout: magic 4, type 1, zero 3, lsn 8, durable lsn 8, payload size 4, zero 4, payload checksum
// 8, checksum of all before it 8.
std::array<char, kRecordHeaderSize> EncodeRecordHeader(const RecordHeader& header, uint64_t salt) {
  std::array<char, kRecordHeaderSize> bytes{};
  char* at = bytes.data();
  kRecordMagic.copy(at, kRecordMagic.size());
  Store(at + 4, static_cast<uint8_t>(header.type));
  Store(at + 8, header.lsn);
  Store(at + 16, header.durable_lsn);
  Store(at + 24, header.payload_size);
  Store(at + 32, header.payload_checksum);
  Store(at + 40, XXH3_64bits_withSeed(at, 40, salt));
  return bytes;
}

std::optional<RecordHeader> DecodeRecordHeader(std::string_view bytes, uint64_t salt) {
  if (bytes.size() < kRecordHeaderSize || !bytes.starts_with(kRecordMagic)) return std::nullopt;
  const char* at = bytes.data();
  if (Load<uint64_t>(at + 40) != XXH3_64bits_withSeed(at, 40, salt)) return std::nullopt;
  RecordHeader header;
  header.type = static_cast<RecordType>(Load<uint8_t>(at + 4));
  header.lsn = Load<uint64_t>(at + 8);
  header.durable_lsn = Load<uint64_t>(at + 16);
  header.payload_size = Load<uint32_t>(at + 24);
  header.payload_checksum = Load<uint64_t>(at + 32);
  if (header.lsn == 0) return std::nullopt;
  return header;
}

std::string SegmentName(uint64_t number) {
  std::array<char, 32> name{};
  int size = std::snprintf(name.data(), name.size(), "%020llu.log",
                           static_cast<unsigned long long>(number));
  return std::string(name.data(), static_cast<size_t>(size));
}

std::optional<uint64_t> ParseSegmentName(std::string_view name) {
  if (name.size() != kSegmentDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix)) {
    return std::nullopt;
  }
  uint64_t number = 0;
  const char* end = name.data() + kSegmentDigits;
  auto [stop, error] = std::from_chars(name.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace vitrine::wal
