#include "served.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace vitrine::bench {

namespace {

[[noreturn]] void Give(const std::string& why) {
  std::fprintf(stderr, "ingest_bench: %s\n", why.c_str());
  std::exit(1);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string ProgramFolder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

/// The number after `"name":` in a JSON text.
uint64_t Member(const std::string& json, const std::string& name) {
  const size_t at = json.find("\"" + name + "\":");
  return at == std::string::npos ? 0
                                 : std::strtoull(json.c_str() + at + name.size() + 3, nullptr, 10);
}

double CpuSeconds(pid_t pid) {
  const std::string stat = ReadFile("/proc/" + std::to_string(pid) + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skip;
  for (int i = 0; i < 11; ++i) fields >> skip;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

uint64_t ResidentBytes(pid_t pid) {
  std::istringstream fields(ReadFile("/proc/" + std::to_string(pid) + "/statm"));
  uint64_t all = 0, resident = 0;
  fields >> all >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

pid_t ChildOf(pid_t parent) {
  const std::string children =
      ReadFile("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(parent) + "/task")) {
    const pid_t child = std::atoi(ReadFile(task.path() / "children").c_str());
    if (child > 0) return child;
  }
  return std::atoi(children.c_str());
}

void Pin(pid_t pid, const std::string& cores) {
  if (cores.empty()) return;
  const std::string command =
      "taskset -a -p -c " + cores + " " + std::to_string(pid) + " >/dev/null";
  if (std::system(command.c_str()) != 0) Give("taskset does not work here");
}

}  // namespace

Served::Served(const std::string& folder, const std::string& server_cores,
               const std::string& engine_cores)
    : folder_(folder) {
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
  int output[2];
  if (pipe(output) != 0) Give("no pipe");
  server_ = fork();
  if (server_ == 0) {
    dup2(output[1], 1);
    const int log = open((folder_ + ".log").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
    dup2(log, 2);
    close(output[0]);
    const std::string program = ProgramFolder() + "/vitrine";
    execl(program.c_str(), "vitrine", "serve", "--data", folder_.c_str(), "--listen", "127.0.0.1:0",
          "--otlp-listen", "", static_cast<char*>(nullptr));
    _exit(127);
  }
  close(output[1]);
  FILE* lines = fdopen(output[0], "r");
  char line[256];
  if (std::fgets(line, sizeof line, lines) == nullptr)
    Give("the server does not start; see " + folder_ + ".log");
  std::string url(line + std::string_view("ready ").size());
  url.erase(url.find_last_not_of('\n') + 1);
  net::HttpClientOptions options;
  options.endpoint = *net::ParseHttpEndpoint(url);
  http_ = std::make_unique<net::HttpClient>(std::move(options));
  engine_ = ChildOf(server_);
  Pin(server_, server_cores);
  Pin(engine_, engine_cores);
  clickhouse::Endpoint endpoint;
  endpoint.unix_path = folder_ + "/engine.sock";
  engine_client_ = std::make_unique<clickhouse::Client>(endpoint);
}

Served::~Served() {
  kill(server_, SIGTERM);
  waitpid(server_, nullptr, 0);
  std::filesystem::remove_all(folder_);
}

bool Served::Send(const std::string& body) {
  const auto response = http_->Post("/v1/traces", "application/x-protobuf", body);
  return response && response->status == 200;
}

std::pair<int, std::string> Served::Get(const std::string& target) {
  auto response = http_->Get(target);
  if (!response) return {0, response.error().message};
  return {response->status, std::move(response->body)};
}

Ingest Served::ingest() {
  const std::string json = Get("/api/v1/ingest").second;
  return {Member(json, "spans_accepted"), Member(json, "backlog_records"),
          Member(json, "log_bytes")};
}

Used Served::used() const {
  return {CpuSeconds(server_), CpuSeconds(engine_), ResidentBytes(server_), ResidentBytes(engine_)};
}

std::string Served::Ask(const std::string& sql) {
  auto answer = engine_client_->Query(sql + " FORMAT TSV");
  if (!answer) Give(sql + ": " + answer.error().message);
  answer->erase(answer->find_last_not_of('\n') + 1);
  return *answer;
}

void Served::Do(const std::string& sql) {
  clickhouse::QueryOptions options;
  options.timeout = std::chrono::minutes(30);
  const auto done = engine_client_->Execute(sql, options);
  if (!done) Give(sql + ": " + done.error().message);
}

void Served::WaitDrained() {
  while (ingest().backlog_records > 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

void Served::WaitMerged() {
  int quiet = 0;
  while (quiet < 10) {
    quiet = Ask("SELECT count() FROM system.merges") == "0" ? quiet + 1 : 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace vitrine::bench
