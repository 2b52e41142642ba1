#include "services/prices/price_block.h"

#include "pipeline/prices/limits.h"

namespace vitrine::prices {

namespace {

using clickhouse::ArrayColumn;
using clickhouse::FixedColumn;
using clickhouse::LowCardinalityColumn;
using clickhouse::MapColumn;
using clickhouse::NullableColumn;
using clickhouse::StringColumn;
using model::PriceRow;

using Rows = std::span<const PriceRow* const>;

// Every rate has a place in a Decimal of 18 digits.
static_assert(pipeline::kRateMax < 1'000'000'000'000'000'000);

void AddTexts(clickhouse::NativeBlock& block, Rows rows) {
  auto& price_id = block.Add<StringColumn>("price_id", "String");
  auto& provider = block.Add<LowCardinalityColumn>("provider", "LowCardinality(String)");
  auto& model = block.Add<StringColumn>("model", "String");
  auto& region = block.Add<LowCardinalityColumn>("region", "LowCardinality(String)");
  auto& mode = block.Add<LowCardinalityColumn>("mode", "LowCardinality(String)");
  auto& sources = block.Add<ArrayColumn<StringColumn>>("sources", "Array(String)");
  for (const PriceRow* row : rows) {
    price_id.Append(row->price_id);
    provider.Append(row->provider);
    model.Append(row->model);
    region.Append(row->region);
    mode.Append(model::Name(row->mode));
    for (const std::string& source : row->sources) sources.inner().Append(source);
    sources.EndRow();
  }
}

/// Pico-USD are millionths of a dollar per million tokens, and a millionth of a millionth of a
/// dollar a piece: `type` has as many places, so that the number is the same.
void AddRates(clickhouse::NativeBlock& block, Rows rows, const char* name, const char* type,
              size_t begin, size_t end) {
  auto& rates = block.Add<MapColumn<LowCardinalityColumn, FixedColumn<int64_t>>>(name, type);
  for (const PriceRow* row : rows) {
    for (size_t i = begin; i < end; ++i) {
      const auto dim = static_cast<model::RateDim>(i);
      if (!row->rates.has(dim)) continue;
      rates.keys().Append(model::Name(dim));
      rates.values().Append(row->rates[dim]);
    }
    rates.EndRow();
  }
}

}  // namespace

clickhouse::NativeBlock PriceBlock(Rows rows) {
  clickhouse::NativeBlock block;
  AddTexts(block, rows);
  AddRates(block, rows, "rates", "Map(LowCardinality(String), Decimal(18, 6))", 0,
           model::kTokenDimCount);
  AddRates(block, rows, "unit_rates", "Map(LowCardinality(String), Decimal(18, 12))",
           model::kTokenDimCount, model::kRateDimCount);
  auto& from = block.Add<NullableColumn<FixedColumn<int64_t>>>("effective_from",
                                                               "Nullable(DateTime64(9, 'UTC'))");
  auto& above = block.Add<FixedColumn<uint64_t>>("above_input_tokens", "UInt64");
  auto& is_free = block.Add<FixedColumn<uint8_t>>("is_free", "UInt8");
  auto& is_override = block.Add<FixedColumn<uint8_t>>("is_override", "UInt8");
  for (const PriceRow* row : rows) {
    row->effective_from ? from.Append(row->effective_from->since_epoch) : from.AppendNull();
    above.Append(row->above_input_tokens);
    is_free.Append(row->is_free ? 1 : 0);
    is_override.Append(row->is_override ? 1 : 0);
  }
  return block;
}

}  // namespace vitrine::prices
