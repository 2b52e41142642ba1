// The name that was probably meant. Threads: free functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::query {

/// The name that the fewest changes of letters lead to; empty when none is near: a third of the
/// letters, at least one, may be wrong.
std::string NearestName(std::string_view typed, std::span<const std::string_view> names);

/// How many letters must be put in, taken out, replaced or swapped with their neighbour.
size_t EditDistance(std::string_view a, std::string_view b);

/// ASCII letters made small.
std::string Small(std::string_view text);

}  // namespace vitrine::query
