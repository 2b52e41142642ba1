#include "codecs/otlp/otlp_response.h"

#include "syntax/json/json_writer.h"
#include "syntax/json/utf8.h"
#include "syntax/protobuf/wire_writer.h"

namespace vitrine::codecs {

namespace {

// A protobuf string has to be UTF-8, and messages may quote what a sender wrote.
std::string Utf8(std::string_view text) {
  std::string repaired;
  syntax::AppendUtf8Repaired(repaired, text);
  return repaired;
}

std::string_view RejectedName(OtlpSignal signal) {
  switch (signal) {
    case OtlpSignal::kTraces: return "rejectedSpans";
    case OtlpSignal::kMetrics: return "rejectedDataPoints";
    case OtlpSignal::kLogs: return "rejectedLogRecords";
  }
  return "";
}

}  // namespace

std::string EncodeExportResponse(const OtlpExportOutcome& outcome, OtlpEncoding encoding) {
  std::string body;
  bool is_partial = outcome.rejected > 0 || !outcome.message.empty();
  if (encoding == OtlpEncoding::kProtobuf) {
    if (!is_partial) return body;
    syntax::WireWriter writer(body);
    size_t partial_success = writer.BeginMessage(1);
    if (outcome.rejected > 0) writer.Varint(1, outcome.rejected);
    if (!outcome.message.empty()) writer.Bytes(2, Utf8(outcome.message));
    writer.EndMessage(partial_success);
    return body;
  }
  syntax::JsonWriter writer(body);
  writer.BeginObject();
  if (is_partial) {
    writer.Key("partialSuccess").BeginObject();
    if (outcome.rejected > 0) {
      writer.Member(RejectedName(outcome.signal), std::to_string(outcome.rejected));
    }
    if (!outcome.message.empty()) writer.Member("errorMessage", outcome.message);
    writer.EndObject();
  }
  writer.EndObject();
  return body;
}

std::string EncodeStatus(int32_t code, std::string_view message, OtlpEncoding encoding) {
  std::string body;
  if (encoding == OtlpEncoding::kProtobuf) {
    syntax::WireWriter writer(body);
    if (code != 0) writer.Int(1, code);
    if (!message.empty()) writer.Bytes(2, Utf8(message));
    return body;
  }
  syntax::JsonWriter(body)
      .BeginObject()
      .Member("code", code)
      .Member("message", message)
      .Key("details")
      .BeginArray()
      .EndArray()
      .EndObject();
  return body;
}

}  // namespace vitrine::codecs
