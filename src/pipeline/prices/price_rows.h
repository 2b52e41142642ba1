// Reads the lines of the price table: rows (price_rows.jsonl) and names (model_names.jsonl).
// Format: data/prices/README.md. Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/price.h"

namespace vitrine::pipeline {

enum class NameKind : uint8_t { kEquals, kStartsWith, kEndsWith, kContains, kAny };

/// One line of model_names.jsonl: a name, or a family of names, that means a model of the table.
struct NameRule {
  std::string provider;  ///< Empty: a rule that finds the provider of a model name.
  NameKind kind = NameKind::kEquals;
  std::string text;                  ///< Lower case.
  std::optional<std::string> model;  ///< Nothing: known to have no price.
  std::string to_provider;           ///< Where `provider` is empty.
};

/// Parses JSON lines, one row each.
/// Errors: kInvalidInput, with the byte offset of the line.
Result<std::vector<model::PriceRow>> ParsePriceRows(std::string_view jsonl);
Result<std::vector<NameRule>> ParseNameRules(std::string_view jsonl);

/// The row as one line of price_rows.jsonl, without the line end.
std::string PriceRowText(const model::PriceRow& row);

}  // namespace vitrine::pipeline
