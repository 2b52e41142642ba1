// Any text: read, printed and read again it means the same; what is refused is refused within it.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "query/filter/filter.h"

using vitrine::query::FilterUnit;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const FilterUnit unit : {FilterUnit::kTraces, FilterUnit::kCalls, FilterUnit::kSpans}) {
    const auto filter = vitrine::query::ReadFilter(text, unit);
    if (!filter) {
      const auto& problem = filter.error();
      VITRINE_CHECK(problem.from <= problem.to && problem.to <= text.size());
      VITRINE_CHECK(!problem.message.empty());
      continue;
    }
    const std::string canonical = vitrine::query::FilterText(*filter);
    // Quotes may make it longer than a filter may be.
    const auto again = vitrine::query::ReadFilter(canonical, unit);
    if (!again && canonical.size() > text.size()) continue;
    VITRINE_CHECK(again && *again == *filter);
    VITRINE_CHECK(vitrine::query::FilterText(*again) == canonical);
    for (const auto& chip : vitrine::query::FilterChips(text, *filter))
      VITRINE_CHECK(chip.from <= chip.to && chip.to <= text.size());
    vitrine::query::SqlText sql;
    vitrine::query::FilterScope scope;
    scope.project = "p";
    vitrine::query::AppendFilter(sql, *filter, scope);
  }
  return 0;
}
