// TestSpan: the span that a list of attributes becomes, for tests.
// Threads: none. What it returns lives as long as it does.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "codecs/dialects/normalizer.h"
#include "codecs/otlp/otlp_data.h"
#include "model/span.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs::dialects {

class TestSpan {
 public:
  using Attributes = std::initializer_list<std::pair<std::string_view, model::Value>>;

  explicit TestSpan(Attributes attributes, std::string_view scope = "test",
                    std::string_view name = "call") {
    traces_.resources.emplace_back();
    traces_.scopes.emplace_back().name = scope;
    for (const auto& [key, value] : attributes) traces_.attributes.push_back({key, value});
    OtlpSpan span;
    span.name = name;
    span.attributes = {0, static_cast<uint32_t>(attributes.size())};
    traces_.spans.push_back(span);
    Normalizer::AppendTraces(traces_, batch_);
  }

  const model::Span& operator*() const { return batch_.spans.front(); }
  const model::Span* operator->() const { return &batch_.spans.front(); }

 private:
  OtlpTraces traces_;
  model::SpanBatch batch_;
};

inline model::Value Text(std::string_view text) { return model::Value::String(text); }
inline model::Value Number(int64_t number) { return model::Value::Int(number); }

}  // namespace vitrine::codecs::dialects
