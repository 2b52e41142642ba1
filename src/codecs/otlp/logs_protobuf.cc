// ExportLogsServiceRequest from the protobuf wire.
#include "codecs/otlp/internal/log_event_name.h"
#include "codecs/otlp/internal/misroute.h"
#include "codecs/otlp/internal/wire_common.h"
#include "codecs/otlp/internal/wire_envelope.h"
#include "codecs/otlp/otlp_decode.h"

namespace vitrine::codecs {

namespace {

using internal::BytesTag;
using internal::Fixed32Tag;
using internal::Fixed64Tag;
using internal::Issue;
using internal::MessageField;
using internal::Signal;
using internal::VarintTag;
using internal::WireCommon;
using syntax::WireReader;

class LogsDecoder {
 public:
  LogsDecoder(std::string_view body, OtlpLogs& logs)
      : logs_(logs), common_(body, logs.attributes, logs.arena) {}

  Result<void> Decode() {
    bool decoded = ReadEnvelope();
    // Nothing a log record consists of in any of them: another kind of request.
    if (!decoded || (!logs_.records.empty() && blank_count_ == logs_.records.size())) {
      Signal found = internal::GuessSignal(common_.body());
      bool misrouted = found == Signal::kTraces || found == Signal::kMetrics;
      if (!decoded || misrouted) {
        Error error = common_.TakeError();
        if (misrouted) {
          error.code = ErrorCode::kInvalidInput;
          error.message = internal::MisrouteMessage(found);
        }
        logs_.Clear();
        return std::unexpected(std::move(error));
      }
    }
    common_.issues.Finish("log record", logs_.issues);
    return {};
  }

 private:
  bool ReadEnvelope() {
    const auto read_item = [this](std::string_view message, uint32_t scope) {
      return ReadRecord(message, scope);
    };
    return internal::WireEnvelope(logs_, common_, read_item).Read();
  }
  bool ReadRecord(std::string_view message, uint32_t scope);

  OtlpLogs& logs_;
  WireCommon common_;
  size_t blank_count_ = 0;  // Records without time and severity.
};

bool LogsDecoder::ReadRecord(std::string_view message, uint32_t scope) {
  if (logs_.records.size() >= kOtlpLogRecordsMax) {
    return common_.FailLimit("log records", kOtlpLogRecordsMax, message.data());
  }
  OtlpLogRecord record;
  record.scope = scope;
  record.attributes.begin = common_.attribute_count();
  std::string_view trace_id, span_id;
  MessageField body;
  WireReader reader(message);
  while (reader.Next()) {
    switch (reader.tag()) {
      case Fixed64Tag(1): record.time_unix_nano = reader.scalar(); break;
      case VarintTag(2): record.severity_number = common_.Enum(reader.scalar(), 24); break;
      case BytesTag(3): record.severity_text = common_.Text(reader.bytes()); break;
      case BytesTag(5): body.Add(reader.bytes()); break;
      case BytesTag(6):
        if (!common_.ReadAttribute(reader.bytes())) return false;
        break;
      case VarintTag(7):
        record.dropped_attributes_count = static_cast<uint32_t>(reader.scalar());
        break;
      case Fixed32Tag(8): record.flags = static_cast<uint32_t>(reader.scalar()); break;
      case BytesTag(9): trace_id = reader.bytes(); break;
      case BytesTag(10): span_id = reader.bytes(); break;
      case Fixed64Tag(11): record.observed_time_unix_nano = reader.scalar(); break;
      case BytesTag(12): record.event_name = common_.Text(reader.bytes()); break;
      default: break;
    }
  }
  record.attributes.end = common_.attribute_count();
  std::string_view merged;
  if (!common_.Finished(reader) || !common_.Merge(message, BytesTag(5), body, merged) ||
      !common_.ReadAnyValue(merged, record.body)) {
    return false;
  }
  record.trace_id = common_.OptionalId<TraceId>(trace_id, Issue::kReferenceId);
  record.span_id = common_.OptionalId<SpanId>(span_id, Issue::kReferenceId);
  internal::FillEventName(logs_.attributes, record);
  bool has_time = record.time_unix_nano != 0 || record.observed_time_unix_nano != 0;
  if (!has_time && record.severity_number == 0) ++blank_count_;
  logs_.records.push_back(record);
  return true;
}

}  // namespace

Result<void> DecodeLogsProtobuf(std::string_view body, OtlpLogs& logs) {
  logs.Clear();
  return LogsDecoder(body, logs).Decode();
}

}  // namespace vitrine::codecs
