// VirtualKey: a key of ours that stands for a provider's, as the API makes it.
// Owner: values. Threads: free functions. Format: docs/gateway.md "Virtual keys".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/result.h"
#include "base/time.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::access {

/// How much a key may use in each window of time. At least one of the three is set.
struct KeyLimit {
  int64_t window_s = 0;
  std::optional<uint64_t> requests, tokens;
  std::optional<Money> dollars;
  bool operator==(const KeyLimit&) const = default;
};

struct VirtualKey {
  std::string id, project, name, upstream;
  std::string end;                  ///< Of the key itself: "…a1b2", for people.
  std::string provider_key;         ///< Never leaves memory.
  std::vector<std::string> models;  ///< That may be asked; empty: all.
  std::vector<KeyLimit> limits;
  std::optional<Nanos> expires_at;
  Nanos created_at;
  std::optional<Nanos> rotated_at;
};

/// Reads {"name","upstream","provider_key","models","limits","expires_at"} into a key that has no
/// id yet. Errors: kInvalidInput naming the member, kLimitExceeded.
Result<VirtualKey> ReadNewVirtualKey(std::string_view body);
/// Reads {"provider_key"} or nothing at all. Errors: as above.
Result<std::optional<std::string>> ReadRotation(std::string_view body);

/// The lists as JSON, and back.
std::string ModelsJson(const VirtualKey& key);
std::string LimitsJson(const VirtualKey& key);
Result<std::vector<std::string>> ReadModels(syntax::JsonValue list);
Result<std::vector<KeyLimit>> ReadLimits(syntax::JsonValue list);

/// Everything but secrets, as one JSON object.
void WriteVirtualKey(syntax::JsonWriter& json, const VirtualKey& key);

}  // namespace vitrine::access
