// Agreement with libprotobuf on random and on damaged requests, in both encodings.
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "codecs/otlp/oracle/oracle_compare.h"
#include "codecs/otlp/oracle/random_request.h"
#include "syntax/protobuf/wire_writer.h"

namespace vitrine::codecs {
namespace {

using testing::RandomRequest;

constexpr uint64_t kSeeds = 200;

TEST(OtlpOracle, RandomTraces) {
  size_t span_count = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    auto request = RandomRequest(seed).Traces();
    std::string body = request.SerializeAsString();
    if (auto fault = testing::TracesFault(body)) FAIL() << "seed " << seed << ": " << *fault;
    OtlpTraces traces;
    if (DecodeTracesProtobuf(body, traces)) span_count += traces.spans.size();
  }
  EXPECT_GT(span_count, kSeeds);
}

TEST(OtlpOracle, RandomLogs) {
  size_t record_count = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::string body = RandomRequest(seed).Logs().SerializeAsString();
    if (auto fault = testing::LogsFault(body)) FAIL() << "seed " << seed << ": " << *fault;
    OtlpLogs logs;
    if (DecodeLogsProtobuf(body, logs)) record_count += logs.records.size();
  }
  EXPECT_GT(record_count, kSeeds);
}

/// Two encodings one after the other are their merge: singular fields of all messages occur twice.
TEST(OtlpOracle, ConcatenatedFieldsMerge) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    RandomRequest random(seed);
    auto a = random.Traces(), b = random.Traces();
    if (a.resource_spans_size() == 0 || b.resource_spans_size() == 0) continue;
    // ResourceSpans is repeated in the request, so the joining starts one level below.
    std::string joined =
        a.resource_spans(0).SerializeAsString() + b.resource_spans(0).SerializeAsString();
    std::string body;
    syntax::WireWriter(body).Bytes(1, joined);
    if (auto fault = testing::TracesFault(body)) FAIL() << "seed " << seed << ": " << *fault;
    for (const auto& scope_a : a.resource_spans(0).scope_spans()) {
      for (const auto& scope_b : b.resource_spans(0).scope_spans()) {
        if (scope_a.spans_size() == 0 || scope_b.spans_size() == 0) continue;
        std::string span =
            scope_a.spans(0).SerializeAsString() + scope_b.spans(0).SerializeAsString();
        body.clear();
        syntax::WireWriter writer(body);
        size_t resource = writer.BeginMessage(1);
        size_t scope = writer.BeginMessage(2);
        writer.Bytes(1, scope_a.scope().SerializeAsString());
        writer.Bytes(2, span);
        writer.Bytes(1, scope_b.scope().SerializeAsString());
        writer.EndMessage(scope);
        writer.EndMessage(resource);
        if (auto fault = testing::TracesFault(body)) FAIL() << "seed " << seed << ": " << *fault;
      }
    }
  }
}

/// A logs request with one record of these fields.
std::string LogsOf(std::string_view record) {
  std::string body;
  syntax::WireWriter writer(body);
  size_t resource = writer.BeginMessage(1);
  size_t scope = writer.BeginMessage(2);
  writer.Bytes(2, record);
  writer.EndMessage(scope);
  writer.EndMessage(resource);
  return body;
}

/// Found by fuzzing: a fixed64 that begins in the first of two bodies and would end in the second.
TEST(OtlpOracle, ACutOffOccurrenceDoesNotGoOnInTheNext) {
  std::string record;
  syntax::WireWriter(record).Bytes(5, std::string_view("\x91\x04\x0A\x02\x18\x01", 6));
  syntax::WireWriter(record).Bytes(5, std::string_view("\x2A\x05\x0A\x03\x0A\x01x", 7));
  std::string body = LogsOf(record);
  EXPECT_EQ(testing::LogsFault(body), std::nullopt);
  OtlpLogs logs;
  EXPECT_FALSE(DecodeLogsProtobuf(body, logs));
}

