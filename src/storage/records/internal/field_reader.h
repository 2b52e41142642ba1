// FieldReader: the visitor of fields.h that reads. Fields of a group come in ascending order, so
// one look at the next tag says whether a field is there; fields nobody asks for are skipped.
// Owner: one decoding; texts borrow from the payload, arrays live in the arena. Not thread-safe.
// Bytes may be anything: after the first error nothing more is read and error() tells.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "model/span.h"
#include "storage/records/internal/fields.h"
#include "storage/records/internal/tags.h"
#include "storage/records/limits.h"

namespace vitrine::records {

class FieldReader {
 public:
  /// Reads the fields of `payload` from `offset` on.
  FieldReader(std::string_view payload, size_t offset, Arena& arena);

  /// Ends the outermost group.
  void EndAll();
  const std::optional<Error>& error() const { return error_; }

  void Shared(uint32_t number, std::string_view& text) {
    if (Next(number)) text = ReadText();
  }
  void Text(uint32_t number, std::string_view& text) { Shared(number, text); }
  void OwnedText(uint32_t number, std::string& text) {
    if (Next(number)) text = ReadText();
  }
  void Flag(uint32_t number, bool& value, bool) {
    if (Next(number)) value = ReadVarint(1) != 0;
  }
  void MaybeFlag(uint32_t number, std::optional<bool>& value) {
    if (Next(number)) value = ReadVarint(1) != 0;
  }
  template <typename T>
  void Number(uint32_t number, T& value) {
    if (Next(number)) value = static_cast<T>(ReadVarint(std::numeric_limits<T>::max()));
  }
  template <typename T>
  void MaybeNumber(uint32_t number, std::optional<T>& value) {
    if (Next(number)) value = static_cast<T>(ReadVarint(std::numeric_limits<T>::max()));
  }
  void MaybeSigned(uint32_t number, std::optional<int64_t>& value) {
    if (Next(number)) value = UnZigZag(ReadVarint(UINT64_MAX));
  }
  void MaybeDouble(uint32_t number, std::optional<double>& value) {
    if (Next(number)) value = std::bit_cast<double>(ReadFixed());
  }
  void MaybeMoney(uint32_t number, std::optional<Money>& value) {
    if (Next(number)) value = Money{UnZigZag(ReadVarint(UINT64_MAX))};
  }
  template <typename E>
  void Enum(uint32_t number, E& value, E last) {
    if (!Next(number)) return;
    uint64_t stored = ReadVarint(UINT64_MAX);
    if (stored > static_cast<uint64_t>(last)) return FailNewer("an unknown enumerator");
    value = static_cast<E>(stored);
  }
  void Time(uint32_t number, Nanos& time) {
    if (Next(number)) time.since_epoch = static_cast<int64_t>(ReadFixed());
  }
  void TimeAfter(uint32_t number, Nanos& time, Nanos before) {
    uint64_t difference = 0;
    if (Next(number)) difference = static_cast<uint64_t>(UnZigZag(ReadVarint(UINT64_MAX)));
    time.since_epoch = static_cast<int64_t>(static_cast<uint64_t>(before.since_epoch) + difference);
  }
  template <size_t kSize, typename Tag>
  void SharedId(uint32_t number, FixedId<kSize, Tag>& id) {
    if (!Next(number)) return;
    std::string_view bytes = ReadText();
    if (bytes.size() != kSize) return Fail("an id has the wrong size");
    std::memcpy(id.bytes.data(), bytes.data(), kSize);
  }
  void Id(uint32_t number, SpanId& id) {
    if (!Next(number)) return;
    uint64_t value = ReadFixed();
    std::memcpy(id.bytes.data(), &value, sizeof(value));
  }
  void Texts(uint32_t number, std::span<const std::string_view>& texts);
  void AnyValue(uint32_t number, model::Value& value);
  void Attributes(uint32_t number, std::span<const model::Attribute>& attributes) {
    Groups(number, attributes, [](auto& v, auto& x) { VisitAttribute(v, x); });
  }
  void Resource(uint32_t number, std::span<const model::Attribute>& resource);
  void Offsets(uint32_t number, std::span<const uint64_t>& offsets);
  void Sizes(uint32_t number, std::span<const uint32_t>& sizes);

  template <typename T, typename Visit>
  void Group(uint32_t number, T& value, Visit visit) {
    if (!Next(number)) return;
    if (!BeginGroup()) return;
    visit(*this, value);
    EndGroup();
  }
  template <typename T, typename Visit>
  void Groups(uint32_t number, std::span<const T>& values, Visit visit) {
    if (!Next(number)) return;
    // Gathered apart, because arrays within arrays are being gathered at the same time.
    std::vector<T> gathered;
    do {
      if (!BeginGroup()) return;
      visit(*this, gathered.emplace_back());
      EndGroup();
    } while (Next(number));
    values = arena_.CopyArray(gathered);
  }
  template <typename T, typename Visit>
  void MaybeGroup(uint32_t number, const T*& value, Visit visit) {
    std::span<const T> values;
    Groups(number, values, visit);
    if (!values.empty()) value = &values.back();
  }
  template <typename T>
  void CountHint(uint32_t number, std::vector<T>& values) {
    if (!Next(number)) return;
    // A hint only, and from outside: never more than the bytes could hold.
    uint64_t most = static_cast<uint64_t>(end_ - at_) / kSpanSizeBytesMin;
    values.reserve(std::min({ReadVarint(UINT64_MAX), most, uint64_t{kSpansPerRecordMax}}));
  }
  template <typename T, typename Visit>
  void List(uint32_t number, std::vector<T>& values, Visit visit) {
    while (Next(number)) {
      if (values.size() == kSpansPerRecordMax) return Fail("too many entries");
      if (!BeginGroup()) return;
      visit(*this, values.emplace_back());
      EndGroup();
    }
  }

 private:
  /// Whether the next field has this number; skips fields with smaller ones.
  bool Next(uint32_t number) {
    while (next_number_ < number) [[unlikely]]
      SkipField();
    return next_number_ == number;
  }
  void ReadTag();
  bool BeginGroup();
  void EndGroup();
  void SkipField();
  uint64_t RawVarint();
  std::string_view RawBytes(uint64_t size);
  std::string_view RawShared();
  uint64_t ReadVarint(uint64_t value_max);
  uint64_t ReadFixed();
  std::string_view ReadText();
  void Fail(const char* what);
  void FailNewer(const char* what);
  void Stop(ErrorCode code, const char* what);

  // Stands for the end of a group, an error and the end of the payload: above every field number.
  static constexpr uint32_t kNoField = UINT32_MAX;

  const char* begin_;
  const char* at_;
  const char* end_;
  Arena& arena_;
  uint32_t next_number_ = 0;
  Kind next_kind_ = Kind::kVarint;
  int depth_ = 0;
  bool at_end_tag_ = false;
  std::optional<Error> error_;
  std::vector<std::string_view> strings_;
  std::vector<std::span<const model::Attribute>> resources_;
};

}  // namespace vitrine::records
