// ByteQueue: bytes that wait, in order, in one piece of memory. What was removed makes room for
// what comes, so that one that never runs empty stays as small as what waited in it at once. Owner:
// holds the bytes. Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "net/limits.h"

namespace vitrine::net::internal {

class ByteQueue {
 public:
  void Add(std::string_view bytes) {
    // A move pays for itself: at least as many bytes went before.
    if (removed_ > 0 && removed_ >= size()) bytes_.erase(0, std::exchange(removed_, 0));
    bytes_.append(bytes);
  }
  /// What waits; until the next call.
  std::string_view bytes() const { return std::string_view(bytes_).substr(removed_); }
  /// Takes `size` bytes off the front.
  void Remove(size_t size) {
    removed_ += size;
    if (!empty()) return;
    bytes_.clear();
    removed_ = 0;
    if (bytes_.capacity() > kReadBytes) std::string().swap(bytes_);
  }
  /// Forgets all, and gives its memory back.
  void Clear() {
    std::string().swap(bytes_);
    removed_ = 0;
  }

  size_t size() const { return bytes_.size() - removed_; }
  bool empty() const { return removed_ == bytes_.size(); }
  size_t capacity() const { return bytes_.capacity(); }

 private:
  std::string bytes_;
  size_t removed_ = 0;
};

}  // namespace vitrine::net::internal
