#include "net/internal/message_framer.h"

#include <algorithm>
#include <limits>

#include "net/internal/head_gate.h"
#include "net/limits.h"

namespace vitrine::net::internal {
namespace {

/// Sixteen digits fit a uint64_t exactly; a parser with 32 bits is not one to relay to.
constexpr int kSizeDigitsMax = 16;

std::string_view TakeFront(std::string_view& input, size_t size) {
  const std::string_view front = input.substr(0, size);
  input.remove_prefix(size);
  return front;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void MessageFramer::Begin(Style style, uint64_t length, Padding padding) {
  style_ = style;
  padding_ = padding;
  left_ = 0;
  size_digits_ = 0;
  trailer_block_.clear();
  trailers_ = HttpHeaders();
  switch (style) {
    case Style::kNone: state_ = State::kDone; return;
    case Style::kLength:
      state_ = length == 0 ? State::kDone : State::kData;
      left_ = length;
      return;
    case Style::kChunked: state_ = State::kSize; return;
    case Style::kUntilClose:
      state_ = State::kData;
      left_ = std::numeric_limits<uint64_t>::max();
      return;
  }
}

MessageFramer::Piece MessageFramer::Next(std::string_view& input) {
  if (state_ == State::kDone) return {Kind::kDone, {}};
  if (state_ == State::kMalformed) return {Kind::kMalformed, {}};
  if (input.empty()) return {Kind::kNeedMore, {}};
  if (state_ == State::kData) return TakeData(input);
  if (state_ == State::kTrailers) return TakeTrailers(input);
  return TakeFraming(input);
}

MessageFramer::Piece MessageFramer::TakeData(std::string_view& input) {
  const std::string_view bytes = TakeFront(input, std::min<uint64_t>(left_, input.size()));
  if (style_ == Style::kUntilClose) return {Kind::kBody, bytes};
  left_ -= bytes.size();
  if (left_ == 0) state_ = style_ == Style::kChunked ? State::kDataCr : State::kDone;
  return {Kind::kBody, bytes};
}

MessageFramer::Piece MessageFramer::TakeFraming(std::string_view& input) {
  size_t used = 0;
  while (used < input.size() && state_ != State::kData && state_ != State::kTrailers) {
    const char c = input[used];
    if ((state_ == State::kExtension && !(c == '\r' && extension_ends())) ||
        (state_ == State::kPadding && c != '\r')) {
      // What came before is a piece of its own; what is left out is none.
      if (used > 0) break;
      if (!LeaveOut(c)) return Malformed();
      input.remove_prefix(1);
      continue;
    }
    if (state_ == State::kSize && size_digits_ > 0 && (c == ';' || IsPadding(c))) {
      // The byte itself is taken next; a semicolon as one that follows a complete extension.
      state_ = c == ';' ? State::kExtension : State::kPadding;
      extension_ = Extension::kQuotedEnd;
      left_out_bytes_ = 0;
      continue;
    }
    bool right = true;
    switch (state_) {
      case State::kSize: right = TakeSizeByte(c); break;
      case State::kPadding:
      case State::kExtension: state_ = State::kSizeLf; break;
      case State::kSizeLf:
        right = c == '\n';
        state_ = left_ == 0 ? State::kTrailers : State::kData;
        break;
      case State::kDataCr:
        right = c == '\r';
        state_ = State::kDataLf;
        break;
      default:  // kDataLf
        right = c == '\n';
        state_ = State::kSize;
        size_digits_ = 0;
        break;
    }
    if (!right) return Malformed();
    ++used;
  }
  if (used == 0) return Next(input);
  return {Kind::kFraming, TakeFront(input, used)};
}

bool MessageFramer::TakeSizeByte(char c) {
  if (c == '\r' && size_digits_ > 0) {
    state_ = State::kSizeLf;
    return true;
  }
  const int digit = HexValue(c);
  if (digit < 0 || ++size_digits_ > kSizeDigitsMax) return false;
  left_ = left_ * 16 + static_cast<uint64_t>(digit);
  return true;
}

bool MessageFramer::IsPadding(char c) const {
  return padding_ == Padding::kLeftOut && (c == ' ' || c == '\t');
}

bool MessageFramer::LeaveOut(char c) {
  if (++left_out_bytes_ > kChunkHeadBytesMax) return false;
  return state_ == State::kPadding ? IsPadding(c) : TakeExtensionByte(c);
}

bool MessageFramer::extension_ends() const {
  return extension_ == Extension::kName || extension_ == Extension::kValue ||
         extension_ == Extension::kQuotedEnd;
}

bool MessageFramer::TakeExtensionByte(char c) {
  if (extension_ == Extension::kQuoted) {
    if (c == '"') extension_ = Extension::kQuotedEnd;
    // A backslash is read by some as the escape it is, and by others as a backslash.
    return c != '\\' && c >= ' ' && c <= '~';
  }
  if (c == ';' && extension_ends()) {
    extension_ = Extension::kNameBegin;
    return true;
  }
  if (c == '=' && extension_ == Extension::kName) {
    extension_ = Extension::kValueBegin;
    return true;
  }
  if (c == '"' && extension_ == Extension::kValueBegin) {
    extension_ = Extension::kQuoted;
    return true;
  }
  if (extension_ == Extension::kNameBegin) extension_ = Extension::kName;
  if (extension_ == Extension::kValueBegin) extension_ = Extension::kValue;
  return extension_ != Extension::kQuotedEnd && IsToken({&c, 1});
}

MessageFramer::Piece MessageFramer::TakeTrailers(std::string_view& input) {
  for (size_t used = 0; used < input.size();) {
    const char c = input[used++];
    const bool after_cr = trailer_block_.ends_with('\r');
    if (after_cr != (c == '\n') || trailer_block_.size() == kChunkHeadBytesMax) return Malformed();
    trailer_block_.push_back(c);
    if (trailer_block_ != "\r\n" && !trailer_block_.ends_with("\r\n\r\n")) continue;
    auto fields = ParseTrailers(trailer_block_);
    if (!fields) return Malformed();
    trailers_ = std::move(*fields);
    state_ = State::kDone;
    input.remove_prefix(used);
    return {Kind::kTrailers, trailer_block_};
  }
  input = {};
  return {Kind::kNeedMore, {}};
}

MessageFramer::Piece MessageFramer::Malformed() {
  state_ = State::kMalformed;
  return {Kind::kMalformed, {}};
}

}  // namespace vitrine::net::internal
