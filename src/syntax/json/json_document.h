// JsonDocument: a light, read-only tree over one JSON text.
// Owner: values are handles into the document and die with the next Parse; strings borrow from the
// text, or from the arena where they had escapes. Keep both alive. Not thread-safe; use one
// document per thread and parse again and again: node memory is kept. Format: RFC 8259. The text
// should be UTF-8 already (utf8.h); bytes of 0x80 and above pass through unseen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"

namespace vitrine::syntax {

enum class JsonKind : uint8_t {
  kMissing,  ///< No such member, element or document.
  kNull,
  kBool,
  kInt,     ///< Written without fraction or exponent, and fits int64.
  kDouble,  ///< Every other number, NaN and Infinity in lenient mode included.
  kString,
  kArray,
  kObject,
};

enum class JsonStatus : uint8_t {
  kOk,
  kCutOff,    ///< The text ended too early; with allow_cut_off the tree holds what was there.
  kInvalid,   ///< Not JSON.
  kTooDeep,   ///< Nested deeper than depth_max.
  kTooLarge,  ///< More than node_count_max nodes, or 4 GiB of text.
};

struct JsonOptions {
  /// Accept a text that ends too early, as senders leave it that cut long values. Unfinished
  /// strings and containers keep what they have and say cut_off(); an unfinished key, literal or
  /// escape is dropped.
  bool allow_cut_off = false;
  /// Accept what sloppy writers produce: raw control characters in strings, unknown escapes (kept
  /// as they stand), bare NaN and Infinity.
  bool lenient = false;
  /// Real tool schemas nest 20 to 40 levels; the parser itself does not recurse.
  uint32_t depth_max = 256;
  /// A node takes 24 bytes, so this bounds the tree to 192 MiB whatever the text.
  uint32_t node_count_max = 8u << 20;
};

class JsonDocument;

namespace internal {
/// Nodes stand in text order: a container, then its elements, or its keys and values in turn.
struct JsonNode {
  uint32_t begin = 0;  ///< Offset of the first byte in the text, quotes included.
  uint32_t end = 0;
  uint32_t extent = 0;  ///< Containers: index past the last descendant. Strings: unescaped size.
  JsonKind kind = JsonKind::kMissing;
  bool cut_off = false;
  union {
    int64_t integer = 0;  ///< kBool, kInt.
    const char* text;     ///< kString, unescaped.
    uint64_t count;       ///< Containers: elements or members.
  };
};
}  // namespace internal

/// One value of a document. Cheap to copy. A missing value answers everything with "nothing", so
/// look-ups chain: `value["usage"]["input_tokens"].ToInt()`.
class JsonValue {
 public:
  class ElementIterator;
  class MemberIterator;
  struct Member;
  struct ElementRange;
  struct MemberRange;

  JsonValue() = default;

  JsonKind kind() const { return node_ ? node_->kind : JsonKind::kMissing; }
  bool exists() const { return node_ != nullptr; }
  bool is_null() const { return kind() == JsonKind::kNull; }
  bool is_bool() const { return kind() == JsonKind::kBool; }
  bool is_number() const { return kind() == JsonKind::kInt || kind() == JsonKind::kDouble; }
  bool is_string() const { return kind() == JsonKind::kString; }
  bool is_array() const { return kind() == JsonKind::kArray; }
  bool is_object() const { return kind() == JsonKind::kObject; }
  /// Missing or null.
  bool is_nothing() const { return kind() <= JsonKind::kNull; }

  /// The value's own bytes in the text, quotes and brackets included. Valid JSON unless cut_off().
  std::string_view raw() const;
  /// The text ended inside this value.
  bool cut_off() const { return node_ != nullptr && node_->cut_off; }

  /// Exact readings: nothing where the value is of another kind.
  std::optional<bool> AsBool() const;
  std::optional<int64_t> AsInt() const;
  std::optional<double> AsDouble() const;  ///< Any number.
  std::optional<std::string_view> AsString() const;
  /// The unescaped string; empty for every other kind.
  std::string_view text() const { return is_string() ? StringOf(*node_) : std::string_view(); }

  /// Tolerant readings: numbers and booleans sent as strings, whole doubles (3.0) as integers.
  /// Nothing where that is impossible or would lose digits.
  std::optional<int64_t> ToInt() const;
  std::optional<uint64_t> ToUint() const;
  std::optional<double> ToDouble() const;  ///< Also "NaN", "Infinity", "-Infinity".
  std::optional<bool> ToBool() const;

  /// Elements of an array, members of an object, else 0.
  size_t size() const { return is_array() || is_object() ? static_cast<size_t>(node_->count) : 0; }
  bool empty() const { return size() == 0; }
  /// The member's value; of several with one name the last, as in most parsers.
  JsonValue operator[](std::string_view key) const;
  bool Has(std::string_view key) const { return (*this)[key].exists(); }
  /// The element at `index` of an array. Linear in `index`: iterate instead where possible.
  JsonValue At(size_t index) const;

