#include "cli/call_commands.h"

#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "base/arena.h"
#include "cli/answer.h"
#include "cli/error_place.h"
#include "cli/list_pages.h"
#include "cli/output.h"
#include "cli/typed_time.h"
#include "cli/zone_choice.h"
#include "syntax/sse/sse_parser.h"

namespace vitrine::cli {

namespace {

using syntax::JsonValue;

/// The server says something each 15 s; after three silences it is gone.
constexpr int64_t kTailSilenceMs = 45'000;
/// Between two attempts to reach a server that is gone.
constexpr std::chrono::seconds kReconnectPause{1};
/// One call, with an error text of any length that a server keeps.
constexpr size_t kTailEventBytesMax = 16u << 20;
// Columns of a line.
constexpr size_t kStatusWidth = 15, kServiceWidth = 12, kModelWidth = 24;

std::string CallQuery(const CallFilterOptions& filter) {
  const std::pair<const char*, const std::string*> texts[] = {{"filter", &filter.filter},
                                                              {"status", &filter.status},
                                                              {"error_type", &filter.error_type},
                                                              {"model", &filter.model},
                                                              {"provider", &filter.provider},
                                                              {"service", &filter.service},
                                                              {"user", &filter.user},
                                                              {"session", &filter.session},
                                                              {"environment", &filter.environment},
                                                              {"release", &filter.release},
                                                              {"feature", &filter.feature},
                                                              {"capture", &filter.capture},
                                                              {"kind", &filter.kind},
                                                              {"stream", &filter.stream}};
  return FilterQuery(texts);
}

bool IsError(JsonValue call) { return call["status"].text() == "error"; }

/// "ok", or what went wrong.
std::string Outcome(JsonValue call) {
  if (!IsError(call)) return "ok";
  const JsonValue type = call["error_type"];
  return type.is_nothing() ? "error" : Cell(type);
}

std::string Model(JsonValue call) {
  const JsonValue answered = call["response_model"];
  return Cell(answered.is_nothing() ? call["request_model"] : answered);
}

/// "1200→34", or nothing where neither is known.
std::string Tokens(JsonValue call) {
  const JsonValue input = call["input_tokens"], output = call["output_tokens"];
  if (input.is_nothing() && output.is_nothing()) return "—";
  return Cell(input) + "→" + Cell(output);
}

/// What the call said, else what it was asked, else what went wrong.
std::string Preview(JsonValue call) {
  for (const char* name : {"output_preview", "input_preview"}) {
    const bool told = IsError(call) && !call["status_message"].is_nothing();
    const JsonValue text = call[told ? "status_message" : name];
    if (!text.is_nothing()) return Cell(text);
  }
  return {};
}

std::vector<std::string> CallCells(JsonValue call, const TimeZone& zone) {
  return {Cell(call["trace_id"]),
          Cell(call["span_id"]),
          ShownTime(call["start_time"].text(), zone),
          Outcome(call),
          Cell(call["service"]),
          Model(call),
          Duration(call["duration_ns"]),
          Duration(call["ttft_ns"]),
          Tokens(call),
          Dollars(call["cost_usd"])};
}

/// One connection to the tail of a server.
class TailPrinter {
 public:
  TailPrinter(const ReadOptions& options, const TimeZone& zone, int64_t limit)
      : options_(options), zone_(zone), limit_(limit), events_(kTailEventBytesMax) {}

  /// Begins with another connection: its counts start anew.
  void Restart() {
    events_ = syntax::SseParser(kTailEventBytesMax);
    dropped_ = 0;
    is_connected_ = false;
  }
  /// Takes bytes of the stream. Errors: kCancelled when it is done, kIo when nobody reads.
  Result<void> Take(std::string_view bytes) {
    is_connected_ = true;
    events_.Feed(bytes);
    for (syntax::SseEvent event; events_.Next(event);) {
      arena_.Clear();
      if (document_.Parse(event.data, arena_) != syntax::JsonStatus::kOk)
        return Fail(ErrorCode::kInternal, "an event of the tail is no JSON");
      if (event.name == "dropped") {
        TellDropped();
      } else if (event.name == "span") {
        PrintSpan(event.data);
        if (limit_ > 0 && ++printed_ == limit_) {
          is_done_ = true;
          return Fail(ErrorCode::kCancelled, "done");
        }
      }
    }
    if (std::fflush(stdout) == 0) return {};
    is_done_ = true;
    return Fail(ErrorCode::kIo, "cannot write the output");
  }

