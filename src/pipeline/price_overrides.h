// A user's own prices and deployment names: read from a file or the API, checked, written back.
// Format and examples: docs/prices.md. Threads: values and pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/price.h"

namespace vitrine::pipeline {

/// "The deployment called `deployment` at `provider` runs `model`."
struct DeploymentName {
  std::string provider;    ///< Canonical id.
  std::string deployment;  ///< Azure deployment, Bedrock inference profile, gateway alias.
  std::string model;
  bool operator==(const DeploymentName&) const = default;
};

struct PriceOverrides {
  std::vector<model::PriceRow> rows;
  std::vector<DeploymentName> deployments;

  bool empty() const { return rows.empty() && deployments.empty(); }
};

/// Reads {"prices":[…],"deployments":[…]}.
/// Errors: kInvalidInput ("prices[2].rates.input: …"), kLimitExceeded.
Result<PriceOverrides> ParsePriceOverridesJson(std::string_view text);

/// Reads the same as TOML: [[prices]] and [[deployments]].
/// Errors: as for JSON; for TOML's own syntax with line and column.
Result<PriceOverrides> ParsePriceOverridesToml(std::string_view text);

/// The overrides as ParsePriceOverridesJson reads them; rates as whole pico-USD.
std::string PriceOverridesText(const PriceOverrides& overrides);

}  // namespace vitrine::pipeline
