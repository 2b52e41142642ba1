// Answers of the OTLP doors: Export…ServiceResponse and google.rpc.Status, in both encodings.
// Threads: free functions. Source: OTLP 1.11.0, "OTLP/HTTP Response".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine::codecs {

enum class OtlpSignal : uint8_t { kTraces, kMetrics, kLogs };
enum class OtlpEncoding : uint8_t { kProtobuf, kJson };

struct OtlpExportOutcome {
  OtlpSignal signal = OtlpSignal::kTraces;
  uint64_t rejected =
      0;  ///< Spans, data points or log records; the sender will not send them again.
  std::string_view message;  ///< Why; a warning where nothing was rejected.
};

/// The body of a 200: with everything taken and nothing to say it is empty in protobuf and {} in
/// JSON.
std::string EncodeExportResponse(const OtlpExportOutcome& outcome, OtlpEncoding encoding);

/// The body of a 4xx or 5xx: a google.rpc.Status with a gRPC code (3 is INVALID_ARGUMENT, 14
/// UNAVAILABLE).
std::string EncodeStatus(int32_t code, std::string_view message, OtlpEncoding encoding);

}  // namespace vitrine::codecs
