#include "codecs/dialects/token_timeline.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace vitrine::codecs {

namespace {

constexpr uint8_t kVersion = 1;
constexpr uint8_t kHasSizes = 1;
constexpr uint64_t kNanosPerMicro = 1000;
// The last offset whose nanoseconds still fit in 64 bits; 584,000 years of stream.
constexpr uint64_t kMicrosMax = std::numeric_limits<uint64_t>::max() / kNanosPerMicro;

void AppendVarint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  Result<uint64_t> Varint() {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 64; shift += 7) {
      if (at_ == bytes_.size()) return Fail(ErrorCode::kInvalidInput, "timeline is cut off", at_);
      auto byte = static_cast<uint8_t>(bytes_[at_++]);
      if (shift == 63 && byte > 1) break;
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return Fail(ErrorCode::kInvalidInput, "timeline holds a number beyond 64 bits", at_ - 1);
  }
  Result<uint8_t> Byte() {
    if (at_ == bytes_.size()) return Fail(ErrorCode::kInvalidInput, "timeline is cut off", at_);
    return static_cast<uint8_t>(bytes_[at_++]);
  }
  size_t at() const { return at_; }
  size_t left() const { return bytes_.size() - at_; }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

}  // namespace

Result<std::string> EncodeTokenTimeline(const model::TokenTimeline& timeline) {
  bool has_sizes = !timeline.sizes.empty();
  if (has_sizes && timeline.sizes.size() != timeline.offsets_ns.size()) {
    return Fail(ErrorCode::kInvalidInput, "timeline has another number of sizes than offsets");
  }
  std::string out;
  out.push_back(static_cast<char>(kVersion));
  out.push_back(static_cast<char>(has_sizes ? kHasSizes : 0));
  AppendVarint(out, timeline.offsets_ns.size());
  uint64_t previous = 0;
  for (uint64_t offset_ns : timeline.offsets_ns) {
    uint64_t micros = offset_ns / kNanosPerMicro;
    if (micros < previous) return Fail(ErrorCode::kInvalidInput, "timeline offsets fall");
    AppendVarint(out, micros - previous);
    previous = micros;
  }
  for (uint32_t size : timeline.sizes) AppendVarint(out, size);
  return out;
}

Result<model::TokenTimeline> DecodeTokenTimeline(std::string_view bytes, Arena& arena) {
  Reader reader(bytes);
  TRY_ASSIGN(uint8_t version, reader.Byte());
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported, "timeline version is not 1", 0);
  }
  TRY_ASSIGN(uint8_t flags, reader.Byte());
  if ((flags & ~kHasSizes) != 0) {
    return Fail(ErrorCode::kUnsupported, "timeline has unknown flags", 1);
  }
  TRY_ASSIGN(uint64_t count, reader.Varint());
  bool has_sizes = (flags & kHasSizes) != 0;
  // Each delta takes at least one byte for each of its numbers, so the count cannot ask for more
  // memory than the sender paid for.
  if (count > reader.left() / (has_sizes ? 2 : 1)) {
    return Fail(ErrorCode::kInvalidInput, "timeline has fewer deltas than it says", reader.at());
  }
  auto* offsets = static_cast<uint64_t*>(arena.Allocate(count * sizeof(uint64_t)));
  uint64_t micros = 0;
  for (uint64_t i = 0; i < count; ++i) {
    TRY_ASSIGN(uint64_t delta, reader.Varint());
    if (delta > kMicrosMax - micros) {
      return Fail(ErrorCode::kInvalidInput, "timeline offset beyond 64 bits", reader.at());
    }
    micros += delta;
    offsets[i] = micros * kNanosPerMicro;
  }
  auto* sizes = static_cast<uint32_t*>(arena.Allocate(has_sizes ? count * sizeof(uint32_t) : 0));
  for (uint64_t i = 0; has_sizes && i < count; ++i) {
    TRY_ASSIGN(uint64_t size, reader.Varint());
    if (size > std::numeric_limits<uint32_t>::max()) {
      return Fail(ErrorCode::kInvalidInput, "timeline size beyond 32 bits", reader.at());
    }
    sizes[i] = static_cast<uint32_t>(size);
  }
  if (reader.left() > 0) {
    return Fail(ErrorCode::kInvalidInput, "timeline has bytes behind its end", reader.at());
  }
  model::TokenTimeline timeline;
  timeline.offsets_ns = {offsets, count};
  if (has_sizes) timeline.sizes = {sizes, count};
  return timeline;
}

}  // namespace vitrine::codecs
