#include "capture/gateway/guardrails.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/arena.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::capture {

namespace {

using model::GuardrailResult;
using syntax::JsonValue;

constexpr std::string_view kMasked = "[masked]";
// RE2 compiles a pattern to at most this; more would be a mistake or an attack on the server.
constexpr int64_t kPatternBytesMax = 8 << 20;

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

GuardrailResult ResultOf(GuardrailAction action) {
  switch (action) {
    case GuardrailAction::kFlag: return GuardrailResult::kFlag;
    case GuardrailAction::kMask: return GuardrailResult::kMask;
    case GuardrailAction::kBlock: break;
  }
  return GuardrailResult::kBlock;
}

/// A text of a body and where its raw bytes stand.
struct Found {
  std::string_view raw, text;
};

void CollectTexts(JsonValue value, std::vector<Found>& out) {
  if (value.is_string()) {
    out.push_back({value.raw(), value.text()});
  } else if (value.is_array()) {
    for (const JsonValue element : value.Elements()) CollectTexts(element, out);
  } else {
    for (const auto [name, member] : value.Members()) CollectTexts(member, out);
  }
}

/// Every text of a body, in the order of its bytes: the strings of JSON, or all of it.
class Texts {
 public:
  Texts(std::string_view body, bool may_be_json) {
    if (may_be_json && document_.Parse(body, arena_) == syntax::JsonStatus::kOk) {
      is_json_ = true;
      CollectTexts(document_.root(), texts_);
    } else {
      texts_.push_back({body, body});
    }
  }
  const std::vector<Found>& all() const { return texts_; }
  bool is_json() const { return is_json_; }

 private:
  Arena arena_;
  syntax::JsonDocument document_;
  std::vector<Found> texts_;
  bool is_json_ = false;
};

/// The body with every match in its texts replaced.
std::string Mask(std::string_view body, const Texts& texts, const re2::RE2& pattern) {
  std::string masked;
  size_t copied = 0;
  for (const Found& found : texts.all()) {
    std::string text(found.text);
    if (re2::RE2::GlobalReplace(&text, pattern, Piece(kMasked)) == 0) continue;
    const auto at = static_cast<size_t>(found.raw.data() - body.data());
    masked.append(body.substr(copied, at - copied));
    if (texts.is_json()) {
      syntax::JsonWriter(masked).String(text);
    } else {
      masked.append(text);
    }
    copied = at + found.raw.size();
  }
  return masked.append(body.substr(copied));
}

}  // namespace

Guardrails::Guardrails() = default;
Guardrails::~Guardrails() = default;
Guardrails::Guardrails(Guardrails&&) noexcept = default;

Result<Guardrails> Guardrails::Create(std::vector<GuardrailSetting> settings) {
  Guardrails guardrails;
  for (GuardrailSetting& setting : settings) {
    const std::string where = "guardrail '" + setting.name + "': ";
    if (setting.pattern.empty() && setting.models.empty() && setting.tokens_max == 0)
      return Fail(ErrorCode::kInvalidInput, where + "needs a pattern, models or max_tokens");
    Rule rule;
    if (!setting.pattern.empty()) {
      re2::RE2::Options options;
      options.set_log_errors(false);
      options.set_max_mem(kPatternBytesMax);
      rule.pattern = std::make_unique<re2::RE2>(Piece(setting.pattern), options);
      if (!rule.pattern->ok())
        return Fail(ErrorCode::kInvalidInput, where + "its pattern: " + rule.pattern->error());
    }
    rule.setting = std::move(setting);
    guardrails.rules_.push_back(std::move(rule));
  }
  return guardrails;
}

bool Guardrails::has_for_requests() const {
  return std::ranges::any_of(rules_, [](const Rule& rule) {
    return rule.setting.is_for_requests || rule.setting.tokens_max > 0 ||
           !rule.setting.models.empty();
  });
}

bool Guardrails::has_for_answers() const {
  return std::ranges::any_of(rules_, [](const Rule& rule) { return rule.setting.is_for_answers; });
}

GuardrailVerdict Guardrails::Check(std::string_view body, bool is_answer, bool is_body) const {
  GuardrailVerdict verdict;
  std::string current(body);
  for (const Rule& rule : rules_) {
    const bool applies = is_answer ? rule.setting.is_for_answers : rule.setting.is_for_requests;
    if (!applies || !rule.pattern) continue;
    const Texts texts(current, is_body);
    const bool is_found = std::ranges::any_of(texts.all(), [&rule](const Found& found) {
      return re2::RE2::PartialMatch(Piece(found.text), *rule.pattern);
    });
    GuardrailResult result = GuardrailResult::kPass;
    if (is_found) result = ResultOf(rule.setting.action);
    if (result == GuardrailResult::kMask && !is_body) result = GuardrailResult::kBlock;
    if (result == GuardrailResult::kMask) current = Mask(current, texts, *rule.pattern);
    if (result > verdict.result) {
      verdict.result = result;
      verdict.name = rule.setting.name;
    }
  }
  if (verdict.result == GuardrailResult::kBlock) {
    verdict.message =
        "the guardrail '" + verdict.name + "' blocked this " + (is_answer ? "answer" : "request");
  }
  if (current != body) verdict.body = std::move(current);
  return verdict;
}

GuardrailVerdict Guardrails::CheckRequest(std::string_view body, std::string_view model,
                                          uint64_t tokens) const {
  for (const Rule& rule : rules_) {
    const GuardrailSetting& setting = rule.setting;
    const bool is_model_allowed = setting.models.empty() || model.empty() ||
                                  std::ranges::find(setting.models, model) != setting.models.end();
    const bool is_too_large = setting.tokens_max > 0 && tokens > setting.tokens_max;
    if (is_model_allowed && !is_too_large) continue;
    return {.result = GuardrailResult::kBlock,
            .name = setting.name,
            .message =
                "the guardrail '" + setting.name + "' " +
                (is_too_large ? "allows no request of about " + std::to_string(tokens) + " tokens"
                              : "does not allow the model '" + std::string(model) + "'"),
            .body = {}};
  }
  return Check(body, false, true);
}

GuardrailVerdict Guardrails::CheckAnswer(std::string_view body, bool is_stream,
                                         std::string_view text) const {
  return is_stream ? Check(text, true, false) : Check(body, true, true);
}

}  // namespace vitrine::capture
