#include "storage/clickhouse/engine_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "storage/clickhouse/client.h"
#include "storage/clickhouse/limits.h"

extern char** environ;

namespace vitrine::clickhouse {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How often a child that closed its output is looked at; its end is otherwise an event.
constexpr int kReapEveryMs = 20;
/// A line the engine prints; the rest of a longer one is left out.
constexpr size_t kLineBytesMax = 4096;

std::string EndInWords(int status) {
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

/// One run of the program.
struct EngineProcess::Child {
  pid_t pid = 0;
  int output = -1;        ///< Both of its outputs.
  std::string line;       ///< What it has begun to print.
  std::string last_line;  ///< The last thing it printed whole.
  bool output_open = true;
  bool ready = false;
  Clock::time_point started = Clock::now();
  int status = 0;
  bool reaped = false;

  bool Reap(int flags) {
    while (!reaped) {
      const pid_t got = waitpid(pid, &status, flags);
      if (got == 0) return false;
      if (got < 0 && errno == EINTR) continue;
      reaped = true;
    }
    return true;
  }
  int64_t AgeMs() const { return (Clock::now() - started) / milliseconds(1); }
};

std::string_view EngineStateName(EngineState state) {
  switch (state) {
    case EngineState::kStarting: return "starting";
    case EngineState::kReady: return "ready";
    case EngineState::kDown: return "down";
    case EngineState::kStopped: return "stopped";
  }
  return "stopped";
}

EngineProcess::EngineProcess(EngineProcessOptions options) : options_(std::move(options)) {
  stop_fd_ = eventfd(0, EFD_CLOEXEC);
}

Result<std::unique_ptr<EngineProcess>> EngineProcess::Start(EngineProcessOptions options) {
  if (access(options.program.c_str(), X_OK) != 0)
    return Fail(ErrorCode::kNotFound,
                "cannot run " + options.program + ": " + std::strerror(errno));
  std::unique_ptr<EngineProcess> process(new EngineProcess(std::move(options)));
  if (process->stop_fd_ < 0) return Fail(ErrorCode::kIo, "no file descriptors left");
  process->status_.state = EngineState::kStarting;
  process->watcher_ = std::thread([raw = process.get()] { raw->Watch(); });
  return process;
}

EngineProcess::~EngineProcess() {
  Stop();
  if (stop_fd_ >= 0) close(stop_fd_);
}

EngineStatus EngineProcess::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool EngineProcess::WaitReady(milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] {
    return status_.state == EngineState::kReady || status_.state == EngineState::kStopped;
  });
  return status_.state == EngineState::kReady;
}

void EngineProcess::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (stop_fd_ >= 0) eventfd_write(stop_fd_, 1);
  if (watcher_.joinable()) watcher_.join();
}

void EngineProcess::SetState(EngineState state) {
  {
    const std::lock_guard lock(mutex_);
    if (status_.state == state) return;
    status_.state = state;
  }
  changed_.notify_all();
  if (options_.on_state) options_.on_state(state);
}

void EngineProcess::Log(std::string_view line) {
  if (options_.log) options_.log(line);
}

/// False when it is time to stop.
bool EngineProcess::Pause(int64_t ms) {
  pollfd poll_fd{stop_fd_, POLLIN, 0};
  return poll(&poll_fd, 1, static_cast<int>(ms)) <= 0;
}

std::vector<std::string> EngineProcess::Arguments() const {
  std::vector<std::string> arguments = {options_.program, "--path=" + options_.data_path,
                                        "--socket=" + options_.socket_path,
                                        "--parent-pid=" + std::to_string(getpid())};
  if (options_.memory_bytes > 0)
    arguments.push_back("--memory-bytes=" + std::to_string(options_.memory_bytes));
  if (options_.threads > 0) arguments.push_back("--threads=" + std::to_string(options_.threads));
  if (options_.when_idle) arguments.push_back("--priority=idle");
  if (options_.tcp_port)
    arguments.push_back("--tcp-port=" + std::to_string(unsigned{*options_.tcp_port}));
  return arguments;
}

std::optional<EngineProcess::Child> EngineProcess::Spawn() {
  std::vector<std::string> arguments = Arguments();
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<int, 2> output{};
  if (pipe2(output.data(), O_CLOEXEC | O_NONBLOCK) != 0) return std::nullopt;

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output[1], 1);
  posix_spawn_file_actions_adddup2(&actions, output[1], 2);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  // A session of its own. Ctrl-C in a terminal is for the server, which then stops the engine; and
  // where the kernel shares out processors by sessions, what the engine's threads owe one another
  // is not paid by the server's: calls through the gateway waited milliseconds for it.
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);

  Child child;
  child.output = output[0];
  const int problem = posix_spawn(&child.pid, options_.program.c_str(), &actions, &attributes,
                                  argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(output[1]);
  if (problem == 0) return child;
  close(output[0]);
  Log("cannot start " + options_.program + ": " + std::strerror(problem));
  return std::nullopt;
}

