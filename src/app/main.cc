// vitrine: the server (`serve`), its settings (`config`), and every other command.
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/server.h"
#include "cli/cli.h"

extern char** environ;

namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
// Opening ten million spans takes a few seconds; a server that is not ready after this has a reason
// to tell.
constexpr int64_t kReadyTimeoutMs = 60'000;

int Report(const vitrine::Error& error) {
  std::fprintf(stderr, "vitrine: %s\n", error.message.c_str());
  return error.code == vitrine::ErrorCode::kInvalidInput ? kExitUsage : kExitFailure;
}

int Serve(const vitrine::app::Config& config) {
  // Blocked before any thread starts, so that only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  auto server = vitrine::app::Server::Start(config);
  if (!server) return Report(server.error());
  if (!(*server)->WaitReady(kReadyTimeoutMs)) {
    std::fprintf(
        stderr,
        "vitrine: the engine does not answer yet; spans are taken, questions have to wait\n");
  }
  std::printf("ready http://%s\n", (*server)->address().c_str());
  std::fflush(stdout);
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  (*server)->Stop();
  return 0;
}

int ShowConfig(const vitrine::app::Config& config, bool origin) {
  for (const vitrine::app::Setting& setting : vitrine::app::Config::Settings()) {
    const auto& value = config.Get(setting.key);
    std::string shown = setting.is_secret && !value.value.empty() ? "(set)" : value.value;
    std::printf("%-20.*s %-24s %s\n", static_cast<int>(setting.key.size()), setting.key.data(),
                shown.c_str(), origin ? value.origin.c_str() : "");
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  std::string command = arguments.empty() ? "" : arguments[0];
  if (command != "serve" && command != "config") return vitrine::cli::Run(argc, argv);
  arguments.erase(arguments.begin());
  bool origin = std::erase(arguments, "--origin") > 0;
  if (command == "config" && !arguments.empty() && arguments[0] == "show")
    arguments.erase(arguments.begin());
  auto config = vitrine::app::Config::Load(arguments, environ);
  if (!config) return Report(config.error());
  return command == "serve" ? Serve(*config) : ShowConfig(*config, origin);
}
