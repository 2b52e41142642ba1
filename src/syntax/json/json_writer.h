// JsonWriter: appends compact JSON to a string.
// Owner: the caller's string. Not thread-safe. The caller keeps the grammar (a key before each
// value of an object); commas are the writer's. Format: RFC 8259, no white space. Bytes that are
// not UTF-8 become U+FFFD, so the output is always valid.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine::syntax {

/// Appends `text` as a JSON string, quotes included.
void AppendJsonString(std::string& out, std::string_view text);
void AppendJsonInt(std::string& out, int64_t value);
void AppendJsonUint(std::string& out, uint64_t value);
/// Appends the shortest decimal that reads back as `value`; null for NaN and the infinities, which
/// JSON lacks.
void AppendJsonDouble(std::string& out, double value);

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }

  JsonWriter& Key(std::string_view key) {
    Comma();
    AppendJsonString(out_, key);
    out_.push_back(':');
    needs_comma_ = false;
    return *this;
  }
  JsonWriter& String(std::string_view text) {
    Comma();
    AppendJsonString(out_, text);
    return Done();
  }
  JsonWriter& Int(int64_t value) {
    Comma();
    AppendJsonInt(out_, value);
    return Done();
  }
  JsonWriter& Uint(uint64_t value) {
    Comma();
    AppendJsonUint(out_, value);
    return Done();
  }
  /// NaN and the infinities become null.
  JsonWriter& Double(double value) {
    Comma();
    AppendJsonDouble(out_, value);
    return Done();
  }
  JsonWriter& Bool(bool value) { return Raw(value ? "true" : "false"); }
  JsonWriter& Null() { return Raw("null"); }
  /// Appends a JSON text as it stands; the caller vouches for it.
  JsonWriter& Raw(std::string_view json) {
    Comma();
    out_.append(json);
    return Done();
  }

  /// A key and its value in one call; an empty optional is written as null.
  JsonWriter& Member(std::string_view key, std::string_view text) { return Key(key).String(text); }
  JsonWriter& Member(std::string_view key, const char* text) { return Key(key).String(text); }
  JsonWriter& Member(std::string_view key, const std::string& text) {
    return Key(key).String(text);
  }
  JsonWriter& Member(std::string_view key, std::same_as<bool> auto value) {
    return Key(key).Bool(value);
  }
  JsonWriter& Member(std::string_view key, std::floating_point auto value) {
    return Key(key).Double(static_cast<double>(value));
  }
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  JsonWriter& Member(std::string_view key, T value) {
    if constexpr (std::signed_integral<T>) {
      return Key(key).Int(value);
    } else {
      return Key(key).Uint(value);
    }
  }
  template <typename T>
  JsonWriter& Member(std::string_view key, const std::optional<T>& value) {
    return value ? Member(key, *value) : Key(key).Null();
  }

 private:
  void Comma() {
    if (needs_comma_) out_.push_back(',');
  }
  JsonWriter& Done() {
    needs_comma_ = true;
    return *this;
  }
  JsonWriter& Open(char bracket) {
    Comma();
    out_.push_back(bracket);
    needs_comma_ = false;
    return *this;
  }
  JsonWriter& Close(char bracket) {
    out_.push_back(bracket);
    return Done();
  }

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace vitrine::syntax
