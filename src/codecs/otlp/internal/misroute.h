// Misrouted requests: traces, logs and metrics share their outer field numbers, so one decodes as
// another without a fault, only emptily. These say what a body is when it turned out not to be what
// its path says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine::codecs::internal {

enum class Signal : uint8_t { kUnknown, kTraces, kLogs, kMetrics };

/// Judges by the fields of the first items of a protobuf request. kUnknown where they do not tell.
Signal GuessSignal(std::string_view body);

/// "this is a logs request; send it to /v1/logs".
std::string MisrouteMessage(Signal found);

}  // namespace vitrine::codecs::internal
