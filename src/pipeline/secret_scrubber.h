// SecretScrubber: takes provider keys, tokens and authorisation headers out of a span before it
// reaches the log. Threads: const and shared. What a secret looks like is a table
// (secret_patterns.h). Replaced text is in the batch's arena.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "model/span.h"

namespace vitrine::pipeline {

/// What stands in a secret's place.
inline constexpr std::string_view kScrubbed = "[scrubbed]";

class SecretScrubber {
 public:
  /// Scrubs every text of the span that a sender can fill; counts replacements in span.redactions.
  void Scrub(model::Span& span, Arena& arena) const;
  void Scrub(model::Score& score, Arena& arena) const;

  /// Takes out credentials that are known from elsewhere, whatever they look like: those of the
  /// call itself, echoed. Also where they stand escaped as in JSON.
  void ScrubKnown(model::Span& span, Arena& arena, std::span<const std::string> secrets) const;

  /// The text without secrets; the same view when it holds none. `count` grows by the number of
  /// replacements.
  std::string_view ScrubText(std::string_view text, Arena& arena, uint32_t& count) const;
  /// True for names whose whole value is a secret: authorization, x-api-key, cookie, ….
  static bool IsSecretName(std::string_view key);
};

}  // namespace vitrine::pipeline
