// Base64 (RFC 4648), both alphabets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vitrine::syntax {

/// Standard alphabet, padded.
std::string Base64Encode(std::string_view bytes);
/// Takes the standard and the URL-safe alphabet, padded or not, line breaks ignored. Nothing on any
/// other character or an impossible length.
std::optional<std::string> Base64Decode(std::string_view text);
/// The same into `bytes`, whose memory is used again; false, with part of it there, where it fails.
bool Base64Decode(std::string_view text, std::string& bytes);

}  // namespace vitrine::syntax
