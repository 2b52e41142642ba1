#include "syntax/json/utf8.h"

#include <simdjson.h>

#include <cstdint>

#include "syntax/json/internal/json_scan.h"

namespace vitrine::syntax {

namespace {

/// Size of the well-formed sequence at `at`, or 0; then `bad_size` is that of the maximal part to
/// replace.
size_t SequenceSize(const char* at, const char* end, size_t& bad_size) {
  auto byte = [at](size_t i) { return static_cast<uint8_t>(at[i]); };
  auto available = static_cast<size_t>(end - at);
  uint8_t lead = byte(0);
  bad_size = 1;
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
  uint8_t second_min = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  uint8_t second_max = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (available < 2 || byte(1) < second_min || byte(1) > second_max) return 0;
  for (size_t i = 2; i < size; ++i) {
    bad_size = i;
    if (i >= available || (byte(i) & 0xC0) != 0x80) return 0;
  }
  return size;
}

}  // namespace

bool Utf8IsValid(std::string_view text) {
  // Most strings are short and ASCII: not worth the call. Longer ones are checked in wider steps
  // behind it.
  constexpr size_t kShortMax = 64;
  if (text.size() <= kShortMax) {
    const char* end = text.data() + text.size();
    if (internal::FindNonAscii(text.data(), end) == end) return true;
  }
  return simdjson::validate_utf8(text.data(), text.size());
}

size_t AppendUtf8Repaired(std::string& out, std::string_view text) {
  size_t repaired_count = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  const char* good = at;  // Start of the run not yet appended.
  while ((at = internal::FindNonAscii(at, end)) < end) {
    size_t bad_size = 0;
    if (size_t size = SequenceSize(at, end, bad_size); size > 0) {
      at += size;
      continue;
    }
    out.append(good, at).append("\xEF\xBF\xBD");
    at += bad_size;
    good = at;
    ++repaired_count;
  }
  out.append(good, end);
  return repaired_count;
}

}  // namespace vitrine::syntax
