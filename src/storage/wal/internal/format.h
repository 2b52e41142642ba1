// Bytes of the durable log on disk: segment headers, record headers, file names.
// Format: docs/formats/log.md. All integers are little-endian. No state, no input or output.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "storage/wal/log.h"

namespace vitrine::wal {

inline constexpr uint32_t kLogFormatVersion = 1;

/// A segment begins with one page that holds its header twice, in different sectors.
inline constexpr uint64_t kSegmentHeaderSize = 4096;
inline constexpr uint64_t kSegmentHeaderCopyOffset = 2048;
inline constexpr uint64_t kSegmentHeaderBytes = 80;
inline constexpr uint64_t kRecordHeaderSize = 48;
inline constexpr std::string_view kRecordMagic = "VLr\x01";

static_assert(kSegmentHeaderBytes < kSegmentHeaderCopyOffset);

struct SegmentHeader {
  LogId log_id;
  uint64_t number = 0;
  Lsn first_lsn = 0;  ///< Of the first record that may follow.
  /// The last acknowledged LSN of all earlier segments. Records there beyond it are void.
  Lsn previous_last_lsn = 0;
  /// Records in (previous_confirmed_lsn, previous_last_lsn] were found after a crash and may have
  /// holes between them that nobody was promised.
  Lsn previous_confirmed_lsn = 0;
  Nanos created;
};

struct RecordHeader {
  RecordType type = RecordType::kSpanBatch;
  Lsn lsn = 0;
  Lsn durable_lsn = 0;  ///< Everything up to here was durable when this was written.
  uint32_t payload_size = 0;
  uint64_t payload_checksum = 0;
};

/// XXH3, 64 bits. Over pieces, the result is that of the joined bytes.
uint64_t Checksum(std::string_view bytes);
uint64_t Checksum(std::span<const std::string_view> pieces);

/// Makes the checksums of one segment's headers worthless in any other segment or log, so that
/// stale bytes, and payloads that hold log bytes, never pass for records.
uint64_t SegmentSalt(LogId log_id, uint64_t segment_number);

std::array<char, kSegmentHeaderSize> EncodeSegmentHeader(const SegmentHeader& header);
/// Errors: kCorrupt (neither copy is whole), kUnsupported (written by a newer version).
Result<SegmentHeader> DecodeSegmentHeader(std::string_view page);

std::array<char, kRecordHeaderSize> EncodeRecordHeader(const RecordHeader& header, uint64_t salt);
/// Nothing if the bytes are not a record header of this segment.
std::optional<RecordHeader> DecodeRecordHeader(std::string_view bytes, uint64_t salt);

/// "00000000000000000007.log"; numbers sort as names do.
std::string SegmentName(uint64_t number);
std::optional<uint64_t> ParseSegmentName(std::string_view name);

inline constexpr std::string_view kSealsName = "seals";
inline constexpr std::string_view kReserveName = "reserve";
inline constexpr std::string_view kLockName = "lock";

}  // namespace vitrine::wal