  /// Iterates over an array; over anything else as if it were empty.
  ElementRange Elements() const;
  /// Iterates over an object in text order; over anything else as if it were empty.
  MemberRange Members() const;

 private:
  friend class JsonDocument;
  JsonValue(const JsonDocument* document, const internal::JsonNode* node)
      : document_(document), node_(node) {}
  static std::string_view StringOf(const internal::JsonNode& node) {
    return {node.text, node.extent};
  }
  const internal::JsonNode* Next() const;
  const internal::JsonNode* End() const;

  const JsonDocument* document_ = nullptr;
  const internal::JsonNode* node_ = nullptr;
};

/// Appends `value` as compact JSON. Valid also where raw() is not: cut-off and leniently read
/// values are closed, NaN and the infinities become null. A missing value is null.
void AppendJson(std::string& out, const JsonValue& value);

class JsonDocument {
 public:
  JsonDocument() = default;
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  /// Reads `text` into the tree; what was there before is gone.
  /// Shape:    one value and white space, nothing behind it. Costs next to nothing where the text
  /// is no JSON at all. Errors:   the status; error_offset() and error() tell more. The root is
  /// missing unless kOk or an allowed kCutOff. Lifetime: strings borrow from `text` and `arena`.
  JsonStatus Parse(std::string_view text, Arena& arena, const JsonOptions& options = {});

  /// Forgets the tree, and gives back the memory where one huge text took much.
  void Clear();

  /// The whole value, missing after a failure.
  JsonValue root() const { return nodes_.empty() ? JsonValue() : JsonValue(this, nodes_.data()); }
  /// Where the last Parse stopped: the byte that could not be, or the end.
  size_t error_offset() const { return error_offset_; }
  /// The failure of the last Parse as an Error with its offset. Call only after a status other than
  /// kOk.
  Error error() const;

 private:
  friend class JsonValue;
  friend class JsonBuilder;

  std::string_view text_;
  std::vector<internal::JsonNode> nodes_;
  std::vector<uint32_t> open_;  ///< Indexes of the containers still open.
  size_t error_offset_ = 0;
  JsonStatus status_ = JsonStatus::kOk;
};

struct JsonValue::Member {
  std::string_view key;
  JsonValue value;
};

inline std::string_view JsonValue::raw() const {
  return node_ ? document_->text_.substr(node_->begin, node_->end - node_->begin)
               : std::string_view();
}

inline const internal::JsonNode* JsonValue::Next() const {
  return kind() >= JsonKind::kArray ? document_->nodes_.data() + node_->extent : node_ + 1;
}

inline const internal::JsonNode* JsonValue::End() const {
  return document_->nodes_.data() + node_->extent;
}

class JsonValue::ElementIterator {
 public:
  using value_type = JsonValue;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;

  ElementIterator() = default;
  explicit ElementIterator(JsonValue at) : at_(at) {}
  JsonValue operator*() const { return at_; }
  ElementIterator& operator++() {
    at_.node_ = at_.Next();
    return *this;
  }
  void operator++(int) { ++*this; }
  bool operator==(const ElementIterator& other) const { return at_.node_ == other.at_.node_; }

 private:
  JsonValue at_;
};

class JsonValue::MemberIterator {
 public:
  using value_type = Member;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;

  MemberIterator() = default;
  explicit MemberIterator(JsonValue key) : key_(key) {}
  Member operator*() const {
    return {StringOf(*key_.node_), JsonValue(key_.document_, key_.node_ + 1)};
  }
  MemberIterator& operator++() {
    key_.node_ = JsonValue(key_.document_, key_.node_ + 1).Next();
    return *this;
  }
  void operator++(int) { ++*this; }
  bool operator==(const MemberIterator& other) const { return key_.node_ == other.key_.node_; }

 private:
  JsonValue key_;
};

struct JsonValue::ElementRange {
  ElementIterator first, last;
  ElementIterator begin() const { return first; }
  ElementIterator end() const { return last; }
};

struct JsonValue::MemberRange {
  MemberIterator first, last;
  MemberIterator begin() const { return first; }
  MemberIterator end() const { return last; }
};

inline JsonValue::ElementRange JsonValue::Elements() const {
  if (!is_array()) return {};
  return {ElementIterator(JsonValue(document_, node_ + 1)),
          ElementIterator(JsonValue(document_, End()))};
}

inline JsonValue::MemberRange JsonValue::Members() const {
  if (!is_object()) return {};
  return {MemberIterator(JsonValue(document_, node_ + 1)),
          MemberIterator(JsonValue(document_, End()))};
}

}  // namespace vitrine::syntax
