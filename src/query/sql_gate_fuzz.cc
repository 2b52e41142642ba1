// The SQL gate on any text: it ends, and what it lets through keeps its promises.
#include <cstdlib>

#include "query/internal/sql_tokens.h"
#include "query/sql_gate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrine::query;
  static const std::vector<std::string> views = {"spans", "calls", "traces"};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto gated = GateSql(text, views);
  if (!gated) return 0;
  // What went through once goes through again, unchanged.
  const auto again = GateSql(*gated, views);
  if (!again || *again != *gated) abort();
  const auto tokens = CutSql(*gated);
  if (!tokens) abort();
  for (size_t i = 0; i + 1 < tokens->size(); ++i) {
    const SqlToken& token = (*tokens)[i];
    const bool member = i > 0 && (*tokens)[i - 1].IsSymbol('.');
    if (token.IsSymbol(';')) abort();
    if (!member && token.is_name() && token.name == "system" && (*tokens)[i + 1].IsSymbol('.'))
      abort();
    if (token.is_name() && token.name == "file" && (*tokens)[i + 1].IsSymbol('(')) abort();
  }
  return 0;
}
