// NativeBlock: columns in ClickHouse's Native format, for inserting.
// Owner: the block owns its columns; appended text is copied once, into the column's buffer. Not
// thread-safe. Source: ClickHouse Native format as HTTP uses it (protocol revision 0: no block
// info, no custom serializations).
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.h"

namespace vitrine::clickhouse {

void AppendVarUint(std::string& out, uint64_t value);

class NativeColumn {
 public:
  virtual ~NativeColumn() = default;
  /// State that precedes the data of the whole column (dictionary versions of low-cardinality
  /// parts).
  virtual void WritePrefix(std::string&) const {}
  virtual void WriteData(std::string& out) const = 0;
  virtual size_t rows() const = 0;
  virtual size_t size_bytes() const = 0;
};

/// UIntN, IntN, FloatN, Date (uint16_t), DateTime (uint32_t), DateTime64 and Decimal(18, s)
/// (int64_t), UInt8 for Bool.
template <typename T>
class FixedColumn final : public NativeColumn {
 public:
  void Append(T value) { data_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void WriteData(std::string& out) const override { out += data_; }
  size_t rows() const override { return data_.size() / sizeof(T); }
  size_t size_bytes() const override { return data_.size(); }

 private:
  std::string data_;
};

/// FixedString(N); the caller appends exactly N bytes (another size would shift every later row).
class FixedStringColumn final : public NativeColumn {
 public:
  explicit FixedStringColumn(size_t width) : width_(width) {}
  void Append(std::string_view bytes) {
    VITRINE_CHECK(bytes.size() == width_);
    data_ += bytes;
  }
  void WriteData(std::string& out) const override { out += data_; }
  size_t rows() const override { return data_.size() / width_; }
  size_t size_bytes() const override { return data_.size(); }

 private:
  size_t width_;
  std::string data_;
};

class StringColumn final : public NativeColumn {
 public:
  void Append(std::string_view text) {
    AppendVarUint(data_, text.size());
    data_ += text;
    ++rows_;
  }
  void WriteData(std::string& out) const override { out += data_; }
  size_t rows() const override { return rows_; }
  size_t size_bytes() const override { return data_.size(); }

 private:
  std::string data_;
  size_t rows_ = 0;
};

class LowCardinalityColumn final : public NativeColumn {
 public:
  void Append(std::string_view text);
  void WritePrefix(std::string& out) const override;
  void WriteData(std::string& out) const override;
  size_t rows() const override { return indexes_.size(); }
  size_t size_bytes() const override { return keys_bytes_ + indexes_.size() * 4; }

 private:
  uint32_t IndexOf(std::string_view text);

  std::vector<std::unique_ptr<std::string>> keys_;
  std::unordered_map<std::string_view, uint32_t> index_of_;
  std::vector<uint32_t> indexes_;
  size_t keys_bytes_ = 0;
  uint32_t last_ = 0;  ///< Neighbouring rows mostly repeat.
};

template <typename Inner>
class NullableColumn final : public NativeColumn {
 public:
  template <typename T>
  void Append(T value) {
    nulls_.push_back('\0');
    inner_.Append(value);
  }
  void AppendNull() {
    nulls_.push_back('\1');
    inner_.Append({});
  }
  void WritePrefix(std::string& out) const override { inner_.WritePrefix(out); }
  void WriteData(std::string& out) const override {
    out += nulls_;
    inner_.WriteData(out);
  }
  size_t rows() const override { return nulls_.size(); }
  size_t size_bytes() const override { return nulls_.size() + inner_.size_bytes(); }

 private:
  std::string nulls_;
  Inner inner_;
};

/// Array(T). Append the elements to inner(), then EndRow().
template <typename Inner>
class ArrayColumn final : public NativeColumn {
 public:
  template <typename... Args>
  explicit ArrayColumn(Args... args) : inner_(args...) {}
  Inner& inner() { return inner_; }
  void EndRow() { offsets_.Append(inner_.rows()); }
  void WritePrefix(std::string& out) const override { inner_.WritePrefix(out); }
  void WriteData(std::string& out) const override {
    offsets_.WriteData(out);
    if (inner_.rows() > 0) inner_.WriteData(out);
  }
  size_t rows() const override { return offsets_.rows(); }
  size_t size_bytes() const override { return offsets_.size_bytes() + inner_.size_bytes(); }

 private:
  FixedColumn<uint64_t> offsets_;
  Inner inner_;
};

/// Map(K, V). Append equally many keys and values, then EndRow().
template <typename Keys, typename Values>
class MapColumn final : public NativeColumn {
 public:
  Keys& keys() { return keys_; }
  Values& values() { return values_; }
  void EndRow() { offsets_.Append(keys_.rows()); }
  void WritePrefix(std::string& out) const override {
    keys_.WritePrefix(out);
    values_.WritePrefix(out);
  }
  void WriteData(std::string& out) const override {
    offsets_.WriteData(out);
    if (keys_.rows() == 0) return;
    keys_.WriteData(out);
    values_.WriteData(out);
  }
  size_t rows() const override { return offsets_.rows(); }
  size_t size_bytes() const override {
    return offsets_.size_bytes() + keys_.size_bytes() + values_.size_bytes();
  }

 private:
  FixedColumn<uint64_t> offsets_;
  Keys keys_;
  Values values_;
};

class NativeBlock {
 public:
  /// Adds a column and returns it. `type` is the type as the table declares it.
  template <typename Column, typename... Args>
  Column& Add(std::string name, std::string type, Args... args) {
    auto column = std::make_unique<Column>(args...);
    Column& reference = *column;
    columns_.push_back({std::move(name), std::move(type), std::move(column)});
    return reference;
  }

  size_t column_count() const { return columns_.size(); }
  size_t rows() const { return columns_.empty() ? 0 : columns_[0].column->rows(); }
  size_t size_bytes() const;
  /// "`a`, `b`": the column list of the insert.
  std::string ColumnList() const;
  /// The block as bytes. All columns must have the same number of rows.
  std::string Serialize() const;

 private:
  struct Named {
    std::string name;
    std::string type;
    std::unique_ptr<NativeColumn> column;
  };
  std::vector<Named> columns_;
};

}  // namespace vitrine::clickhouse
