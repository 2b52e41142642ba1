// The forms under which a model name is looked up, from the name itself to what is left without
// date, version, region and prefix. Threads: pure functions. Source: WIRE-FORMATS 8.3 (match
// order).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "model/price.h"

namespace vitrine::pipeline {

/// The steps of taking a name apart, in the order in which they are tried.
enum class FormStep : uint8_t { kExact, kWithoutDate, kWithoutVersion, kWithoutPrefix };
inline constexpr size_t kFormStepCount = 4;

/// The names to try at each step, lower case, without repeats.
struct ModelForms {
  std::array<std::vector<std::string>, kFormStepCount> steps;
};
ModelForms FormsOf(std::string_view name);

/// "claude-sonnet-4-5-20250929" -> "claude-sonnet-4-5"; the name itself where it ends in no date.
std::string_view WithoutDate(std::string_view name);
/// "us.amazon.nova-lite-v1:0" -> "amazon.nova-lite-v1:0".
std::string_view WithoutRegion(std::string_view name);
/// "anthropic.claude-3-haiku-20240307-v1:0" -> "anthropic.claude-3-haiku-20240307".
std::string_view WithoutVersion(std::string_view name);
/// "models/gemini-2.5-pro" -> "gemini-2.5-pro"; the last part of an ARN.
std::string_view WithoutPrefix(std::string_view name);

}  // namespace vitrine::pipeline
