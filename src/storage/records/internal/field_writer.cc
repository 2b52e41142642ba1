#include "storage/records/internal/field_writer.h"

#include <algorithm>

namespace vitrine::records {

namespace {

/// Mixes length, first and last eight bytes: keys of one vocabulary differ there. Strings of up to
/// 48 bytes that collide are told apart by comparing them.
uint64_t HashShort(std::string_view text) {
  uint64_t first = 0;
  uint64_t last = 0;
  size_t size = std::min<size_t>(text.size(), 8);
  std::memcpy(&first, text.data(), size);
  std::memcpy(&last, text.data() + text.size() - size, size);
  uint64_t middle = 0;
  if (text.size() > 16) std::memcpy(&middle, text.data() + text.size() / 2 - 4, 8);
  uint64_t hash = (first ^ (middle * 0x9E3779B97F4A7C15) ^ text.size()) * 0xBF58476D1CE4E5B9;
  hash = (hash ^ (hash >> 29) ^ last) * 0x94D049BB133111EB;
  return hash ^ (hash >> 32);
}

size_t VarintSize(uint64_t value) { return static_cast<size_t>(std::bit_width(value | 1) + 6) / 7; }

}  // namespace

StringTable::StringTable() : slots_(std::make_unique<Slot[]>(kSlotCount)) {}

StringTable::Lookup StringTable::Find(std::string_view text) {
  for (size_t at = HashShort(text) % kSlotCount;; at = (at + 1) % kSlotCount) {
    Slot& slot = slots_[at];
    if (slot.index_plus_one == 0) {
      if (count_ == kSharedStringsMax) return {0, false};
      slot = {text.data(), static_cast<uint32_t>(text.size()), ++count_};
      return {0, true};
    }
    if (slot.size == text.size() && std::memcmp(slot.data, text.data(), text.size()) == 0) {
      return {slot.index_plus_one, false};
    }
  }
}

FieldWriter::FieldWriter(size_t size_guess) { Grow(size_guess + 256); }

void FieldWriter::Grow(size_t size) {
  size_t used = at_ == nullptr ? 0 : this->size();
  size_t wanted = std::max(buffer_.size() * 2, used + size);
  buffer_.resize_and_overwrite(wanted, [](char*, size_t n) { return n; });
  at_ = buffer_.data() + used;
  end_ = buffer_.data() + buffer_.size();
}

std::string FieldWriter::Take() {
  buffer_.resize(size());
  return std::move(buffer_);
}

void FieldWriter::PutShared(uint32_t number, std::string_view text) {
  if (text.empty() || text.size() > kSharedStringBytesMax) return PutText(number, text);
  StringTable::Lookup found = table_.Find(text);
  if (found.index_plus_one == 0 && !found.added) return PutText(number, text);
  Room(kPrefixSizeMax + text.size());
  RawVarint(MakeTag(number, Kind::kShared));
  if (found.added) {
    RawVarint(text.size() << 1 | 1);
    RawBytes(text);
  } else {
    RawVarint(static_cast<uint64_t>(found.index_plus_one - 1) << 1);
  }
}

void FieldWriter::AnyValue(uint32_t number, const model::Value& value) {
  switch (value.type) {
    case model::ValueType::kNull: PutVarint(number, 0); break;
    case model::ValueType::kString: PutShared(number + 1, value.text); break;
    case model::ValueType::kBool: PutVarint(number + 2, value.boolean ? 1 : 0); break;
    case model::ValueType::kInt: PutVarint(number + 3, ZigZag(value.integer)); break;
    case model::ValueType::kDouble:
      PutFixed(number + 4, std::bit_cast<uint64_t>(value.number));
      break;
    case model::ValueType::kJson: PutText(number + 5, value.text); break;
    case model::ValueType::kBytes: PutText(number + 6, value.text); break;
  }
}

/// Spans of one resource share its array, so the array's address tells whether it was written.
void FieldWriter::Resource(uint32_t number, std::span<const model::Attribute> resource) {
  if (resource.empty()) return;
  // Spans come grouped by resource, so only the latest ones are looked at.
  size_t oldest = resources_.size() - std::min<size_t>(resources_.size(), 16);
  for (size_t i = resources_.size(); i-- > oldest;) {
    if (resources_[i].data() == resource.data() && resources_[i].size() == resource.size()) {
      return PutVarint(number + 1, i);
    }
  }
  resources_.push_back(resource);
  PutTag(number, Kind::kGroup);
  Attributes(1, resource);
  Byte(kEndTag);
}

void FieldWriter::Offsets(uint32_t number, std::span<const uint64_t> offsets) {
  if (offsets.empty()) return;
  size_t size = 0;
  uint64_t before = 0;
  for (uint64_t offset : offsets) {
    size += VarintSize(ZigZag(static_cast<int64_t>(offset - before)));
    before = offset;
  }
  Room(kPrefixSizeMax + size);
  RawVarint(MakeTag(number, Kind::kBytes));
  RawVarint(size);
  before = 0;
  for (uint64_t offset : offsets) {
    RawVarint(ZigZag(static_cast<int64_t>(offset - before)));
    before = offset;
  }
}

void FieldWriter::Sizes(uint32_t number, std::span<const uint32_t> sizes) {
  if (sizes.empty()) return;
  size_t size = 0;
  for (uint32_t value : sizes) size += VarintSize(value);
  Room(kPrefixSizeMax + size);
  RawVarint(MakeTag(number, Kind::kBytes));
  RawVarint(size);
  for (uint32_t value : sizes) RawVarint(value);
}

}  // namespace vitrine::records
