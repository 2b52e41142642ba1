// Fixed-width little-endian integers in byte buffers.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace vitrine::wal {

static_assert(std::endian::native == std::endian::little,
              "stored integers are copied as they are in memory");

template <typename T>
void Store(char* to, T value) {
  std::memcpy(to, &value, sizeof(value));
}

template <typename T>
T Load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

}  // namespace vitrine::wal
