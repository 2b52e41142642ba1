// Skeleton: bytes in which pieces that are kept elsewhere are replaced by references, so that what
// many texts share is stored once. Put together again, it is the same bytes.
// Owner: values. Threads: free functions and one writer each. Format:
// docs/formats/exchange_skeleton.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "syntax/json/json_escapes.h"

namespace vitrine::syntax {

/// Opens and closes a reference; doubled, it stands for itself.
inline constexpr char kSkeletonMark = '\x1F';

/// How the piece is made of the text. Stored: never renumber.
enum class SkeletonForm : uint16_t {
  kEscaped = 0,     ///< As the inside of a JSON string, in the reference's style.
  kPlain = 0x2000,  ///< As it is.
  // In base64, then escaped in the reference's style:
  kBase64 = 0x4000,         ///< Padded.
  kBase64Url = 0x8000,      ///< In the URL-safe alphabet, padded.
  kBase64UrlBare = 0xC000,  ///< In the URL-safe alphabet, not padded.
};

struct SkeletonReference {
  uint32_t content = 0;  ///< Which of the contents that belong to the skeleton.
  uint32_t text = 0;     ///< Which text of it.
  SkeletonForm form = SkeletonForm::kEscaped;
  JsonEscapeStyle style = 0;
};

/// Appends the bytes that the reference stands for, given its text.
void AppendReferenced(std::string& out, const SkeletonReference& reference, std::string_view text);

class SkeletonWriter {
 public:
  void Literal(std::string_view bytes);
  void Reference(const SkeletonReference& reference);

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Puts a skeleton together; `text_of` finds the texts.
/// Errors: kCorrupt (not a skeleton; byte offset given), kLimitExceeded (more than
///         `size_bytes_max`), those of `text_of`.
Result<std::string> Reassemble(
    std::string_view skeleton, size_t size_bytes_max,
    const std::function<Result<std::string_view>(const SkeletonReference&)>& text_of);

}  // namespace vitrine::syntax
