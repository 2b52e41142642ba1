// Names of targets and exports: each is a file's name, and a label's value. Threads: free
// functions.
#pragma once

#include <algorithm>
#include <string_view>

namespace vitrine::app {

inline constexpr std::string_view kTargetNameRule =
    "the name is 1 to 64 letters, digits, '-' and '_'";

inline bool IsTargetName(std::string_view name) {
  const auto is_fit = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_fit);
}

}  // namespace vitrine::app
