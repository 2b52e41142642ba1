#include "services/forward/error_text.h"

#include "pipeline/secret_scrubber.h"

namespace vitrine::forward {

namespace {

void TakeOut(std::string_view secret, std::string& text) {
  for (size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != std::string::npos;) {
    text.replace(at, secret.size(), pipeline::kScrubbed);
    at += pipeline::kScrubbed.size();
  }
}

}  // namespace

std::string ErrorText(const std::string& message, const ForwardSetting& setting) {
  const pipeline::SecretScrubber scrubber;
  Arena arena;
  uint32_t count = 0;
  std::string shown(scrubber.ScrubText(message, arena, count));
  for (const auto& [name, value] : setting.headers) {
    TakeOut(value, shown);
    TakeOut(std::string_view(value).substr(value.rfind(' ') + 1), shown);  // Behind "Bearer ".
  }
  return shown;
}

}  // namespace vitrine::forward
