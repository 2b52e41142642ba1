// What the commands print for people: tables, cells, durations, money.
// Text of a server may hold anything; nothing printed here can steer a terminal.
// Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "syntax/json/json_document.h"

namespace vitrine::cli {

/// `text` without control characters: each becomes a blank.
std::string Printable(std::string_view text);
/// Prints on stderr the line of a text that holds the bytes `from` to `to`, and carets below them.
void PrintCaret(std::string_view text, size_t from, size_t to);
/// One line of a table cell; "—" for null, long text cut at a character.
std::string Cell(syntax::JsonValue value);
/// "340 ms", "2.10 s"; "—" for null.
std::string Duration(syntax::JsonValue ns);
/// "$0.0042"; "—" for null, because unpriced is not free.
std::string Dollars(syntax::JsonValue decimal);
/// `text` and blanks up to `width` characters; longer text as it is.
std::string Padded(std::string text, size_t width);
/// Rows of equal columns, the first one the head.
void PrintTable(const std::vector<std::vector<std::string>>& rows);
/// The same with every column padded on the left from `first_number` on.
void PrintTable(const std::vector<std::vector<std::string>>& rows, size_t first_number);

}  // namespace vitrine::cli
