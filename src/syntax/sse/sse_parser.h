// SseParser: server-sent events out of a byte stream that arrives in any pieces.
// Owner: an event borrows from the piece given last, or from the parser where it did not lie whole
// in one piece; it dies with the next call. Not thread-safe. Memory: at most `event_bytes_max` and
// one line of the same size, kept for the next event.
// Format: WHATWG HTML, "Interpreting an event stream": LF, CRLF or CR end a line, `:` begins a
// comment, several `data` lines make one text. Unlike a browser, the last event counts without its
// blank line too: a cut stream keeps what was sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine::syntax {

struct SseEvent {
  std::string_view name;  ///< Of the `event` field; empty where there was none.
  std::string_view data;
};

class SseParser {
 public:
  explicit SseParser(size_t event_bytes_max) : event_bytes_max_(event_bytes_max) {}

  /// Gives the next bytes, which must live until Next returned false. Call only then again.
  void Feed(std::string_view piece) {
    piece_ = piece;
    at_ = 0;
    next_lf_ = next_cr_ = 0;
    is_lf_known_ = is_cr_known_ = false;
  }
  /// Says that no more bytes will come: Next then gives the event that has no blank line.
  void End() { is_ended_ = true; }

  /// Takes the next event; false when more bytes are needed.
  bool Next(SseEvent& event);

  /// Events larger than the limit, which were skipped.
  uint64_t skipped_count() const { return skipped_count_; }

 private:
  bool NextLine(std::string_view& line, bool& is_carried);
  size_t FindLineEnd();
  void TakeField(std::string_view line, bool is_carried);
  void TakeData(std::string_view value, bool is_carried);
  bool Dispatch(SseEvent& event);
  void KeepViews();
  void ResetEvent();
  bool Fits(size_t more) {
    if (more <= event_bytes_max_) return true;
    is_too_large_ = true;
    return false;
  }

  size_t event_bytes_max_;
  std::string_view piece_;
  size_t at_ = 0;
  // Where the next LF and CR stand, so that a stream of one kind is not searched for the other
  // again and again.
  size_t next_lf_ = 0, next_cr_ = 0;
  bool is_lf_known_ = false, is_cr_known_ = false;

  std::string line_;  ///< The part of a line that earlier pieces held.
  bool has_line_ = false;
  std::string_view name_, data_;  ///< Into the piece, or into the buffers below.
  std::string name_buffer_, data_buffer_;
  bool is_name_buffered_ = false, is_data_buffered_ = false;
  bool has_data_ = false;
  bool is_too_large_ = false;
  bool is_delivered_ = false;  ///< The event was handed out; it goes with the next call.
  bool skip_lf_ = false;       ///< The line ended with CR; an LF behind it belongs to it.
  bool is_first_line_ = true;
  bool is_ended_ = false;
  uint64_t skipped_count_ = 0;
};

}  // namespace vitrine::syntax
