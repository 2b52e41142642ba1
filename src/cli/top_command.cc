#include "cli/top_command.h"

#include <array>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>

#include "cli/answer.h"
#include "cli/call_commands.h"
#include "cli/metric_text.h"
#include "cli/output.h"
#include "cli/query_command.h"
#include "cli/terminal.h"
#include "cli/top_screen.h"
#include "cli/zone_choice.h"
#include "net/http_types.h"
#include "platform/clock.h"
#include "syntax/sse/sse_parser.h"

namespace vitrine::cli {

namespace {

using std::chrono::milliseconds;
using syntax::JsonValue;

struct Window {
  const char* name;
  const char* age;
  const char* interval;
};
constexpr std::array<Window, 4> kWindows = {
    {{"5 min", "5m", "1m"}, {"1 h", "1h", "1m"}, {"24 h", "24h", "1h"}, {"7 days", "7d", "1h"}}};

struct Order {
  const char* name;
  const char* measure;
};
constexpr std::array<Order, 4> kOrders = {{{"calls", "count"},
                                           {"cost", "sum(cost_usd)"},
                                           {"errors", "error_count"},
                                           {"tokens", "sum(total_tokens)"}}};

/// Longer than a key feels late, shorter than a screen looks dead.
constexpr milliseconds kKeyWait{200};
constexpr size_t kNewestMax = 200;
constexpr int64_t kAskMs = 30'000;
/// The server says something each 15 s.
constexpr int64_t kTailSilenceMs = 45'000;
constexpr std::chrono::seconds kTailPause{2};
constexpr size_t kTailEventBytesMax = 16u << 20;
/// Groups of a table: more than fit on most screens.
constexpr int64_t kGroups = 50;

/// What is asked for; changed by keys.
struct Wish {
  size_t window = 0, order = 0;
  bool is_paused = false;
  uint64_t number = 0;  ///< Raised by every change, so that it is asked for at once.
};

struct Numbers {
  std::vector<std::pair<std::string, std::string>> totals;
  std::string calls_over_time;
  TopTable models, features;
};

std::string PerHour(JsonValue dollars, double seconds) {
  const auto value = dollars.ToDouble();
  if (!value) return "—";
  char text[32];
  std::snprintf(text, sizeof text, "$%.4g", *value / seconds * 3600);
  return text;
}

class Watch {
 public:
  Watch(const ReadOptions& options, const TopOptions& top) : options_(options), top_(top) {}

  /// Starts asking. Errors: the server's answer to the first question.
  int Start() {
    auto client = ApiClient::Open(options_.server, kAskMs);
    if (!client) return ReportError(client.error(), 0);
    const int code = ChooseZone(options_.zone, *client, {.prints_times = true, .typed = {}}, zone_);
    if (code != kExitOk) return code;
    const auto first = AskAll(*client, wish_);
    if (!first) return ReportError(first.error(), client->last_status());
    Keep(first, wish_);
    asker_ = std::jthread([this](std::stop_token stop) { AskOn(stop); });
    follower_ = std::jthread([this](std::stop_token stop) { FollowOn(stop); });
    return kExitOk;
  }

  void Change(const std::function<void(Wish&)>& change) {
    const std::lock_guard lock(mutex_);
    change(wish_);
    ++wish_.number;
    wake_.notify_all();
  }

  TopState State() {
    const std::lock_guard lock(mutex_);
    TopState state;
    state.where = Printable(options_.server.url) + "  project " + options_.server.project +
                  (top_.filter.empty() ? "" : "  " + Printable(top_.filter));
    state.window = kWindows[wish_.window].name;
    state.order = kOrders[wish_.order].name;
    state.clock = clock_;
    state.problem = problem_;
    state.is_paused = wish_.is_paused;
    state.color = options_.color;
    state.numbers = numbers_.totals;
    state.calls_over_time = numbers_.calls_over_time;
    state.models = numbers_.models;
    state.features = numbers_.features;
    state.newest.assign(newest_.begin(), newest_.end());
    return state;
  }

