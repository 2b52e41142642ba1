#include "codecs/dialects/internal/rule_index.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "codecs/dialects/internal/rules.h"

namespace vitrine::codecs::dialects {

namespace {

uint64_t Load8(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, 8);
  return word;
}

/// Attribute keys differ at their ends or in the middle, rarely at the start: three words are
/// enough to tell those of the tables apart, and cheaper than all bytes.
uint64_t HashKey(std::string_view key) {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15u;  // The golden ratio, as in Fibonacci hashing.
  uint64_t hash = key.size() * kOdd;
  if (key.size() >= 8) {
    hash ^= Load8(key.data() + key.size() - 8);
    hash *= kOdd;
    hash ^= Load8(key.data() + (key.size() - 8) / 2);
    hash *= kOdd;
    hash ^= Load8(key.data());
  } else {
    uint64_t word = 0;
    std::memcpy(&word, key.data(), key.size());
    hash ^= word;
  }
  hash *= kOdd;
  return hash ^ (hash >> 32);
}

bool IsPrefixRule(const Rule& rule) { return rule.key.back() == '*'; }
std::string_view PrefixOf(const Rule& rule) { return rule.key.substr(0, rule.key.size() - 1); }

}  // namespace

std::string_view SuffixOf(const Rule& rule, std::string_view key) {
  return IsPrefixRule(rule) ? key.substr(rule.key.size() - 1) : std::string_view();
}

RuleIndex::RuleIndex() : slots_(4096) {
  for (std::span<const Rule> table : AllRuleTables()) {
    for (const Rule& rule : table) {
      if (IsPrefixRule(rule)) {
        prefixes_[static_cast<uint8_t>(rule.key.front())].push_back(&rule);
        continue;
      }
      size_t at = HashKey(rule.key) & (slots_.size() - 1);
      while (slots_[at] != nullptr) {
        VITRINE_CHECK(slots_[at]->key != rule.key);  // A key stands in one table, once.
        at = (at + 1) & (slots_.size() - 1);
      }
      slots_[at] = &rule;
    }
  }
  for (auto& bucket : prefixes_) {
    std::ranges::sort(bucket, [](const Rule* left, const Rule* right) {
      return left->key.size() > right->key.size();
    });
  }
}

const RuleIndex& RuleIndex::Instance() {
  static const RuleIndex index;
  return index;
}

const Rule* RuleIndex::Find(std::string_view key) const {
  if (key.empty()) return nullptr;
  size_t at = HashKey(key) & (slots_.size() - 1);
  while (slots_[at] != nullptr) {
    if (slots_[at]->key == key) return slots_[at];
    at = (at + 1) & (slots_.size() - 1);
  }
  return FindPrefix(key);
}

const Rule* RuleIndex::FindPrefix(std::string_view key) const {
  for (const Rule* rule : prefixes_[static_cast<uint8_t>(key.front())]) {
    if (key.starts_with(PrefixOf(*rule))) return rule;
  }
  return nullptr;
}

}  // namespace vitrine::codecs::dialects
