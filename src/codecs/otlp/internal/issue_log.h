// IssueLog: counts what a decoder refused or mended, by reason, and says it in one sentence.
// Owner: one decoder, one request.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "codecs/otlp/otlp_data.h"

namespace vitrine::codecs::internal {

/// Why something was refused (up to kLastRejection) or mended.
enum class Issue : uint8_t {
  kTraceId,
  kSpanId,
  kWrongItem,
  kLastRejection = kWrongItem,
  kParentId,
  kReferenceId,
  kUtf8,
  kEnumUnknown,
  kValueTwice,
  kIdBase64,
  kEnumName,
  kSnakeCase,
  kOldName,
  kAttributeMap,
  kPlainValue,
  kIntegerRange,
  kNotText,
  kWrongType,
  kNothingKnown,
  kCount,
};

class IssueLog {
 public:
  void Add(Issue issue, size_t count = 1) {
    counts_[static_cast<size_t>(issue)] += static_cast<uint32_t>(count);
  }
  uint32_t count(Issue issue) const { return counts_[static_cast<size_t>(issue)]; }
  uint32_t rejected() const;

  /// Sums up into `issues`; `item` is what the request consists of: "span" or "log record".
  void Finish(std::string_view item, OtlpIssues& issues) const;

 private:
  std::array<uint32_t, static_cast<size_t>(Issue::kCount)> counts_{};
};

}  // namespace vitrine::codecs::internal
