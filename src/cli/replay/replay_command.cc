#include "cli/replay/replay_command.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>

#include "cli/answer.h"
#include "cli/output.h"
#include "cli/replay/limits.h"
#include "net/http_server.h"
#include "net/worker_pool.h"
#include "syntax/compress/inflate_stream.h"

namespace vitrine::cli {

namespace {

using std::chrono::steady_clock;
using syntax::JsonValue;
using syntax::JsonWriter;

/// The calls of a session that clients got an answer to, oldest first.
constexpr const char* kCallsOfSession =
    "SELECT trace_id, span_id, error_type FROM spans WHERE session_id = {session:String} AND "
    "capture = 'gateway' AND served ORDER BY start_time, span_id LIMIT {most:UInt32}";

Result<void> ParseTree(std::string_view body, Answer& answer) {
  answer.body = body;
  if (answer.document.Parse(answer.body, answer.arena) != syntax::JsonStatus::kOk)
    return Fail(ErrorCode::kInternal, "the server's answer is no JSON");
  return {};
}

/// Reads every call; those that cannot be given again are told and left out.
Result<std::vector<RecordedCall>> FetchCalls(ApiClient& client, const std::string& session) {
  std::string question;
  JsonWriter json(question);
  json.BeginObject().Member("query", kCallsOfSession).Key("params").BeginObject();
  json.Member("session", session).Member("most", std::to_string(kReplayCallsMax + 1));
  json.EndObject().EndObject();
  Answer list;
  TRY_ASSIGN(const std::string body, client.Post("/api/v1/sql", "application/json", question));
  TRY(ParseTree(body, list));
  const JsonValue rows = list.root()["rows"];
  if (rows.size() > kReplayCallsMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "the session has more than " + std::to_string(kReplayCallsMax) + " calls");
  }
  std::vector<RecordedCall> calls;
  for (const JsonValue row : rows.Elements()) {
    std::vector<std::string> cells;
    for (const JsonValue cell : row.Elements()) cells.emplace_back(cell.text());
    if (cells.size() != 3) return Fail(ErrorCode::kInternal, "the server's answer has other rows");
    const std::string name = cells[0] + "/" + cells[1];
    Answer exchange;
    auto read = client.Get("/api/v1/exchanges/" + name);
    auto call = Result<RecordedCall>(Fail(ErrorCode::kNotFound, "it has no exchange"));
    if (read) {
      TRY(ParseTree(*read, exchange));
      call = ReadRecordedCall(exchange.root());
    } else if (read.error().code != ErrorCode::kNotFound) {
      return std::unexpected(read.error());
    }
    if (!call) {
      std::fprintf(stderr, "vitrine: %s cannot be replayed: %s\n", name.c_str(),
                   call.error().message.c_str());
      continue;
    }
    call->name = name;
    call->is_broken = cells[2] == "partial";
    calls.push_back(std::move(*call));
  }
  return calls;
}

/// "127.0.0.1:7081". Recorded answers have no key before them, so only this machine may ask.
Result<net::HttpListener> ListenerOf(const std::string& address) {
  const size_t colon = std::min(address.rfind(':'), address.size());
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  uint16_t port = 0;
  const char* end = address.data() + address.size();
  const auto [rest, error] =
      std::from_chars(address.data() + std::min(colon + 1, address.size()), end, port);
  const bool is_loopback = host == "localhost" || host == "::1" || host.starts_with("127.");
  if (!is_loopback || error != std::errc() || rest != end) {
    return Fail(ErrorCode::kInvalidInput, "--listen: '" + address +
                                              "' is no address of this machine alone; write "
                                              "127.0.0.1:PORT");
  }
  return net::HttpListener{.name = "replay", .host = host, .port = port};
}

class ReplayServer {
 public:
  ReplayServer(ReplayBook& book, const RedactRequest& redact, bool keeps_timing)
      : book_(book), redact_(redact), keeps_timing_(keeps_timing) {}

  void Handle(net::HttpRequest request, net::HttpResponder responder) {
    const auto began = steady_clock::now();
    const auto encoding = request.headers.First("content-encoding");
    std::string plain;
    auto inflate = compress::InflateStream::Open(encoding.value_or(""), kReplayRequestBytesMax);
    if (!inflate || !inflate->Feed(*request.body, plain))
      return Refuse(responder, 400, "the request's content encoding cannot be undone");
    const RedactedRequest redacted = redact_(request, plain);
    const auto found = book_.Find({request.method, redacted.target, redacted.body});
    if (!found) {
      ++misses_;
      std::fprintf(stderr, "vitrine: %s\n", Printable(found.error().message).c_str());
      return Refuse(responder, 404, found.error().message);
    }
    const RecordedCall& call = **found;
    if (call.status == 0)
      return Refuse(responder, 502, "no answer had come when " + call.name + " was recorded");
    net::WorkerPool::Task task = [this, &call, began, responder = std::move(responder)]() mutable {
      Give(call, began, std::move(responder));
    };
    // Dropped, the task answers 500.
    if (!writers_.TrySubmit(task))
      std::fprintf(stderr, "vitrine: too many requests wait for an answer\n");
  }

