// ChatText: prose for prompts and answers, new each time and cheap to make.
// Owner: the benchmark; one pool serves every sender. Threads: const after construction.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace vitrine::bench {

/// An order-2 word chain over the project's own texts, so that it
/// compresses like the prose it imitates (zstd -1 about 2.8x in 64 KiB blocks). A text is put
/// together from pieces of the pool; two texts are never the same.
class ChatText {
 public:
  /// Reads *.md, *.h and *.py below `source_directory`.
  ChatText(const std::string& source_directory, size_t pool_bytes, uint64_t seed);

  /// Appends about `size` bytes of printable ASCII without quotes and backslashes: fit for JSON as
  /// it is.
  void Append(std::string& out, size_t size, std::mt19937_64& random) const;

  /// For checks: how many times smaller zstd -1 makes blocks of 64 KiB of what Append makes.
  double CompressionRatio() const;

 private:
  std::string pool_;
};

}  // namespace vitrine::bench
