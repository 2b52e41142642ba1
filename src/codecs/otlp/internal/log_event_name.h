// The name of a log event: field event_name, else the attribute `event.name` that came before it.
#pragma once

#include <vector>

#include "codecs/otlp/otlp_data.h"

namespace vitrine::codecs::internal {

inline void FillEventName(const std::vector<model::Attribute>& attributes, OtlpLogRecord& record) {
  if (!record.event_name.empty()) return;
  for (uint32_t i = record.attributes.begin; i < record.attributes.end; ++i) {
    const model::Attribute& attribute = attributes[i];
    if (attribute.key == "event.name" && attribute.value.type == model::ValueType::kString) {
      record.event_name = attribute.value.text;
      return;
    }
  }
}

}  // namespace vitrine::codecs::internal
