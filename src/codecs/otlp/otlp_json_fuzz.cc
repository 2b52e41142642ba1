// Any text as an OTLP/JSON request: what is accepted encodes and decodes again to the same.
#include <cstdio>
#include <cstdlib>

#include "codecs/otlp/oracle/oracle_compare.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrine::codecs;
  std::string_view body(reinterpret_cast<const char*>(data), size);
  OtlpLogs logs;
  if (DecodeLogsJson(body, logs)) (void)testing::Dump(logs);
  OtlpTraces traces;
  if (!DecodeTracesJson(body, traces)) return 0;
  // The first encoding puts untyped JSON into types (1e2 becomes 100.0); from there on nothing may
  // change.
  std::string json = EncodeTracesJson(traces);
  OtlpTraces typed;
  std::optional<std::string> fault;
  if (auto result = DecodeTracesJson(json, typed); !result) {
    fault = "own JSON refused: " + result.error().message;
  } else if (typed.spans.size() != traces.spans.size()) {
    fault = "spans are lost";
  } else {
    fault = testing::RoundTripFault(typed);
  }
  if (!fault) return 0;
  std::fprintf(stderr, "%s\n", fault->c_str());
  std::abort();
}
