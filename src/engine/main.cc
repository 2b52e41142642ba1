// vitrine-engine: ClickHouse in a process of its own, spoken to over its HTTP interface.
//
// The server starts it, watches it and may kill it at any moment: what was acknowledged is on disk.
// It prints one line when it answers, and leaves with _exit, because libchdb crashes when a process
// ends in order while connections are open.

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "engine/internal/host.h"
#include "engine/internal/options.h"
#include "engine/internal/server.h"
#include "engine/limits.h"
#include "platform/thread_turns.h"

namespace {

using namespace vitrine;
using namespace vitrine::engine;

/// Exit codes: 0 stopped, 1 failure, 2 usage, 6 cannot run here (as the commands of vitrine).
constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr int kExitUnavailable = 6;
/// The parent is also looked for at this pace, in case the kernel's signal did not come, and so are
/// the library's threads that merge.
constexpr long kCheckSeconds = 1;
/// What libchdb calls its threads that merge. Nobody waits for them as for inserts and questions:
/// as equals of these, they made spans wait three seconds until they could be asked for.
constexpr const char* kMergeThread = "MergeMutate";

int Complain(const Error& error) {
  std::fprintf(stderr, "vitrine-engine: %s\n", error.message.c_str());
  const bool here = error.code == ErrorCode::kUnsupported || error.code == ErrorCode::kUnavailable;
  return error.code == ErrorCode::kInvalidInput ? kExitUsage
         : here                                 ? kExitUnavailable
                                                : kExitFailure;
}

/// Signals are read by the main thread alone; libchdb's threads inherit the mask.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

bool ParentLives(int parent_pid) { return parent_pid == 0 || getppid() == parent_pid; }

/// Returns when the process is to end.
void WaitForTheEnd(const sigset_t& signals, int parent_pid) {
  const timespec pace{kCheckSeconds, 0};
  while (ParentLives(parent_pid)) {
    platform::LetGiveWay(kMergeThread);
    const int signal = sigtimedwait(&signals, nullptr, &pace);
    // SIGUSR1 is the kernel's word that the parent's thread ended; the loop looks itself.
    if (signal > 0 && signal != SIGUSR1) return;
  }
}

/// Leaves the process for certain, whatever the closing engine waits for.
void LeaveLater(int64_t after_ms) {
  std::thread([after_ms] {
    std::this_thread::sleep_for(std::chrono::milliseconds(after_ms));
    _exit(0);
  }).detach();
}

}  // namespace

int main(int argc, char** argv) {
  const auto started = std::chrono::steady_clock::now();
  const Result<Options> options = ParseOptions(argc, argv);
  if (!options) {
    std::fputs(kUsage, stderr);
    return Complain(options.error());
  }
  if (options->help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  const sigset_t signals = BlockSignals();
  if (options->parent_pid != 0) prctl(PR_SET_PDEATHSIG, SIGUSR1);
  if (!ParentLives(options->parent_pid)) return kExitFailure;
  // Calls that are relayed on the same processor do not wait for a long turn of a question.
  platform::TakeShortTurns();
  if (options->when_idle) {
    platform::RunWhenIdle();
    platform::LowerSession();
  }
  umask(0077);             // Prompts and answers are nobody else's to read.
  setenv("TZ", "UTC", 1);  // Before the library reads it.

  const Result<ChdbApi> api = LoadChdb(options->library);
  if (!api) return Complain(api.error());
  Result<std::unique_ptr<Host>> host =
      Host::Start(*api, {options->path, options->memory_bytes, options->threads});
  if (!host) {
    const int code = Complain(host.error());
    std::fflush(nullptr);
    _exit(code);
  }
  Result<std::unique_ptr<Server>> server =
      Server::Start(**host, {options->socket, options->tcp_port});
  if (!server) {
    const int code = Complain(server.error());
    std::fflush(nullptr);
    (*host)->Stop(0);
    _exit(code);
  }
  const auto took = std::chrono::steady_clock::now() - started;
  std::printf("ready %s", options->socket.c_str());
  if (options->tcp_port) std::printf(" http://127.0.0.1:%u", unsigned{(*server)->tcp_port()});
  std::printf(" (ClickHouse %s, %lld ms)\n", (*host)->version().c_str(),
              static_cast<long long>(took / std::chrono::milliseconds(1)));
  std::fflush(stdout);

  WaitForTheEnd(signals, options->parent_pid);
  LeaveLater(kStopDeadlineMs + kCloseDeadlineMs);
  (*server)->Stop();
  (*host)->Stop(kStopDeadlineMs);
  _exit(0);
}
