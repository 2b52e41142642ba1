// WireEnvelope: what stands around the items of a request on the protobuf wire, the same for traces
// and logs: resources, each with scopes, each with items. Owner: lives for one request, borrows
// what it is made of. Source: OTLP 1.11.0, collector/*/v1 and trace|logs/v1.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "codecs/otlp/internal/wire_common.h"

namespace vitrine::codecs::internal {

/// `Data`: OtlpTraces or OtlpLogs. `ReadItem`: bool(std::string_view message, uint32_t scope).
template <typename Data, typename ReadItem>
class WireEnvelope {
 public:
  WireEnvelope(Data& data, WireCommon& common, ReadItem read_item)
      : data_(data), common_(common), read_item_(std::move(read_item)) {}

  /// False after a failure, which `common` then tells.
  bool Read() {
    syntax::WireReader reader(common_.body());
    while (reader.Next()) {
      if (reader.tag() == BytesTag(1) && !ReadResource(reader.bytes())) return false;
    }
    return common_.Finished(reader);
  }

 private:
  bool ReadResource(std::string_view message) {
    if (data_.resources.size() >= kOtlpResourcesMax)
      return common_.FailLimit("resources", kOtlpResourcesMax, message.data());
    const auto index = static_cast<uint32_t>(data_.resources.size());
    data_.resources.emplace_back();
    MessageField resource;
    std::string_view schema_url;
    syntax::WireReader reader(message);
    while (reader.Next()) {
      switch (reader.tag()) {
        case BytesTag(1): resource.Add(reader.bytes()); break;
        case BytesTag(2):     // scope_spans, scope_logs
        case BytesTag(1000):  // instrumentation_library_…: the same message, before OTLP 0.19
          if (reader.tag() == BytesTag(1000)) common_.issues.Add(Issue::kOldName);
          if (!ReadScope(reader.bytes(), index)) return false;
          break;
        case BytesTag(3): schema_url = reader.bytes(); break;
        default: break;
      }
    }
    if (!common_.Finished(reader)) return false;
    data_.resources[index].schema_url = common_.Text(schema_url);
    std::string_view merged;
    return common_.Merge(message, BytesTag(1), resource, merged) &&
           common_.ReadResource(merged, data_.resources[index]);
  }

  bool ReadScope(std::string_view message, uint32_t resource) {
    if (data_.scopes.size() >= kOtlpScopesMax)
      return common_.FailLimit("scopes", kOtlpScopesMax, message.data());
    const auto index = static_cast<uint32_t>(data_.scopes.size());
    data_.scopes.emplace_back().resource = resource;
    MessageField scope;
    std::string_view schema_url;
    syntax::WireReader reader(message);
    while (reader.Next()) {
      switch (reader.tag()) {
        case BytesTag(1): scope.Add(reader.bytes()); break;
        case BytesTag(2):
          if (!read_item_(reader.bytes(), index)) return false;
          break;
        case BytesTag(3): schema_url = reader.bytes(); break;
        default: break;
      }
    }
    if (!common_.Finished(reader)) return false;
    data_.scopes[index].schema_url = common_.Text(schema_url);
    std::string_view merged;
    return common_.Merge(message, BytesTag(1), scope, merged) &&
           common_.ReadScope(merged, data_.scopes[index]);
  }

  Data& data_;
  WireCommon& common_;
  ReadItem read_item_;
};

}  // namespace vitrine::codecs::internal