/// An array that a text replaces in the same oneof, and that is cut off.
TEST(OtlpOracle, AReplacedMemberMustBeWellFormed) {
  for (uint32_t container : {5u, 6u}) {
    for (std::string_view bad : {std::string_view("\x0A\x05x", 3), std::string_view("\x0A", 1)}) {
      std::string value, record;
      syntax::WireWriter(value).Bytes(container, bad);
      syntax::WireWriter(value).Bytes(1, "text");
      syntax::WireWriter(record).Bytes(5, value);
      EXPECT_EQ(testing::LogsFault(LogsOf(record)), std::nullopt);
      OtlpLogs logs;
      EXPECT_FALSE(DecodeLogsProtobuf(LogsOf(record), logs));
    }
  }
}

TEST(OtlpOracle, DamagedRequests) {
  size_t accepted_count = 0;
  for (uint64_t seed = 0; seed < kSeeds * 20; ++seed) {
    RandomRequest random(seed / 20);
    RandomRequest damage(seed + 1'000'000);
    std::string traces = random.Traces().SerializeAsString();
    std::string logs = random.Logs().SerializeAsString();
    damage.Mutate(traces);
    damage.Mutate(logs);
    if (auto fault = testing::TracesFault(traces)) FAIL() << "seed " << seed << ": " << *fault;
    if (auto fault = testing::LogsFault(logs)) FAIL() << "seed " << seed << ": " << *fault;
    OtlpTraces decoded;
    if (DecodeTracesProtobuf(traces, decoded)) ++accepted_count;
  }
  EXPECT_GT(accepted_count, kSeeds);
  EXPECT_LT(accepted_count, kSeeds * 20);
}

/// Stock protobuf JSON is what naive exporters send: ids in base64, enums as names.
TEST(OtlpOracle, StockProtobufJson) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    auto request = RandomRequest(seed).Traces();
    std::string json;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(request, &json).ok());
    OtlpTraces ours, theirs;
    auto result = DecodeTracesJson(json, ours);
    ASSERT_TRUE(result) << result.error().message;
    testing::Convert(request, theirs);
    ASSERT_EQ(ours.issues.rejected, theirs.issues.rejected) << "seed " << seed;
    ASSERT_EQ(testing::Dump(ours), testing::Dump(theirs)) << "seed " << seed << "\n" << json;
  }
}

TEST(OtlpOracle, StockProtobufJsonLogs) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    auto request = RandomRequest(seed).Logs();
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = seed % 2 == 0;
    options.always_print_enums_as_ints = seed % 3 == 0;
    std::string json;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(request, &json, options).ok());
    OtlpLogs ours, theirs;
    auto result = DecodeLogsJson(json, ours);
    ASSERT_TRUE(result) << result.error().message;
    testing::Convert(request, theirs);
    ASSERT_EQ(testing::Dump(ours), testing::Dump(theirs)) << "seed " << seed << "\n" << json;
  }
}

/// And what we write, stock protobuf reads (but for ids, which OTLP/JSON has in hex).
TEST(OtlpOracle, OwnJsonIsReadByStockProtobuf) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::string body = RandomRequest(seed).Traces().SerializeAsString();
    OtlpTraces traces;
    if (!DecodeTracesProtobuf(body, traces)) continue;
    otlp_oracle::ExportTraceServiceRequest read;
    auto status = google::protobuf::util::JsonStringToMessage(EncodeTracesJson(traces), &read);
    ASSERT_TRUE(status.ok()) << "seed " << seed << ": " << status.ToString();
    size_t span_count = 0;
    for (const auto& resource : read.resource_spans()) {
      for (const auto& scope : resource.scope_spans())
        span_count += static_cast<size_t>(scope.spans_size());
    }
    EXPECT_EQ(span_count, traces.spans.size());
  }
}

}  // namespace
}  // namespace vitrine::codecs
