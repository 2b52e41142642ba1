// vitrine: the server (`serve`), its settings (`config`), and every other command.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "app/config.h"
#include "app/server.h"
#include "app/version.h"
#include "capture/gateway/kept_request.h"
#include "cli/cli.h"

extern char** environ;

namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr int kExitUnavailable = 6;
// Opening ten million spans takes a few seconds; a server that is not ready after this has a reason
// to tell.
constexpr int64_t kReadyTimeoutMs = 60'000;
// SIGTERM has five seconds; the doors and the engine take four of them at most.
constexpr std::chrono::milliseconds kStopTimeMax{4'700};

int Report(const vitrine::Error& error) {
  std::fprintf(stderr, "vitrine: %s\n", error.message.c_str());
  switch (error.code) {
    case vitrine::ErrorCode::kInvalidInput: return kExitUsage;
    case vitrine::ErrorCode::kUnsupported: return kExitUnavailable;
    default: return kExitFailure;
  }
}

/// Ends the process whatever its stopping waits for, a disk that does not answer for one.
void LeaveLater() {
  std::thread([] {
    std::this_thread::sleep_for(kStopTimeMax);
    // Nothing is lost by it: the log has what was acknowledged.
    std::fputs("vitrine: stopping took long; what is in the log is settled after the next start\n",
               stderr);
    _exit(0);
  }).detach();
}

int Serve(const std::vector<std::string>& arguments) {
  const auto config = vitrine::app::Config::Load(arguments, environ);
  if (!config) return Report(config.error());
  // Blocked before any thread starts, so that only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  auto server = vitrine::app::Server::Start(*config);
  if (!server) return Report(server.error());
  const auto stop_asked = [&signals] {
    const timespec at_once{0, 0};
    return sigtimedwait(&signals, nullptr, &at_once) > 0;
  };
  const auto ready = (*server)->WaitReady(kReadyTimeoutMs, stop_asked);
  if (!ready && ready.error().code == vitrine::ErrorCode::kCancelled) {
    LeaveLater();
    (*server)->Stop();
    return 0;
  }
  if (!ready && ready.error().code != vitrine::ErrorCode::kUnavailable)
    return Report(ready.error());
  if (!ready) {
    std::fprintf(stderr, "vitrine: %s; spans are taken, questions have to wait until it answers\n",
                 ready.error().message.c_str());
  }
  std::printf("ready http://%s\n", (*server)->address().c_str());
  std::fflush(stdout);
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  LeaveLater();
  (*server)->Stop();
  return 0;
}

void ShowLine(std::string_view key, std::string_view value, std::string_view origin) {
  std::string line(key);
  line.resize(std::max<size_t>(line.size(), 20), ' ');
  line.append(" ").append(value);
  if (!origin.empty()) {
    line.resize(std::max<size_t>(line.size(), 45), ' ');
    line.append(" ").append(origin);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  std::printf("%s\n", line.c_str());
}

int ShowConfig(std::vector<std::string> arguments) {
  const bool origin = std::erase(arguments, "--origin") > 0;
  const auto config = vitrine::app::Config::Load(arguments, environ);
  if (!config) return Report(config.error());
  for (const vitrine::app::Setting& setting : vitrine::app::Config::Settings()) {
    const auto& value = config->Get(setting.key);
    const std::string shown = setting.is_secret && !value.value.empty() ? "(set)" : value.value;
    ShowLine(setting.key, shown, origin ? std::string_view(value.origin) : std::string_view());
  }
  const std::string file = origin ? "file " + config->file() : "";
  for (const auto& target : config->forward())
    ShowLine("forward." + target.name, target.url.empty() ? target.metrics_url : target.url, file);
  for (const auto& one : config->exports())
    ShowLine("export." + one.name, one.folder.empty() ? one.store.endpoint : one.folder, file);
  const size_t from_file =
      config->keys().size() - (config->Text("api_key").empty() ? size_t{0} : size_t{1});
  if (from_file > 0) std::printf("%-20s %zu (set)\n", "keys", from_file);
  return 0;
}

std::vector<vitrine::cli::ProgramFlag> SettingFlags() {
  std::vector<vitrine::cli::ProgramFlag> flags = {
      {"--config", "FILE", "file with settings; without it vitrine.toml here, if there is one",
       ""}};
  for (const vitrine::app::Setting& setting : vitrine::app::Config::Settings()) {
    flags.push_back({vitrine::app::Config::FlagOf(setting.key), std::string(setting.value_name),
                     std::string(setting.meaning), std::string(setting.default_value)});
  }
  return flags;
}

vitrine::cli::Program MakeProgram() {
  vitrine::cli::Program program;
  program.version = vitrine::app::kVersion;
  program.redact = [](const vitrine::net::HttpRequest& request, std::string_view body) {
    vitrine::capture::KeptRequest kept = vitrine::capture::KeptOf(request, body);
    return vitrine::cli::RedactedRequest{std::move(kept.target), std::move(kept.body)};
  };
  program.commands.push_back(
      {"serve", "run the server",
       "Prints one line, ready http://HOST:PORT, when it answers. SIGTERM ends it.\n"
       "Each flag is also a setting of vitrine.toml and a variable VITRINE_…:\n"
       "a flag wins over a variable, a variable over the file.",
       SettingFlags(), Serve});
  auto flags = SettingFlags();
  flags.push_back({"--origin", "", "also say where each value comes from", ""});
  program.commands.push_back({"config show", "show every setting of the server",
                              "vitrine config show --origin", flags, ShowConfig});
  return program;
}

}  // namespace

int main(int argc, char** argv) { return vitrine::cli::Run(argc, argv, MakeProgram()); }
