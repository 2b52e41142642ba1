#include "query/metrics/number.h"

#include <iterator>
#include <string>

#include "storage/schema/length_sql.h"

namespace vitrine::query {
namespace {

constexpr std::string_view kTotalTokens =
    "if(isNull(input_tokens) AND isNull(output_tokens), NULL, "
    "ifNull(input_tokens, 0) + ifNull(output_tokens, 0))";

constexpr NumberField kNumbers[] = {
    {"duration", ValueUnit::kNs, storage::kLengthSql, storage::kLengthSql, "sum(duration_ns)",
     "arraySum(mapValues(sumMap(duration_histogram)))", "duration_histogram"},
    {"ttft", ValueUnit::kNs, "ttft_ns", "ttft_ns", "sum(ttft_ns)",
     "arraySum(mapValues(sumMap(ttft_histogram)))", "ttft_histogram"},
    {"tpot", ValueUnit::kNs, "tpot_ns", "", "sum(tpot_ns)",
     "arraySum(mapValues(sumMap(tpot_histogram)))", "tpot_histogram"},
    {"input_tokens", ValueUnit::kTokens, "input_tokens", "input_tokens", "sum(input_tokens)",
     "sum(input_calls)", ""},
    {"output_tokens", ValueUnit::kTokens, "output_tokens", "output_tokens", "sum(output_tokens)",
     "sum(output_calls)", ""},
    {"cached_input_tokens", ValueUnit::kTokens, "cached_input_tokens", "cached_input_tokens",
     "sum(cached_input_tokens)", "sum(cached_input_calls)", ""},
    {"cache_write_tokens", ValueUnit::kTokens, "cache_write_tokens", "", "sum(cache_write_tokens)",
     "sum(cache_write_calls)", ""},
    {"reasoning_tokens", ValueUnit::kTokens, "reasoning_tokens", "", "sum(reasoning_tokens)",
     "sum(reasoning_calls)", ""},
    {"total_tokens", ValueUnit::kTokens, kTotalTokens, kTotalTokens,
     "sum(input_tokens) + sum(output_tokens)", "sum(token_spans)", ""},
    {"cost_usd", ValueUnit::kUsd, "cost_usd", "cost_usd", "sum(cost_nano_usd)", "sum(priced_calls)",
     ""},
    {"saved_cost_usd", ValueUnit::kUsd, "saved_cost_usd", "", "sum(saved_nano_usd)",
     "sum(saved_calls)", ""},
    {"output_tokens_per_second", ValueUnit::kPerSecond, "output_tokens_per_second", "", "", "", ""},
    {"stall_count", ValueUnit::kCount, "toUInt32OrNull(rare['stall_count'])", "", "", "", ""},
    {"longest_stall", ValueUnit::kNs, "toInt64OrNull(rare['longest_stall_ns'])", "", "", "", ""},
    {"queue_time", ValueUnit::kNs, "toInt64OrNull(rare['queue_ns'])", "", "", "", ""},
    {"retrieval_count", ValueUnit::kCount, "retrieval_count", "", "", "", ""},
    {"retrieval_avg_score", ValueUnit::kScore, "retrieval_avg_score", "", "", "", ""},
    {"span_count", ValueUnit::kCount, "", "span_count", "", "", ""},
    {"call_count", ValueUnit::kCount, "", "call_count", "", "", ""},
};

std::string JoinNames() {
  std::string names;
  for (const NumberField& number : kNumbers)
    names.append(names.empty() ? "" : ", ").append(number.name);
  return names + ", score.NAME";
}

}  // namespace

std::string_view Name(MetricsUnit unit) {
  constexpr std::string_view names[] = {"calls", "spans", "traces"};
  return names[static_cast<int>(unit)];
}

std::string_view Name(ValueUnit unit) {
  constexpr std::string_view names[] = {"count", "ns",         "usd",   "tokens",
                                        "ratio", "per_second", "score", "bytes"};
  return names[static_cast<int>(unit)];
}

const NumberField* FindNumber(std::string_view name) {
  for (const NumberField& number : kNumbers)
    if (number.name == name) return &number;
  return nullptr;
}

std::string_view NumberNames() {
  static const std::string names = JoinNames();
  return names;
}

}  // namespace vitrine::query
