#include "syntax/skeleton.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "syntax/base64.h"

namespace vitrine::syntax {

namespace {

constexpr uint16_t kForms = 0xE000;
static_assert((kForms & kEscapeStyleAll) == 0);

bool IsForm(uint16_t bits) {
  switch (static_cast<SkeletonForm>(bits)) {
    case SkeletonForm::kEscaped:
    case SkeletonForm::kPlain:
    case SkeletonForm::kBase64:
    case SkeletonForm::kBase64Url:
    case SkeletonForm::kBase64UrlBare: return true;
  }
  return false;
}

std::string InBase64(std::string_view bytes, SkeletonForm form) {
  std::string text = Base64Encode(bytes);
  if (form == SkeletonForm::kBase64) return text;
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  if (form == SkeletonForm::kBase64UrlBare) text.resize(text.find_last_not_of('=') + 1);
  return text;
}
constexpr int kHex = 16, kDecimal = 10;

void AppendNumber(std::string& out, uint32_t number, int base) {
  char digits[16];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number, base).ptr);
}

template <typename T>
std::optional<T> TakeNumber(std::string_view& text, int base) {
  T number = 0;
  const char* end = text.data() + text.size();
  const auto [behind, problem] = std::from_chars(text.data(), end, number, base);
  if (problem != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(behind - text.data()));
  if (!text.empty() && (text[0] != '.' || text.size() == 1)) return std::nullopt;
  if (!text.empty()) text.remove_prefix(1);
  return number;
}

/// "content[.text[.form and style]]"
std::optional<SkeletonReference> ParseReference(std::string_view text) {
  SkeletonReference reference;
  const auto content = TakeNumber<uint32_t>(text, kDecimal);
  if (!content) return std::nullopt;
  reference.content = *content;
  if (text.empty()) return reference;
  const auto index = TakeNumber<uint32_t>(text, kDecimal);
  if (!index) return std::nullopt;
  reference.text = *index;
  if (text.empty()) return reference;
  const auto bits = TakeNumber<uint16_t>(text, kHex);
  if (!bits || !text.empty() || !IsForm(*bits & kForms)) return std::nullopt;
  reference.form = static_cast<SkeletonForm>(*bits & kForms);
  reference.style = *bits & kEscapeStyleAll;
  return reference;
}

}  // namespace

void AppendReferenced(std::string& out, const SkeletonReference& reference, std::string_view text) {
  switch (reference.form) {
    case SkeletonForm::kEscaped: return AppendJsonEscaped(out, text, reference.style);
    case SkeletonForm::kPlain: out.append(text); return;
    case SkeletonForm::kBase64:
    case SkeletonForm::kBase64Url:
    case SkeletonForm::kBase64UrlBare:
      return AppendJsonEscaped(out, InBase64(text, reference.form), reference.style);
  }
}

void SkeletonWriter::Literal(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t mark = bytes.find(kSkeletonMark);
    if (mark == std::string_view::npos) break;
    bytes_.append(bytes.substr(0, mark + 1)).push_back(kSkeletonMark);
    bytes.remove_prefix(mark + 1);
  }
  bytes_.append(bytes);
}

void SkeletonWriter::Reference(const SkeletonReference& reference) {
  const uint32_t bits = static_cast<uint32_t>(reference.form) | reference.style;
  bytes_.push_back(kSkeletonMark);
  AppendNumber(bytes_, reference.content, kDecimal);
  if (reference.text != 0 || bits != 0) {
    bytes_.push_back('.');
    AppendNumber(bytes_, reference.text, kDecimal);
  }
  if (bits != 0) {
    bytes_.push_back('.');
    AppendNumber(bytes_, bits, kHex);
  }
  bytes_.push_back(kSkeletonMark);
}

Result<std::string> Reassemble(
    std::string_view skeleton, size_t size_bytes_max,
    const std::function<Result<std::string_view>(const SkeletonReference&)>& text_of) {
  std::string out;
  const size_t size = skeleton.size();
  for (size_t at = 0; at < size;) {
    const size_t mark = std::min(skeleton.find(kSkeletonMark, at), size);
    out.append(skeleton.substr(at, mark - at));
    if (mark == size) {
      at = size;
    } else {
      const size_t end = skeleton.find(kSkeletonMark, mark + 1);
      if (end == std::string_view::npos)
        return Fail(ErrorCode::kCorrupt, "a skeleton ends in a reference", mark);
      if (end == mark + 1) {
        out.push_back(kSkeletonMark);
      } else {
        const auto reference = ParseReference(skeleton.substr(mark + 1, end - mark - 1));
        if (!reference) return Fail(ErrorCode::kCorrupt, "a reference of a skeleton", mark);
        TRY_ASSIGN(const std::string_view text, text_of(*reference));
        AppendReferenced(out, *reference, text);
      }
      at = end + 1;
    }
    if (out.size() > size_bytes_max)
      return Fail(ErrorCode::kLimitExceeded, "a skeleton makes more bytes than it should");
  }
  return out;
}

}  // namespace vitrine::syntax
