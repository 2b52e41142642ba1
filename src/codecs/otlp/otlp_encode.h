// Encoders of OTLP traces, for the demo, for tests and for handing on.
// Threads: free functions. Source: OTLP 1.11.0.
#pragma once

#include <string>

#include "codecs/otlp/otlp_data.h"

namespace vitrine::codecs {

/// Encodes an ExportTraceServiceRequest that decodes to the same arrays, issues aside.
/// Shape:    resources and scopes in their order, each with its spans; defaults are left out. A
/// Value of kind kJson is sent
///           as array or kvlist (as a string where its text is no JSON array or object).
/// Loses:    inside arrays and kvlists, bytes stay the base64 strings and non-finite doubles the
/// words they were decoded to.
std::string EncodeTracesProtobuf(const OtlpTraces& traces);

/// The same as OTLP/JSON: ids in hex, 64-bit integers as strings, enums as numbers.
std::string EncodeTracesJson(const OtlpTraces& traces);

}  // namespace vitrine::codecs
