#include "storage/wal/internal/seal_store.h"

#include <xxhash.h>

#include <array>
#include <optional>

#include "base/check.h"
#include "storage/wal/internal/little_endian.h"
#include "storage/wal/limits.h"

namespace vitrine::wal {

namespace {

constexpr std::string_view kSealMagic = "VTRNSEAL";
constexpr uint32_t kSealFormatVersion = 1;
constexpr uint64_t kPageSize = 4096;
// Two slots are written in turn, each with two copies of the same page: a torn write leaves the
// other slot, a rotten page leaves the other copy.
constexpr uint64_t kSlotCount = 2;
constexpr uint64_t kSlotSize = 2 * kPageSize;
constexpr uint64_t kSealsSize = 16;
constexpr uint64_t kSealsOffset = 64;
constexpr uint64_t kChecksumOffset = kPageSize - 8;

static_assert(kSealsOffset + kUnsettledSealsMax * kSealsSize <= kChecksumOffset,
              "all unsettled seals fit into one page");

// Page layout: magic 8, version 4, seal count 4, sequence 8, log id 16, last number 8, sealed lsn
// 8, settled lsn 8, then (first lsn 8, last lsn 8) of each unsettled seal, zeros, checksum 8.
std::array<char, kPageSize> EncodePage(const SealState& state, uint64_t sequence) {
  std::array<char, kPageSize> page{};
  char* at = page.data();
  kSealMagic.copy(at, kSealMagic.size());
  Store(at + 8, kSealFormatVersion);
  Store(at + 12, static_cast<uint32_t>(state.unsettled.size()));
  Store(at + 16, sequence);
  std::memcpy(at + 24, state.log_id.bytes.data(), state.log_id.size);
  Store(at + 40, state.last_number);
  Store(at + 48, state.sealed_lsn);
  Store(at + 56, state.settled_lsn);
  for (size_t i = 0; i < state.unsettled.size(); ++i) {
    Store(at + kSealsOffset + i * kSealsSize, state.unsettled[i].first_lsn);
    Store(at + kSealsOffset + i * kSealsSize + 8, state.unsettled[i].last_lsn);
  }
  Store(at + kChecksumOffset, XXH3_64bits(at, kChecksumOffset));
  return page;
}

struct DecodedPage {
  SealState state;
  uint64_t sequence = 0;
};

/// Nothing when the page is not whole.
Result<std::optional<DecodedPage>> DecodePage(std::string_view page) {
  const char* at = page.data();
  if (page.size() < kPageSize || !page.starts_with(kSealMagic)) return std::nullopt;
  if (Load<uint64_t>(at + kChecksumOffset) != XXH3_64bits(at, kChecksumOffset)) return std::nullopt;
  if (uint32_t version = Load<uint32_t>(at + 8); version != kSealFormatVersion) {
    return Fail(ErrorCode::kUnsupported, "seals file has format version " +
                                             std::to_string(version) + ", not " +
                                             std::to_string(kSealFormatVersion));
  }
  uint32_t count = Load<uint32_t>(at + 12);
  DecodedPage decoded;
  SealState& state = decoded.state;
  state.last_number = Load<uint64_t>(at + 40);
  if (count > kUnsettledSealsMax || count > state.last_number) return std::nullopt;
  decoded.sequence = Load<uint64_t>(at + 16);
  std::memcpy(state.log_id.bytes.data(), at + 24, state.log_id.size);
  state.sealed_lsn = Load<uint64_t>(at + 48);
  state.settled_lsn = Load<uint64_t>(at + 56);
  for (uint32_t i = 0; i < count; ++i) {
    Seal seal;
    seal.number = state.last_number - count + 1 + i;
    seal.first_lsn = Load<uint64_t>(at + kSealsOffset + i * kSealsSize);
    seal.last_lsn = Load<uint64_t>(at + kSealsOffset + i * kSealsSize + 8);
    state.unsettled.push_back(seal);
  }
  return decoded;
}

}  // namespace

Result<SealStore::Found> SealStore::Open(platform::FileSystem& file_system,
                                         const std::string& path) {
  Found found;
  auto file = file_system.Open(path, platform::OpenMode::kReadWrite);
  if (file) {
    found.existed = true;
  } else if (file.error().code == ErrorCode::kNotFound) {
    file = file_system.Open(path, platform::OpenMode::kCreate);
  }
  if (!file) return std::unexpected(std::move(file).error());
  found.store.reset(new SealStore(std::move(*file)));
  if (found.existed) {
    TRY_ASSIGN(found.readable, found.store->Read());
  }
  return found;
}

/// Takes over the newest whole page. False if there is none.
Result<bool> SealStore::Read() {
  std::array<char, kSlotCount * kSlotSize> bytes{};
  TRY_ASSIGN(size_t size, file_->ReadAt(0, bytes.data(), bytes.size()));
  bool found = false;
  for (uint64_t offset = 0; offset + kPageSize <= size; offset += kPageSize) {
    TRY_ASSIGN(auto page, DecodePage(std::string_view(bytes.data() + offset, kPageSize)));
    if (!page || (found && page->sequence <= sequence_)) continue;
    found = true;
    state_ = std::move(page->state);
    sequence_ = page->sequence;
    current_slot_ = offset / kSlotSize;
    is_confirmed_ = false;
  }
  return found;
}

Result<void> SealStore::WriteSlot(uint64_t slot, const SealState& state) {
  auto page = EncodePage(state, sequence_);
  std::string_view bytes(page.data(), page.size());
  std::array<std::string_view, 2> copies = {bytes, bytes};
  TRY(file_->WriteAt(slot * kSlotSize, copies));
  return file_->SyncData();
}

Result<void> SealStore::Confirm() {
  if (is_confirmed_) return {};
  // The same bytes to the same place: if this is torn, the page is what it was, and the other slot
  // still holds the state before.
  TRY(WriteSlot(current_slot_, state_));
  is_confirmed_ = true;
  return {};
}

Result<void> SealStore::Write(const SealState& state) {
  VITRINE_CHECK(state.unsettled.size() <= kUnsettledSealsMax);
  TRY(Confirm());
  // Never over the slot that holds the current state. After a failed write the same slot is written
  // anew, because the kernel may have forgotten the bytes of the failed one.
  uint64_t slot = 1 - current_slot_;
  ++sequence_;
  TRY(WriteSlot(slot, state));
  current_slot_ = slot;
  state_ = state;
  return {};
}

}  // namespace vitrine::wal
