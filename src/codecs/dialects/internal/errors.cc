// Status and error class.
#include "codecs/dialects/internal/readers.h"
#include "codecs/dialects/internal/resolve.h"

namespace vitrine::codecs::dialects {

namespace {

using enum model::ErrorType;

struct Sign {
  std::string_view word;  ///< Lower-case part of an error type.
  model::ErrorType type;
};

// Parts of class names and provider codes, the more telling first.
constexpr Sign kSigns[] = {
    {"ratelimit", kRateLimit},
    {"rate_limit", kRateLimit},
    {"rate limit", kRateLimit},
    {"toomanyrequests", kRateLimit},
    {"too many requests", kRateLimit},
    {"throttl", kRateLimit},
    {"resource_exhausted", kRateLimit},
    {"resourceexhausted", kRateLimit},
    {"insufficient_quota", kRateLimit},
    {"timeout", kTimeout},
    {"timed out", kTimeout},
    {"timedout", kTimeout},
    {"deadline", kTimeout},
    {"cancel", kCancelled},
    {"abort", kCancelled},
    {"contentfilter", kContentFilter},
    {"content_filter", kContentFilter},
    {"contentpolicy", kContentFilter},
    {"content_policy", kContentFilter},
    {"responsibleai", kContentFilter},
    {"prohibited_content", kContentFilter},
    {"authentication", kAuth},
    {"permission", kAuth},
    {"unauthorized", kAuth},
    {"forbidden", kAuth},
    {"accessdenied", kAuth},
    {"invalid_api_key", kAuth},
    {"apiconnection", kConnection},
    {"connectionerror", kConnection},
    {"connecterror", kConnection},
    {"connection error", kConnection},
    {"connection refused", kConnection},
    {"connection reset", kConnection},
    {"econnrefused", kConnection},
    {"econnreset", kConnection},
    {"enotfound", kConnection},
    {"fetch failed", kConnection},
    {"overloaded", kProvider5xx},
    {"internalserver", kProvider5xx},
    {"internal_server", kProvider5xx},
    {"serviceunavailable", kProvider5xx},
    {"service_unavailable", kProvider5xx},
    {"badgateway", kProvider5xx},
    {"server_error", kProvider5xx},
    {"servererror", kProvider5xx},
    {"badrequest", kInvalidRequest},
    {"bad_request", kInvalidRequest},
    {"invalidrequest", kInvalidRequest},
    {"invalid_request", kInvalidRequest},
    {"invalidargument", kInvalidRequest},
    {"invalid_argument", kInvalidRequest},
    {"notfound", kInvalidRequest},
    {"not_found", kInvalidRequest},
    {"unprocessable", kInvalidRequest},
    {"validationexception", kInvalidRequest},
    {"context_length", kInvalidRequest},
};

// Messages quote what users wrote, so only phrases that clients and servers make are trusted there.
constexpr Sign kMessageSigns[] = {
    {"rate limit", kRateLimit},
    {"too many requests", kRateLimit},
    {"error code: 429", kRateLimit},
    {"status code 429", kRateLimit},
    {"timed out", kTimeout},
    {"request timeout", kTimeout},
    {"connection error", kConnection},
    {"connection refused", kConnection},
    {"econnrefused", kConnection},
    {"fetch failed", kConnection},
    {"invalid api key", kAuth},
    {"incorrect api key", kAuth},
    {"overloaded", kProvider5xx},
    {"internal server error", kProvider5xx},
    {"service unavailable", kProvider5xx},
    {"maximum context length", kInvalidRequest},
    {"content management policy", kContentFilter},
};

model::ErrorType ByStatus(uint16_t status) {
  switch (status) {
    case 401:
    case 403: return kAuth;
    case 408:
    case 504: return kTimeout;
    case 429: return kRateLimit;
    case 499: return kCancelled;  // nginx: the client went away.
    default: break;
  }
  if (status >= 500 && status < 600) return kProvider5xx;
  if (status >= 400 && status < 500) return kInvalidRequest;
  return kNone;
}

std::string_view LastPart(std::string_view type) {
  size_t dot = type.find_last_of(".:");
  return dot == std::string_view::npos ? type : type.substr(dot + 1);
}

}  // namespace

model::ErrorType ClassifyError(uint16_t http_status, std::string_view type,
                               std::string_view message) {
  if (auto by_status = ByStatus(http_status); by_status != kNone) return by_status;
  // error.type may be the status code itself.
  if (type.size() == 3) {
    if (auto status = ReadInt(model::Value::String(type))) {
      if (auto by = ByStatus(static_cast<uint16_t>(*status)); by != kNone) return by;
    }
  }
  std::string_view name = LastPart(type);
  for (const Sign& sign : kSigns) {
    if (ContainsIgnoreCase(name, sign.word)) return sign.type;
  }
  for (const Sign& sign : kMessageSigns) {
    if (ContainsIgnoreCase(message, sign.word)) return sign.type;
  }
  return kOther;
}

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
