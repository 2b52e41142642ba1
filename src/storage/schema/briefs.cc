#include "storage/schema/briefs.h"

#include <span>

namespace vitrine::storage {
namespace {

/// How a value is written. Numbers and money do not depend on the engine's settings this way.
enum class Form {
  kText,
  kTextOrNull,  ///< Empty: null.
  kTexts,
  kNumber,
  kNumberOrNull,
  kPositiveOrNull,  ///< 0: null.
  kMoneyOrNull,     ///< A text of decimal digits.
  kBool,
  kBoolOrNull,
};

struct Value {
  const char* column;
  Form form;
};

constexpr Value kSpanValues[] = {
    {"name", Form::kText},
    {"kind", Form::kText},
    {"status", Form::kText},
    {"status_message", Form::kTextOrNull},
    {"error_type", Form::kTextOrNull},
    {"service", Form::kText},
    {"provider", Form::kTextOrNull},
    {"request_model", Form::kTextOrNull},
    {"response_model", Form::kTextOrNull},
    {"input_tokens", Form::kNumberOrNull},
    {"cached_input_tokens", Form::kNumberOrNull},
    {"cache_write_tokens", Form::kNumberOrNull},
    {"output_tokens", Form::kNumberOrNull},
    {"reasoning_tokens", Form::kNumberOrNull},
    {"cost_usd", Form::kMoneyOrNull},
    {"counted", Form::kBool},
    {"finish_reason", Form::kTextOrNull},
    {"ttft_ns", Form::kNumberOrNull},
    {"stream", Form::kBoolOrNull},
    {"tool_name", Form::kTextOrNull},
    {"agent_name", Form::kTextOrNull},
    {"guardrail_name", Form::kTextOrNull},
    {"guardrail_result", Form::kTextOrNull},
    {"retrieval_count", Form::kNumberOrNull},
    {"attempt", Form::kPositiveOrNull},
    {"served", Form::kBool},
    {"cache_status", Form::kTextOrNull},
    {"dialect", Form::kText},
    {"capture", Form::kText},
    {"dropped_attributes_count", Form::kNumber},
};

constexpr Value kTraceValues[] = {
    {"name", Form::kText},
    {"root_kind", Form::kText},
    {"has_root", Form::kBool},
    {"span_count", Form::kNumber},
    {"error_count", Form::kNumber},
    {"call_count", Form::kNumber},
    {"unpriced_count", Form::kNumber},
    {"status", Form::kText},
    {"service", Form::kText},
    {"services", Form::kTexts},
    {"models", Form::kTexts},
    {"user_id", Form::kTextOrNull},
    {"session_id", Form::kTextOrNull},
    {"environment", Form::kTextOrNull},
    {"release", Form::kTextOrNull},
    {"feature", Form::kTextOrNull},
    {"experiment", Form::kTextOrNull},
    {"tags", Form::kTexts},
    {"input_tokens", Form::kNumberOrNull},
    {"output_tokens", Form::kNumberOrNull},
    {"cached_input_tokens", Form::kNumberOrNull},
    {"cost_usd", Form::kMoneyOrNull},
    {"ttft_ns", Form::kNumberOrNull},
};

std::string Json(const Value& value) {
  const std::string x = value.column;
  switch (value.form) {
    case Form::kText:
    case Form::kTexts: return "toJSONString(" + x + ")";
    case Form::kTextOrNull: return "if(" + x + " = '', 'null', toJSONString(" + x + "))";
    case Form::kNumber: return "toString(" + x + ")";
    case Form::kNumberOrNull: return "ifNull(toString(" + x + "), 'null')";
    case Form::kPositiveOrNull: return "if(" + x + " = 0, 'null', toString(" + x + "))";
    case Form::kMoneyOrNull: return "ifNull(concat('\"', toString(" + x + "), '\"'), 'null')";
    case Form::kBool: return "if(" + x + " = 0, 'false', 'true')";
    case Form::kBoolOrNull:
      return "multiIf(isNull(" + x + "), 'null', " + x + " = 0, 'false', 'true')";
  }
  return {};
}

std::string Column(std::span<const Value> values, bool with_names) {
  std::string texts;
  for (const Value& value : values) {
    std::string before = texts.empty() ? "" : ",";
    if (with_names) before += "\"" + std::string(value.column) + "\":";
    if (!texts.empty()) texts += ", ";
    if (!before.empty()) texts += "'" + before + "', ";
    texts += Json(value);
  }
  return "brief String MATERIALIZED concat(" + texts + ") CODEC(ZSTD(1))";
}

}  // namespace

const std::vector<std::string>& SpanBriefNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Value& value : kSpanValues) list.emplace_back(value.column);
    return list;
  }();
  return names;
}

std::string SpanBriefColumn() { return Column(kSpanValues, false); }
std::string TraceBriefColumn() { return Column(kTraceValues, true); }

}  // namespace vitrine::storage