  bool is_connected() const { return is_connected_; }
  /// No more is wanted.
  bool is_done() const { return is_done_; }

 private:
  void TellDropped() {
    const uint64_t dropped = document_.root()["dropped"].ToUint().value_or(0);
    std::fprintf(stderr, "vitrine: %llu left out, because they came faster than they are read\n",
                 static_cast<unsigned long long>(dropped - dropped_));
    dropped_ = dropped;
  }
  void PrintSpan(std::string_view json) {
    if (options_.json || options_.jsonl) {
      std::printf("%.*s\n", static_cast<int>(json.size()), json.data());
    } else {
      std::printf("%s\n", CallLine(document_.root(), zone_, options_.color).c_str());
    }
  }

  const ReadOptions& options_;
  const TimeZone& zone_;
  const int64_t limit_;
  syntax::SseParser events_;
  Arena arena_;
  syntax::JsonDocument document_;
  uint64_t dropped_ = 0;
  int64_t printed_ = 0;
  bool is_connected_ = false, is_done_ = false;
};

}  // namespace

std::string CallLine(JsonValue call, const TimeZone& zone, bool color) {
  const bool failed = IsError(call);
  // The day is today.
  std::string line = ShownTimeOfDay(call["start_time"].text(), zone) + "  ";
  line += Padded(Outcome(call), kStatusWidth) + "  ";
  line += Padded(Cell(call["service"]), kServiceWidth) + "  ";
  const std::string model = Model(call);
  line += Padded(model == "—" ? Cell(call["name"]) : model, kModelWidth);
  line += "  " + Duration(call["duration_ns"]);
  if (!call["ttft_ns"].is_nothing()) line += "  ttft " + Duration(call["ttft_ns"]);
  if (const std::string tokens = Tokens(call); tokens != "—") line += "  " + tokens + " tok";
  if (!call["cost_usd"].is_nothing()) line += "  " + Dollars(call["cost_usd"]);
  if (const std::string preview = Preview(call); !preview.empty()) line += "  " + preview;
  return failed && color ? "\033[31m" + line + "\033[0m" : line;
}

int RunCalls(const ReadOptions& options, const CallFilterOptions& filter) {
  ListShape shape;
  shape.path = "/api/v1/calls";
  shape.name = "calls";
  shape.head = {"trace", "span",     kStartColumn, "status", "service",
                "model", "duration", "ttft",       "tokens", "cost"};
  shape.first_number = 6;
  shape.cells = CallCells;
  shape.filter = filter.filter;
  shape.range = {filter.from, filter.to};
  return PrintList(options, shape, CallQuery(filter), filter.limit);
}

int RunTail(const ReadOptions& options, const CallFilterOptions& filter, const TailOptions& tail) {
  auto client = ApiClient::Open(options.server, kTailSilenceMs);
  if (!client) return ReportError(client.error(), 0);
  std::string query = CallQuery(filter) + (tail.all ? "&all=1" : "");
  if (!query.empty()) query[0] = '?';
  TimeZone zone;
  const ZoneNeed need{.prints_times = !options.json && !options.jsonl, .typed = {}};
  if (const int code = ChooseZone(options.zone, *client, need, zone); code != kExitOk) return code;
  TailPrinter printer(options, zone, tail.limit);
  for (bool was_connected = false;;) {
    printer.Restart();
    const auto followed = client->Follow("/api/v1/tail" + query, [&](std::string_view bytes) {
      if (was_connected && !printer.is_connected())
        std::fprintf(stderr, "vitrine: connected again\n");
      return printer.Take(bytes);
    });
    if (printer.is_done()) return kExitOk;  // Output that cannot be written is told by the caller.
    const bool is_away = followed || followed.error().code == ErrorCode::kUnavailable ||
                         followed.error().code == ErrorCode::kCancelled;
    if (!is_away || (!printer.is_connected() && !was_connected)) {
      const int code = ReportError(followed.error(), client->last_status());
      PointAt(filter.filter, followed.error().message);
      return code;
    }
    if (printer.is_connected()) {
      std::fprintf(stderr, "vitrine: the server ended the tail; waiting for it to come back\n");
      was_connected = true;
    }
    std::this_thread::sleep_for(kReconnectPause);
  }
}

}  // namespace vitrine::cli
