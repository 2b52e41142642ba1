// TestEngine: a real vitrine-engine in a folder of its own, for tests and measurements.
// Owner: the test; the engine and its folder end with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "storage/clickhouse/client.h"
#include "storage/clickhouse/engine_process.h"

namespace vitrine::clickhouse {

/// $VITRINE_ENGINE, else vitrine-engine beside this program; empty when it or libchdb.so beside it
/// is not built.
inline std::string EngineProgram() {
  std::error_code error;
  std::filesystem::path program;
  if (const char* given = std::getenv("VITRINE_ENGINE")) {
    program = given;
  } else {
    program =
        std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "vitrine-engine";
  }
  const auto folder = program.parent_path();
  const bool built = std::filesystem::exists(program, error) &&
                     std::filesystem::exists(folder / "libchdb.so", error);
  return built ? program.string() : std::string();
}

class TestEngine {
 public:
  explicit TestEngine(uint64_t memory_bytes = 0) {
    std::string pattern = std::filesystem::temp_directory_path() / "vitrine-engine-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    EngineProcessOptions options;
    options.program = EngineProgram();
    options.data_path = folder_ / "data";
    options.socket_path = folder_ / "engine.sock";
    options.memory_bytes = memory_bytes;
    options.log = [](std::string_view line) {
      std::fprintf(stderr, "engine: %.*s\n", static_cast<int>(line.size()), line.data());
    };
    auto started = EngineProcess::Start(std::move(options));
    if (started) process_ = std::move(*started);
    client_ = std::make_unique<Client>(endpoint());
  }
  ~TestEngine() {
    process_.reset();
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  TestEngine(const TestEngine&) = delete;
  TestEngine& operator=(const TestEngine&) = delete;

  /// Waits, and makes the database. False when there is no engine to test.
  bool Ready() {
    return process_ && process_->WaitReady(std::chrono::seconds(30)) &&
           client_->Execute("CREATE DATABASE IF NOT EXISTS vitrine").has_value();
  }
  Endpoint endpoint() const {
    Endpoint endpoint;
    endpoint.unix_path = folder_ / "engine.sock";
    return endpoint;
  }
  Client& client() { return *client_; }
  EngineProcess& process() { return *process_; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<EngineProcess> process_;
  std::unique_ptr<Client> client_;
};

}  // namespace vitrine::clickhouse
