// Golden cases: tests/golden/dialects/<dialect>/<case>/{input.json,expected.json,SOURCE.md}.
// input.json is an OTLP/JSON export request of spans or logs; expected.json is what PrintBatch says
// of it. A failing case leaves what was said in a file, whose name the failure tells.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "codecs/dialects/internal/span_printer.h"
#include "codecs/dialects/normalizer.h"
#include "codecs/otlp/otlp_decode.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs {
namespace {

namespace fs = std::filesystem;
using syntax::JsonKind;
using syntax::JsonValue;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<fs::path> Cases() {
  std::vector<fs::path> cases;
  fs::path root = fs::path(VITRINE_SOURCE_DIR) / "tests/golden/dialects";
  if (!fs::exists(root)) return cases;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().filename() == "input.json") cases.push_back(entry.path().parent_path());
  }
  std::ranges::sort(cases);
  return cases;
}

/// Where two JSON values first differ; empty where they do not.
std::string Difference(JsonValue left, JsonValue right, const std::string& path) {
  if (left.is_number() && right.is_number()) {
    return left.AsDouble() == right.AsDouble() ? "" : path;
  }
  if (left.kind() != right.kind()) return path;
  switch (left.kind()) {
    case JsonKind::kObject: {
      for (auto [key, value] : left.Members()) {
        std::string at = Difference(value, right[key], path + "." + std::string(key));
        if (!at.empty()) return at;
      }
      for (auto [key, value] : right.Members()) {
        if (!left.Has(key)) return path + "." + std::string(key);
      }
      return "";
    }
    case JsonKind::kArray: {
      if (left.size() != right.size()) return path + " (length)";
      size_t i = 0;
      for (JsonValue element : left.Elements()) {
        std::string at = Difference(element, right.At(i), path + "[" + std::to_string(i) + "]");
        if (!at.empty()) return at;
        ++i;
      }
      return "";
    }
    case JsonKind::kString: return left.text() == right.text() ? "" : path;
    default: return left.raw() == right.raw() ? "" : path;
  }
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, Case) {
  std::string input = ReadFile(GetParam() / "input.json");
  model::SpanBatch batch;
  batch.received = Nanos{1'795'000'000'000'000'000};
  OtlpTraces traces;
  OtlpLogs logs;
  if (auto decoded = DecodeTracesJson(input, traces); decoded) {
    Normalizer::AppendTraces(traces, batch);
  } else {
    auto decoded_logs = DecodeLogsJson(input, logs);
    ASSERT_TRUE(decoded_logs) << decoded.error().message << "; " << decoded_logs.error().message;
    Normalizer::AppendLogs(logs, batch);
  }
  std::string actual = dialects::PrintBatch(batch);
  std::string expected = ReadFile(GetParam() / "expected.json");
  Arena arena;
  syntax::JsonDocument left, right;
  ASSERT_EQ(left.Parse(actual, arena), syntax::JsonStatus::kOk) << actual;
  bool readable = right.Parse(expected, arena) == syntax::JsonStatus::kOk;
  std::string difference = readable ? Difference(left.root(), right.root(), "") : "expected.json";
  if (difference.empty()) return;
  fs::path left_over =
      fs::path(testing::TempDir()) / (GetParam().parent_path().filename().string() + "-" +
                                      GetParam().filename().string() + ".json");
  std::ofstream(left_over) << actual;
  FAIL() << "differs at " << difference << "; what was said: " << left_over;
}

std::string CaseName(const testing::TestParamInfo<fs::path>& info) {
  std::string name =
      info.param.parent_path().filename().string() + "_" + info.param.filename().string();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Dialects, Golden, testing::ValuesIn(Cases()), CaseName);

TEST(GoldenCases, AreThere) { EXPECT_GE(Cases().size(), 20u); }

}  // namespace
}  // namespace vitrine::codecs
