#include "storage/clickhouse/native_writer.h"

#include "base/check.h"

namespace vitrine::clickhouse {

namespace {

// Source: ClickHouse SerializationLowCardinality: version 1 of the keys, and the flags before each
// dictionary.
constexpr uint64_t kSharedDictionariesWithAdditionalKeys = 1;
constexpr uint64_t kHasAdditionalKeys = 1ull << 9;
constexpr uint64_t kNeedUpdateDictionary = 1ull << 10;

void AppendUint64(std::string& out, uint64_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename Index>
void AppendIndexes(std::string& out, const std::vector<uint32_t>& indexes) {
  for (uint32_t index : indexes) {
    auto narrow = static_cast<Index>(index);
    out.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
  }
}

}  // namespace

void AppendVarUint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

uint32_t LowCardinalityColumn::IndexOf(std::string_view text) {
  auto found = index_of_.find(text);
  if (found != index_of_.end()) return found->second;
  auto index = static_cast<uint32_t>(keys_.size());
  keys_.push_back(std::make_unique<std::string>(text));
  keys_bytes_ += text.size() + 8;
  index_of_.emplace(*keys_.back(), index);
  return index;
}

void LowCardinalityColumn::Append(std::string_view text) {
  if (keys_.empty() || *keys_[last_] != text) last_ = IndexOf(text);
  indexes_.push_back(last_);
}

void LowCardinalityColumn::WritePrefix(std::string& out) const {
  AppendUint64(out, kSharedDictionariesWithAdditionalKeys);
}

void LowCardinalityColumn::WriteData(std::string& out) const {
  if (indexes_.empty()) return;
  uint64_t width = keys_.size() <= 0x100 ? 0 : keys_.size() <= 0x10000 ? 1 : 2;
  AppendUint64(out, width | kHasAdditionalKeys | kNeedUpdateDictionary);
  AppendUint64(out, keys_.size());
  for (const auto& key : keys_) {
    AppendVarUint(out, key->size());
    out += *key;
  }
  AppendUint64(out, indexes_.size());
  if (width == 0) AppendIndexes<uint8_t>(out, indexes_);
  if (width == 1) AppendIndexes<uint16_t>(out, indexes_);
  if (width == 2) AppendIndexes<uint32_t>(out, indexes_);
}

size_t NativeBlock::size_bytes() const {
  size_t size = 0;
  for (const Named& named : columns_) size += named.column->size_bytes();
  return size;
}

std::string NativeBlock::ColumnList() const {
  std::string list;
  for (const Named& named : columns_) {
    if (!list.empty()) list += ", ";
    list += '`' + named.name + '`';
  }
  return list;
}

std::string NativeBlock::Serialize() const {
  std::string out;
  out.reserve(size_bytes() + columns_.size() * 64);
  size_t row_count = rows();
  AppendVarUint(out, columns_.size());
  AppendVarUint(out, row_count);
  for (const Named& named : columns_) {
    VITRINE_CHECK(named.column->rows() == row_count);
    AppendVarUint(out, named.name.size());
    out += named.name;
    AppendVarUint(out, named.type.size());
    out += named.type;
    if (row_count == 0) continue;
    named.column->WritePrefix(out);
    named.column->WriteData(out);
  }
  return out;
}

}  // namespace vitrine::clickhouse
