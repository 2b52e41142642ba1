#include "cli/demo/demo_command.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>
#include <utility>

#include "cli/demo/demo_scores.h"
#include "cli/demo/scenarios.h"
#include "codecs/otlp/otlp_encode.h"
#include "platform/clock.h"
#include "syntax/json/json_document.h"

namespace vitrine::cli {

namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
// What SDKs send at most in one request.
constexpr size_t kSpansPerRequest = 512;
constexpr int kUnavailableWaitMs = 500;
constexpr int kQueryableWaitSeconds = 60;

std::atomic<bool> interrupted = false;

int64_t NowNs() { return platform::SystemClock().Now().since_epoch; }

/// Collects traces into requests and sends them, again while the server asks to wait.
class Sender {
 public:
  explicit Sender(ApiClient& client) : client_(client) {}

  Result<void> Add(std::unique_ptr<DemoTrace> trace) {
    spans_ += static_cast<int64_t>(trace->spans().size());
    ++trace_count_;
    trace->AppendTo(request_);
    for (std::string& score : ScoresOf(*trace)) {
      scores_.append(scores_.empty() ? "" : ",").append(score);
      ++score_count_;
    }
    traces_.push_back(std::move(trace));
    return request_.spans.size() >= kSpansPerRequest ? Flush() : Result<void>();
  }

  Result<void> Flush() {
    if (request_.spans.empty()) return {};
    std::string body = codecs::EncodeTracesProtobuf(request_);
    request_.Clear();
    traces_.clear();
    TRY(Send("/v1/traces", "application/x-protobuf", body));
    if (scores_.empty()) return {};
    const std::string scores = "{\"scores\":[" + std::exchange(scores_, {}) + "]}";
    return Send("/api/v1/scores", "application/json", scores);
  }

  int64_t span_count() const { return spans_; }
  int64_t trace_count() const { return trace_count_; }
  int64_t score_count() const { return score_count_; }

 private:
  Result<void> Send(const char* path, const char* content_type, const std::string& body) {
    while (!interrupted) {
      TRY_ASSIGN(net::HttpResponse response, client_.Send(path, content_type, body));
      if (response.status == 200) return {};
      if (response.status != 503 && response.status != 429) {
        return Fail(ErrorCode::kInvalidInput, "the server answered " +
                                                  std::to_string(response.status) + ": " +
                                                  response.body.substr(0, 300));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(kUnavailableWaitMs));
    }
    return {};
  }

  ApiClient& client_;
  codecs::OtlpTraces request_;
  std::vector<std::unique_ptr<DemoTrace>> traces_;
  std::string scores_;  ///< JSON objects, commas in between.
  int64_t spans_ = 0, trace_count_ = 0, score_count_ = 0;
};

Result<int64_t> CountTraces(ApiClient& client) {
  TRY_ASSIGN(std::string body, client.Post("/api/v1/sql", "application/json",
                                           R"({"query":"SELECT toString(count()) FROM traces"})"));
  Arena arena;
  syntax::JsonDocument document;
  document.Parse(body, arena);
  return document.root()["rows"].At(0).At(0).ToInt().value_or(0);
}

/// Release v48 took over for the last third of the time.
ScenarioContext ContextAt(int64_t base_ns, double days, double position) {
  auto span_ns = static_cast<int64_t>(days * 86'400 * static_cast<double>(kNsPerSecond));
  ScenarioContext context;
  context.end_ns =
      base_ns - span_ns + static_cast<int64_t>(position * static_cast<double>(span_ns));
  context.is_new_release = position > 0.66;
  return context;
}

Result<void> SendStory(Sender& sender, const DemoOptions& options, uint64_t number,
                       const ScenarioContext& context, int64_t traces_max) {
  for (auto& trace : MakeStory(options.seed, number, context)) {
    if (traces_max > 0 && sender.trace_count() >= traces_max) break;
    TRY(sender.Add(std::move(trace)));
  }
  return {};
}

Result<void> SendTraces(const DemoOptions& options, ApiClient& client) {
  Sender sender(client);
  TRY_ASSIGN(int64_t before, CountTraces(client));
  int64_t base = options.base_time_s > 0 ? options.base_time_s * kNsPerSecond : NowNs();
  for (uint64_t number = 0; sender.trace_count() < options.traces && !interrupted; ++number) {
    double position =
        static_cast<double>(sender.trace_count()) / static_cast<double>(options.traces);
    TRY(SendStory(sender, options, number, ContextAt(base, options.days, position),
                  options.traces));
  }
  TRY(sender.Flush());
  for (int waited = 0; waited < kQueryableWaitSeconds * 10 && !interrupted; ++waited) {
    TRY_ASSIGN(int64_t after, CountTraces(client));
    // Sent again with the same seed and base time, the traces are the same and the count stays.
    if (after >= before + sender.trace_count() ||
        (options.base_time_s > 0 && after >= sender.trace_count())) {
      std::fprintf(stderr, "%lld traces, %lld spans, %lld scores\n",
                   static_cast<long long>(sender.trace_count()),
                   static_cast<long long>(sender.span_count()),
                   static_cast<long long>(sender.score_count()));
      return {};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return Fail(ErrorCode::kUnavailable,
              "sent, but the traces cannot be asked for yet; look at /readyz");
}

Result<void> SendBulk(const DemoOptions& options, ApiClient& client) {
  Sender sender(client);
  int64_t base = options.base_time_s > 0 ? options.base_time_s * kNsPerSecond : NowNs();
  auto began = std::chrono::steady_clock::now();
  int64_t next_report = 100'000;
  for (uint64_t number = 0; sender.span_count() < options.bulk && !interrupted; ++number) {
    double position = static_cast<double>(sender.span_count()) / static_cast<double>(options.bulk);
    TRY(SendStory(sender, options, number, ContextAt(base, options.days, position), 0));
    if (sender.span_count() >= next_report) {
      std::fprintf(stderr, "%lld spans\n", static_cast<long long>(sender.span_count()));
      next_report += 100'000;
    }
  }
  TRY(sender.Flush());
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::fprintf(stderr, "%lld spans acknowledged in %.1f s\n",
               static_cast<long long>(sender.span_count()), seconds);
  return {};
}

Result<void> SendForEver(const DemoOptions& options, ApiClient& client) {
  Sender sender(client);
  auto pause = std::chrono::duration<double>(1.0 / options.rate);
  // Numbers that an earlier run with the same seed does not repeat, unless it had a story for every
  // microsecond: the same number is the same trace, at another time.
  auto number = static_cast<uint64_t>(NowNs() / 1'000);
  while (!interrupted) {
    TRY(SendStory(sender, options, number++, {NowNs(), true}, 0));
    TRY(sender.Flush());
    std::this_thread::sleep_for(pause);
  }
  return {};
}

}  // namespace

int RunDemo(const DemoOptions& options) {
  std::signal(SIGINT, [](int) { interrupted = true; });
  std::signal(SIGTERM, [](int) { interrupted = true; });
  auto client = ApiClient::Open(options.server);
  ServerOptions history = options.server;
  history.is_import = true;
  auto importer = ApiClient::Open(history);
  if (!client || !importer) return ReportError(client ? importer.error() : client.error(), 0);
  Result<void> sent = options.bulk > 0     ? SendBulk(options, *importer)
                      : options.traces > 0 ? SendTraces(options, *client)
                                           : Result<void>();
  if (sent && options.rate > 0) sent = SendForEver(options, *client);
  return sent ? kExitOk : ReportError(sent.error(), client->last_status());
}

}  // namespace vitrine::cli
