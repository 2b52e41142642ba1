// Guardrails: what a request may ask and an answer may say.
// Owner: the door. Threads: const after construction.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/span.h"

namespace re2 {
class RE2;
}

namespace vitrine::capture {

/// What happens where a pattern is found.
enum class GuardrailAction : uint8_t { kFlag, kMask, kBlock };

struct GuardrailSetting {
  std::string name;
  bool is_for_requests = true, is_for_answers = false;
  std::string pattern;  ///< RE2's syntax; looked for in every text of the body. Empty: none.
  GuardrailAction action = GuardrailAction::kBlock;
  uint64_t tokens_max = 0;          ///< Of a request, as estimated; 0: any number. Always blocks.
  std::vector<std::string> models;  ///< Those that may be asked; empty: all. Always blocks.
};

/// The strictest of what was found.
struct GuardrailVerdict {
  model::GuardrailResult result = model::GuardrailResult::kNone;
  std::string name;     ///< Of the guardrail that decided.
  std::string message;  ///< For the client, where it blocks.
  std::string body;     ///< With what was found replaced, where it masks.
};

class Guardrails {
 public:
  /// Errors: kInvalidInput (a pattern that RE2 does not take, a guardrail without a rule).
  static Result<Guardrails> Create(std::vector<GuardrailSetting> settings);
  ~Guardrails();
  Guardrails(Guardrails&&) noexcept;

  bool has_for_requests() const;
  bool has_for_answers() const;

  /// Looks at a request's body (JSON; anything else is one text).
  GuardrailVerdict CheckRequest(std::string_view body, std::string_view model,
                                uint64_t tokens) const;
  /// Looks at an answer. A stream's text comes in pieces that no pattern meets, so for streams
  /// `text` is what they add up to, and a guardrail that would mask blocks.
  GuardrailVerdict CheckAnswer(std::string_view body, bool is_stream, std::string_view text) const;

 private:
  struct Rule {
    GuardrailSetting setting;
    std::unique_ptr<re2::RE2> pattern;
  };
  Guardrails();
  /// `is_body`: what will be sent, so that it can be masked; else only what it says.
  GuardrailVerdict Check(std::string_view body, bool is_answer, bool is_body) const;

  std::vector<Rule> rules_;
};

}  // namespace vitrine::capture
