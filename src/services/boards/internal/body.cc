#include "services/boards/internal/body.h"

#include <algorithm>

#include "services/boards/limits.h"
#include "syntax/json/utf8.h"

namespace vitrine::boards {

std::unexpected<Error> Wrong(std::string message) {
  return Fail(ErrorCode::kInvalidInput, std::move(message));
}

Result<void> ReadBody(std::string_view body, Arena& arena, syntax::JsonDocument& document) {
  if (body.size() > kBodySizeMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "the body has more than " + std::to_string(kBodySizeMax / 1024) + " KiB");
  }
  if (!syntax::Utf8IsValid(body)) return Wrong("the body is not UTF-8");
  if (document.Parse(body, arena) != syntax::JsonStatus::kOk)
    return std::unexpected(document.error());
  if (!document.root().is_object()) return Wrong("the body is a JSON object");
  return {};
}

Result<void> CheckMembers(const syntax::JsonValue& object, std::string_view where,
                          std::string_view known) {
  for (const auto& member : object.Members()) {
    const std::string name = ", " + std::string(member.key) + ",";
    if ((", " + std::string(known) + ",").find(name) == std::string::npos) {
      return Wrong(std::string(where) + "there is no member '" + std::string(member.key) +
                   "' here; there are: " + std::string(known));
    }
  }
  return {};
}

Result<std::string> ReadText(const syntax::JsonValue& value, const TextRule& rule) {
  if (value.is_nothing() && rule.may_be_empty) return std::string();
  if (!value.is_string()) return Wrong(rule.name + ": is a text");
  std::string_view text = value.text();
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.empty() && !rule.may_be_empty) return Wrong(rule.name + ": is empty");
  if (text.size() > rule.size_max)
    return Wrong(rule.name + ": has more than " + std::to_string(rule.size_max) + " bytes");
  const bool has_control = std::ranges::any_of(text, [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x7F || (byte < 0x20 && !(rule.may_have_lines && (c == '\n' || c == '\t')));
  });
  if (has_control) return Wrong(rule.name + ": has control characters");
  return std::string(text);
}

Result<int64_t> ReadNumber(const syntax::JsonValue& value, const NumberRule& rule) {
  const auto number = value.AsInt();
  if (!number || *number < rule.min || *number > rule.max) {
    return Wrong(rule.name + ": is a whole number from " + std::to_string(rule.min) + " to " +
                 std::to_string(rule.max));
  }
  return *number;
}

Result<std::optional<int64_t>> ReadVersion(const syntax::JsonValue& root) {
  const syntax::JsonValue value = root["version"];
  if (value.is_nothing()) return std::optional<int64_t>();
  const auto number = value.AsInt();
  if (!number || *number < 0) return Wrong("version: is the number that GET told");
  return number;
}

}  // namespace vitrine::boards
