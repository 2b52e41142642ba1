// MessageFramer: finds where a relayed body ends, piece by piece, without copying it.
//
// It takes one reading of a chunked body only: sizes of at most 16 hexadecimal digits, CRLF and
// nothing else as line ends, no blanks around sizes. Chunk extensions mean nothing to anyone and
// are left out, as are the blanks with which some servers pad their sizes (Padding). Trailers must
// be fields that may be trailers.
//
// Owner: pieces borrow from the input, trailers from the framer. Not thread-safe.
// Source: RFC 9112 sections 6 and 7, RFC 9110 section 6.5.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_types.h"

namespace vitrine::net::internal {

class MessageFramer {
 public:
  enum class Style : uint8_t { kNone, kLength, kChunked, kUntilClose };

  enum class Kind : uint8_t {
    kBody,      ///< Body bytes.
    kFraming,   ///< Chunk framing, as it came; for a receiver that gets it chunk by chunk as well.
    kTrailers,  ///< The trailer section with its blank line; trailers() has its fields.
    kNeedMore,  ///< The input is used up and the message goes on.
    kDone,      ///< The message is complete; the rest of the input is not part of it.
    kMalformed,
  };
  struct Piece {
    Kind kind;
    std::string_view bytes;
  };

  /// Whether blanks may follow a chunk's size. Old servers write sizes of a fixed width, so answers
  /// may have them; a client that does wants to be read in two ways.
  enum class Padding : uint8_t { kRefused, kLeftOut };

  /// Begins a message. `length` counts for kLength alone, `padding` for kChunked.
  void Begin(Style style, uint64_t length = 0, Padding padding = Padding::kRefused);
  /// The next piece; takes it off the front of `input`.
  Piece Next(std::string_view& input);

  Style style() const { return style_; }
  /// True when the message is complete.
  bool done() const { return state_ == State::kDone; }
  /// True when the peer may close now: that ends the message, or it was complete.
  bool may_end() const { return done() || style_ == Style::kUntilClose; }
  const HttpHeaders& trailers() const { return trailers_; }

 private:
  enum class State : uint8_t {
    kData,
    kDataCr,
    kDataLf,
    kSize,
    kPadding,
    kExtension,
    kSizeLf,
    kTrailers,
    kDone,
    kMalformed
  };

  Piece TakeData(std::string_view& input);
  Piece TakeFraming(std::string_view& input);
  bool TakeSizeByte(char c);
  bool TakeExtensionByte(char c);
  bool LeaveOut(char c);
  bool IsPadding(char c) const;
  bool extension_ends() const;
  Piece TakeTrailers(std::string_view& input);
  Piece Malformed();

  Style style_ = Style::kNone;
  Padding padding_ = Padding::kRefused;
  State state_ = State::kDone;
  uint64_t left_ = 0;  ///< Of the body, or of the chunk.
  int size_digits_ = 0;
  enum class Extension : uint8_t { kNameBegin, kName, kValueBegin, kValue, kQuoted, kQuotedEnd };
  Extension extension_ = Extension::kNameBegin;
  size_t left_out_bytes_ = 0;  ///< Of one size line.
  std::string trailer_block_;
  HttpHeaders trailers_;
};

}  // namespace vitrine::net::internal
