// Arena: a bump allocator for the text and small arrays of one batch.
// Owner: the batch. Everything it returned dies with it. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace vitrine {

class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Returns `size` uninitialised bytes aligned to `alignment` (a power of two, at most 16).
  void* Allocate(size_t size, size_t alignment = 8) {
    size_t start = (used_ + alignment - 1) & ~(alignment - 1);
    if (start + size > capacity_) [[unlikely]] {
      Grow(size + alignment);
      start = 0;
    }
    used_ = start + size;
    return current_ + start;
  }

  /// Copies `text` into the arena.
  std::string_view Copy(std::string_view text) {
    if (text.empty()) return {};
    char* to = static_cast<char*>(Allocate(text.size(), 1));
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  /// Copies an array of trivially copyable values into the arena.
  template <typename T>
  std::span<const T> CopyArray(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    if (values.empty()) return {};
    T* to = static_cast<T*>(Allocate(values.size_bytes(), alignof(T)));
    std::memcpy(static_cast<void*>(to), values.data(), values.size_bytes());
    return {to, values.size()};
  }
  template <typename T>
  std::span<const T> CopyArray(const std::vector<T>& values) {
    return CopyArray(std::span<const T>(values));
  }

  /// Forgets everything it returned and keeps one block, so that steady use takes no new memory.
  void Clear();

  /// Bytes held from the system.
  size_t reserved_bytes() const { return reserved_; }

 private:
  void Grow(size_t at_least);

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* current_ = nullptr;
  size_t used_ = 0;
  size_t capacity_ = 0;
  size_t reserved_ = 0;
};

}  // namespace vitrine
