// Byte scanning for JSON and UTF-8: find the next byte that needs thought, 16 at a time where the
// processor can. Threads: free functions. Private to syntax/json.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vitrine::syntax::internal {

/// First byte in [at, end) that is a quote, a backslash or below 0x20; `end` if there is none.
inline const char* FindStringSpecial(const char* at, const char* end) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i control_max = _mm_set1_epi8(0x1F);
  while (end - at >= 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
    // Unsigned "<= 0x1F" as "the larger of the two is 0x1F".
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_max_epu8(bytes, control_max), control_max));
    auto mask = static_cast<uint32_t>(_mm_movemask_epi8(hit));
    if (mask != 0) return at + std::countr_zero(mask);
    at += 16;
  }
#endif
  while (at < end && *at != '"' && *at != '\\' && static_cast<uint8_t>(*at) >= 0x20) ++at;
  return at;
}

/// Copies from [from, end) to `to` up to the first backslash, and returns where that is (or `end`).
/// `to` must have room for 15 bytes more than are copied.
inline const char* CopyToBackslash(const char* from, const char* end, char* to) {
#if defined(__SSE2__)
  const __m128i backslash = _mm_set1_epi8('\\');
  while (end - from >= 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    auto mask = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, backslash)));
    if (mask != 0) return from + std::countr_zero(mask);
    from += 16;
    to += 16;
  }
#endif
  while (from < end && *from != '\\') *to++ = *from++;
  return from;
}

/// Copies from [from, end) to `to` up to the first byte that a JSON string has to escape, and
/// returns where that is (or `end`). `to` must have room for 15 bytes more than are copied.
inline const char* CopyToStringSpecial(const char* from, const char* end, char* to) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i control_max = _mm_set1_epi8(0x1F);
  while (end - from >= 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_max_epu8(bytes, control_max), control_max));
    auto mask = static_cast<uint32_t>(_mm_movemask_epi8(hit));
    if (mask != 0) return from + std::countr_zero(mask);
    from += 16;
    to += 16;
  }
#endif
  while (from < end && *from != '"' && *from != '\\' && static_cast<uint8_t>(*from) >= 0x20) {
    *to++ = *from++;
  }
  return from;
}

/// First byte of 0x80 or above in [at, end); `end` if there is none.
inline const char* FindNonAscii(const char* at, const char* end) {
#if defined(__SSE2__)
  while (end - at >= 16) {
    auto mask = static_cast<uint32_t>(
        _mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))));
    if (mask != 0) return at + std::countr_zero(mask);
    at += 16;
  }
#else
  for (uint64_t word = 0; end - at >= 8; at += 8) {
    std::memcpy(&word, at, 8);
    if ((word & 0x8080808080808080u) != 0) break;
  }
#endif
  while (at < end && static_cast<uint8_t>(*at) < 0x80) ++at;
  return at;
}

}  // namespace vitrine::syntax::internal
