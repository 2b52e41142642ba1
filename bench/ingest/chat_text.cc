#include "chat_text.h"

#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unordered_map>
#include <vector>

namespace vitrine::bench {

namespace {

constexpr size_t kSourceBytesMax = 4 << 20;

bool IsText(const std::filesystem::path& path) {
  static constexpr std::string_view kKinds[] = {".md", ".py", ".h"};
  return std::ranges::find(kKinds, path.extension().string()) != std::end(kKinds);
}

std::vector<std::string> Words(const std::string& directory) {
  std::vector<std::string> words;
  std::vector<std::filesystem::path> files;
  size_t bytes = 0;
  for (const char* part : {"docs", "src", "ui/src", "tests", "../shared"}) {
    std::error_code error;
    std::filesystem::recursive_directory_iterator walk(directory + "/" + part, error);
    if (error) continue;
    for (const auto& entry : walk) {
      if (entry.is_regular_file() && IsText(entry.path())) files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  for (const auto& path : files) {
    if (bytes >= kSourceBytesMax) break;
    std::ifstream file(path);
    std::string word;
    while (file >> word) {
      bytes += word.size() + 1;
      std::erase_if(word, [](char c) { return c < 0x21 || c > 0x7E || c == '"' || c == '\\'; });
      if (!word.empty() && word.size() < 40) words.push_back(word);
    }
  }
  return words;
}

}  // namespace

ChatText::ChatText(const std::string& source_directory, size_t pool_bytes, uint64_t seed) {
  const std::vector<std::string> words = Words(source_directory);
  if (words.size() < 1000) {
    std::fprintf(stderr, "no texts below %s\n", source_directory.c_str());
    std::exit(2);
  }
  std::mt19937_64 random(seed);
  // Where each pair of words stands; the chain goes on from any of these places.
  std::unordered_map<uint64_t, std::vector<uint32_t>> places;
  std::unordered_map<std::string_view, uint32_t> numbers;
  std::vector<uint32_t> number_of(words.size());
  for (size_t i = 0; i < words.size(); ++i)
    number_of[i] =
        numbers.try_emplace(words[i], static_cast<uint32_t>(numbers.size())).first->second;
  const auto pair_at = [&](size_t i) {
    return static_cast<uint64_t>(number_of[i]) << 32 | number_of[i + 1];
  };
  for (size_t i = 0; i + 2 < words.size(); ++i)
    places[pair_at(i)].push_back(static_cast<uint32_t>(i));
  pool_.reserve(pool_bytes + 64);
  size_t at = random() % (words.size() - 2);
  while (pool_.size() < pool_bytes) {
    pool_.append(words[at]).push_back(' ');
    const auto& next = at + 2 < words.size() ? places[pair_at(at)] : places.begin()->second;
    at = next[random() % next.size()] + 1;
    if (random() % 512 == 0 || at + 2 >= words.size()) at = random() % (words.size() - 2);
  }
}

void ChatText::Append(std::string& out, size_t size, std::mt19937_64& random) const {
  const size_t end = out.size() + size;
  while (out.size() < end) {
    const uint64_t draw = random();
    const size_t length = std::min<size_t>(300 + (draw >> 48) % 600, end - out.size());
    const size_t from = (draw & 0xFFFF'FFFF'FFFF) % (pool_.size() - length);
    out.append(pool_, from, length);
  }
}

double ChatText::CompressionRatio() const {
  std::mt19937_64 random(7);
  std::string block, packed(ZSTD_compressBound(64 << 10), '\0');
  size_t in = 0, out = 0;
  for (int i = 0; i < 64; ++i) {
    block.clear();
    Append(block, 64 << 10, random);
    in += block.size();
    out += ZSTD_compress(packed.data(), packed.size(), block.data(), block.size(), 1);
  }
  return static_cast<double>(in) / static_cast<double>(out);
}

}  // namespace vitrine::bench
