#include "access/virtual_key.h"

#include <algorithm>
#include <initializer_list>

#include "access/limits.h"
#include "syntax/json/utf8.h"

namespace vitrine::access {

namespace {

using syntax::JsonDocument;
using syntax::JsonStatus;
using syntax::JsonValue;
using syntax::JsonWriter;

std::unexpected<Error> Wrong(std::string_view member, const std::string& what) {
  return Fail(ErrorCode::kInvalidInput, std::string(member) + ": " + what);
}

Result<void> CheckMembers(JsonValue object, std::initializer_list<std::string_view> known) {
  for (const auto [name, value] : object.Members()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    std::string all;
    for (const std::string_view other : known)
      all += (all.empty() ? "" : ", ") + std::string(other);
    return Wrong(name, "is not known; there are " + all);
  }
  return {};
}

Result<void> ReadBody(std::string_view body, Arena& arena, JsonDocument& document) {
  if (body.size() > kKeyBodyBytesMax)
    return Fail(ErrorCode::kLimitExceeded, "the body has more than 128 KiB");
  // What is wrong is not shown: a provider's key stands in it.
  const bool is_object = syntax::Utf8IsValid(body) &&
                         document.Parse(body, arena) == JsonStatus::kOk &&
                         document.root().is_object();
  if (!is_object) return Fail(ErrorCode::kInvalidInput, "the body is a JSON object");
  return {};
}

bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
}

Result<std::string> ReadName(JsonValue value, std::string_view member) {
  const std::string_view text = value.text();
  if (text.empty() || text.size() > kKeyNameBytesMax || !IsPrintable(text))
    return Wrong(member, "is a text of 1 to " + std::to_string(kKeyNameBytesMax) + " bytes");
  return std::string(text);
}

Result<std::string> ReadProviderKey(JsonValue value) {
  const std::string_view text = value.text();
  // It becomes a header's value.
  const bool is_token = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
  if (text.size() < kProviderKeyBytesMin || text.size() > kProviderKeyBytesMax || !is_token) {
    return Wrong("provider_key", "is the provider's key: " + std::to_string(kProviderKeyBytesMin) +
                                     " to " + std::to_string(kProviderKeyBytesMax) +
                                     " visible characters");
  }
  return std::string(text);
}

Result<std::optional<uint64_t>> ReadCount(JsonValue value, std::string_view member) {
  if (value.is_nothing()) return std::nullopt;
  const auto count = value.AsInt();
  if (!count || *count < 0) return Wrong(member, "is a whole number");
  return static_cast<uint64_t>(*count);
}

Result<KeyLimit> ReadLimit(JsonValue value) {
  if (!value.is_object())
    return Wrong("limits", "is a list of {\"window_s\",\"requests\",\"tokens\",\"dollars\"}");
  TRY(CheckMembers(value, {"window_s", "requests", "tokens", "dollars"}));
  KeyLimit limit;
  const auto window = value["window_s"].AsInt();
  if (!window || *window < 1 || *window > kLimitWindowSecondsMax)
    return Wrong("limits.window_s",
                 "is a number of seconds up to " + std::to_string(kLimitWindowSecondsMax));
  limit.window_s = *window;
  TRY_ASSIGN(limit.requests, ReadCount(value["requests"], "limits.requests"));
  TRY_ASSIGN(limit.tokens, ReadCount(value["tokens"], "limits.tokens"));
  if (const JsonValue dollars = value["dollars"]; !dollars.is_nothing()) {
    limit.dollars = Money::Parse(dollars.is_string() ? dollars.text() : dollars.raw());
    if (!limit.dollars || *limit.dollars <= Money{})
      return Wrong("limits.dollars", "is dollars as text, as \"2.5\"");
  }
  if (!limit.requests && !limit.tokens && !limit.dollars)
    return Wrong("limits", "each needs requests, tokens or dollars");
  return limit;
}

Result<std::optional<Nanos>> ReadExpiry(JsonValue value) {
  if (value.is_nothing()) return std::nullopt;
  const auto time = ParseRfc3339(value.text());
  if (!time) return Wrong("expires_at", "is a time, as \"2030-01-31T00:00:00Z\"");
  return time;
}

}  // namespace

