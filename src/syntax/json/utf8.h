// UTF-8: is it, and what to do where it is not.
// Threads: free functions, safe everywhere. Format: RFC 3629 (no surrogates, nothing above
// U+10FFFF, shortest form).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vitrine::syntax {

/// Several GB/s on long texts; the code is picked for the processor at run time.
bool Utf8IsValid(std::string_view text);

/// Appends `text` with U+FFFD for each maximal part that is not UTF-8; returns how many there were.
size_t AppendUtf8Repaired(std::string& out, std::string_view text);

}  // namespace vitrine::syntax
