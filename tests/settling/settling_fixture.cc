#include "settling/settling_fixture.h"

#include <chrono>
#include <thread>

#include "platform/clock.h"
#include "platform/posix_file.h"
#include "platform/random.h"
#include "storage/records/span_record.h"

namespace vitrine::settle {

namespace {

template <typename Id>
Id IdOf(uint64_t number) {
  std::string hex(2 * Id::size, '0');
  for (size_t at = hex.size(); number > 0; number >>= 4)
    hex[--at] = "0123456789abcdef"[number & 15];
  return *Id::FromHex(hex);
}

}  // namespace

void Settling::SetUp() {
  if (clickhouse::EngineProgram().empty())
    GTEST_SKIP() << "vitrine-engine or libchdb.so is not built";
  engine_ = std::make_unique<clickhouse::TestEngine>();
  ASSERT_TRUE(engine_->Ready());
  std::string pattern = std::filesystem::temp_directory_path() / "vitrine-settling-XXXXXX";
  folder_ = mkdtemp(pattern.data());
  StartSettler();
}

void Settling::TearDown() {
  StopSettler();
  std::error_code error;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, error);
}

void Settling::StartSettler() {
  wal::LogOptions options;
  options.free_space_bytes_min = 0;
  auto log = wal::Log::Open(folder_ / "log", options, platform::PosixFileSystem(),
                            platform::SystemClock(), platform::SystemRandom());
  ASSERT_TRUE(log) << log.error().message;
  log_ = std::move(*log);
  SettlerOptions settling;
  settling.content_key = "key";
  settling.quarantine_directory = folder_ / "quarantine";
  settling.count_journal_path = folder_ / "counting";
  settling.batch.wait_max = std::chrono::milliseconds(5);
  settler_ = std::make_unique<Settler>(*log_, engine_->client(), settling);
  settler_->Start();
}

void Settling::StopSettler() {
  settler_.reset();
  log_.reset();
}

void Settling::Restart() {
  StopSettler();
  StartSettler();
}

wal::Lsn Settling::Send(const std::vector<SentSpan>& spans, model::Capture capture) {
  model::SpanBatch batch;
  batch.capture = capture;
  batch.received = Nanos{kToday * kNanosPerDay + kNanosPerDay / 2};
  for (const SentSpan& sent : spans) {
    model::Span span;
    span.trace_id = IdOf<TraceId>(sent.trace);
    span.span_id = IdOf<SpanId>(sent.id);
    span.start = Nanos{sent.day * kNanosPerDay + 1000};
    span.end = sent.has_end ? span.start + 1'000'000 : UnknownEnd(span.start);
    span.kind = model::SpanKind::kLlm;
    span.name = sent.name;
    span.user_id = sent.user;
    span.is_fragment = sent.is_fragment;
    span.service = "settling";
    span.request_model = "m";
    span.usage.input_tokens = 10;
    // Of those fields that few spans have: of each sort one.
    span.temperature = 0.7;
    span.seed = -3;
    span.request_id = "request";
    span.http_status = 200;
    span.is_batch = true;
    span.refusal = true;
    span.attempt = 1;
    span.prompt_name = "p";
    span.prompt_version = "2";
    span.cost.saved = Money{5};
    if (!sent.tool.empty()) {
      span.kind = model::SpanKind::kTool;
      span.tool_name = sent.tool;
      span.status = model::SpanStatus::kError;
    }
    span.usage.cache_write_1h_tokens = 0;
    batch.spans.push_back(span);
  }
  batch.counts.push_back(
      {.door = model::Name(capture), .time = batch.received, .accepted = spans.size()});
  auto lsn = log_->AppendSync(records::EncodeSpanBatch(batch));
  EXPECT_TRUE(lsn) << lsn.error().message;
  return lsn.value_or(0);
}

void Settling::Settle(const std::vector<SentSpan>& spans, model::Capture capture) {
  wal::Lsn lsn = Send(spans, capture);
  ASSERT_TRUE(settler_->WaitSettled(lsn, std::chrono::seconds(60)))
      << settler_->status().last_error;
}

wal::Lsn Settling::SendScores(const std::vector<model::Score>& scores) {
  model::SpanBatch batch;
  batch.received = Nanos{kToday * kNanosPerDay + kNanosPerDay / 2};
  batch.scores = scores;
  batch.counts.push_back({.door = "scores", .time = batch.received, .accepted = scores.size()});
  auto lsn = log_->AppendSync(records::EncodeSpanBatch(batch));
  EXPECT_TRUE(lsn) << lsn.error().message;
  return lsn.value_or(0);
}

void Settling::SettleScores(const std::vector<model::Score>& scores) {
  ASSERT_TRUE(settler_->WaitSettled(SendScores(scores), std::chrono::seconds(60)))
      << settler_->status().last_error;
}

wal::Lsn Settling::SendCounts(const std::vector<model::IngestCount>& counts) {
  model::SpanBatch batch;
  batch.counts = counts;
  auto lsn = log_->AppendSync(records::EncodeSpanBatch(batch));
  EXPECT_TRUE(lsn) << lsn.error().message;
  return lsn.value_or(0);
}

void Settling::CutOff(const std::string& table, const std::vector<SentSpan>& spans) {
  CutOff(table, "1", [&] { Send(spans); });
}

void Settling::CutOff(const std::string& table, const std::string& condition,
                      const std::vector<model::Score>& scores) {
  CutOff(table, condition, [&] { SendScores(scores); });
}

void Settling::CutOff(const std::string& table, const std::string& condition,
                      const std::function<void()>& send) {
  const std::string alter = "ALTER TABLE vitrine." + table;
  ASSERT_TRUE(engine_->client().Execute(alter + " ADD CONSTRAINT cut CHECK throwIf(" + condition +
                                        ", 'cut') = 0"));
  send();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (settler_->status().last_error.find("cut") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << settler_->status().last_error;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  StopSettler();
  ASSERT_TRUE(engine_->client().Execute(alter + " DROP CONSTRAINT cut"));
}

std::string Settling::Ask(const std::string& sql) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (true) {
    auto answer = engine_->client().Query(sql + " FORMAT TSV");
    if (answer) return answer->substr(0, answer->size() - (answer->ends_with('\n') ? 1 : 0));
    bool away = clickhouse::IsTransient(answer.error());
    if (!away || std::chrono::steady_clock::now() > deadline) return answer.error().message;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

std::string Settling::Totals() {
  return Ask(
      "SELECT (SELECT count() FROM vitrine.spans), (SELECT sum(span_count) FROM vitrine.traces), "
      "sum(spans), sum(calls), sum(input_tokens) FROM vitrine.rollups");
}

}  // namespace vitrine::settle
