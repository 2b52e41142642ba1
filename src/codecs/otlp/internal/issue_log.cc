#include "codecs/otlp/internal/issue_log.h"

#include <string>

namespace vitrine::codecs::internal {

namespace {

std::string_view IssueText(Issue issue) {
  switch (issue) {
    case Issue::kTraceId: return "trace id missing, zero or not 16 bytes";
    case Issue::kSpanId: return "span id missing, zero or not 8 bytes";
    case Issue::kWrongItem: return "not an object";
    case Issue::kParentId: return "parent span id that is not 8 bytes taken as none";
    case Issue::kReferenceId: return "id of a link or log record that is no id taken as none";
    case Issue::kUtf8: return "text that is not UTF-8 repaired with U+FFFD";
    case Issue::kEnumUnknown: return "unknown enum value taken as unspecified";
    case Issue::kValueTwice: return "attribute value set twice, the last taken";
    case Issue::kIdBase64: return "id in base64 (OTLP/JSON wants hex)";
    case Issue::kEnumName: return "enum as a name (OTLP/JSON wants the number)";
    case Issue::kSnakeCase: return "key in snake_case (OTLP/JSON wants lowerCamelCase)";
    case Issue::kOldName: return "field name from before OTLP 0.19";
    case Issue::kAttributeMap:
      return "attributes as an object (OTLP/JSON wants a list of key and value)";
    case Issue::kPlainValue:
      return "attribute value without its type (OTLP/JSON wants {\"stringValue\": …})";
    case Issue::kIntegerRange: return "integer that is none or beyond 64 bits kept as text";
    case Issue::kNotText: return "number or boolean taken as text";
    case Issue::kNothingKnown: return "request without a single known field taken as empty";
    case Issue::kWrongType: return "field of the wrong JSON type left out";
    case Issue::kCount: break;
  }
  return "";
}

}  // namespace

uint32_t IssueLog::rejected() const {
  uint32_t sum = 0;
  for (size_t i = 0; i <= static_cast<size_t>(Issue::kLastRejection); ++i) sum += counts_[i];
  return sum;
}

void IssueLog::Finish(std::string_view item, OtlpIssues& issues) const {
  issues.rejected = rejected();
  issues.repaired = 0;
  issues.message.clear();
  for (size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    bool is_rejection = i <= static_cast<size_t>(Issue::kLastRejection);
    if (!is_rejection) issues.repaired += counts_[i];
    if (!issues.message.empty()) issues.message += "; ";
    issues.message += std::to_string(counts_[i]);
    if (is_rejection) {
      issues.message.append(" ").append(item).append(counts_[i] == 1 ? " rejected: "
                                                                     : "s rejected: ");
    } else {
      issues.message += "x ";
    }
    issues.message += IssueText(static_cast<Issue>(i));
  }
}

}  // namespace vitrine::codecs::internal
