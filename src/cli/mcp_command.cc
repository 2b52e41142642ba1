#include "cli/mcp_command.h"

#include <condition_variable>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "base/arena.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::cli {

namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

/// Messages at work at once; the next waits. Clients ask two or three things at a time.
constexpr size_t kAtOnceMax = 8;
/// Of one message; the server takes as much.
constexpr size_t kLineBytesMax = 1024 * 1024;
/// The longest question of the server takes a minute.
constexpr int64_t kAnswerMs = 90'000;
/// JSON-RPC 2.0: the answer could not be made.
constexpr int kInternalError = -32603, kParseError = -32700;

std::string Failure(std::string_view id, int code, std::string_view message) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject().Member("jsonrpc", "2.0").Key("id").Raw(id.empty() ? "null" : id);
  json.Key("error").BeginObject().Member("code", code).Member("message", message).EndObject();
  json.EndObject();
  return line;
}

/// True for an answer of our server, which is JSON-RPC on one line.
bool IsMessage(const std::string& body) {
  Arena arena;
  syntax::JsonDocument document;
  return document.Parse(body, arena) == syntax::JsonStatus::kOk &&
         document.root()["jsonrpc"].text() == "2.0" && body.find('\n') == std::string::npos;
}

class Bridge {
 public:
  explicit Bridge(ApiClient client) : client_(std::move(client)) {}

  void Take(std::string line) {
    Arena arena;
    syntax::JsonDocument document;
    if (line.size() > kLineBytesMax)
      return Print(Failure({}, kParseError, "the message is too long"));
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk)
      return Print(Failure({}, kParseError, "the line is no JSON"));
    const JsonValue root = document.root();
    if (root["method"].text() == "notifications/cancelled")
      Cancel(std::string(root["params"]["requestId"].raw()));
    const bool is_request = root["id"].exists() && root["method"].exists();
    Start(std::move(line), is_request ? std::string(root["id"].raw()) : std::string());
  }

  /// Waits until everything that was taken is answered.
  void Finish() {
    std::unique_lock lock(mutex_);
    change_.wait(lock, [&] { return running_ == 0; });
  }

 private:
  void Start(std::string line, std::string id) {
    std::stop_source stop;
    {
      std::unique_lock lock(mutex_);
      change_.wait(lock, [&] { return running_ < kAtOnceMax; });
      ++running_;
      if (!id.empty()) stops_[id] = stop;
    }
    std::thread([this, line = std::move(line), id = std::move(id), stop]() mutable {
      Carry(line, id, stop.get_token());
      const std::lock_guard lock(mutex_);
      stops_.erase(id);
      --running_;
      change_.notify_all();
    }).detach();
  }

  void Carry(const std::string& line, const std::string& id, std::stop_token stop) {
    const auto response = client_.PostJson("/mcp", line, std::move(stop));
    // Nobody waits for an answer to a notification, nor to what was cancelled.
    if (id.empty()) return;
    if (response && IsMessage(response->body)) return Print(response->body);
    if (!response && response.error().code == ErrorCode::kCancelled) return;
    Print(Failure(
        id, kInternalError,
        !response ? response.error().message : RefusalText(response->status, response->body)));
  }

  void Cancel(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (const auto found = stops_.find(id); found != stops_.end()) found->second.request_stop();
  }

  void Print(const std::string& line) {
    const std::lock_guard lock(print_mutex_);
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }

  ApiClient client_;
  std::mutex mutex_, print_mutex_;
  std::condition_variable change_;
  size_t running_ = 0;
  std::map<std::string, std::stop_source> stops_;  ///< By the id's JSON.
};

}  // namespace

int RunMcp(const ServerOptions& server) {
  auto client = ApiClient::Open(server, kAnswerMs);
  if (!client) return ReportError(client.error(), 0);
  Bridge bridge(std::move(*client));
  for (std::string line; std::getline(std::cin, line);) {
    if (line.find_first_not_of(" \r\t") != std::string::npos) bridge.Take(std::move(line));
  }
  bridge.Finish();
  return kExitOk;
}

}  // namespace vitrine::cli
