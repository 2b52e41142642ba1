#include "codecs/content/error_words.h"

#include <charconv>

#include "codecs/content/text.h"

namespace vitrine::codecs {

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
  // The type may be the status code itself.
  uint16_t status = 0;
  auto [end, error] = std::from_chars(type.data(), type.data() + type.size(), status);
  if (type.size() == 3 && error == std::errc() && end == type.data() + type.size()) {
    if (auto by = ByStatus(status); by != kNone) return by;
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

}  // namespace vitrine::codecs
