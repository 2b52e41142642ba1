// JSON escapes: the inside of a string unescaped, and escaped again exactly as its writer did.
// Writers differ in what they escape and how; a style says which way one string was written, so
// that its bytes can be made from its text.
// Threads: free functions. Format: RFC 8259, section 7.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine::syntax {

/// What is escaped beside the quote, the backslash and control characters. Bits are kept in stored
/// skeletons: never renumber. 0 is JSON.stringify.
using JsonEscapeStyle = uint16_t;
inline constexpr JsonEscapeStyle kEscapeNonAscii = 0x1;        ///< Python, PHP, .NET.
inline constexpr JsonEscapeStyle kEscapeUpperHex = 0x2;        ///< \u00E9 instead of \u00e9.
inline constexpr JsonEscapeStyle kEscapeAngles = 0x4;          ///< < and >: Go, Gson.
inline constexpr JsonEscapeStyle kEscapeAmpersand = 0x8;       ///< Go, Gson.
inline constexpr JsonEscapeStyle kEscapeSlash = 0x10;          ///< \/: PHP.
inline constexpr JsonEscapeStyle kEscapeLineSeparator = 0x20;  ///< U+2028, U+2029: Go.
inline constexpr JsonEscapeStyle kEscapeBreaksAsHex = 0x40;    ///< \u0008, \u000c: older Go.
inline constexpr JsonEscapeStyle kEscapeDelete = 0x80;         ///< U+007F: Python.
inline constexpr JsonEscapeStyle kEscapeApostrophe = 0x100;    ///< Gson, .NET.
inline constexpr JsonEscapeStyle kEscapeQuoteAsHex = 0x200;    ///< \u0022: .NET.
inline constexpr JsonEscapeStyle kEscapePlus = 0x400;          ///< .NET.
inline constexpr JsonEscapeStyle kEscapeEquals = 0x800;        ///< Gson.
inline constexpr JsonEscapeStyle kEscapeBacktick = 0x1000;     ///< .NET.
inline constexpr JsonEscapeStyle kEscapeStyleAll = 0x1FFF;

/// Appends the text that the inside of a JSON string means to `text`, and says how it was escaped.
/// Takes anything: an escape that JSON lacks stays as it is, half a surrogate pair becomes three
/// bytes of its own. AppendJsonEscaped makes the same bytes again from text and style wherever one
/// writer kept one style; the caller compares.
JsonEscapeStyle UnescapeJson(std::string_view inside, std::string& text);

/// Appends `text` escaped in this style, without quotes.
void AppendJsonEscaped(std::string& out, std::string_view text, JsonEscapeStyle style);

}  // namespace vitrine::syntax