  uint64_t misses() const { return misses_; }
  /// Wakes those who wait for the time of a piece: their answers break off.
  void BreakOff() {
    {
      const std::lock_guard lock(mutex_);
      is_stopped_ = true;
    }
    stopped_.notify_all();
  }
  /// Waits for the writers, whose clients must be gone.
  void Stop() { writers_.Stop(); }

 private:
  void Give(const RecordedCall& call, steady_clock::time_point began,
            net::HttpResponder responder) {
    if (!call.pieces.empty()) WaitFor(call.pieces.front(), began);
    net::HttpStream stream = responder.Begin(call.status, call.headers);
    uint64_t begin = 0;
    for (const RecordedCall::Piece& piece : call.pieces) {
      if (!WaitFor(piece, began)) return;
      const uint64_t end = std::clamp<uint64_t>(piece.end, begin, call.body.size());
      if (!stream.Write(std::string_view(call.body).substr(begin, end - begin))) return;
      begin = end;
    }
    // Without its end the connection is cut, as it was.
    if (!call.is_broken) stream.End();
  }

  /// False when the command ends meanwhile.
  bool WaitFor(const RecordedCall::Piece& piece, steady_clock::time_point began) {
    if (!keeps_timing_) return true;
    std::unique_lock lock(mutex_);
    const auto due = began + std::chrono::nanoseconds(piece.offset_ns);
    return !stopped_.wait_until(lock, due, [this] { return is_stopped_; });
  }

  /// In a shape that clients of every provider show.
  static void Refuse(net::HttpResponder& responder, int status, const std::string& message) {
    std::string body;
    JsonWriter json(body);
    json.BeginObject().Member("type", "error").Key("error").BeginObject();
    json.Member("type", "not_found_error").Member("code", "replay_miss").Member("message", message);
    json.EndObject().EndObject();
    net::HttpResponse response = net::HttpResponse::Json(status, std::move(body));
    response.headers.Add("x-vitrine-replay", "miss");
    response.headers.Add("x-should-retry", "false");  // What OpenAI's and Anthropic's clients heed.
    responder.Send(std::move(response));
  }

  ReplayBook& book_;
  const RedactRequest& redact_;
  const bool keeps_timing_;
  std::atomic<uint64_t> misses_{0};
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool is_stopped_ = false;
  net::WorkerPool writers_{{.threads = kReplayThreads, .name = "replay"}};
};

void WaitForSignal(const sigset_t& signals) {
  int number = 0;
  sigwait(&signals, &number);
}

}  // namespace

int RunReplayServer(const ReplayOptions& options, const RedactRequest& redact) {
  const auto listener = ListenerOf(options.listen);
  if (!listener) return ReportError(listener.error(), 0);
  auto client = ApiClient::Open(options.server);
  if (!client) return ReportError(client.error(), 0);
  auto calls = FetchCalls(*client, options.session);
  if (!calls) return ReportError(calls.error(), client->last_status());
  if (calls->empty()) {
    return ReportError({ErrorCode::kNotFound,
                        "session '" + options.session + "' of project '" + options.server.project +
                            "' has no call that came through the gateway",
                        {}},
                       0);
  }
  // Blocked before any thread starts, so that only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  ReplayBook book(std::move(*calls), options.in_order ? ReplayMatch::kOrder : ReplayMatch::kHash);
  ReplayServer replay(book, redact, options.keeps_timing);
  net::HttpServerOptions serving;
  serving.listeners = {*listener};
  serving.stamps_answers = false;
  auto server = net::HttpServer::Start(
      serving, [&replay](net::HttpRequest request, net::HttpResponder responder) {
        replay.Handle(std::move(request), std::move(responder));
      });
  if (!server) return ReportError(server.error(), 0);
  const std::string host =
      listener->host.contains(':') ? "[" + listener->host + "]" : listener->host;
  std::printf("ready http://%s:%u\n", host.c_str(), (*server)->port());
  std::fflush(stdout);
  WaitForSignal(signals);
  replay.BreakOff();
  (*server)->Stop(kReplayStopMs);
  replay.Stop();
  std::fprintf(stderr, "vitrine: %zu of %zu recorded calls answered, %llu requests found none\n",
               book.served(), book.size(), static_cast<unsigned long long>(replay.misses()));
  return replay.misses() == 0 ? kExitOk : kExitGateFailed;
}

}  // namespace vitrine::cli
