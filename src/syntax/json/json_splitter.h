// JsonSplitter: the single values out of a stream of JSON texts that arrives in any pieces.
// Owner: a value borrows from the piece given last, or from the splitter where it did not lie whole
// in one piece; it dies with the next call. Not thread-safe. Memory: at most `value_bytes_max`.
// Format: values one after the other with white space, line ends or RFC 7464's 0x1E between them
// (NDJSON, JSON lines, concatenated JSON), or the elements of one array that is sent piecemeal.
// Only brackets and strings are looked at: a value is checked by who parses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine::syntax {

class JsonSplitter {
 public:
  explicit JsonSplitter(size_t value_bytes_max) : value_bytes_max_(value_bytes_max) {}

  /// Gives the next bytes, which must live until Next returned false. Call only then again.
  void Feed(std::string_view piece) {
    piece_ = piece;
    at_ = 0;
  }
  /// Says that no more bytes will come: Next then gives the value that was not ended.
  void End() { is_ended_ = true; }

  /// Takes the next value; false when more bytes are needed.
  bool Next(std::string_view& value);

  /// The stream is one array, of which the elements are given.
  bool is_array() const { return is_array_; }
  /// The last value given was not ended: the stream was cut.
  bool is_cut_off() const { return is_cut_off_; }
  /// Values larger than the limit, which were skipped.
  uint64_t skipped_count() const { return skipped_count_; }

 private:
  size_t FindValueEnd();
  bool SkipSeparators();
  bool Keep(std::string_view part);

  size_t value_bytes_max_;
  std::string_view piece_;
  size_t at_ = 0;
  std::string buffer_;  ///< The part of a value that earlier pieces held.
  uint64_t depth_ = 0;
  bool is_inside_ = false;  ///< A value has begun.
  bool is_scalar_ = false;
  bool is_string_ = false;
  bool is_escaped_ = false;
  bool is_too_large_ = false;
  bool is_first_ = true;
  bool is_array_ = false;
  bool is_delivered_ = false;
  bool is_cut_off_ = false;
  bool is_ended_ = false;
  uint64_t skipped_count_ = 0;
};

}  // namespace vitrine::syntax