Result<std::vector<std::string>> ReadModels(JsonValue list) {
  std::vector<std::string> models;
  if (list.is_nothing()) return models;
  if (!list.is_array()) return Wrong("models", "is a list of names");
  if (list.size() > kKeyModelsMax)
    return Fail(ErrorCode::kLimitExceeded,
                "models: at most " + std::to_string(kKeyModelsMax) + " of them");
  for (const JsonValue model : list.Elements()) {
    if (model.text().empty() || model.text().size() > kModelNameBytesMax)
      return Wrong("models", "is a list of names");
    models.emplace_back(model.text());
  }
  return models;
}

Result<std::vector<KeyLimit>> ReadLimits(JsonValue list) {
  std::vector<KeyLimit> limits;
  if (list.is_nothing()) return limits;
  if (!list.is_array())
    return Wrong("limits", "is a list of {\"window_s\",\"requests\",\"tokens\",\"dollars\"}");
  if (list.size() > kKeyLimitsMax)
    return Fail(ErrorCode::kLimitExceeded,
                "limits: at most " + std::to_string(kKeyLimitsMax) + " of them");
  for (const JsonValue entry : list.Elements()) {
    TRY_ASSIGN(KeyLimit limit, ReadLimit(entry));
    limits.push_back(limit);
  }
  return limits;
}

Result<VirtualKey> ReadNewVirtualKey(std::string_view body) {
  Arena arena;
  JsonDocument document;
  TRY(ReadBody(body, arena, document));
  const JsonValue root = document.root();
  TRY(CheckMembers(root, {"name", "upstream", "provider_key", "models", "limits", "expires_at"}));
  VirtualKey key;
  TRY_ASSIGN(key.name, ReadName(root["name"], "name"));
  TRY_ASSIGN(key.upstream, ReadName(root["upstream"], "upstream"));
  TRY_ASSIGN(key.provider_key, ReadProviderKey(root["provider_key"]));
  TRY_ASSIGN(key.models, ReadModels(root["models"]));
  TRY_ASSIGN(key.limits, ReadLimits(root["limits"]));
  TRY_ASSIGN(key.expires_at, ReadExpiry(root["expires_at"]));
  return key;
}

Result<std::optional<std::string>> ReadRotation(std::string_view body) {
  if (body.empty()) return std::nullopt;
  Arena arena;
  JsonDocument document;
  TRY(ReadBody(body, arena, document));
  TRY(CheckMembers(document.root(), {"provider_key"}));
  const JsonValue value = document.root()["provider_key"];
  if (value.is_nothing()) return std::nullopt;
  TRY_ASSIGN(std::string key, ReadProviderKey(value));
  return std::optional(std::move(key));
}

std::string ModelsJson(const VirtualKey& key) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const std::string& model : key.models) json.String(model);
  json.EndArray();
  return text;
}

std::string LimitsJson(const VirtualKey& key) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const KeyLimit& limit : key.limits) {
    json.BeginObject()
        .Member("window_s", limit.window_s)
        .Member("requests", limit.requests)
        .Member("tokens", limit.tokens)
        .Member("dollars", limit.dollars ? std::optional(limit.dollars->ToString()) : std::nullopt)
        .EndObject();
  }
  json.EndArray();
  return text;
}

void WriteVirtualKey(JsonWriter& json, const VirtualKey& key) {
  const auto time = [](const std::optional<Nanos>& at) {
    return at ? std::optional(FormatRfc3339(*at)) : std::nullopt;
  };
  json.BeginObject()
      .Member("id", key.id)
      .Member("name", key.name)
      .Member("upstream", key.upstream)
      .Member("key_end", key.end);
  json.Key("models").Raw(ModelsJson(key)).Key("limits").Raw(LimitsJson(key));
  json.Member("expires_at", time(key.expires_at))
      .Member("created_at", FormatRfc3339(key.created_at))
      .Member("rotated_at", time(key.rotated_at))
      .EndObject();
}

}  // namespace vitrine::access
