#include "syntax/json/json_document.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "syntax/json/internal/json_builder.h"
#include "syntax/json/json_writer.h"

namespace vitrine::syntax {

namespace {

// A document that served one huge text gives that memory back: 2 MiB of nodes are plenty for
// messages.
constexpr size_t kNodesKeptMax = 2u * 1024 * 1024 / sizeof(internal::JsonNode);

std::optional<double> ParseDouble(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  // from_chars would also take "inf", "nan" and "infinity" in any case; we do not.
  if (text.empty() || (text.back() != '.' && (text.back() < '0' || text.back() > '9'))) {
    return std::nullopt;
  }
  double value = 0;
  auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (status == std::errc::result_out_of_range) {
    // Too small reads as zero, too large as infinity, like every JSON parser; only the sign of the
    // exponent can tell.
    size_t exponent = text.find_first_of("eE");
    bool tiny = exponent != std::string_view::npos && text[exponent + 1] == '-';
    double magnitude = tiny ? 0.0 : std::numeric_limits<double>::infinity();
    return text.front() == '-' ? -magnitude : magnitude;
  }
  if (status != std::errc()) return std::nullopt;
  return value;
}

template <typename T>
std::optional<T> ParseInteger(std::string_view text) {
  T value = 0;
  auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A whole double as an integer, where nothing is lost.
template <typename T>
std::optional<T> WholeNumber(std::optional<double> number) {
  if (!number || std::trunc(*number) != *number) return std::nullopt;
  // The powers of two just outside the type; its maximum itself is no double.
  constexpr double kLimit = std::is_signed_v<T> ? 0x1p63 : 0x1p64;
  if (*number >= kLimit || *number < (std::is_signed_v<T> ? -0x1p63 : 0.0)) return std::nullopt;
  return static_cast<T>(*number);
}

template <typename T>
std::optional<T> ReadInteger(std::string_view text) {
  if (auto value = ParseInteger<T>(text)) return value;
  // Digits alone that did not fit would lose some as a double.
  if (text.find_first_of(".eE") == std::string_view::npos) return std::nullopt;
  return WholeNumber<T>(ParseDouble(text));
}

}  // namespace

JsonStatus JsonDocument::Parse(std::string_view text, Arena& arena, const JsonOptions& options) {
  Clear();
  text_ = text;
  status_ = JsonBuilder(*this, text, arena, options).Build();
  bool usable =
      status_ == JsonStatus::kOk || (status_ == JsonStatus::kCutOff && options.allow_cut_off);
  if (!usable) nodes_.clear();
  return status_;
}

void JsonDocument::Clear() {
  if (nodes_.capacity() > kNodesKeptMax) std::vector<internal::JsonNode>().swap(nodes_);
  nodes_.clear();
  open_.clear();
  text_ = {};
}

Error JsonDocument::error() const {
  switch (status_) {
    case JsonStatus::kCutOff:
      return {ErrorCode::kInvalidInput, "the JSON text ends too early", error_offset_};
    case JsonStatus::kTooDeep:
      return {ErrorCode::kLimitExceeded, "the JSON text is nested too deeply", error_offset_};
    case JsonStatus::kTooLarge:
      return {ErrorCode::kLimitExceeded, "the JSON text has too many values", error_offset_};
    case JsonStatus::kOk:
    case JsonStatus::kInvalid: break;
  }
  return {ErrorCode::kInvalidInput, "the text is not valid JSON", error_offset_};
}

std::optional<bool> JsonValue::AsBool() const {
  if (!is_bool()) return std::nullopt;
  return node_->integer != 0;
}

std::optional<int64_t> JsonValue::AsInt() const {
  if (kind() != JsonKind::kInt) return std::nullopt;
  return node_->integer;
}

std::optional<double> JsonValue::AsDouble() const {
  if (kind() == JsonKind::kInt) return static_cast<double>(node_->integer);
  if (kind() == JsonKind::kDouble) return ParseDouble(raw());
  return std::nullopt;
}

std::optional<std::string_view> JsonValue::AsString() const {
  if (!is_string()) return std::nullopt;
  return StringOf(*node_);
}

std::optional<int64_t> JsonValue::ToInt() const {
  switch (kind()) {
    case JsonKind::kInt: return node_->integer;
    case JsonKind::kDouble: return ReadInteger<int64_t>(raw());
    case JsonKind::kString: return ReadInteger<int64_t>(text());
    default: return std::nullopt;
  }
}

std::optional<uint64_t> JsonValue::ToUint() const {
  switch (kind()) {
    case JsonKind::kInt:
      if (node_->integer < 0) return std::nullopt;
      return static_cast<uint64_t>(node_->integer);
    case JsonKind::kDouble: return ReadInteger<uint64_t>(raw());
    case JsonKind::kString: return ReadInteger<uint64_t>(text());
    default: return std::nullopt;
  }
}

std::optional<double> JsonValue::ToDouble() const {
  return is_string() ? ParseDouble(text()) : AsDouble();
}

std::optional<bool> JsonValue::ToBool() const {
  if (!is_string()) return AsBool();
  if (text() == "true" || text() == "True") return true;
  if (text() == "false" || text() == "False") return false;
  return std::nullopt;
}

JsonValue JsonValue::operator[](std::string_view key) const {
  JsonValue found;
  for (const Member& member : Members()) {
    if (member.key == key) found = member.value;
  }
  return found;
}

JsonValue JsonValue::At(size_t index) const {
  if (index >= size()) return {};
  for (JsonValue element : Elements()) {
    if (index-- == 0) return element;
  }
  return {};
}

void AppendJson(std::string& out, const JsonValue& value) {
  switch (value.kind()) {
    case JsonKind::kMissing:
    case JsonKind::kNull: out += "null"; return;
    case JsonKind::kString: AppendJsonString(out, value.text()); return;
    case JsonKind::kBool:
    case JsonKind::kInt: out += value.raw(); return;
    case JsonKind::kDouble:
      // Digits as they stand; only a word can be NaN or Infinity.
      out += value.raw().back() > '9' ? std::string_view("null") : value.raw();
      return;
    case JsonKind::kArray:
    case JsonKind::kObject: break;
  }
  bool is_array = value.is_array();
  out.push_back(is_array ? '[' : '{');
  bool first = true;
  auto comma = [&] {
    if (!first) out.push_back(',');
    first = false;
  };
  for (JsonValue element : value.Elements()) {
    comma();
    AppendJson(out, element);
  }
  for (const JsonValue::Member& member : value.Members()) {
    comma();
    AppendJsonString(out, member.key);
    out.push_back(':');
    AppendJson(out, member.value);
  }
  out.push_back(is_array ? ']' : '}');
}

}  // namespace vitrine::syntax
