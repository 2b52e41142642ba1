#include "pipeline/prices/price_rows.h"

#include <algorithm>

#include "pipeline/prices/row_json.h"

namespace vitrine::pipeline {

namespace {

using simdjson::dom::element;
using simdjson::dom::object;

/// Calls `take` with each line as an object.
template <typename Take>
Result<void> ForEachLine(std::string_view jsonl, Take take) {
  simdjson::dom::parser parser;
  simdjson::padded_string padded(jsonl);  // So that no line has to be copied for its padding.
  size_t begin = 0;
  while (begin < jsonl.size()) {
    size_t end = std::min(jsonl.find('\n', begin), jsonl.size());
    object parsed;
    if (end == begin ||
        parser.parse(padded.data() + begin, end - begin, false).get(parsed) != simdjson::SUCCESS) {
      return Fail(ErrorCode::kInvalidInput, "a line is not a JSON object", begin);
    }
    if (Result<void> taken = take(parsed); !taken) {
      return Fail(taken.error().code, taken.error().message, begin);
    }
    begin = end + 1;
  }
  return {};
}

std::optional<NameKind> KindFromName(std::string_view name) {
  if (name == "equals") return NameKind::kEquals;
  if (name == "starts_with") return NameKind::kStartsWith;
  if (name == "ends_with") return NameKind::kEndsWith;
  if (name == "contains") return NameKind::kContains;
  if (name == "any") return NameKind::kAny;
  return std::nullopt;
}

Result<NameRule> RuleFromJson(const object& line) {
  NameRule rule;
  for (auto [key, value] : line) {
    std::string_view text;
    bool is_text = value.get(text) == simdjson::SUCCESS;
    if (!is_text && !(key == "model" && value.is_null())) {
      return Fail(ErrorCode::kInvalidInput, std::string(key) + ": must be text");
    }
    if (key == "provider") {
      rule.provider = text;
    } else if (key == "kind") {
      auto kind = KindFromName(text);
      if (!kind) return Fail(ErrorCode::kInvalidInput, "kind: is not known");
      rule.kind = *kind;
    } else if (key == "text") {
      rule.text = text;
    } else if (key == "model") {
      if (is_text) rule.model = std::string(text);
    } else if (key == "to") {
      rule.to_provider = text;
    } else {
      return Fail(ErrorCode::kInvalidInput, std::string(key) + ": is not a key of a name");
    }
  }
  return rule;
}

void AppendJsonText(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20) {
      out += "\\u00";
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void AppendClock(std::string& out, uint16_t minute) {
  std::string hour = std::to_string(minute / 60), rest = std::to_string(minute % 60);
  out += '"' + std::string(2 - hour.size(), '0') + hour + ':' + std::string(2 - rest.size(), '0') +
         rest + '"';
}

void AppendRates(std::string& out, const model::Rates& rates) {
  out += ",\"rates\":{";
  bool first = true;
  for (size_t i = 0; i < model::kRateDimCount; ++i) {
    auto dim = static_cast<model::RateDim>(i);
    if (!rates.has(dim)) continue;
    if (!first) out.push_back(',');
    first = false;
    AppendJsonText(out, Name(dim));
    out += ':' + std::to_string(rates[dim]);
  }
  out.push_back('}');
}

std::string_view SearchName(model::SearchContext context) {
  switch (context) {
    case model::SearchContext::kLow: return "low";
    case model::SearchContext::kHigh: return "high";
    default: return "medium";
  }
}

void AppendWhen(std::string& out, const model::PriceRow& row) {
  if (row.effective_from) {
    std::string time = FormatRfc3339(*row.effective_from);
    bool whole_day = time.compare(10, std::string::npos, "T00:00:00.000000000Z") == 0;
    out += ",\"from\":\"" + (whole_day ? time.substr(0, 10) : time) + '"';
  }
  if (row.revision != 0) out += ",\"rev\":" + std::to_string(row.revision);
  if (row.mode != model::PriceMode::kStandard) {
    out += ",\"mode\":";
    AppendJsonText(out, Name(row.mode));
  }
  if (row.above_input_tokens != 0) out += ",\"above\":" + std::to_string(row.above_input_tokens);
  if (row.window_begin && row.window_end) {
    out += ",\"window\":[";
    AppendClock(out, *row.window_begin);
    out.push_back(',');
    AppendClock(out, *row.window_end);
    out.push_back(']');
  }
}

void AppendNotes(std::string& out, const model::PriceRow& row) {
  if (!row.derived.empty()) {
    out += ",\"derived\":[";
    for (model::RateDim dim : row.derived) {
      if (out.back() != '[') out.push_back(',');
      AppendJsonText(out, Name(dim));
    }
    out.push_back(']');
  }
  out += ",\"source\":[";
  for (const std::string& source : row.sources) {
    if (out.back() != '[') out.push_back(',');
    AppendJsonText(out, source);
  }
  out += "]";
}

}  // namespace

Result<std::vector<model::PriceRow>> ParsePriceRows(std::string_view jsonl) {
  std::vector<model::PriceRow> rows;
  constexpr size_t kRowBytesTypical = 180;
  rows.reserve(jsonl.size() / kRowBytesTypical + 1);
  TRY(ForEachLine(jsonl, [&](const object& line) -> Result<void> {
    TRY_ASSIGN(model::PriceRow row, RowFromJson(line, RowOrigin::kTable));
    rows.push_back(std::move(row));
    return {};
  }));
  return rows;
}

Result<std::vector<NameRule>> ParseNameRules(std::string_view jsonl) {
  std::vector<NameRule> rules;
  TRY(ForEachLine(jsonl, [&](const object& line) -> Result<void> {
    TRY_ASSIGN(NameRule rule, RuleFromJson(line));
    rules.push_back(std::move(rule));
    return {};
  }));
  return rules;
}

std::string PriceRowText(const model::PriceRow& row) {
  std::string out = "{\"provider\":";
  AppendJsonText(out, row.provider);
  out += ",\"model\":";
  AppendJsonText(out, row.model);
  if (!row.region.empty()) {
    out += ",\"region\":";
    AppendJsonText(out, row.region);
  }
  AppendWhen(out, row);
  AppendRates(out, row.rates);
  if (!row.geo.empty()) {
    out += ",\"geo_ppm\":{";
    for (const model::GeoFactor& factor : row.geo) {
      if (out.back() != '{') out.push_back(',');
      AppendJsonText(out, factor.area);
      out += ':' + std::to_string(factor.parts_per_million);
    }
    out.push_back('}');
  }
  if (row.default_search != model::SearchContext::kUnknown) {
    out += std::string(",\"search\":{\"every_call\":") +
           (row.searches_in_every_call ? "true" : "false") + ",\"default\":\"" +
           std::string(SearchName(row.default_search)) + "\"}";
  }
  if (row.is_free) out += ",\"free\":true";
  AppendNotes(out, row);
  out.push_back('}');
  return out;
}

}  // namespace vitrine::pipeline
