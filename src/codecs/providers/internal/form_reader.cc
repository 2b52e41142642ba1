#include "codecs/providers/internal/form_reader.h"

#include <algorithm>

#include "codecs/content/text.h"

namespace vitrine::codecs::providers {

namespace {

/// The quoted or plain value of a parameter of a head: `; name="model"`.
std::optional<std::string_view> Parameter(std::string_view head, std::string_view name) {
  for (size_t at = 0; (at = head.find(name, at)) != std::string_view::npos; at += name.size()) {
    std::string_view before = head.substr(0, at);
    while (before.ends_with(' ')) before.remove_suffix(1);
    std::string_view behind = head.substr(at + name.size());
    if (!before.ends_with(';') || !behind.starts_with('=')) continue;
    behind.remove_prefix(1);
    bool is_quoted = behind.starts_with('"');
    if (is_quoted) behind.remove_prefix(1);
    return behind.substr(0, behind.find_first_of(is_quoted ? "\"" : "; \r\n"));
  }
  return std::nullopt;
}

}  // namespace

FormReader::FormReader(std::string_view body) : rest_(body) {
  boundary_ = Trim(body.substr(0, body.find('\n')));
  if (!boundary_.starts_with("--")) rest_ = {};
}

std::optional<FormReader::Part> FormReader::NextPart() {
  while (rest_.starts_with(boundary_) && !boundary_.empty()) {
    rest_.remove_prefix(boundary_.size());
    // A boundary stands at the beginning of a line.
    size_t end = rest_.find(boundary_);
    while (end != std::string_view::npos && rest_[end == 0 ? 0 : end - 1] != '\n') {
      end = rest_.find(boundary_, end + 1);
    }
    std::string_view part = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end);
    size_t crlf = part.find("\r\n\r\n"), lf = part.find("\n\n");
    size_t head_end = std::min(crlf, lf);
    if (head_end == std::string_view::npos) continue;
    std::string_view head = part.substr(0, head_end);
    std::string_view value = part.substr(head_end + (crlf < lf ? 4 : 2));
    if (value.ends_with('\n')) value.remove_suffix(1);
    if (value.ends_with('\r')) value.remove_suffix(1);
    return Part{head, value};
  }
  return std::nullopt;
}

std::optional<FormField> FormReader::Next() {
  while (const auto part = NextPart()) {
    auto name = Parameter(part->head, "name");
    if (name) return FormField{*name, part->value, Parameter(part->head, "filename").has_value()};
  }
  return std::nullopt;
}

std::optional<std::string_view> FormReader::NextValue() {
  const auto part = NextPart();
  return part ? std::optional(part->value) : std::nullopt;
}

}  // namespace vitrine::codecs::providers
