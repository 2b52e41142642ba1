// The index of a price table: (provider, region, model) to the versions of its price, name rules,
// and the resolution of a call's names to one model. Built once, then const. Source:
// WIRE-FORMATS 8.3 (match order).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/price.h"
#include "pipeline/price_overrides.h"
#include "pipeline/prices/model_forms.h"
#include "pipeline/prices/price_rows.h"

namespace vitrine::pipeline {

/// All rows of one model from one date on.
struct PriceVersion {
  int64_t from = INT64_MIN;  ///< Nanoseconds since the epoch.
  uint32_t revision = 0;
  bool is_free = false;  ///< In every mode.
  /// By mode, then by falling threshold, those with a time of day first.
  std::vector<const model::PriceRow*> rows;
};

/// Everything known about the price of one model at one provider, oldest version first.
struct ModelPrices {
  std::vector<PriceVersion> table;
  std::vector<PriceVersion> overrides;

  /// The version in force. The first known one applies to all earlier time.
  const PriceVersion& At(int64_t time) const;
};

/// The row of a version for one call; null where the mode has none.
const model::PriceRow* RowFor(const PriceVersion& version, model::PriceMode mode,
                              uint64_t prompt_tokens, int64_t time);

/// Which model a call's names mean.
struct Resolution {
  const ModelPrices* prices = nullptr;
  model::PriceMatch match = model::PriceMatch::kResponseModel;
  model::UnpricedReason reason = model::UnpricedReason::kUnknownModel;
  bool is_reseller = false;  ///< Its tiers are its suppliers', not its own.
};

class PriceIndex {
 public:
  /// `rows` must outlive the index and stay where they are.
  Result<void> Build(const std::vector<model::PriceRow>& rows, std::vector<NameRule> rules,
                     const std::vector<DeploymentName>& deployments);

  Resolution Resolve(const model::PriceQuery& query) const;

 private:
  struct ProviderRules {
    std::unordered_map<std::string, std::string> equals;
    std::vector<NameRule> patterns;  ///< Longest text first.
    const NameRule* any = nullptr;
    bool has_models = false;
  };
  struct Names {
    std::string provider, region;
    ModelForms response, request;
    std::string deployment_model;  ///< From the deployment map; lower case.
  };

  void AddRow(const model::PriceRow& row);
  Result<void> AddRule(NameRule rule);
  Result<void> CheckRules() const;
  const ModelPrices* Find(std::string_view provider, std::string_view region,
                          std::string_view model) const;
  const ModelPrices* FindNamed(const Names& names, std::string_view provider,
                               const std::string& model) const;
  bool ResolveExactly(const Names& names, std::string_view provider, Resolution& out) const;
  bool ResolveBySteps(const Names& names, std::string_view provider, Resolution& out) const;
  bool ResolveByPattern(const Names& names, std::string_view provider, Resolution& out) const;
  bool ResolveAt(const Names& names, std::string_view provider, Resolution& out) const;
  std::string ProviderOf(const model::PriceQuery& query) const;
  bool ResolveAtVendor(const model::PriceQuery& query, const Names& names, Resolution& out) const;
  std::string InferredProvider(std::string_view model) const;
  std::string VendorOf(std::string_view model) const;
  std::string DeploymentModel(const std::string& provider, const model::PriceQuery& query) const;

  std::unordered_map<std::string, ModelPrices> models_;
  std::unordered_map<std::string, ProviderRules> providers_;
  std::vector<NameRule> inference_;  ///< Longest text first.
  std::unordered_map<std::string, std::string> deployments_;
};

}  // namespace vitrine::pipeline
