// Golden requests (tests/golden/otlp), and the recorded payloads of the corpus where it is present.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "codecs/otlp/oracle/oracle_compare.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs {
namespace {

namespace fs = std::filesystem;
using syntax::JsonValue;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Bytes written as hexadecimal, with comments from '#' to the end of the line.
std::string ReadHex(const fs::path& path) {
  std::string digits;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    for (char c : line.substr(0, line.find('#'))) {
      if (c != ' ') digits += c;
    }
  }
  std::string bytes(digits.size() / 2, '\0');
  EXPECT_TRUE(HexDecode(digits, reinterpret_cast<uint8_t*>(bytes.data()), bytes.size())) << path;
  return bytes;
}

/// The decoded request of a case as text.
std::string DecodeCase(const fs::path& folder) {
  OtlpTraces traces;
  OtlpLogs logs;
  Result<void> result = Fail(ErrorCode::kNotFound, "no request in the folder");
  std::string body;
  bool is_logs = false;
  if (fs::exists(folder / "traces.json")) {
    body = ReadFile(folder / "traces.json");
    result = DecodeTracesJson(body, traces);
  } else if (fs::exists(folder / "traces.hex")) {
    body = ReadHex(folder / "traces.hex");
    result = DecodeTracesProtobuf(body, traces);
  } else if (fs::exists(folder / "logs.json")) {
    body = ReadFile(folder / "logs.json");
    result = DecodeLogsJson(body, logs);
    is_logs = true;
  } else if (fs::exists(folder / "logs.hex")) {
    body = ReadHex(folder / "logs.hex");
    result = DecodeLogsProtobuf(body, logs);
    is_logs = true;
  }
  if (!result) return "error: " + result.error().message + "\n";
  if (is_logs) return testing::Dump(logs) + testing::DumpIssues(logs.issues);
  if (auto fault = testing::RoundTripFault(traces)) return *fault;
  return testing::Dump(traces) + testing::DumpIssues(traces.issues);
}

TEST(OtlpGolden, Cases) {
  size_t case_count = 0;
  for (const auto& entry :
       fs::directory_iterator(fs::path(VITRINE_SOURCE_DIR) / "tests/golden/otlp")) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    std::string actual = DecodeCase(entry.path());
    if (std::getenv("VITRINE_GOLDEN_UPDATE") != nullptr) {
      std::ofstream(entry.path() / "expected.txt", std::ios::binary) << actual;
    }
    EXPECT_EQ(actual, ReadFile(entry.path() / "expected.txt"));
    ++case_count;
  }
  EXPECT_GE(case_count, 8u);
}

std::vector<std::string> CorpusLines() {
  fs::path path = fs::path(VITRINE_SOURCE_DIR) / "../shared/corpus/otlp_payloads.jsonl.gz";
  std::vector<std::string> lines;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return lines;
  std::string text;
  char buffer[1 << 16];
  for (int size = 0; (size = gzread(file, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(size));
  gzclose(file);
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// Items of one kind in a payload, counted without the decoder.
size_t CountItems(JsonValue payload, std::string_view resources, std::string_view scopes,
                  std::string_view items) {
  size_t count = 0;
  for (JsonValue resource : payload[resources].Elements()) {
    for (JsonValue scope : resource[scopes].Elements()) count += scope[items].size();
  }
  return count;
}

TEST(OtlpCorpus, EveryPayloadDecodes) {
  std::vector<std::string> lines = CorpusLines();
  if (lines.empty()) GTEST_SKIP() << "no corpus beside the repository";
  size_t span_count = 0, record_count = 0, metrics_count = 0;
  for (const std::string& line : lines) {
    syntax::JsonDocument document;
    Arena arena;
    ASSERT_EQ(document.Parse(line, arena), syntax::JsonStatus::kOk);
    JsonValue root = document.root();
    SCOPED_TRACE(std::string(root["id"].text()));
    JsonValue payload = root["payload_otlp"].is_object() ? root["payload_otlp"] : root["payload"];
    if (payload.Has("resourceLogs")) {
      OtlpLogs logs;
      auto result = DecodeLogsJson(payload.raw(), logs);
      ASSERT_TRUE(result) << result.error().message;
      EXPECT_EQ(logs.records.size(),
                CountItems(payload, "resourceLogs", "scopeLogs", "logRecords"));
      EXPECT_EQ(logs.issues.rejected, 0u);
      record_count += logs.records.size();
      continue;
    }
    OtlpTraces traces;
    auto result = DecodeTracesJson(payload.raw(), traces);
    if (payload.Has("resourceMetrics")) {
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().message, "this is a metrics request; send it to /v1/metrics");
      ++metrics_count;
      continue;
    }
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(traces.spans.size(), CountItems(payload, "resourceSpans", "scopeSpans", "spans"));
    EXPECT_EQ(traces.issues.rejected, 0u) << traces.issues.message;
    if (auto fault = testing::RoundTripFault(traces)) ADD_FAILURE() << *fault;
    span_count += traces.spans.size();
  }
  EXPECT_EQ(lines.size(), 100u);
  EXPECT_GT(span_count, 97u);
  EXPECT_GT(record_count, 1u);
  EXPECT_EQ(metrics_count, 1u);
}

}  // namespace
}  // namespace vitrine::codecs
