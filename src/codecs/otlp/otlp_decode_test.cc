// Refusals, limits and answers; what is tolerated is in the golden cases.
#include "codecs/otlp/otlp_decode.h"

#include <gtest/gtest.h>

#include "codecs/otlp/limits.h"
#include "codecs/otlp/oracle/oracle_compare.h"
#include "codecs/otlp/otlp_response.h"
#include "syntax/protobuf/wire_writer.h"

namespace vitrine::codecs {
namespace {

namespace oracle = vitrine::otlp_oracle;
using namespace std::string_literals;

Error TracesError(std::string_view body, bool json = false) {
  OtlpTraces traces;
  auto result = json ? DecodeTracesJson(body, traces) : DecodeTracesProtobuf(body, traces);
  EXPECT_FALSE(result);
  EXPECT_TRUE(traces.spans.empty() && traces.resources.empty() && traces.attributes.empty());
  return result ? Error{} : result.error();
}

TEST(OtlpDecode, EmptyRequestsAreFine) {
  OtlpTraces traces;
  OtlpLogs logs;
  EXPECT_TRUE(DecodeTracesProtobuf("", traces));
  EXPECT_TRUE(DecodeTracesJson("{}", traces));
  EXPECT_TRUE(DecodeTracesJson(" {\"resourceSpans\":[]} ", traces));
  EXPECT_TRUE(DecodeTracesJson("{\"resourceSpans\":null}", traces));
  EXPECT_TRUE(DecodeLogsProtobuf("", logs));
  EXPECT_TRUE(DecodeLogsJson("\xEF\xBB\xBF{}", logs));
  EXPECT_EQ(traces.issues.message, "");
  EXPECT_EQ(logs.issues.message, "");
  EXPECT_TRUE(DecodeTracesJson("{\"spans\":[]}", traces));
  EXPECT_EQ(traces.issues.repaired, 1u);
}

TEST(OtlpDecode, MalformedBytesSayWhere) {
  // resource_spans of 5 bytes: resource of 3 bytes: an attribute that claims 9.
  Error error = TracesError("\x0A\x05\x0A\x03\x0A\x09\x0A"s);
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_EQ(error.offset, 4u);
  error = TracesError("\x0A\x7F"s);
  EXPECT_EQ(error.offset, 0u);
  error = TracesError("\x0B\x0C"s);
  EXPECT_NE(error.message.find("groups"), std::string::npos);
  error = TracesError("{\"resourceSpans\":[}", true);
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_EQ(error.offset, 18u);
  EXPECT_EQ(TracesError("[]", true).code, ErrorCode::kInvalidInput);
  EXPECT_EQ(TracesError("", true).code, ErrorCode::kInvalidInput);
  EXPECT_EQ(
      TracesError("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"x", true).offset,
      53u);
}

TEST(OtlpDecode, LogsOnTheTracesPathAreNamed) {
  oracle::ExportLogsServiceRequest request;
  auto* record = request.add_resource_logs()->add_scope_logs()->add_log_records();
  record->set_time_unix_nano(1735689600000000000);
  record->set_severity_number(oracle::SEVERITY_NUMBER_INFO);
  record->mutable_body()->set_string_value("hello");
  Error error = TracesError(request.SerializeAsString());
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_EQ(error.message, "this is a logs request; send it to /v1/logs");
  // Also where the ids of the records do not even parse as attributes.
  record->set_trace_id(std::string(16, '\xF7'));
  record->set_span_id(std::string(8, '\xAD'));
  error = TracesError(request.SerializeAsString());
  EXPECT_EQ(error.message, "this is a logs request; send it to /v1/logs");
  EXPECT_EQ(TracesError(R"({"resourceLogs":[]})", true).message,
            "this is a logs request; send it to /v1/logs");
  EXPECT_EQ(TracesError(R"({"resource_metrics":[]})", true).message,
            "this is a metrics request; send it to /v1/metrics");
}

TEST(OtlpDecode, MetricsOnTheTracesPathAreNamed) {
  std::string body;
  syntax::WireWriter writer(body);
  size_t resource = writer.BeginMessage(1), scope = writer.BeginMessage(2),
         metric = writer.BeginMessage(2);
  writer.Bytes(1, "http.server.request.duration");
  writer.Bytes(3, "s");
  writer.Bytes(9, "");
  writer.EndMessage(metric);
  writer.EndMessage(scope);
  writer.EndMessage(resource);
  EXPECT_EQ(TracesError(body).message, "this is a metrics request; send it to /v1/metrics");
}

TEST(OtlpDecode, TracesOnTheLogsPathAreNamed) {
  oracle::ExportTraceServiceRequest request;
  auto* span = request.add_resource_spans()->add_scope_spans()->add_spans();
  span->set_trace_id(std::string(16, '\x01'));
  span->set_span_id(std::string(8, '\x02'));
  span->set_start_time_unix_nano(1735689600000000000);
  OtlpLogs logs;
  auto result = DecodeLogsProtobuf(request.SerializeAsString(), logs);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "this is a traces request; send it to /v1/traces");
  EXPECT_TRUE(logs.records.empty());
  EXPECT_FALSE(DecodeLogsJson(R"({"resourceSpans":[]})", logs));
}

TEST(OtlpDecode, SpansWithoutIdsAreRejectedAlone) {
  oracle::ExportTraceServiceRequest request;
  auto* scope = request.add_resource_spans()->add_scope_spans();
  for (int i = 0; i < 3; ++i) {
    auto* span = scope->add_spans();
    if (i != 1) span->set_trace_id(std::string(16, '\x01'));
    span->set_span_id(std::string(8, static_cast<char>(i + 1)));
    span->set_start_time_unix_nano(1);
    span->add_attributes()->set_key("k" + std::to_string(i));
    span->add_events()->set_name("e" + std::to_string(i));
  }
  std::string body = request.SerializeAsString();
  OtlpTraces traces;
  ASSERT_TRUE(DecodeTracesProtobuf(body, traces));
  ASSERT_EQ(traces.spans.size(), 2u);
  EXPECT_EQ(traces.issues.rejected, 1u);
  EXPECT_EQ(traces.issues.message, "1 span rejected: trace id missing, zero or not 16 bytes");
  EXPECT_EQ(traces.attributes[traces.spans[1].attributes.begin].key, "k2");
  EXPECT_EQ(traces.events[traces.spans[1].events.begin].name, "e2");
  EXPECT_EQ(traces.attributes.size(), 2u);
  // All of them, but spans they are: partial success, not an error.
  for (auto& span : *scope->mutable_spans()) span.clear_trace_id();
  body = request.SerializeAsString();
  ASSERT_TRUE(DecodeTracesProtobuf(body, traces));
  EXPECT_EQ(traces.issues.rejected, 3u);
}

/// `depth` arrays inside one another as the value of one span attribute.
oracle::ExportTraceServiceRequest NestedArrays(uint32_t depth) {
  oracle::ExportTraceServiceRequest request;
  auto* span = request.add_resource_spans()->add_scope_spans()->add_spans();
  span->set_trace_id(std::string(16, '\x01'));
  span->set_span_id(std::string(8, '\x01'));
  auto* value = span->add_attributes()->mutable_value();
  for (uint32_t i = 0; i < depth; ++i) value = value->mutable_array_value()->add_values();
  value->set_int_value(1);
  return request;
}

TEST(OtlpDecode, NestingIsLimited) {
  OtlpTraces traces;
  auto request = NestedArrays(kAnyValueDepthMax);
  std::string body = request.SerializeAsString();
  ASSERT_TRUE(DecodeTracesProtobuf(body, traces));
  if (auto fault = testing::RoundTripFault(traces)) FAIL() << *fault;
  request = NestedArrays(kAnyValueDepthMax + 1);
  EXPECT_EQ(TracesError(request.SerializeAsString()).code, ErrorCode::kLimitExceeded);
  auto nested_json = [](uint32_t depth) {
    std::string json =
        R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c",)"
        R"("spanId":"b7ad6b7169203331","attributes":[{"key":"k","value":)";
    for (uint32_t i = 0; i < depth; ++i) json += R"({"arrayValue":{"values":[)";
    json += R"({"intValue":1})";
    for (uint32_t i = 0; i < depth; ++i) json += "]}}";
    return json + "}]}]}]}]}";
  };
  std::string json = nested_json(kAnyValueDepthMax);
  ASSERT_TRUE(DecodeTracesJson(json, traces));
  if (auto fault = testing::RoundTripFault(traces)) FAIL() << *fault;
  json = nested_json(kAnyValueDepthMax + 1);
  EXPECT_EQ(TracesError(json, true).code, ErrorCode::kLimitExceeded);
  // Far deeper: no stack overflow.
  std::string message;
  for (int i = 0; i < 3000; ++i) {
    std::string outer;
    syntax::WireWriter writer(outer);
    writer.Bytes(1, message);
    std::string any;
    syntax::WireWriter(any).Bytes(5, outer);
    message = std::move(any);
  }
  std::string deep;
  syntax::WireWriter writer(deep);
  size_t resource_spans = writer.BeginMessage(1), resource = writer.BeginMessage(1),
         pair = writer.BeginMessage(1);
  writer.Bytes(2, message);
  writer.EndMessage(pair);
  writer.EndMessage(resource);
  writer.EndMessage(resource_spans);
  EXPECT_EQ(TracesError(deep).code, ErrorCode::kLimitExceeded);
}

TEST(OtlpDecode, ListsAreLimited) {
  // Empty events cost two bytes each.
  std::string events;
  for (size_t i = 0; i <= kOtlpEventsMax; ++i) events += "\x5A\x00"s;
  std::string body;
  syntax::WireWriter writer(body);
  size_t resource_spans = writer.BeginMessage(1);
  size_t scope_spans = writer.BeginMessage(2);
  writer.Bytes(2, events);
  writer.EndMessage(scope_spans);
  writer.EndMessage(resource_spans);
  Error error = TracesError(body);
  EXPECT_EQ(error.code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(error.message, "the request has more than 1048576 events");
}

TEST(OtlpDecode, RepeatedMergingIsBounded) {
  // Each level repeats its array, so each level copies all below: without a bound that is depth
  // times the body.
  std::string any;
  syntax::WireWriter(any).Bytes(1, std::string(2000, 'x'));
  for (int i = 0; i < 40; ++i) {
    std::string list, outer;
    syntax::WireWriter(list).Bytes(1, any);
    syntax::WireWriter writer(outer);
    writer.Bytes(5, list);
    writer.Bytes(5, "");
    any = std::move(outer);
  }
  std::string body;
  syntax::WireWriter writer(body);
  size_t resource_spans = writer.BeginMessage(1), resource = writer.BeginMessage(1),
         pair = writer.BeginMessage(1);
  writer.Bytes(2, any);
  writer.EndMessage(pair);
  writer.EndMessage(resource);
  writer.EndMessage(resource_spans);
  EXPECT_EQ(TracesError(body).code, ErrorCode::kLimitExceeded);
}

TEST(OtlpDecode, TextThatIsNotUtf8IsMended) {
  std::string json =
      R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c",)"
      "\"spanId\":\"b7ad6b7169203331\",\"name\":\"a\xFF z\xC3\"}]}]}]}";
  OtlpTraces traces;
  ASSERT_TRUE(DecodeTracesJson(json, traces));
  EXPECT_EQ(traces.spans[0].name, "a\uFFFD z\uFFFD");
  EXPECT_EQ(traces.issues.repaired, 2u);
  oracle::ExportTraceServiceRequest request;
  auto* span = request.add_resource_spans()->add_scope_spans()->add_spans();
  span->set_trace_id(std::string(16, '\x01'));
  span->set_span_id(std::string(8, '\x01'));
  span->set_name("name");
  std::string body = request.SerializeAsString();
  body[body.find("name") + 1] = '\xFF';
  ASSERT_TRUE(DecodeTracesProtobuf(body, traces));
  EXPECT_EQ(traces.spans[0].name, "n\uFFFDme");
  EXPECT_EQ(traces.issues.repaired, 1u);
}

TEST(OtlpDecode, ResultIsUsedAgain) {
  OtlpTraces traces;
  std::string body = NestedArrays(3).SerializeAsString();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(DecodeTracesProtobuf(body, traces));
    EXPECT_EQ(traces.spans.size(), 1u);
    EXPECT_EQ(traces.attributes.size(), 1u);
    EXPECT_EQ(traces.attributes[0].value.text, "[[[1]]]");
  }
}

TEST(OtlpResponse, AgreesWithTheOracle) {
  EXPECT_EQ(EncodeExportResponse({}, OtlpEncoding::kProtobuf), "");
  EXPECT_EQ(EncodeExportResponse({}, OtlpEncoding::kJson), "{}");
  OtlpExportOutcome outcome{OtlpSignal::kTraces, 3, "3 spans rejected: \xFF"};
  oracle::ExportServiceResponse response;
  ASSERT_TRUE(response.ParseFromString(EncodeExportResponse(outcome, OtlpEncoding::kProtobuf)));
  EXPECT_EQ(response.partial_success().rejected(), 3);
  EXPECT_EQ(response.partial_success().error_message(), "3 spans rejected: \uFFFD");
  EXPECT_EQ(EncodeExportResponse(outcome, OtlpEncoding::kJson),
            "{\"partialSuccess\":{\"rejectedSpans\":\"3\",\"errorMessage\":\"3 spans rejected: "
            "\uFFFD\"}}");
  EXPECT_EQ(EncodeExportResponse({OtlpSignal::kLogs, 1, ""}, OtlpEncoding::kJson),
            R"({"partialSuccess":{"rejectedLogRecords":"1"}})");
  EXPECT_EQ(EncodeExportResponse({OtlpSignal::kMetrics, 0, "not stored"}, OtlpEncoding::kJson),
            R"({"partialSuccess":{"errorMessage":"not stored"}})");
  oracle::RpcStatus status;
  ASSERT_TRUE(status.ParseFromString(EncodeStatus(3, "bad", OtlpEncoding::kProtobuf)));
  EXPECT_EQ(status.code(), 3);
  EXPECT_EQ(status.message(), "bad");
  EXPECT_EQ(EncodeStatus(14, "later", OtlpEncoding::kJson),
            R"({"code":14,"message":"later","details":[]})");
}

}  // namespace
}  // namespace vitrine::codecs