  /// Ends both threads.
  void Stop() {
    asker_.request_stop();
    follower_.request_stop();
    const std::lock_guard lock(mutex_);
    wake_.notify_all();
  }

 private:
  Result<std::string> Ask(ApiClient& client, const Wish& wish, const char* dimension) {
    QueryOptions query;
    query.filter = top_.filter;
    query.last = kWindows[wish.window].age;
    query.measures = {"count",         "error_rate", "p95(duration)", "sum(total_tokens)",
                      "sum(cost_usd)", "p50(ttft)",  "error_count"};
    query.order = kOrders[wish.order].measure;
    query.top = kGroups;
    if (dimension != nullptr) {
      query.group_by = {dimension};
    } else {
      query.interval = kWindows[wish.window].interval;
    }
    TRY_ASSIGN(const std::string body, QueryBody(query, platform::SystemClock().Now(), zone_));
    return client.Post("/api/v1/query", "application/json", body);
  }

  static Result<void> Parse(Answer& answer, std::string body) {
    answer.body = std::move(body);
    if (answer.document.Parse(answer.body, answer.arena) == syntax::JsonStatus::kOk) return {};
    return Fail(ErrorCode::kInternal, "the answer is no JSON");
  }

  static double SecondsOf(JsonValue root) {
    const auto from = ParseRfc3339(root["from"].text()), to = ParseRfc3339(root["to"].text());
    return from && to && *to > *from ? static_cast<double>(*to - *from) / 1e9 : 1;
  }

  static TopTable TableOf(const char* title, JsonValue root) {
    TopTable table{title, {{"", "calls", "errors", "p95", "tokens", "cost", "$/h"}}};
    for (const JsonValue group : root["groups"].Elements()) {
      const JsonValue values = group["values"];
      const bool is_other = group["is_other"].AsBool().value_or(false);
      table.rows.push_back({is_other ? "(other)" : Cell(group["key"].At(0)),
                            MetricText(values.At(0), "count"), MetricText(values.At(1), "ratio"),
                            MetricText(values.At(2), "ns"), MetricText(values.At(3), "tokens"),
                            MetricText(values.At(4), "usd"),
                            PerHour(values.At(4), SecondsOf(root))});
    }
    return table;
  }

  Result<Numbers> AskAll(ApiClient& client, const Wish& wish) {
    Numbers numbers;
    Answer totals, models, features;
    for (const auto& [answer, dimension] :
         {std::pair(&totals, static_cast<const char*>(nullptr)), std::pair(&models, "model"),
          std::pair(&features, "feature")}) {
      TRY_ASSIGN(std::string body, Ask(client, wish, dimension));
      TRY(Parse(*answer, std::move(body)));
    }
    const JsonValue values = totals.root()["totals"]["values"];
    const double seconds = SecondsOf(totals.root());
    const auto per_second = [&](JsonValue value) {
      char text[32];
      std::snprintf(text, sizeof text, "%.3g", value.ToDouble().value_or(0) / seconds);
      return value.is_nothing() ? std::string("—") : std::string(text);
    };
    numbers.totals = {
        {"calls/s", per_second(values.At(0))},   {"errors", MetricText(values.At(1), "ratio")},
        {"tokens/s", per_second(values.At(3))},  {"$/h", PerHour(values.At(4), seconds)},
        {"p95", MetricText(values.At(2), "ns")}, {"first token", MetricText(values.At(5), "ns")}};
    numbers.calls_over_time = Sparkline(totals.root()["totals"]["series"].At(0));
    numbers.models = TableOf("models", models.root());
    numbers.features = TableOf("features", features.root());
    return numbers;
  }

