// SpanWork: the attributes of one span, sorted by what the rules say they carry.
// Owner: points into the decoded request; one object is used again for span after span.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "codecs/dialects/internal/fields.h"
#include "codecs/dialects/internal/readers.h"
#include "model/span.h"
#include "model/value.h"

namespace vitrine::codecs::dialects {

/// An attribute that a rule took.
struct Taken {
  const Rule* rule = nullptr;
  const model::Attribute* attribute = nullptr;

  explicit operator bool() const { return rule != nullptr; }
  const model::Value& value() const { return attribute->value; }
  std::string_view suffix() const;
};

/// What the resource says about each of its spans.
struct ResourceFacts {
  std::span<const model::Attribute> attributes;
  std::string_view service, service_version, environment, release, region, session_id, user_id,
      feature;
  std::string_view sdk_language;
};

/// What the instrumentation scope says about each of its spans.
struct ScopeFacts {
  std::string_view name, version;
  uint32_t dialects = 0;  ///< Bits by Dialect.
  bool exclusive_input = false;
};

/// A provider's name as sent and what it means; a batch names few.
struct ProviderMemo {
  std::string_view named, canonical;
  bool is_framework = false;
};

constexpr uint32_t DialectBit(Dialect dialect) { return 1u << static_cast<uint32_t>(dialect); }

class SpanWork {
 public:
  explicit SpanWork(Arena& arena) : arena_(arena) {}

  /// Sorts the attributes of one span; what was there before is gone.
  void Sort(std::span<const model::Attribute> attributes);
  /// Sorts one more attribute in, of an event that speaks for the span.
  void Add(const model::Attribute& attribute);

  const Taken& At(Field field) const { return slots_[static_cast<size_t>(field)]; }
  bool Has(Field field) const { return static_cast<bool>(At(field)); }
  std::vector<Taken>& Collected(Field field) {
    return collected_[static_cast<size_t>(field) - kSlotCount];
  }
  bool HasCollected(Field field) const {
    return !collected_[static_cast<size_t>(field) - kSlotCount].empty();
  }

  /// Text, number or flag of a field; empty or nothing where it was not sent. A value that cannot
  /// be read is named in `malformed` and goes back to the attributes.
  std::string_view Text(Field field);
  /// As Text, without the quotes of a JSON string.
  std::string_view UnquotedText(Field field);
  std::optional<uint64_t> Count(Field field);
  std::optional<double> Number(Field field);
  std::optional<bool> Flag(Field field);
  std::optional<int64_t> Duration(Field field);

  /// Leaves the attribute of a field, or of everything collected for it, as sent.
  void GiveBack(const Taken& taken);
  void Malformed(std::string_view key, std::string_view reason);

  /// What no rule took until now.
  std::span<const model::Attribute> RestSoFar() const { return rest_; }
  /// What no rule took, losers that differ from their winner included. Call once, at the end.
  std::span<const model::Attribute> Rest();
  std::span<const std::string_view> malformed();

  uint32_t dialects() const { return dialects_; }
  bool Speaks(Dialect dialect) const { return (dialects_ & DialectBit(dialect)) != 0; }
  const ProviderMemo& Provider(std::string_view named);
  void AddDialects(uint32_t bits) { dialects_ |= bits; }
  Arena& arena() { return arena_; }

 private:
  Arena& arena_;
  std::array<Taken, kSlotCount> slots_;
  std::array<std::vector<Taken>, kFieldCount - kSlotCount> collected_;
  std::vector<Taken> losers_;
  std::vector<model::Attribute> rest_;
  std::vector<const model::Attribute*> given_back_;
  std::vector<std::string_view> malformed_;
  ProviderMemo provider_;
  uint32_t dialects_ = 0;
};

}  // namespace vitrine::codecs::dialects
