#include "codecs/dialects/internal/span_work.h"

#include <algorithm>

#include "codecs/dialects/internal/rule_index.h"
#include "model/provider_names.h"

namespace vitrine::codecs::dialects {

static_assert(kDialectCount <= 32, "dialects are bits of one word");

std::string_view Taken::suffix() const { return SuffixOf(*rule, attribute->key); }

void SpanWork::Sort(std::span<const model::Attribute> attributes) {
  slots_.fill({});
  for (auto& list : collected_) list.clear();
  losers_.clear();
  rest_.clear();
  malformed_.clear();
  given_back_.clear();
  dialects_ = 0;
  for (const model::Attribute& attribute : attributes) Add(attribute);
}

void SpanWork::Add(const model::Attribute& attribute) {
  static const RuleIndex& index = RuleIndex::Instance();
  const Rule* rule = index.Find(attribute.key);
  if (rule == nullptr) {
    rest_.push_back(attribute);
    return;
  }
  dialects_ |= DialectBit(rule->dialect);
  if (rule->keep || rule->field == Field::kSignal) rest_.push_back(attribute);
  if (rule->field <= Field::kDropped || IsNothing(attribute.value)) return;
  // A list of no reasons is no word against a reason.
  if (rule->field == Field::kFinishReasons && Trim(attribute.value.text) == "[]") return;
  if (rule->unit == Unit::kPlaceholder && IsPlaceholder(attribute.value.text)) return;
  Taken taken{rule, &attribute};
  if (rule->field >= Field::kFirstCollected) {
    Collected(rule->field).push_back(taken);
    return;
  }
  Taken& slot = slots_[static_cast<size_t>(rule->field)];
  if (!slot) {
    slot = taken;
  } else if (rule->rank < slot.rule->rank) {
    losers_.push_back(slot);
    slot = taken;
  } else {
    losers_.push_back(taken);
  }
}

std::string_view SpanWork::Text(Field field) {
  const Taken& taken = At(field);
  return taken ? ReadText(taken.value(), arena_) : std::string_view();
}

std::string_view SpanWork::UnquotedText(Field field) {
  std::string_view text = Trim(Text(field));
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

std::optional<uint64_t> SpanWork::Count(Field field) {
  const Taken& taken = At(field);
  if (!taken) return std::nullopt;
  auto count = ReadCount(taken.value());
  if (!count) {
    Malformed(taken.attribute->key, "not a count");
    GiveBack(taken);
  }
  return count;
}

std::optional<double> SpanWork::Number(Field field) {
  const Taken& taken = At(field);
  if (!taken) return std::nullopt;
  auto number = ReadDouble(taken.value());
  if (!number) {
    Malformed(taken.attribute->key, "not a number");
    GiveBack(taken);
  }
  return number;
}

std::optional<bool> SpanWork::Flag(Field field) {
  const Taken& taken = At(field);
  if (!taken) return std::nullopt;
  auto flag = ReadBool(taken.value());
  if (!flag) {
    Malformed(taken.attribute->key, "not a flag");
    GiveBack(taken);
  }
  return flag;
}

std::optional<int64_t> SpanWork::Duration(Field field) {
  const Taken& taken = At(field);
  if (!taken) return std::nullopt;
  auto duration = ReadDuration(taken.value(), taken.rule->unit);
  if (!duration) {
    Malformed(taken.attribute->key, "not a duration");
    GiveBack(taken);
  }
  return duration;
}

const ProviderMemo& SpanWork::Provider(std::string_view named) {
  if (provider_.named != named) {
    provider_ = {named, model::CanonicalProvider(named), model::IsFrameworkName(named)};
  }
  return provider_;
}

void SpanWork::GiveBack(const Taken& taken) {
  if (!taken || taken.rule->keep) return;
  given_back_.push_back(taken.attribute);
}

void SpanWork::Malformed(std::string_view key, std::string_view reason) {
  // The doctor needs examples, not a list as long as a hostile span.
  constexpr size_t kMalformedMax = 64;
  if (malformed_.size() >= kMalformedMax) {
    if (malformed_.size() == kMalformedMax) malformed_.push_back("*: and more");
    return;
  }
  size_t size = key.size() + 2 + reason.size();
  char* text = static_cast<char*>(arena_.Allocate(size, 1));
  char* at = std::ranges::copy(key, text).out;
  at = std::ranges::copy(std::string_view(": "), at).out;
  std::ranges::copy(reason, at);
  std::string_view entry(text, size);
  if (std::ranges::find(malformed_, entry) == malformed_.end()) malformed_.push_back(entry);
}

std::span<const model::Attribute> SpanWork::Rest() {
  for (const Taken& loser : losers_) {
    const Taken& winner = At(loser.rule->field);
    if (loser.rule->keep || loser.rule->unit == Unit::kSameIfLost ||
        SameValue(loser.value(), winner.value()))
      continue;
    given_back_.push_back(loser.attribute);
  }
  losers_.clear();
  // In wire order, each once, however often it was refused.
  std::ranges::sort(given_back_);
  given_back_.erase(std::unique(given_back_.begin(), given_back_.end()), given_back_.end());
  for (const model::Attribute* attribute : given_back_) rest_.push_back(*attribute);
  given_back_.clear();
  return arena_.CopyArray(rest_);
}

std::span<const std::string_view> SpanWork::malformed() { return arena_.CopyArray(malformed_); }

}  // namespace vitrine::codecs::dialects
