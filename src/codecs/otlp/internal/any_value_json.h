// How a nested AnyValue reads as JSON text where the plain rules of JSON leave a choice.
#pragma once

#include <string>

namespace vitrine::codecs::internal {

/// Appends a double so that it reads back as one: whole numbers keep ".0", what JSON lacks becomes
/// "NaN", "Infinity" and
/// "-Infinity" as strings.
void AppendAnyDouble(std::string& json, double value);

}  // namespace vitrine::codecs::internal
