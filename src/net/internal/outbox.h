// Outbox: bytes on their way to one socket. What the socket takes at once is never copied; what is
// left over when the turn ends is.
// Owner: borrows added bytes until Keep. Not thread-safe.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "net/internal/byte_queue.h"

namespace vitrine::net::internal {

class Outbox {
 public:
  /// More pieces in one turn than this are copied together: a write of many small ones costs more.
  static constexpr size_t kBorrowedMax = 7;
  static constexpr size_t kPiecesMax = kBorrowedMax + 1;

  /// Adds bytes, borrowed until Keep.
  void Add(std::string_view bytes);
  /// Copies what is still borrowed.
  void Keep();

  /// Fills `to` with what waits, in order; returns the part that was filled.
  std::span<iovec> Gather(std::array<iovec, kPiecesMax>& to) const;
  /// Takes `size` bytes off the front.
  void Written(size_t size);
  void Clear();

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  ByteQueue kept_;
  std::array<std::string_view, kBorrowedMax> borrowed_;
  size_t borrowed_count_ = 0;
  size_t size_ = 0;
};

}  // namespace vitrine::net::internal
