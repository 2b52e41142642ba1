#include "pipeline/prices/price_index.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/time.h"
#include "model/provider_names.h"
#include "pipeline/prices/limits.h"

namespace vitrine::pipeline {

using model::PriceMatch;
using model::PriceMode;
using model::PriceRow;
using model::UnpricedReason;

namespace {

constexpr char kSeparator = '\x1f';

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string Key(std::string_view provider, std::string_view region, std::string_view model) {
  std::string key;
  key.reserve(provider.size() + region.size() + model.size() + 2);
  key.append(provider).push_back(kSeparator);
  key.append(region).push_back(kSeparator);
  key.append(model);
  return key;
}

/// Who else sells the same models at the same price, by the rule of a source table
/// (genai-prices' fallback_model_providers) or because one vendor has two doors.
struct Relation {
  std::string_view provider;
  std::array<std::string_view, 3> related;
};
constexpr auto kRelations = std::to_array<Relation>({
    {"azure.ai.openai", {"azure.ai.inference", "openai", "anthropic"}},
    {"azure.ai.inference", {"azure.ai.openai", "openai", "anthropic"}},
    {"gcp.gemini", {"gcp.vertex_ai", "", ""}},
    {"gcp.vertex_ai", {"gcp.gemini", "anthropic", ""}},
});

/// They pass their suppliers' prices on without a markup.
constexpr auto kResellers = std::to_array<std::string_view>({"openrouter", "vercel_ai_gateway"});

bool Fits(const NameRule& rule, std::string_view name) {
  switch (rule.kind) {
    case NameKind::kEquals: return name == rule.text;
    case NameKind::kStartsWith: return name.starts_with(rule.text);
    case NameKind::kEndsWith: return name.ends_with(rule.text);
    case NameKind::kContains: return name.find(rule.text) != std::string_view::npos;
    case NameKind::kAny: return true;
  }
  return false;
}

bool InWindow(const PriceRow& row, int64_t time) {
  constexpr int64_t kNanosPerMinute = 60 * kNanosPerSecond;
  const auto minute = static_cast<uint16_t>(NanosOfDay(Nanos{time}) / kNanosPerMinute);
  uint16_t begin = *row.window_begin, end = *row.window_end;
  if (begin < end) return minute >= begin && minute < end;
  return minute >= begin || minute < end;
}

PriceMatch MatchOf(FormStep step, bool is_response) {
  switch (step) {
    case FormStep::kExact:
      return is_response ? PriceMatch::kResponseModel : PriceMatch::kRequestModel;
    case FormStep::kWithoutDate: return PriceMatch::kWithoutDate;
    case FormStep::kWithoutVersion: return PriceMatch::kWithoutVersion;
    case FormStep::kWithoutPrefix: return PriceMatch::kWithoutPrefix;
  }
  return PriceMatch::kPattern;
}

void SortVersions(std::vector<PriceVersion>& versions) {
  std::sort(versions.begin(), versions.end(), [](const PriceVersion& a, const PriceVersion& b) {
    return std::pair(a.from, a.revision) < std::pair(b.from, b.revision);
  });
  auto first = [](const PriceRow* a, const PriceRow* b) {
    if (a->mode != b->mode) return a->mode < b->mode;
    if (a->above_input_tokens != b->above_input_tokens) {
      return a->above_input_tokens > b->above_input_tokens;
    }
    return a->window_begin > b->window_begin;  // Nothing is less than any time.
  };
  for (PriceVersion& version : versions) {
    std::sort(version.rows.begin(), version.rows.end(), first);
  }
}

}  // namespace

const PriceVersion& ModelPrices::At(int64_t time) const {
  auto in_force = [time](const std::vector<PriceVersion>& versions) -> const PriceVersion* {
    auto after =
        std::upper_bound(versions.begin(), versions.end(), time,
                         [](int64_t at, const PriceVersion& version) { return at < version.from; });
    return after == versions.begin() ? nullptr : &*(after - 1);
  };
  if (const PriceVersion* version = in_force(overrides)) return *version;
  if (const PriceVersion* version = in_force(table)) return *version;
  return table.empty() ? overrides.front() : table.front();
}

const PriceRow* RowFor(const PriceVersion& version, PriceMode mode, uint64_t prompt_tokens,
                       int64_t time) {
  for (const PriceRow* row : version.rows) {
    if (row->mode != mode) continue;
    if (row->above_input_tokens != 0 && prompt_tokens <= row->above_input_tokens) continue;
    if (row->window_begin && !InWindow(*row, time)) continue;
    return row;
  }
  return nullptr;
}

Result<void> PriceIndex::Build(const std::vector<PriceRow>& rows, std::vector<NameRule> rules,
                               const std::vector<DeploymentName>& deployments) {
  models_.reserve(rows.size());
  for (const PriceRow& row : rows) AddRow(row);
  for (auto& [key, prices] : models_) {
    SortVersions(prices.table);
    SortVersions(prices.overrides);
  }
  std::sort(rules.begin(), rules.end(), [](const NameRule& a, const NameRule& b) {
    return std::tuple(b.text.size(), a.kind, std::string_view(a.text)) <
           std::tuple(a.text.size(), b.kind, std::string_view(b.text));
  });
  for (NameRule& rule : rules) TRY(AddRule(std::move(rule)));
  for (const DeploymentName& name : deployments) {
    deployments_[Key(name.provider, "", Lower(name.deployment))] = Lower(name.model);
  }
  return {};
}

void PriceIndex::AddRow(const PriceRow& row) {
  ModelPrices& prices = models_[Key(row.provider, Lower(row.region), Lower(row.model))];
  auto& versions = row.is_override ? prices.overrides : prices.table;
  int64_t from = row.effective_from ? row.effective_from->since_epoch : INT64_MIN;
  auto known = std::find_if(versions.begin(), versions.end(), [&](const PriceVersion& version) {
    return version.from == from && version.revision == row.revision;
  });
  if (known == versions.end()) {
    versions.push_back({from, row.revision, row.is_free, {}});
    known = versions.end() - 1;
  }
  known->rows.push_back(&row);
  providers_[row.provider].has_models = true;
}

Result<void> PriceIndex::AddRule(NameRule rule) {
  if (rule.provider.empty()) {
    inference_.push_back(std::move(rule));
    return {};
  }
  if (rule.model) {
    std::string target = Lower(*rule.model);
    if (Find(rule.provider, "", target) == nullptr) {
      return Fail(ErrorCode::kInvalidInput, "name \"" + rule.text + "\" of " + rule.provider +
                                                " points to no row: " + *rule.model);
    }
    rule.model = std::move(target);
  }
  ProviderRules& rules = providers_[rule.provider];
  if (rule.kind == NameKind::kEquals && rule.model) {
    rules.equals.emplace(rule.text, *rule.model);
  } else {
    rules.patterns.push_back(std::move(rule));  // By falling length, so "any" comes last.
  }
  return {};
}

const ModelPrices* PriceIndex::Find(std::string_view provider, std::string_view region,
                                    std::string_view model) const {
  auto found = models_.find(Key(provider, region, model));
  return found == models_.end() ? nullptr : &found->second;
}

const ModelPrices* PriceIndex::FindNamed(const Names& names, std::string_view provider,
                                         const std::string& model) const {
  if (!names.region.empty()) {
    if (const ModelPrices* prices = Find(provider, names.region, model)) return prices;
  }
  if (const ModelPrices* prices = Find(provider, "", model)) return prices;
  auto rules = providers_.find(std::string(provider));
  if (rules == providers_.end()) return nullptr;
  auto alias = rules->second.equals.find(model);
  return alias == rules->second.equals.end() ? nullptr : Find(provider, "", alias->second);
}

/// The names themselves: response, then the deployment map, then request.
bool PriceIndex::ResolveExactly(const Names& names, std::string_view provider,
                                Resolution& out) const {
  auto take = [&](const std::string& model, PriceMatch match) {
    if (model.empty()) return false;
    out.prices = FindNamed(names, provider, model);
    out.match = match;
    return out.prices != nullptr;
  };
  constexpr auto kExact = static_cast<size_t>(FormStep::kExact);
  for (const std::string& form : names.response.steps[kExact]) {
    if (take(form, PriceMatch::kResponseModel)) return true;
  }
  if (take(names.deployment_model, PriceMatch::kDeployment)) return true;
  for (const std::string& form : names.request.steps[kExact]) {
    if (take(form, PriceMatch::kRequestModel)) return true;
  }
  return false;
}

bool PriceIndex::ResolveBySteps(const Names& names, std::string_view provider,
                                Resolution& out) const {
  if (ResolveExactly(names, provider, out)) return true;
  for (size_t step = 1; step < kFormStepCount; ++step) {
    for (bool is_response : {true, false}) {
      const ModelForms& forms = is_response ? names.response : names.request;
      for (const std::string& form : forms.steps[step]) {
        out.prices = FindNamed(names, provider, form);
        out.match = MatchOf(static_cast<FormStep>(step), is_response);
        if (out.prices != nullptr) return true;
      }
    }
  }
  return false;
}

bool PriceIndex::ResolveByPattern(const Names& names, std::string_view provider,
                                  Resolution& out) const {
  auto rules = providers_.find(std::string(provider));
  if (rules == providers_.end()) return false;
  for (const ModelForms* forms : {&names.response, &names.request}) {
    const auto& exact = forms->steps[static_cast<size_t>(FormStep::kExact)];
    if (exact.empty()) continue;
    for (const NameRule& rule : rules->second.patterns) {
      if (!Fits(rule, exact.front())) continue;
      // A rule without a model says that the name is known and has no price.
      if (rule.model) out.prices = Find(provider, "", *rule.model);
      out.match = PriceMatch::kPattern;
      return true;
    }
  }
  return false;
}

bool PriceIndex::ResolveAt(const Names& names, std::string_view provider, Resolution& out) const {
  return ResolveBySteps(names, provider, out) || ResolveByPattern(names, provider, out);
}

std::string PriceIndex::InferredProvider(std::string_view model) const {
  size_t slash = model.find('/');
  if (slash != std::string_view::npos) {
    std::string provider(model::CanonicalProvider(model.substr(0, slash)));
    if (providers_.contains(provider)) return provider;
  }
  return VendorOf(model);
}

/// Whose model this certainly is, by its own name.
std::string PriceIndex::VendorOf(std::string_view model) const {
  std::string lower = Lower(model);
  for (const NameRule& rule : inference_) {
    if (Fits(rule, lower)) return rule.to_provider;
  }
  return {};
}

std::string PriceIndex::ProviderOf(const model::PriceQuery& query) const {
  std::string provider(model::CanonicalProvider(query.provider));
  if (!provider.empty() && !model::IsFrameworkName(provider)) return provider;
  for (std::string_view model : {query.response_model, query.request_model}) {
    std::string inferred = InferredProvider(model);
    if (!inferred.empty()) return inferred;
  }
  return {};
}

/// A reseller's model that its table does not have, at the price of the one vendor who makes it.
bool PriceIndex::ResolveAtVendor(const model::PriceQuery& query, const Names& names,
                                 Resolution& out) const {
  for (std::string_view model : {query.response_model, query.request_model}) {
    std::string vendor = VendorOf(WithoutPrefix(model));
    if (!vendor.empty() && ResolveAt(names, vendor, out)) return out.prices != nullptr;
  }
  return false;
}

std::string PriceIndex::DeploymentModel(const std::string& provider,
                                        const model::PriceQuery& query) const {
  if (deployments_.empty()) return {};
  for (std::string_view name : {query.deployment_id, query.request_model}) {
    if (name.empty()) continue;
    auto found = deployments_.find(Key(provider, "", Lower(name)));
    if (found != deployments_.end()) return found->second;
  }
  return {};
}

Resolution PriceIndex::Resolve(const model::PriceQuery& query) const {
  Resolution out;
  for (std::string_view name : {query.response_model, query.request_model, query.deployment_id}) {
    if (name.size() > kModelNameBytesMax) return out;
  }
  Names names;
  names.provider = ProviderOf(query);
  names.deployment_model = DeploymentModel(names.provider, query);
  if (query.response_model.empty() && query.request_model.empty() &&
      names.deployment_model.empty()) {
    out.reason = UnpricedReason::kNoModel;
    return out;
  }
  if (!providers_.contains(names.provider)) {
    out.reason = UnpricedReason::kUnknownProvider;
    return out;
  }
  names.region = Lower(query.region);
  names.response = FormsOf(query.response_model);
  names.request = FormsOf(query.request_model);
  out.is_reseller =
      std::find(kResellers.begin(), kResellers.end(), names.provider) != kResellers.end();
  if (ResolveAt(names, names.provider, out)) return out;
  if (out.is_reseller && ResolveAtVendor(query, names, out)) {
    out.match = PriceMatch::kRelatedProvider;
    return out;
  }
  for (const Relation& relation : kRelations) {
    if (relation.provider != names.provider) continue;
    for (std::string_view related : relation.related) {
      if (related.empty() || !ResolveAt(names, related, out)) continue;
      out.match = PriceMatch::kRelatedProvider;
      return out;
    }
  }
  return out;
}

}  // namespace vitrine::pipeline
