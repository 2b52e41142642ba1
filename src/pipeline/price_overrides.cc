#include "pipeline/price_overrides.h"

#include <set>

#include "model/provider_names.h"
#include "pipeline/prices/limits.h"
#include "pipeline/prices/price_rows.h"
#include "pipeline/prices/row_json.h"

namespace vitrine::pipeline {

namespace {

using simdjson::dom::element;
using simdjson::dom::object;

std::unexpected<Error> At(std::string_view list, size_t index, const Error& error) {
  return Fail(error.code, std::string(list) + "[" + std::to_string(index) + "]." + error.message);
}

/// FNV-1a: names the exact rates of a row whose text the user may change at any time.
uint32_t Digest(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

std::string OverrideId(const model::PriceRow& row) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string id = "override:" + model::PriceIdOf(row) + "#";
  uint32_t digest = Digest(PriceRowText(row));
  for (int shift = 28; shift >= 0; shift -= 4) id.push_back(kHex[(digest >> shift) & 15]);
  return id;
}

Result<void> ReadRows(const element& value, PriceOverrides& overrides) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) {
    return Fail(ErrorCode::kInvalidInput, "prices: must be a list");
  }
  if (list.size() > kOverrideRowsMax) {
    return Fail(ErrorCode::kLimitExceeded, "prices: more than 10000 rows");
  }
  std::set<std::string> seen;
  size_t index = 0;
  for (const element& item : list) {
    object line;
    if (item.get(line) != simdjson::SUCCESS) {
      return At("prices", index, {ErrorCode::kInvalidInput, "must be a table", {}});
    }
    Result<model::PriceRow> row = RowFromJson(line, RowOrigin::kOverride);
    if (!row) return At("prices", index, row.error());
    row->is_override = true;
    row->sources = {"user"};
    if (!seen.insert(row->price_id).second) {
      return At("prices", index,
                {ErrorCode::kInvalidInput, "model: " + row->price_id + " is given twice", {}});
    }
    row->price_id = OverrideId(*row);
    overrides.rows.push_back(std::move(*row));
    ++index;
  }
  return {};
}

Result<DeploymentName> ReadDeployment(const object& line) {
  DeploymentName name;
  for (auto [key, value] : line) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS || text.empty()) {
      return Fail(ErrorCode::kInvalidInput, std::string(key) + ": must be text");
    }
    if (key == "provider") {
      name.provider = model::CanonicalProvider(text);
    } else if (key == "deployment") {
      name.deployment = text;
    } else if (key == "model") {
      name.model = text;
    } else {
      return Fail(ErrorCode::kInvalidInput, std::string(key) + ": is not a key of a deployment");
    }
  }
  for (auto [key, value] :
       {std::pair<std::string_view, const std::string&>("provider", name.provider),
        {"deployment", name.deployment},
        {"model", name.model}}) {
    if (value.empty()) return Fail(ErrorCode::kInvalidInput, std::string(key) + ": is missing");
  }
  return name;
}

Result<void> ReadDeployments(const element& value, PriceOverrides& overrides) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) {
    return Fail(ErrorCode::kInvalidInput, "deployments: must be a list");
  }
  if (list.size() > kOverrideRowsMax) {
    return Fail(ErrorCode::kLimitExceeded, "deployments: more than 10000");
  }
  std::set<std::pair<std::string, std::string>> seen;
  size_t index = 0;
  for (const element& item : list) {
    object line;
    if (item.get(line) != simdjson::SUCCESS) {
      return At("deployments", index, {ErrorCode::kInvalidInput, "must be a table", {}});
    }
    Result<DeploymentName> name = ReadDeployment(line);
    if (!name) return At("deployments", index, name.error());
    if (!seen.insert({name->provider, name->deployment}).second) {
      return At("deployments", index, {ErrorCode::kInvalidInput, "deployment: is given twice", {}});
    }
    overrides.deployments.push_back(std::move(*name));
    ++index;
  }
  return {};
}

void AppendMember(std::string& out, std::string_view key, std::string_view text) {
  out += '"';
  out += key;
  out += "\":\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (static_cast<unsigned char>(c) >= 0x20) out.push_back(c);
  }
  out += '"';
}

}  // namespace

Result<PriceOverrides> ParsePriceOverridesJson(std::string_view text) {
  if (text.size() > kOverrideBytesMax) {
    return Fail(ErrorCode::kLimitExceeded, "price overrides are larger than 4 MiB");
  }
  simdjson::dom::parser parser;
  element root;
  if (auto error = parser.parse(text.data(), text.size()).get(root)) {
    return Fail(ErrorCode::kInvalidInput,
                std::string("price overrides are not JSON: ") + simdjson::error_message(error));
  }
  object document;
  if (root.get(document) != simdjson::SUCCESS) {
    return Fail(ErrorCode::kInvalidInput, "price overrides must be an object");
  }
  PriceOverrides overrides;
  for (auto [key, value] : document) {
    if (key == "prices") {
      TRY(ReadRows(value, overrides));
    } else if (key == "deployments") {
      TRY(ReadDeployments(value, overrides));
    } else {
      return Fail(ErrorCode::kInvalidInput,
                  std::string(key) + ": is neither \"prices\" nor \"deployments\"");
    }
  }
  return overrides;
}

std::string PriceOverridesText(const PriceOverrides& overrides) {
  std::string out = "{\"prices\":[";
  for (const model::PriceRow& row : overrides.rows) {
    if (out.back() != '[') out.push_back(',');
    std::string line = PriceRowText(row);
    out += line.substr(0, line.find(",\"source\":["));
    out.push_back('}');
  }
  out += "],\"deployments\":[";
  for (const DeploymentName& name : overrides.deployments) {
    if (out.back() != '[') out.push_back(',');
    out.push_back('{');
    AppendMember(out, "provider", name.provider);
    out.push_back(',');
    AppendMember(out, "deployment", name.deployment);
    out.push_back(',');
    AppendMember(out, "model", name.model);
    out.push_back('}');
  }
  out += "]}";
  return out;
}

}  // namespace vitrine::pipeline
