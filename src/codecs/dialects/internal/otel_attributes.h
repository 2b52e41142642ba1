// OtelAttributes: the attributes of one span in OpenTelemetry's words, in two parts: what the span
// is, and what was said. Private to dialects. Owner: borrows from the span and the arena.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "model/span.h"

namespace vitrine::codecs::dialects {

class OtelAttributes {
 public:
  OtelAttributes(Arena& arena, std::vector<model::Attribute>& out) : arena_(arena), out_(out) {}

  /// Everything but content.
  void AddFacts(const model::Span& span);
  /// Messages, tool definitions, documents, arguments and results.
  /// Errors: kCorrupt.
  Result<void> AddContent(const model::Span& span);

 private:
  void AddText(std::string_view key, std::string_view text) {
    if (!text.empty()) out_.push_back({key, model::Value::String(text)});
  }
  void AddJson(std::string_view key, std::string_view json) {
    if (!json.empty()) out_.push_back({key, model::Value::Json(json)});
  }
  template <typename T>
  void AddCount(std::string_view key, const std::optional<T>& count) {
    if (count) out_.push_back({key, model::Value::Int(static_cast<int64_t>(*count))});
  }
  void AddSeconds(std::string_view key, const std::optional<int64_t>& ns) {
    if (ns) out_.push_back({key, model::Value::Double(static_cast<double>(*ns) / 1e9)});
  }
  void AddTexts(std::string_view key, std::span<const std::string_view> texts);
  void AddKind(const model::Span& span);
  void AddWhose(const model::Span& span);
  void AddCall(const model::Span& span);
  void AddParams(const model::Span& span);
  void AddUsage(const model::Span& span);
  void AddSpeed(const model::Span& span);
  void AddOthers(const model::Span& span);
  void AddToolContent(const model::Span& span);
  void AddDocuments(const model::Span& span);
  Result<void> AddMessages(std::string_view key, std::span<const model::Message> messages);
  Result<void> AddTools(const model::Span& span);

  Arena& arena_;
  std::vector<model::Attribute>& out_;
};

/// Whether an attribute that no rule took, or that lost to another, holds what somebody said.
bool IsContentKey(std::string_view key);

}  // namespace vitrine::codecs::dialects
