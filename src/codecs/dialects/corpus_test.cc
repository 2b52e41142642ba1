// Real payloads: the recorded telemetry of ../shared/corpus, where it is there, and the bytes that
// real clients sent (tests/golden/clients). One line for each span, reviewed by hand, stands in
// tests/golden/dialects/{corpus,clients}.txt:
//   <payload>#<index>|kind|input/cached/written/output/reasoning|asked>answered|messages
//   in,out|flags
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "codecs/dialects/internal/readers.h"
#include "codecs/dialects/internal/rule_index.h"
#include "codecs/dialects/normalizer.h"
#include "codecs/otlp/otlp_decode.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs {
namespace {

namespace fs = std::filesystem;
using dialects::Field;

const fs::path kRoot = VITRINE_SOURCE_DIR;

std::string Count(model::Count count) { return count ? std::to_string(*count) : "-"; }

std::string Line(const model::Span& span) {
  const model::Usage& usage = span.usage;
  std::string line(model::Name(span.kind));
  line += "|" + Count(usage.input_tokens) + "/" + Count(usage.cached_input_tokens) + "/" +
          Count(usage.cache_write_tokens) + "/" + Count(usage.output_tokens) + "/" +
          Count(usage.reasoning_tokens);
  line += "|" + std::string(span.request_model) + ">" + std::string(span.response_model);
  line += "|" + std::to_string(span.input_messages.size()) + "," +
          std::to_string(span.output_messages.size());
  line += "|";
  if (span.usage_is_aggregate) line += "aggregate ";
  if (span.usage.assumed_exclusive) line += "assumed_exclusive ";
  if (span.usage.source == model::UsageSource::kEstimated) line += "estimated ";
  if (span.is_fragment) line += "fragment ";
  if (span.status == model::SpanStatus::kError) line += model::Name(span.error_type);
  std::ranges::replace(line, '\n', ' ');
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

std::map<std::string, std::string> Expected(const char* file) {
  std::map<std::string, std::string> lines;
  std::ifstream in(kRoot / "tests/golden/dialects" / file);
  for (std::string line; std::getline(in, line);) {
    size_t bar = line.find('|');
    if (bar != std::string::npos) lines[line.substr(0, bar)] = line.substr(bar + 1);
  }
  return lines;
}

std::string Gunzip(const fs::path& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return {};
  std::string text;
  char block[1 << 16];
  for (int read = 0; (read = gzread(file, block, sizeof(block))) > 0;) {
    text.append(block, static_cast<size_t>(read));
  }
  gzclose(file);
  return text;
}

void Compare(const std::string& name, const model::SpanBatch& batch,
             std::map<std::string, std::string>& expected) {
  for (size_t i = 0; i < batch.spans.size(); ++i) {
    std::string key = name + "#" + std::to_string(i);
    auto found = expected.find(key);
    if (found == expected.end()) {
      ADD_FAILURE() << "not reviewed: " << key << "|" << Line(batch.spans[i]);
      continue;
    }
    EXPECT_EQ(found->second, Line(batch.spans[i])) << key;
    expected.erase(found);
  }
}

/// A span that was sent something to read shows it.
void ExpectContentShown(const OtlpTraces& traces, const model::SpanBatch& batch) {
  for (size_t i = 0; i < traces.spans.size(); ++i) {
    bool has_input = false, has_output = false;
    for (uint32_t at = traces.spans[i].attributes.begin; at < traces.spans[i].attributes.end;
         ++at) {
      const model::Attribute& attribute = traces.attributes[at];
      const dialects::Rule* rule = dialects::RuleIndex::Instance().Find(attribute.key);
      if (rule == nullptr || dialects::IsNothing(attribute.value)) continue;
      if (dialects::IsPlaceholder(attribute.value.text) || attribute.value.text == "null") continue;
      has_input |= rule->field == Field::kInputContent || rule->field == Field::kToolArguments;
      has_output |= rule->field == Field::kOutputContent || rule->field == Field::kToolResult ||
                    rule->field == Field::kAnswerText || rule->field == Field::kAnswerObject;
    }
    const model::Span& span = batch.spans[i];
    EXPECT_TRUE(!has_input || !span.input_messages.empty()) << span.name;
    EXPECT_TRUE(!has_output || !span.output_messages.empty() || !span.documents.empty() ||
                span.embedding_count)
        << span.name;
  }
}

TEST(Corpus, EveryPayloadAsReviewed) {
  fs::path path = kRoot.parent_path() / "shared/corpus/otlp_payloads.jsonl.gz";
  if (!fs::exists(path)) GTEST_SKIP() << "no ../shared/corpus";
  auto expected = Expected("corpus.txt");
  std::stringstream lines(Gunzip(path));
  size_t payloads = 0;
  for (std::string line; std::getline(lines, line);) {
    Arena arena;
    syntax::JsonDocument document;
    ASSERT_EQ(document.Parse(line, arena), syntax::JsonStatus::kOk);
    syntax::JsonValue payload = document.root()["payload_otlp"];
    if (payload.is_nothing()) payload = document.root()["payload"];
    ++payloads;
    if (!payload.Has("resourceSpans")) continue;
    std::string body(payload.raw());
    OtlpTraces traces;
    auto decoded = DecodeTracesJson(body, traces);
    ASSERT_TRUE(decoded) << decoded.error().message;
    model::SpanBatch batch;
    Normalizer::AppendTraces(traces, batch);
    ASSERT_EQ(batch.spans.size(), traces.spans.size());
    Compare(std::string(document.root()["id"].text()), batch, expected);
    ExpectContentShown(traces, batch);
  }
  EXPECT_EQ(payloads, 100u);
  for (const auto& [key, line] : expected) ADD_FAILURE() << "gone: " << key;
}

TEST(Clients, EveryBodyAsReviewed) {
  fs::path root = kRoot / "tests/golden/clients";
  if (!fs::exists(root)) GTEST_SKIP() << "no captured bodies";
  auto expected = Expected("clients.txt");
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    fs::path file = entry.path();
    bool is_body = file.extension() == ".pb" ||
                   (file.extension() == ".json" && file.filename() != "index.json");
    if (is_body) files.push_back(file);
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    std::string body = bytes.str();
    bool is_json = file.extension() == ".json";
    OtlpTraces traces;
    OtlpLogs logs;
    model::SpanBatch batch;
    if (is_json ? DecodeTracesJson(body, traces) : DecodeTracesProtobuf(body, traces)) {
      Normalizer::AppendTraces(traces, batch);
      ExpectContentShown(traces, batch);
    } else if (is_json ? DecodeLogsJson(body, logs) : DecodeLogsProtobuf(body, logs)) {
      EXPECT_EQ(Normalizer::AppendLogs(logs, batch), logs.records.size());
    }
    Compare(file.parent_path().filename().string() + "/" + file.stem().string(), batch, expected);
  }
  for (const auto& [key, line] : expected) ADD_FAILURE() << "gone: " << key;
}

}  // namespace
}  // namespace vitrine::codecs
