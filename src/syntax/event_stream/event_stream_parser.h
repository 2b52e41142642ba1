// EventStreamParser: the frames of AWS's binary event stream out of bytes in any pieces.
// Owner: a frame borrows from the piece given last, or from the parser where it did not lie whole
// in one piece; it dies with the next call. Not thread-safe. Memory: at most `frame_bytes_max`.
// Format: application/vnd.amazon.eventstream, big-endian: total size u32, size of the headers u32,
// CRC-32 of those 8 bytes, headers, payload, CRC-32 of all before. Source: WIRE-FORMATS 7.6.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vitrine::syntax {

struct EventStreamFrame {
  std::string_view message_type;    ///< `:message-type`: event, exception, error.
  std::string_view event_type;      ///< `:event-type`.
  std::string_view exception_type;  ///< `:exception-type`, or `:error-code` of errors.
  std::string_view error_message;   ///< `:error-message`.
  std::string_view payload;
};

class EventStreamParser {
 public:
  explicit EventStreamParser(size_t frame_bytes_max) : frame_bytes_max_(frame_bytes_max) {}

  /// Gives the next bytes, which must live until Next returned false. Call only then again.
  void Feed(std::string_view piece) { piece_ = piece; }

  /// Takes the next frame; false when more bytes are needed, or for good after a fault.
  bool Next(EventStreamFrame& frame);

  /// What ended the stream early, with its offset: kCorrupt (a wrong sum, sizes that cannot be),
  /// kLimitExceeded. Sizes cannot be trusted after it, so there is no going on.
  const std::optional<Error>& fault() const { return fault_; }
  /// No frame is half there.
  bool at_boundary() const { return held_ == 0 && piece_.empty() && !fault_; }

 private:
  bool TakeFrame(std::string_view bytes, EventStreamFrame& frame);
  bool CheckPrelude(std::string_view bytes);
  bool Stop(ErrorCode code, const char* message);

  size_t frame_bytes_max_;
  std::string_view piece_;
  std::string buffer_;      ///< A frame that did not lie whole in one piece.
  size_t held_ = 0;         ///< Bytes of it that are there.
  size_t frame_bytes_ = 0;  ///< Its size, once the prelude is there.
  uint64_t offset_ = 0;     ///< Of the frame in the stream.
  std::optional<Error> fault_;
};

}  // namespace vitrine::syntax
