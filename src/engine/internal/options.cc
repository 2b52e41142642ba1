#include "engine/internal/options.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <thread>

namespace vitrine::engine {
namespace {

/// More threads for one statement than this gain little and cost memory.
constexpr unsigned kThreadsDefaultMax = 8;

template <typename Number>
Result<Number> ReadNumber(std::string_view name, std::string_view text, Number least, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    return Fail(ErrorCode::kInvalidInput,
                std::string(name) + " must be a number from " + std::to_string(least) + " to " +
                    std::to_string(most) + ", not \"" + std::string(text) + "\"");
  return value;
}

Result<void> ReadOption(std::string_view name, const std::string& value, Options& options) {
  if (name == "--path") {
    options.path = value;
  } else if (name == "--socket") {
    options.socket = value;
  } else if (name == "--library") {
    options.library = value;
  } else if (name == "--tcp-port") {
    TRY_ASSIGN(options.tcp_port, (ReadNumber<uint16_t>(name, value, 0, 65535)));
  } else if (name == "--memory-bytes") {
    TRY_ASSIGN(options.memory_bytes,
               (ReadNumber<uint64_t>(name, value, kMemoryBytesMin, uint64_t{1} << 50)));
  } else if (name == "--threads") {
    TRY_ASSIGN(options.threads, (ReadNumber<unsigned>(name, value, 1, 256)));
  } else if (name == "--parent-pid") {
    TRY_ASSIGN(options.parent_pid, (ReadNumber<int>(name, value, 1, 1 << 22)));
  } else if (name == "--priority") {
    if (value != "normal" && value != "idle")
      return Fail(ErrorCode::kInvalidInput,
                  "--priority must be normal or idle, not \"" + value + "\"");
    options.when_idle = value == "idle";
  } else {
    return Fail(ErrorCode::kInvalidInput, "unknown option " + std::string(name));
  }
  return {};
}

}  // namespace

const char* const kUsage =
    "usage: vitrine-engine --path DIR --socket PATH [options]\n"
    "  --path DIR          absolute folder of the engine's data\n"
    "  --socket PATH       Unix socket that answers ClickHouse's HTTP interface\n"
    "  --tcp-port PORT     answer on 127.0.0.1:PORT too (0: any free port); no password\n"
    "  --memory-bytes N    limit of the engine's memory (default 1150000000)\n"
    "  --threads N         threads of one statement (default: processors, at most 8)\n"
    "  --priority WHICH    normal, or idle: only processor time that nothing else wants\n"
    "  --parent-pid PID    end when this parent process ends\n"
    "  --library PATH      libchdb.so (default: beside this program)\n";

Result<Options> ParseOptions(int argc, const char* const* argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (argument == "--help" || argument == "-h") {
      options.help = true;
      return options;
    }
    std::string value;
    if (const size_t equals = argument.find('='); equals != argument.npos) {
      value = argument.substr(equals + 1);
      argument = argument.substr(0, equals);
    } else if (i + 1 < argc) {
      value = argv[++i];
    } else {
      return Fail(ErrorCode::kInvalidInput, std::string(argument) + " needs a value");
    }
    TRY(ReadOption(argument, value, options));
  }
  if (options.path.empty() || options.path[0] != '/')
    return Fail(ErrorCode::kInvalidInput, "--path must be an absolute path");
  if (options.socket.empty()) return Fail(ErrorCode::kInvalidInput, "--socket is missing");
  if (options.threads == 0)
    options.threads = std::clamp(std::thread::hardware_concurrency(), 1U, kThreadsDefaultMax);
  return options;
}

}  // namespace vitrine::engine
