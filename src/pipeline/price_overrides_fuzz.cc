// Any bytes as price overrides, in both languages: no crash, and what is read is written and read
// again the same.
#include "base/check.h"
#include "pipeline/price_overrides.h"
#include "pipeline/price_table.h"

namespace {

using vitrine::pipeline::PriceOverrides;

void Check(const vitrine::Result<PriceOverrides>& parsed) {
  if (!parsed) {
    VITRINE_CHECK(!parsed.error().message.empty());
    return;
  }
  auto again = vitrine::pipeline::ParsePriceOverridesJson(PriceOverridesText(*parsed));
  VITRINE_CHECK(again && again->rows.size() == parsed->rows.size());
  for (size_t i = 0; i < again->rows.size(); ++i) {
    VITRINE_CHECK(again->rows[i].price_id == parsed->rows[i].price_id);
  }
  auto table = vitrine::pipeline::PriceTable::Load("", "", *parsed);
  VITRINE_CHECK(table.has_value());
  for (const auto& row : (*table)->rows()) {
    vitrine::model::PriceQuery query;
    query.provider = row.provider;
    query.response_model = row.model;
    query.region = row.region;
    query.tokens.input = row.above_input_tokens;
    query.tokens.cache_write_1h = 3;
    static_cast<void>((*table)->Answer(query));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Check(vitrine::pipeline::ParsePriceOverridesJson(text));
  Check(vitrine::pipeline::ParsePriceOverridesToml(text));
  return 0;
}
