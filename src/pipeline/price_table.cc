#include "pipeline/price_table.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "pipeline/prices/price_blob.h"
#include "pipeline/prices/price_index.h"
#include "pipeline/prices/price_math.h"
#include "pipeline/prices/price_memo.h"
#include "pipeline/prices/price_rows.h"

namespace vitrine::pipeline {

using model::PriceMode;
using model::PriceQuery;
using model::PriceRow;
using model::UnpricedReason;

struct PriceTable::Parts {
  std::vector<PriceRow> rows;
  std::unordered_map<std::string_view, const PriceRow*> by_id;
  PriceIndex index;
  PriceMemo memo;
  std::string version;
};

namespace {

/// Mixes text into a hash, eight bytes at a time; stable across programs of this byte order.
uint64_t Mix(uint64_t hash, std::string_view text) {
  hash ^= text.size();
  while (!text.empty()) {
    uint64_t word = 0;
    size_t size = std::min(text.size(), sizeof(word));
    std::memcpy(&word, text.data(), size);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
    text.remove_prefix(size);
  }
  return hash;
}

std::string VersionOf(std::string_view rows, std::string_view names,
                      const PriceOverrides& overrides) {
  uint64_t hash = Mix(Mix(0xcbf29ce484222325, rows), names);
  if (!overrides.empty()) hash = Mix(hash, PriceOverridesText(overrides));
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4)
    text.push_back("0123456789abcdef"[(hash >> shift) & 15]);
  return text;
}

PriceAnswer Unpriced(UnpricedReason reason) { return {std::nullopt, reason}; }

}  // namespace

PriceTable::PriceTable(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PriceTable::~PriceTable() = default;

Result<std::shared_ptr<const PriceTable>> PriceTable::Load(std::string_view rows_jsonl,
                                                           std::string_view names_jsonl,
                                                           const PriceOverrides& overrides) {
  auto parts = std::make_unique<Parts>();
  TRY_ASSIGN(parts->rows, ParsePriceRows(rows_jsonl));
  TRY_ASSIGN(std::vector<NameRule> rules, ParseNameRules(names_jsonl));
  parts->rows.reserve(parts->rows.size() + overrides.rows.size());
  parts->rows.insert(parts->rows.end(), overrides.rows.begin(), overrides.rows.end());
  parts->by_id.reserve(parts->rows.size());
  for (const PriceRow& row : parts->rows) {
    if (!parts->by_id.emplace(row.price_id, &row).second) {
      return Fail(ErrorCode::kInvalidInput, "two rows have the price_id " + row.price_id);
    }
  }
  TRY(parts->index.Build(parts->rows, std::move(rules), overrides.deployments));
  parts->version = VersionOf(rows_jsonl, names_jsonl, overrides);
  return std::shared_ptr<const PriceTable>(new PriceTable(std::move(parts)));
}

Result<std::shared_ptr<const PriceTable>> PriceTable::BuiltIn(const PriceOverrides& overrides) {
  return Load(BuiltInPriceRows(), BuiltInModelNames(), overrides);
}

PriceAnswer PriceTable::Answer(const PriceQuery& query) const {
  Resolution resolution = parts_->memo.Resolve(query, parts_->index);
  if (resolution.prices == nullptr) return Unpriced(resolution.reason);
  std::optional<PriceMode> mode = PriceModeOf(query);
  const PriceVersion& version = resolution.prices->At(query.start.since_epoch);
  if (version.is_free || (!mode && resolution.is_reseller)) mode = PriceMode::kStandard;
  if (!mode) return Unpriced(UnpricedReason::kUnknownTier);
  const int64_t time = query.start.since_epoch;
  // Passes do not share a prompt: together they may exceed what none of them does.
  const bool has_passes = query.largest_pass > 0;
  const uint64_t prompt = has_passes ? query.largest_pass : PromptTokens(query.tokens);
  const PriceRow* row = RowFor(version, *mode, prompt, time);
  if (row == nullptr) return Unpriced(UnpricedReason::kNoRateForTier);
  // What each pass used of two rows is not known.
  if (has_passes && RowFor(version, *mode, query.smallest_pass, time) != row)
    return Unpriced(UnpricedReason::kNoRateForUsage);
  MathResult result = CostUnder(*row, query);
  if (result.reason != UnpricedReason::kNone) return Unpriced(result.reason);
  result.call.match = resolution.match;
  return {result.call, UnpricedReason::kNone};
}

std::optional<model::PricedCall> PriceTable::PriceCall(const PriceQuery& query) const {
  return Answer(query).call;
}

const PriceRow* PriceTable::FindById(std::string_view price_id) const {
  auto found = parts_->by_id.find(price_id);
  return found == parts_->by_id.end() ? nullptr : found->second;
}

std::span<const PriceRow> PriceTable::rows() const { return parts_->rows; }
std::string_view PriceTable::version() const { return parts_->version; }

}  // namespace vitrine::pipeline