  void Keep(const Result<Numbers>& numbers, const Wish& wish) {
    const std::lock_guard lock(mutex_);
    if (wish.number != wish_.number) return;  // Somebody wishes for something else by now.
    problem_ = numbers ? "" : Printable(numbers.error().message);
    if (!numbers) return;
    numbers_ = *numbers;
    clock_ = FormatRfc3339(zone_.Shown(platform::SystemClock().Now())).substr(11, 8) + " " +
             zone_.name();
  }

  void AskOn(std::stop_token stop) {
    auto client = ApiClient::Open(options_.server, kAskMs);
    const auto pause = milliseconds(static_cast<int64_t>(top_.every_s * 1'000));
    uint64_t asked = 0;
    while (client) {
      Wish wish;
      {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, pause, [&] { return stop.stop_requested() || wish_.number != asked; });
        if (stop.stop_requested()) return;
        wish = wish_;
      }
      const bool is_new = wish.number != asked;
      asked = wish.number;
      if (!wish.is_paused || is_new) Keep(AskAll(*client, wish), wish);
    }
  }

  /// Follows the live tail; again and again, for a server may be away for a while.
  void FollowOn(std::stop_token stop) {
    auto client = ApiClient::Open(options_.server, kTailSilenceMs);
    const std::string target =
        "/api/v1/tail" + (top_.filter.empty() ? "" : "?filter=" + net::PercentEncode(top_.filter));
    while (client && !stop.stop_requested()) {
      syntax::SseParser events(kTailEventBytesMax);
      const auto ended =
          client->FollowUntil(target, stop, [&](std::string_view bytes) -> Result<void> {
            events.Feed(bytes);
            for (syntax::SseEvent event; events.Next(event);) {
              if (event.name == "span") TakeCall(event.data);
            }
            return {};
          });
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kTailPause, [&] { return stop.stop_requested(); });
    }
  }

  void TakeCall(std::string_view json) {
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(json, arena) != syntax::JsonStatus::kOk) return;
    const std::string line = CallLine(document.root(), zone_, options_.color);
    const std::lock_guard lock(mutex_);
    if (wish_.is_paused) return;
    newest_.push_back(line);
    if (newest_.size() > kNewestMax) newest_.pop_front();
  }

  const ReadOptions& options_;
  const TopOptions& top_;
  TimeZone zone_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Wish wish_;
  Numbers numbers_;
  std::string clock_, problem_;
  std::deque<std::string> newest_;
  std::jthread asker_, follower_;
};

/// Shows the watch until a key or a signal ends it.
void Show(Watch& watch, const Terminal& terminal) {
  while (!terminal.is_over()) {
    terminal.Draw(TopScreen(watch.State(), terminal.size()));
    const auto key = terminal.Key(kKeyWait);
    if (!key) continue;
    switch (*key) {
      case 'q':
      case 'Q': return;
      case 'p':
      case ' ': watch.Change([](Wish& wish) { wish.is_paused = !wish.is_paused; }); break;
      case 'w':
        watch.Change([](Wish& wish) { wish.window = (wish.window + 1) % kWindows.size(); });
        break;
      case 's':
        watch.Change([](Wish& wish) { wish.order = (wish.order + 1) % kOrders.size(); });
        break;
      default: break;
    }
  }
}

}  // namespace

int RunTop(const ReadOptions& options, const TopOptions& top) {
  Watch watch(options, top);
  if (const auto there = Terminal::Check(); !there) {
    return ReportError({there.error().code,
                        "top needs a terminal; `vitrine query` prints numbers once, `vitrine "
                        "tail` prints calls as they come",
                        {}},
                       0);
  }
  // Before the screen is taken, so that what is wrong stays readable.
  const int code = watch.Start();
  if (code != kExitOk) return code;
  auto terminal = Terminal::Open();
  if (!terminal) return ReportError(terminal.error(), 0);
  Show(watch, **terminal);
  watch.Stop();
  return kExitOk;
}

}  // namespace vitrine::cli
