// Values of measures for people: by their unit, as a change, as a small drawing.
// Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "syntax/json/json_document.h"

namespace vitrine::cli {

/// "340 ms", "$0.0042", "1.25 %", "12345"; "—" for null. `unit` is that of the API's measures.
std::string MetricText(syntax::JsonValue value, std::string_view unit);
/// "+12 %" against `before`; "—" where one is not known, or nothing was there before.
std::string ChangeText(syntax::JsonValue value, syntax::JsonValue before);
/// A character a value, from the lowest bar for nothing to the full one for the greatest; a blank
/// for null.
std::string Sparkline(syntax::JsonValue series);
/// The same over numbers.
std::string Sparkline(const std::vector<double>& values);

}  // namespace vitrine::cli
