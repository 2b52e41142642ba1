// FieldWriter: the visitor of fields.h that writes. Owner: one encoding. Not thread-safe.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/span.h"
#include "storage/records/internal/fields.h"
#include "storage/records/internal/tags.h"
#include "storage/records/limits.h"

namespace vitrine::records {

/// Which strings were written before, by content. Knows the last kSharedStringsMax at most.
class StringTable {
 public:
  StringTable();
  /// Index of `text` plus one; or 0 when it is new, and then whether it got the next index.
  struct Lookup {
    uint32_t index_plus_one = 0;
    bool added = false;
  };
  Lookup Find(std::string_view text);

 private:
  // Twice the entries, so that probes stay short.
  static constexpr size_t kSlotCount = 2 * kSharedStringsMax;
  struct Slot {
    const char* data = nullptr;
    uint32_t size = 0;
    uint32_t index_plus_one = 0;
  };
  std::unique_ptr<Slot[]> slots_;
  uint32_t count_ = 0;
};

class FieldWriter {
 public:
  explicit FieldWriter(size_t size_guess);

  /// The bytes written. Ends the writer.
  std::string Take();
  void Byte(uint8_t value) {
    Room(1);
    *at_++ = static_cast<char>(value);
  }

  void Shared(uint32_t number, std::string_view text) {
    if (!text.empty()) PutShared(number, text);
  }
  void Text(uint32_t number, std::string_view text) {
    if (text.empty()) return;
    PutText(number, text);
  }
  void OwnedText(uint32_t number, const std::string& text) { PutText(number, text); }
  void Flag(uint32_t number, bool value, bool otherwise) {
    if (value != otherwise) PutVarint(number, value ? 1 : 0);
  }
  void MaybeFlag(uint32_t number, std::optional<bool> value) {
    if (value) PutVarint(number, *value ? 1 : 0);
  }
  void Number(uint32_t number, uint64_t value) {
    if (value != 0) PutVarint(number, value);
  }
  template <typename T>
  void MaybeNumber(uint32_t number, const std::optional<T>& value) {
    if (value) PutVarint(number, *value);
  }
  void MaybeSigned(uint32_t number, const std::optional<int64_t>& value) {
    if (value) PutVarint(number, ZigZag(*value));
  }
  void MaybeDouble(uint32_t number, const std::optional<double>& value) {
    if (value) PutFixed(number, std::bit_cast<uint64_t>(*value));
  }
  void MaybeMoney(uint32_t number, const std::optional<Money>& value) {
    if (value) PutVarint(number, ZigZag(value->nano_usd));
  }
  template <typename E>
  void Enum(uint32_t number, E value, E) {
    if (value != E{}) PutVarint(number, static_cast<uint64_t>(value));
  }
  void Time(uint32_t number, Nanos time) {
    if (time.since_epoch != 0) PutFixed(number, static_cast<uint64_t>(time.since_epoch));
  }
  void TimeAfter(uint32_t number, Nanos time, Nanos before) {
    // Unsigned arithmetic: times from outside may lie anywhere.
    uint64_t difference =
        static_cast<uint64_t>(time.since_epoch) - static_cast<uint64_t>(before.since_epoch);
    if (difference != 0) PutVarint(number, ZigZag(static_cast<int64_t>(difference)));
  }
  template <size_t kSize, typename Tag>
  void SharedId(uint32_t number, const FixedId<kSize, Tag>& id) {
    if (id) PutShared(number, id.AsBytes());
  }
  void Id(uint32_t number, const SpanId& id) {
    if (id) PutFixed(number, id.Low64());
  }
  void Texts(uint32_t number, std::span<const std::string_view> texts) {
    for (std::string_view text : texts) PutShared(number, text);
  }
  void AnyValue(uint32_t number, const model::Value& value);
  void Attributes(uint32_t number, std::span<const model::Attribute> attributes) {
    Groups(number, attributes, [](auto& w, auto& x) { VisitAttribute(w, x); });
  }
  void Resource(uint32_t number, std::span<const model::Attribute> resource);
  void Offsets(uint32_t number, std::span<const uint64_t> offsets);
  void Sizes(uint32_t number, std::span<const uint32_t> sizes);
  template <typename T, typename Visit>
  void Group(uint32_t number, const T& value, Visit visit) {
    // An empty group is taken back.
    size_t begin = size();
    PutTag(number, Kind::kGroup);
    size_t inside = size();
    visit(*this, value);
    if (size() == inside) {
      at_ = buffer_.data() + begin;
      return;
    }
    Byte(kEndTag);
  }
  template <typename T, typename Visit>
  void MaybeGroup(uint32_t number, const T* value, Visit visit) {
    if (value != nullptr) Groups(number, std::span<const T>(value, 1), visit);
  }
  template <typename T, typename Visit>
  void Groups(uint32_t number, std::span<const T> values, Visit visit) {
    for (const T& value : values) {
      PutTag(number, Kind::kGroup);
      visit(*this, value);
      Byte(kEndTag);
    }
  }
  template <typename T>
  void CountHint(uint32_t number, const std::vector<T>& values) {
    Number(number, values.size());
  }
  template <typename T, typename Visit>
  void List(uint32_t number, const std::vector<T>& values, Visit visit) {
    Groups(number, std::span<const T>(values), visit);
  }

 private:
  size_t size() const { return static_cast<size_t>(at_ - buffer_.data()); }
  void Room(size_t size) {
    if (static_cast<size_t>(end_ - at_) < size) [[unlikely]]
      Grow(size);
  }
  void Grow(size_t size);
  void RawVarint(uint64_t value) {
    while (value >= 0x80) {
      *at_++ = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    *at_++ = static_cast<char>(value);
  }
  void RawBytes(std::string_view bytes) {
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  // A tag and a varint, or a length, at their longest.
  static constexpr size_t kPrefixSizeMax = 5 + 10;
  void PutTag(uint32_t number, Kind kind) {
    Room(kPrefixSizeMax);
    RawVarint(MakeTag(number, kind));
  }
  void PutVarint(uint32_t number, uint64_t value) {
    PutTag(number, Kind::kVarint);
    RawVarint(value);
  }
  void PutFixed(uint32_t number, uint64_t value) {
    PutTag(number, Kind::kFixed64);
    std::memcpy(at_, &value, sizeof(value));
    at_ += sizeof(value);
  }
  void PutText(uint32_t number, std::string_view text) {
    Room(kPrefixSizeMax + text.size());
    RawVarint(MakeTag(number, Kind::kBytes));
    RawVarint(text.size());
    if (!text.empty()) RawBytes(text);
  }
  void PutShared(uint32_t number, std::string_view text);

  std::string buffer_;
  char* at_ = nullptr;
  char* end_ = nullptr;
  StringTable table_;
  std::vector<std::span<const model::Attribute>> resources_;
};

}  // namespace vitrine::records
