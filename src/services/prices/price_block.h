// PriceBlock: rows of the price table as rows of vitrine.price_table_rows, in Native format.
// Rates become dollars: per million tokens, or a piece. Threads: free function.
#pragma once

#include <span>

#include "model/price.h"
#include "storage/clickhouse/native_writer.h"

namespace vitrine::prices {

clickhouse::NativeBlock PriceBlock(std::span<const model::PriceRow* const> rows);

}  // namespace vitrine::prices
