#include "pipeline/prices/price_blob.h"

// Defined by the assembler source that embed.cmake writes.
extern "C" {
extern const char vitrine_price_rows_begin[];
extern const char vitrine_price_rows_end[];
extern const char vitrine_model_names_begin[];
extern const char vitrine_model_names_end[];
}

namespace vitrine::pipeline {

std::string_view BuiltInPriceRows() { return {vitrine_price_rows_begin, vitrine_price_rows_end}; }
std::string_view BuiltInModelNames() {
  return {vitrine_model_names_begin, vitrine_model_names_end};
}

}  // namespace vitrine::pipeline
