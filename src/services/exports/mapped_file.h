// MappedFile: a file's bytes without a copy of them in memory: they are read as they are signed and
// sent. Owner: holds the mapping. Threads: const after Open.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace vitrine::exports {

class MappedFile {
 public:
  /// Errors: kIo.
  static Result<MappedFile> Open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();
  std::string_view bytes() const { return {static_cast<const char*>(bytes_), size_}; }

 private:
  MappedFile() = default;
  void* bytes_ = nullptr;
  size_t size_ = 0;
};

}  // namespace vitrine::exports
