// The words of a filter as the index of words cuts them. Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vitrine::query {

/// In their order: cut at every ASCII character that is neither letter nor digit, ASCII letters
/// small.
std::vector<std::string> WordsOf(std::string_view text);

}  // namespace vitrine::query
