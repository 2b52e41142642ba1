#include "syntax/json/internal/json_builder.h"

#include <array>
#include <cstring>
#include <limits>

#include "syntax/json/internal/json_scan.h"

namespace vitrine::syntax {

using internal::JsonNode;

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// What stands for the byte behind a backslash; 0 where that is no escape of one character.
constexpr std::array<char, 256> kPlainEscapes = [] {
  std::array<char, 256> table{};
  table['"'] = '"';
  table['\\'] = '\\';
  table['/'] = '/';
  table['b'] = '\b';
  table['f'] = '\f';
  table['n'] = '\n';
  table['r'] = '\r';
  table['t'] = '\t';
  return table;
}();

/// Four hex digits as a number, or -1.
int ReadHex4(const char* at) {
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    char c = at[i];
    int digit = IsDigit(c)               ? c - '0'
                : (c >= 'a' && c <= 'f') ? c - 'a' + 10
                : (c >= 'A' && c <= 'F') ? c - 'A' + 10
                                         : -1;
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

char* AppendCodePoint(uint32_t code, char* to) {
  auto put = [&to](uint32_t byte) { *to++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return to;
}

}  // namespace

JsonStatus JsonBuilder::Build() {
  // Offsets are 32 bits.
  if (static_cast<size_t>(end_ - begin_) > std::numeric_limits<uint32_t>::max()) {
    Stop(JsonStatus::kTooLarge, begin_);
  } else if (ReadRoot()) {
    while (!document_.open_.empty() && ReadNext()) {
    }
  }
  if (status_ == JsonStatus::kOk) {
    SkipSpace();
    if (at_ < end_) Stop(JsonStatus::kInvalid, at_);
  }
  if (status_ == JsonStatus::kCutOff && options_.allow_cut_off) CloseCutOff();
  document_.error_offset_ = static_cast<size_t>(at_ - begin_);
  return status_;
}

bool JsonBuilder::ReadRoot() {
  SkipSpace();
  return ReadValue();
}

/// After a value inside a container: a comma and the next value, or the end of the container.
bool JsonBuilder::ReadNext() {
  SkipSpace();
  if (at_ == end_) return Stop(JsonStatus::kCutOff, end_);
  JsonNode& container = document_.nodes_[document_.open_.back()];
  bool is_object = container.kind == JsonKind::kObject;
  if (*at_ == (is_object ? '}' : ']')) {
    Close(++at_);
    return true;
  }
  if (container.count > 0) {
    if (*at_ != ',') return Stop(JsonStatus::kInvalid, at_);
    ++at_;
    SkipSpace();
  }
  uint32_t index = document_.open_.back();
  if (is_object && !ReadKey()) return false;
  size_t node_count = document_.nodes_.size();
  bool more = ReadValue();
  // Counted even where the text ends inside it; a value of which nothing was kept takes its key
  // with it.
  if (document_.nodes_.size() > node_count) {
    ++document_.nodes_[index].count;
  } else if (is_object) {
    document_.nodes_.pop_back();
  }
  return more;
}

bool JsonBuilder::ReadKey() {
  if (at_ == end_) return Stop(JsonStatus::kCutOff, end_);
  if (*at_ != '"') return Stop(JsonStatus::kInvalid, at_);
  size_t node_count = document_.nodes_.size();
  auto drop_key = [&] {
    if (document_.nodes_.size() > node_count) document_.nodes_.pop_back();
    return false;
  };
  if (!ReadString()) return drop_key();
  SkipSpace();
  if (at_ == end_) {
    Stop(JsonStatus::kCutOff, end_);
    return drop_key();
  }
  if (*at_ != ':') return Stop(JsonStatus::kInvalid, at_);
  ++at_;
  SkipSpace();
  return true;
}

bool JsonBuilder::ReadValue() {
  if (at_ == end_) return Stop(JsonStatus::kCutOff, end_);
  switch (*at_) {
    case '{': return Open(JsonKind::kObject);
    case '[': return Open(JsonKind::kArray);
    case '"': return ReadString();
    case 't': return ReadLiteral("true", JsonKind::kBool, 1);
    case 'f': return ReadLiteral("false", JsonKind::kBool, 0);
    case 'n': return ReadLiteral("null", JsonKind::kNull, 0);
    case 'N':
      return options_.lenient ? ReadLiteral("NaN", JsonKind::kDouble, 0)
                              : Stop(JsonStatus::kInvalid, at_);
    case 'I':
      return options_.lenient ? ReadLiteral("Infinity", JsonKind::kDouble, 0)
                              : Stop(JsonStatus::kInvalid, at_);
    default: return ReadNumber();
  }
}

JsonNode* JsonBuilder::Add(JsonKind kind, const char* begin, const char* end) {
  if (document_.nodes_.size() >= options_.node_count_max) [[unlikely]] {
    Stop(JsonStatus::kTooLarge, begin);
    return nullptr;
  }
  JsonNode& node = document_.nodes_.emplace_back();
  node.begin = Offset(begin);
  node.end = Offset(end);
  node.kind = kind;
  return &node;
}

bool JsonBuilder::Open(JsonKind kind) {
  if (document_.open_.size() >= options_.depth_max) return Stop(JsonStatus::kTooDeep, at_);
  auto index = static_cast<uint32_t>(document_.nodes_.size());
  if (Add(kind, at_, at_ + 1) == nullptr) return false;
  document_.open_.push_back(index);
  ++at_;
  return true;
}

void JsonBuilder::Close(const char* end) {
  JsonNode& node = document_.nodes_[document_.open_.back()];
  node.end = Offset(end);
  node.extent = static_cast<uint32_t>(document_.nodes_.size());
  document_.open_.pop_back();
}

void JsonBuilder::CloseCutOff() {
  while (!document_.open_.empty()) {
    document_.nodes_[document_.open_.back()].cut_off = true;
    Close(end_);
  }
}

bool JsonBuilder::ReadString() {
  const char* content = at_ + 1;
  bool has_escapes = false;
  for (const char* at = content;;) {
    at = internal::FindStringSpecial(at, end_);
    if (at == end_) {
      at_ = at;
      return FinishString(content, has_escapes, true);
    }
    if (*at == '"') {
      at_ = at;
      return FinishString(content, has_escapes, false);
    }
    if (*at == '\\') {
      has_escapes = true;
      at = end_ - at > 2 ? at + 2 : end_;
    } else if (options_.lenient) {
      ++at;
    } else {
      return Stop(JsonStatus::kInvalid, at);
    }
  }
}

/// `at_` stands on the closing quote, or at the end of a text that has none.
bool JsonBuilder::FinishString(const char* content, bool has_escapes, bool cut_off) {
  if (cut_off && !options_.allow_cut_off) return Stop(JsonStatus::kCutOff, end_);
  std::string_view escaped(content, static_cast<size_t>(at_ - content));
  JsonNode* node = Add(JsonKind::kString, content - 1, cut_off ? end_ : at_ + 1);
  if (node == nullptr) return false;
  node->cut_off = cut_off;
  if (has_escapes) {
    if (!Unescape(escaped, *node)) return false;
  } else {
    node->text = content;
    node->extent = static_cast<uint32_t>(escaped.size());
  }
  if (cut_off) return Stop(JsonStatus::kCutOff, end_);
  ++at_;
  return true;
}

bool JsonBuilder::Unescape(std::string_view escaped, JsonNode& node) {
  // Unescaping never lengthens; the slack is for whole-register stores. An unpaired surrogate's six
  // bytes become three.
  constexpr size_t kStoreSlack = 16;
  char* const out = static_cast<char*>(arena_.Allocate(escaped.size() + kStoreSlack, 1));
  char* to = out;
  const char* from = escaped.data();
  const char* const end = from + escaped.size();
  while (true) {
    const char* stop = internal::CopyToBackslash(from, end, to);
    to += stop - from;
    from = stop;
    if (from == end) break;
    char plain = end - from >= 2 ? kPlainEscapes[static_cast<uint8_t>(from[1])] : '\0';
    if (plain != '\0') [[likely]] {
      *to++ = plain;
      from += 2;
      continue;
    }
    if (!ReadEscape(from, end, to)) return false;
  }
  node.text = out;
  node.extent = static_cast<uint32_t>(to - out);
  return true;
}

/// `from` stands on a backslash that is no plain escape; moves it behind the escape and writes what
/// that means.
bool JsonBuilder::ReadEscape(const char*& from, const char* end, char*& to) {
  bool at_text_end = end == end_;  // Only a string cut off can end inside an escape.
  auto drop_rest = [&] {
    from = end;
    return true;
  };
  if (end - from < 2) return at_text_end ? drop_rest() : Stop(JsonStatus::kInvalid, from);
  if (from[1] != 'u') {
    if (!options_.lenient) return Stop(JsonStatus::kInvalid, from);
    *to++ = *from++;
    return true;
  }
  if (end - from < 6 && at_text_end) return drop_rest();
  int unit = end - from >= 6 ? ReadHex4(from + 2) : -1;
  if (unit < 0) {
    if (!options_.lenient) return Stop(JsonStatus::kInvalid, from);
    *to++ = *from++;
    return true;
  }
  auto code = static_cast<uint32_t>(unit);
  from += 6;
  if (code >= 0xD800 && code < 0xE000) {
    int low = code < 0xDC00 && end - from >= 6 && from[0] == '\\' && from[1] == 'u'
                  ? ReadHex4(from + 2)
                  : -1;
    if (low >= 0xDC00 && low < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<uint32_t>(low) - 0xDC00);
      from += 6;
    } else if (at_text_end && code < 0xDC00 && end - from < 6) {
      return drop_rest();  // The second half of a pair was cut off.
    } else {
      code = 0xFFFD;
    }
  }
  to = AppendCodePoint(code, to);
  return true;
}

bool JsonBuilder::ReadLiteral(std::string_view literal, JsonKind kind, int64_t value) {
  const char* begin = at_;
  for (char c : literal) {
    if (at_ == end_) return Stop(JsonStatus::kCutOff, end_);
    if (*at_ != c) return Stop(JsonStatus::kInvalid, at_);
    ++at_;
  }
  JsonNode* node = Add(kind, begin, at_);
  if (node == nullptr) return false;
  node->integer = value;
  return true;
}

bool JsonBuilder::ReadNumber() {
  const char* begin = at_;
  bool negative = *at_ == '-';
  if (negative) ++at_;
  if (at_ == end_) return Stop(JsonStatus::kCutOff, end_);
  if (*at_ == 'I' && negative && options_.lenient) {
    if (!ReadLiteral("Infinity", JsonKind::kDouble, 0)) return false;
    document_.nodes_.back().begin = Offset(begin);
    return true;
  }
  if (!IsDigit(*at_)) return Stop(JsonStatus::kInvalid, at_);
  const char* digits = at_;
  uint64_t value = 0;
  while (at_ < end_ && IsDigit(*at_)) value = value * 10 + static_cast<uint64_t>(*at_++ - '0');
  auto digit_count = at_ - digits;
  if (*digits == '0' && digit_count > 1) return Stop(JsonStatus::kInvalid, digits + 1);
  bool is_integer = true;
  if (at_ < end_ && *at_ == '.') {
    is_integer = false;
    ++at_;
    if (at_ == end_) return Stop(JsonStatus::kCutOff, end_);
    if (!IsDigit(*at_)) return Stop(JsonStatus::kInvalid, at_);
    while (at_ < end_ && IsDigit(*at_)) ++at_;
  }
  if (at_ < end_ && (*at_ | 0x20) == 'e') {
    is_integer = false;
    ++at_;
    if (at_ < end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (at_ == end_) return Stop(JsonStatus::kCutOff, end_);
    if (!IsDigit(*at_)) return Stop(JsonStatus::kInvalid, at_);
    while (at_ < end_ && IsDigit(*at_)) ++at_;
  }
  // 19 digits cannot overflow uint64, and int64 where the value says so; -0 is a double, to keep
  // its sign.
  constexpr uint64_t kIntMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  bool fits = is_integer && digit_count <= 19 && value <= kIntMax + (negative ? 1 : 0) &&
              !(negative && value == 0);
  JsonNode* node = Add(fits ? JsonKind::kInt : JsonKind::kDouble, begin, at_);
  if (node == nullptr) return false;
  if (fits) node->integer = static_cast<int64_t>(negative ? 0 - value : value);
  // A number that runs to the end of the text inside a container may have had more digits.
  if (at_ == end_ && !document_.open_.empty()) {
    node->cut_off = true;
    return Stop(JsonStatus::kCutOff, end_);
  }
  return true;
}

}  // namespace vitrine::syntax
