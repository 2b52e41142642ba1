// Status and error class.
#include "codecs/dialects/internal/readers.h"
#include "codecs/dialects/internal/resolve.h"

namespace vitrine::codecs::dialects {

void ResolveError(const OtlpSpan& sent, SpanWork& work, const ExceptionFacts& exception,
                  model::Span& span) {
  span.status_message = sent.status_message;
  if (std::string_view text = work.Text(Field::kStatusMessage); !text.empty()) {
    span.status_message = text;
  }
  if (sent.status_code == 1) span.status = model::SpanStatus::kOk;
  if (auto status = work.Count(Field::kHttpStatus); status && *status >= 100 && *status < 600) {
    span.http_status = static_cast<uint16_t>(*status);
  }
  std::string_view type = work.Text(Field::kErrorType);
  if (type.empty()) type = work.Text(Field::kExceptionType);
  bool named = !type.empty();
  if (type.empty()) type = exception.type;
  std::string_view message = work.Text(Field::kExceptionMessage);
  if (message.empty()) message = exception.message;
  // Logfire's level 17 is OpenTelemetry's ERROR.
  bool level_says_so =
      work.Text(Field::kLevel) == "ERROR" || work.Number(Field::kLevelNumber).value_or(0) >= 17;
  bool failed = sent.status_code == 2 || level_says_so || exception.escaped ||
                (named && sent.status_code == 0);
  if (!failed) return;
  span.status = model::SpanStatus::kError;
  if (span.status_message.empty()) span.status_message = message;
  if (message.empty()) message = span.status_message;
  span.error_text = type;
  span.error_type = ClassifyError(span.http_status, type, message);
}

void ResolveGuardrail(SpanWork& work, model::Span& span) {
  bool is_guardrail = span.kind == model::SpanKind::kGuardrail;
  if (!is_guardrail && !work.Has(Field::kGuardrailName) && !work.Has(Field::kGuardrailResult) &&
      !work.Has(Field::kGuardrailFlag)) {
    return;
  }
  span.guardrail_name = work.Text(Field::kGuardrailName);
  if (is_guardrail && span.guardrail_name.empty()) span.guardrail_name = span.name;
  struct Word {
    std::string_view word;
    model::GuardrailResult result;
  };
  using enum model::GuardrailResult;
  static constexpr Word kWords[] = {{"pass", kPass},       {"passed", kPass},
                                    {"allow", kPass},      {"allowed", kPass},
                                    {"ok", kPass},         {"none", kPass},
                                    {"success", kPass},    {"flag", kFlag},
                                    {"flagged", kFlag},    {"warn", kFlag},
                                    {"mask", kMask},       {"masked", kMask},
                                    {"redact", kMask},     {"redacted", kMask},
                                    {"anonymize", kMask},  {"block", kBlock},
                                    {"blocked", kBlock},   {"deny", kBlock},
                                    {"denied", kBlock},    {"fail", kBlock},
                                    {"failed", kBlock},    {"guardrail_intervened", kBlock},
                                    {"intervened", kBlock}};
  std::string_view text = work.UnquotedText(Field::kGuardrailResult);
  for (const Word& word : kWords) {
    if (EqualsIgnoreCase(word.word, text)) span.guardrail_result = word.result;
  }
  if (!text.empty() && span.guardrail_result == model::GuardrailResult::kNone) {
    work.Malformed(work.At(Field::kGuardrailResult).attribute->key, "no known result");
    work.GiveBack(work.At(Field::kGuardrailResult));
  }
  if (auto triggered = work.Flag(Field::kGuardrailFlag); triggered && text.empty()) {
    span.guardrail_result = *triggered ? kBlock : kPass;
  }
}

}  // namespace vitrine::codecs::dialects
