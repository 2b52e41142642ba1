// Value and Attribute: one attribute as it was sent, and its type.
// Owner: text borrows from the batch's arena or the request body.
#pragma once

#include <cstdint>
#include <string_view>

namespace vitrine::model {

enum class ValueType : uint8_t { kNull, kString, kBool, kInt, kDouble, kJson, kBytes };

/// The letter that stands for a type in the columns attribute_types and resource_types.
constexpr char ValueTypeLetter(ValueType type) { return "nsbidjy"[static_cast<uint8_t>(type)]; }

struct Value {
  ValueType type = ValueType::kNull;
  union {
    bool boolean;
    int64_t integer = 0;
    double number;
  };
  std::string_view text;  ///< kString: UTF-8; kJson: JSON of an array or object; kBytes: raw bytes.

  static Value Null() { return {}; }
  static Value String(std::string_view text) { return Make(ValueType::kString, text); }
  static Value Json(std::string_view text) { return Make(ValueType::kJson, text); }
  static Value Bytes(std::string_view bytes) { return Make(ValueType::kBytes, bytes); }
  static Value Bool(bool value) {
    Value v;
    v.type = ValueType::kBool;
    v.boolean = value;
    return v;
  }
  static Value Int(int64_t value) {
    Value v;
    v.type = ValueType::kInt;
    v.integer = value;
    return v;
  }
  static Value Double(double value) {
    Value v;
    v.type = ValueType::kDouble;
    v.number = value;
    return v;
  }

 private:
  static Value Make(ValueType type, std::string_view text) {
    Value v;
    v.type = type;
    v.text = text;
    return v;
  }
};

struct Attribute {
  std::string_view key;
  Value value;
};

}  // namespace vitrine::model
