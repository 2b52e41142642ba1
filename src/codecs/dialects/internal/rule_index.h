// RuleIndex: the rule of an attribute key. Built once from the tables, then read-only.
// Threads: safe. Cost: one hash of at most 24 bytes and one comparison for a key that stands in a
// table; a few short comparisons more for a key that only begins like one.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "codecs/dialects/internal/fields.h"

namespace vitrine::codecs::dialects {

class RuleIndex {
 public:
  /// The rule that takes `key`, or null. An exact rule goes before a prefix, a longer prefix before
  /// a shorter one.
  const Rule* Find(std::string_view key) const;

  static const RuleIndex& Instance();

 private:
  RuleIndex();
  const Rule* FindPrefix(std::string_view key) const;

  std::vector<const Rule*> slots_;  ///< Open addressing; size is a power of two.
  std::array<std::vector<const Rule*>, 256> prefixes_;  ///< By first byte, longest first.
};

/// The part of a prefix rule's key that its '*' stands for.
std::string_view SuffixOf(const Rule& rule, std::string_view key);

}  // namespace vitrine::codecs::dialects
