#include "syntax/json/json_splitter.h"

namespace vitrine::syntax {

namespace {

constexpr char kRecordSeparator = '\x1E';

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == kRecordSeparator;
}

/// What stands between values, the brackets and commas of an array included.
bool IsSeparator(char c) { return IsSpace(c) || c == ',' || c == ']' || c == '}'; }

}  // namespace

/// Moves to the first byte of a value; false where the piece ends before.
bool JsonSplitter::SkipSeparators() {
  while (at_ < piece_.size()) {
    char c = piece_[at_];
    if (is_first_ && !IsSpace(c)) {
      is_first_ = false;
      if (c == '[') {
        is_array_ = true;
        ++at_;
        continue;
      }
    }
    if (!IsSeparator(c)) return true;
    ++at_;
  }
  return false;
}

/// The offset behind the value's last byte, or the size of the piece where it goes on.
size_t JsonSplitter::FindValueEnd() {
  size_t at = at_;
  while (at < piece_.size()) {
    char c = piece_[at];
    if (is_string_) {
      if (is_escaped_) {
        is_escaped_ = false;
        ++at;
        continue;
      }
      size_t stop = at;
      while (stop < piece_.size() && piece_[stop] != '"' && piece_[stop] != '\\') ++stop;
      if (stop == piece_.size()) return stop;
      is_escaped_ = piece_[stop] == '\\';
      at = stop + 1;
      if (!is_escaped_) {
        is_string_ = false;
        if (depth_ == 0) {
          is_inside_ = false;
          return at;
        }
      }
      continue;
    }
    if (is_scalar_) {
      if (IsSeparator(c)) {
        is_inside_ = false;
        return at;
      }
    } else if (c == '"') {
      is_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']') {
      if (--depth_ == 0) {
        is_inside_ = false;
        return at + 1;
      }
    }
    ++at;
  }
  return piece_.size();
}

/// Keeps a part of a value that other pieces go on with.
bool JsonSplitter::Keep(std::string_view part) {
  is_too_large_ |= buffer_.size() + part.size() > value_bytes_max_;
  if (!is_too_large_) buffer_.append(part);
  return !is_too_large_;
}

bool JsonSplitter::Next(std::string_view& value) {
  if (is_delivered_) buffer_.clear();
  is_delivered_ = false;
  while (is_inside_ || SkipSeparators()) {
    bool is_new = !is_inside_;
    if (is_new) {
      char c = piece_[at_];
      is_inside_ = true;
      is_scalar_ = c != '{' && c != '[' && c != '"';
      depth_ = 0;
    }
    size_t begin = at_;
    at_ = FindValueEnd();
    std::string_view part = piece_.substr(begin, at_ - begin);
    bool is_whole = !is_inside_ || (is_ended_ && at_ == piece_.size());
    is_cut_off_ = is_inside_ && !(is_scalar_ && depth_ == 0);
    bool is_alone = is_new && is_whole && part.size() <= value_bytes_max_;
    if (is_alone) {
      value = part;
    } else {
      Keep(part);
      if (!is_whole) return false;
      value = buffer_;
    }
    is_inside_ = is_string_ = is_escaped_ = false;
    is_delivered_ = true;
    if (!is_too_large_) return true;
    is_too_large_ = is_delivered_ = false;
    buffer_.clear();
    ++skipped_count_;
  }
  return false;
}

}  // namespace vitrine::syntax