/// Returns false when there is nothing to take at present.
bool EngineProcess::TakeOutput(Child& child) {
  std::array<char, 4096> bytes;
  const ssize_t got = read(child.output, bytes.data(), bytes.size());
  if (got < 0 && errno == EINTR) return true;
  if (got < 0 && errno == EAGAIN) return false;
  if (got <= 0) {
    child.output_open = false;
    return false;
  }
  for (const char c : std::string_view(bytes.data(), static_cast<size_t>(got))) {
    if (c != '\n') {
      if (child.line.size() < kLineBytesMax) child.line += c;
      continue;
    }
    Log(child.line);
    if (child.line.starts_with("ready ")) {
      child.ready = true;
      SetState(EngineState::kReady);
    }
    child.last_line = std::exchange(child.line, {});
  }
  return true;
}

/// Watches a living child. Returns true when it ended by itself, false when it is to be ended.
bool EngineProcess::Supervise(Child& child) {
  Client client({.unix_path = options_.socket_path,
                 .host = {},
                 .port = 0,
                 .user = {},
                 .password = {},
                 .database = {}});
  auto next_ping = Clock::now() + milliseconds(kEnginePingEveryMs);
  int failures = 0;
  while (true) {
    std::array<pollfd, 2> fds{
        {{stop_fd_, POLLIN, 0}, {child.output_open ? child.output : -1, POLLIN, 0}}};
    // The child's death closes its output; only if something else holds it open, look for it.
    poll(fds.data(), fds.size(), child.output_open ? int{kEnginePingEveryMs} / 4 : kReapEveryMs);
    if (fds[0].revents != 0) return false;
    if (fds[1].revents != 0) TakeOutput(child);
    if (child.Reap(WNOHANG)) return true;
    if (!child.ready && child.AgeMs() > kEngineStartTimeoutMs) {
      Log("the engine does not answer: it is killed");
      return false;
    }
    if (!child.ready || Clock::now() < next_ping) continue;
    failures = client.Ping(milliseconds(kEnginePingTimeoutMs)) ? 0 : failures + 1;
    if (failures >= kEnginePingFailuresMax && !child.Reap(WNOHANG)) {
      Log("the engine hangs: it is killed");
      return false;
    }
    next_ping = Clock::now() + milliseconds(kEnginePingEveryMs);
  }
}

/// Ends a child that still runs: politely when we stop, at once when it hangs.
void EngineProcess::End(Child& child) {
  bool polite = false;
  {
    const std::lock_guard lock(mutex_);
    polite = stopping_;
  }
  if (polite) {
    kill(child.pid, SIGTERM);
    const auto deadline = Clock::now() + milliseconds(kEngineStopTimeoutMs);
    while (!child.Reap(WNOHANG) && Clock::now() < deadline) {
      if (child.output_open) TakeOutput(child);
      std::this_thread::sleep_for(milliseconds(kReapEveryMs / 4));
    }
  }
  if (!child.reaped) kill(child.pid, SIGKILL);
  child.Reap(0);
}

void EngineProcess::RunOnce(Child& child) {
  {
    const std::lock_guard lock(mutex_);
    status_.pid = child.pid;
  }
  if (!Supervise(child)) End(child);
  while (child.output_open && TakeOutput(child)) {
  }
  close(child.output);
  const std::string end = EndInWords(child.status);
  {
    const std::lock_guard lock(mutex_);
    status_.pid = 0;
    status_.last_end = end;
    status_.last_exit_code =
        WIFEXITED(child.status) ? std::optional(WEXITSTATUS(child.status)) : std::nullopt;
    status_.last_line = child.last_line;
    if (stopping_) return;
  }
  SetState(EngineState::kDown);
  Log("the engine ended (" + end + ")");
}

void EngineProcess::Watch() {
  int64_t backoff_ms = 0;       // Before the next start.
  int64_t next_backoff_ms = 0;  // Before the one after it.
  bool first = true;
  while (Pause(backoff_ms)) {
    SetState(EngineState::kStarting);
    if (!first) {
      const std::lock_guard lock(mutex_);
      ++status_.restarts;
    }
    first = false;
    bool stable = false;
    if (std::optional<Child> child = Spawn()) {
      RunOnce(*child);
      stable = child->ready && child->AgeMs() > kEngineStableMs;
    } else {
      SetState(EngineState::kDown);
    }
    if (stable) next_backoff_ms = 0;
    backoff_ms = next_backoff_ms;
    next_backoff_ms = std::clamp(next_backoff_ms * 2, kEngineBackoffFirstMs, kEngineBackoffMaxMs);
  }
  SetState(EngineState::kStopped);
}

}  // namespace vitrine::clickhouse
