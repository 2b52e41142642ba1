// JsonEnvelope: what stands around the items of a request in OTLP/JSON, the same for traces and
// logs: resources, each with scopes, each with items. Owner: lives for one request, borrows what it
// is made of. Source: OTLP 1.11.0, collector/*/v1 and trace|logs/v1.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "codecs/otlp/internal/json_common.h"
#include "codecs/otlp/internal/misroute.h"
#include "codecs/otlp/limits.h"

namespace vitrine::codecs::internal {

/// What a signal calls the parts of its envelope.
struct JsonEnvelopeNames {
  Signal signal;
  std::string_view scopes, old_scopes, items;  ///< Members; old_scopes: before OTLP 0.19.
  std::string_view item;                       ///< For people.
};

/// `Data`: OtlpTraces or OtlpLogs. `ReadItem`: void(JsonValue item, uint32_t scope).
template <typename Data, typename ReadItem>
class JsonEnvelope {
 public:
  JsonEnvelope(const JsonEnvelopeNames& names, Data& data, JsonCommon& common, ReadItem read_item)
      : names_(names), data_(data), common_(common), read_item_(std::move(read_item)) {}

  /// Errors: kInvalidInput (no object of JSON, another signal), kLimitExceeded; `data` is empty
  /// then.
  Result<void> Decode(std::string_view body) {
    // Its node memory is worth keeping; the tree itself is done with when this returns.
    thread_local syntax::JsonDocument document;
    auto root = common_.ReadBody(body, document);
    Signal other = Signal::kUnknown;
    if (root) other = ReadRequest(*root);
    document.Clear();
    if (!root || other != Signal::kUnknown || common_.failed()) {
      Error error = !root ? std::move(root).error()
                    : common_.failed()
                        ? common_.TakeError()
                        : Error{ErrorCode::kInvalidInput, MisrouteMessage(other), {}};
      data_.Clear();
      return std::unexpected(std::move(error));
    }
    common_.issues.Finish(names_.item, data_.issues);
    return {};
  }

 private:
  enum Field : uint8_t { kSame = 1, kOldSame, kList, kOldList, kSchemaUrl };
  static constexpr JsonField kSignals[] = {
      {"resourceSpans", static_cast<uint8_t>(Signal::kTraces)},
      {"resourceLogs", static_cast<uint8_t>(Signal::kLogs)},
      {"resourceMetrics", static_cast<uint8_t>(Signal::kMetrics)}};

  /// What the request is where it is of another signal.
  Signal ReadRequest(syntax::JsonValue request) {
    bool known = request.empty();
    Signal other = Signal::kUnknown;
    for (const auto& member : request.Members()) {
      const auto signal = static_cast<Signal>(common_.FieldId(kSignals, member.key));
      if (signal == names_.signal) {
        known = true;
        for (const auto element : common_.List(member.value)) ReadResource(element);
      } else if (signal != Signal::kUnknown) {
        other = signal;
      }
    }
    if (known) return Signal::kUnknown;
    if (other == Signal::kUnknown) common_.issues.Add(Issue::kNothingKnown);
    return other;
  }

  void ReadResource(syntax::JsonValue value) {
    const JsonField fields[] = {{"resource", kSame},
                                {names_.scopes, kList},
                                {names_.old_scopes, kOldList},
                                {"schemaUrl", kSchemaUrl}};
    if (common_.IsFull(data_.resources.size(), kOtlpResourcesMax, "resources")) return;
    const auto index = static_cast<uint32_t>(data_.resources.size());
    data_.resources.emplace_back();
    if (!value.is_object()) common_.issues.Add(Issue::kWrongType);
    for (const auto& member : value.Members()) {
      const uint8_t field = common_.FieldId(fields, member.key);
      if (field == kOldList) common_.issues.Add(Issue::kOldName);
      switch (field) {
        case kSame: common_.ReadResource(member.value, data_.resources[index]); break;
        case kList:
        case kOldList:
          for (const auto element : common_.List(member.value)) ReadScope(element, index);
          break;
        case kSchemaUrl: data_.resources[index].schema_url = common_.Text(member.value); break;
        default: break;
      }
    }
  }

  void ReadScope(syntax::JsonValue value, uint32_t resource) {
    const JsonField fields[] = {{"scope", kSame},
                                {"instrumentationLibrary", kOldSame},
                                {names_.items, kList},
                                {"schemaUrl", kSchemaUrl}};
    if (common_.IsFull(data_.scopes.size(), kOtlpScopesMax, "scopes")) return;
    const auto index = static_cast<uint32_t>(data_.scopes.size());
    data_.scopes.emplace_back().resource = resource;
    if (!value.is_object()) common_.issues.Add(Issue::kWrongType);
    for (const auto& member : value.Members()) {
      const uint8_t field = common_.FieldId(fields, member.key);
      if (field == kOldSame) common_.issues.Add(Issue::kOldName);
      switch (field) {
        case kSame:
        case kOldSame: common_.ReadScope(member.value, data_.scopes[index]); break;
        case kList:
          for (const auto element : common_.List(member.value)) read_item_(element, index);
          break;
        case kSchemaUrl: data_.scopes[index].schema_url = common_.Text(member.value); break;
        default: break;
      }
    }
  }

  const JsonEnvelopeNames& names_;
  Data& data_;
  JsonCommon& common_;
  ReadItem read_item_;
};

}  // namespace vitrine::codecs::internal
