#include "settle/ask_number.h"

#include <charconv>

namespace vitrine::settle {

Result<uint64_t> AskNumber(clickhouse::Client& client, const std::string& sql) {
  TRY_ASSIGN(const std::string text, client.Query(sql + " FORMAT TSV"));
  uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc())
    return Fail(ErrorCode::kCorrupt, "the engine answered '" + text + "' to " + sql);
  return number;
}

}  // namespace vitrine::settle
