#include "engine/internal/statement.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "engine/limits.h"

namespace vitrine::engine {
namespace {

constexpr int kPipeBytes = 1 << 20;  // The most Linux allows an ordinary process.
constexpr int kSyntaxError = 62;

/// A pipe whose ends close themselves.
class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
    (void)fcntl(ends_[1], F_SETPIPE_SZ, kPipeBytes);
  }
  ~Pipe() {
    CloseWriter();
    if (ends_[0] >= 0) close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool ok() const { return ends_[0] >= 0; }
  int reader() const { return ends_[0]; }
  std::string writer_path() const { return "/proc/self/fd/" + std::to_string(ends_[1]); }
  void CloseWriter() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// The part of a run that the watching thread does: pass result bytes on, notice that the client
/// left, ask for an end until the statement has ended.
class Watch {
 public:
  Watch(Lease& lease, HttpSocket& socket, Answer& answer)
      : lease_(lease), socket_(socket), answer_(answer), buffer_(kIoBufferBytes, '\0') {}

  /// Returns when the writing side of the pipe is closed.
  void UntilClosed(int reader) {
    while (true) {
      std::array<pollfd, 2> fds{{{reader, POLLIN, 0}, {socket_.fd(), POLLRDHUP, 0}}};
      const int ready = poll(fds.data(), killed_ ? 1 : 2, killed_ ? int{kKillRepeatMs} : -1);
      if (ready < 0 && errno != EINTR) return;
      if (killed_ && ready == 0) lease_.Kill();
      if (!killed_ && fds[1].revents != 0) Stop();
      if (ready > 0 && fds[0].revents != 0 && !Pass(reader)) return;
    }
  }

  bool client_gone() const { return client_gone_; }
  const std::string& refusal() const { return refusal_; }

 private:
  bool Pass(int reader) {
    const ssize_t got = read(reader, buffer_.data(), buffer_.size());
    if (got < 0) return errno == EINTR;
    if (got == 0) return false;
    if (killed_) return true;  // Reading on keeps the engine from waiting for us.
    const Result<void> sent = answer_.Write(std::string_view(buffer_.data(), size_t(got)));
    if (sent) return true;
    if (sent.error().code == ErrorCode::kLimitExceeded) refusal_ = sent.error().message;
    Stop();
    return true;
  }
  void Stop() {
    killed_ = true;
    client_gone_ = refusal_.empty();
    lease_->set_dirty();
    lease_.Kill();
  }

  Lease& lease_;
  HttpSocket& socket_;
  Answer& answer_;
  std::string buffer_;
  std::string refusal_;
  bool killed_ = false;
  bool client_gone_ = false;
};

/// `sql` with its output sent into `path`.
std::string WithOutfile(std::string_view sql, const SqlShape& shape, const std::string& path,
                        const std::string& format) {
  std::string text(sql.substr(0, shape.output_begin));
  // APPEND: the pipe exists already. No compression, whatever the name looks like.
  text += " INTO OUTFILE " + QuoteString(path) + " APPEND COMPRESSION 'none' FORMAT " + format;
  text += sql.substr(shape.output_end, shape.statement_end - shape.output_end);
  return text;
}

Outcome RunWatched(Lease& lease, std::string_view sql, const std::string& format,
                   const NamedValues& params, Pipe& pipe, Watch& watch) {
  Outcome outcome;
  if (!pipe.ok()) {
    outcome.error = ErrorText(76, "no file descriptors left", "CANNOT_OPEN_FILE");
    return outcome;
  }
  std::thread runner([&] {
    outcome = lease->Run(sql, format, params);
    pipe.CloseWriter();
  });
  watch.UntilClosed(pipe.reader());
  runner.join();
  return outcome;
}

/// Connections that ran only this stay as they were.
bool LeavesNoTrace(const StatementAnalysis& analysis) {
  return analysis.statement_class == static_cast<uint32_t>(StatementClass::kReadOnly);
}

bool WritesAFile(const StatementAnalysis& analysis, const SqlShape& shape) {
  if (analysis.statement_class != static_cast<uint32_t>(StatementClass::kControl)) return false;
  for (const std::string_view word :
       {"", "SELECT", "WITH", "FROM", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "VALUES"})
    if (shape.first_word == word) return true;
  return false;
}

void Finish(const Outcome& outcome, const Watch& watch, Lease& lease, Answer& answer) {
  // A statement that failed while it ran stays among the running ones as long as its connection.
  if (!outcome.error.empty()) lease->set_dirty();
  if (watch.client_gone()) return;
  if (!watch.refusal().empty())
    return answer.FailWith(ErrorText(396, watch.refusal(), "TOO_MANY_ROWS_OR_BYTES"));
  if (!outcome.error.empty()) return answer.FailWith(outcome.error);
  answer.Finish(outcome);
}

}  // namespace

void RunStatement(Lease& lease, std::string_view sql, const SqlShape& shape,
                  const QueryRequest& request, HttpSocket& socket, Answer& answer) {
  const StatementAnalysis analysis = lease->Classify(sql);
  if (analysis.statement_count > 1)
    return answer.FailWith(
        ErrorText(kSyntaxError, "Multi-statements are not allowed over HTTP", "SYNTAX_ERROR"));
  if (WritesAFile(analysis, shape))
    return answer.FailWith(
        ErrorText(497, "statements cannot write files over HTTP", "ACCESS_DENIED"));
  if (!LeavesNoTrace(analysis)) lease->set_dirty();
  const std::string format = shape.format.empty() ? request.default_format : shape.format;
  Watch watch(lease, socket, answer);
  if (LeavesNoTrace(analysis)) {
    Pipe pipe;
    answer.set_format(format);
    const Outcome outcome = RunWatched(lease, WithOutfile(sql, shape, pipe.writer_path(), format),
                                       format, request.params, pipe, watch);
    const bool misplaced = !answer.started() && ExceptionCode(outcome.error) == kSyntaxError;
    if (outcome.error.empty() || !misplaced) return Finish(outcome, watch, lease, answer);
  }
  // No rows to stream, or a statement that takes no INTO OUTFILE.
  Pipe pipe;
  Outcome outcome = RunWatched(lease, sql, format, request.params, pipe, watch);
  if (!outcome.body.empty()) {
    answer.set_format(format);
    if (!answer.Write(outcome.body)) return;
  }
  Finish(outcome, watch, lease, answer);
}

void RunInsert(Lease& lease, std::string_view sql, const SqlShape& shape,
               const QueryRequest& request, RequestBody& body, Answer& answer) {
  const std::string format = shape.has_format                 ? shape.insert_format
                             : !request.header_format.empty() ? request.header_format
                                                              : "Values";
  InsertStream stream(*lease, sql.substr(0, shape.head_end), format, request.params);
  if (const std::string error = stream.error(); !error.empty()) return answer.FailWith(error);
  bool taken = true;
  if (const std::string_view first = sql.substr(shape.data_begin); !first.empty())
    taken = stream.Append(first);
  while (taken) {
    const Result<std::string_view> piece = body.Next();
    if (!piece) {
      lease->set_dirty();
      if (piece.error().code == ErrorCode::kUnavailable) return;  // Nobody is there to be told.
      return answer.FailWith(
          ErrorText(27, piece.error().message, "CANNOT_PARSE_INPUT_ASSERTION_FAILED"));
    }
    if (piece->empty()) break;
    taken = stream.Append(*piece);
  }
  const Outcome outcome = stream.Finish();
  if (!outcome.error.empty()) {
    lease->set_dirty();
    return answer.FailWith(outcome.error);
  }
  answer.Finish(outcome);
}

}  // namespace vitrine::engine
