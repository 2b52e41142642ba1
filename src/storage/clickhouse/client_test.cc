// The client against a server that says exactly what the test wants.

#include "storage/clickhouse/client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

#include "storage/clickhouse/internal/http_link.h"

namespace vitrine::clickhouse {
namespace {

/// Accepts connections one after the other; for each, reads a request and writes the next answer.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::vector<std::string>> connections)
      : script_(std::move(connections)) {
    std::string pattern = std::filesystem::temp_directory_path() / "vitrine-client-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof(address.sun_path) - 1);
    fd_ = socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(fd_, 8), 0);
    thread_ = std::thread([this] { Run(); });
  }
  ~ScriptedServer() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
    std::filesystem::remove_all(folder_);
  }
  Endpoint endpoint() const {
    Endpoint endpoint;
    endpoint.unix_path = path();
    return endpoint;
  }
  std::vector<std::string> requests() { return requests_; }

 private:
  std::string path() const { return folder_ + "/s"; }
  /// A head and the body it announces; empty when the client closed.
  static std::string ReadRequest(int client) {
    std::string request;
    size_t size = std::string::npos;
    while (request.size() < size) {
      std::string piece(65536, '\0');
      const ssize_t got = recv(client, piece.data(), piece.size(), 0);
      if (got <= 0) return {};
      request += piece.substr(0, static_cast<size_t>(got));
      const size_t end = request.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const size_t at = request.find("Content-Length: ");
      size = end + 4 + (at < end ? std::stoul(request.substr(at + 16)) : 0);
    }
    return request;
  }
  void Run() {
    for (const auto& answers : script_) {
      const int client = accept(fd_, nullptr, nullptr);
      if (client < 0) return;
      for (const std::string& answer : answers) {
        const std::string request = ReadRequest(client);
        if (request.empty()) break;
        requests_.push_back(request);
        (void)!write(client, answer.data(), answer.size());
      }
      close(client);
    }
  }

  std::vector<std::vector<std::string>> script_;
  std::vector<std::string> requests_;
  std::string folder_;
  int fd_ = -1;
  std::thread thread_;
};

std::string Ok(std::string_view body, std::string_view extra = "") {
  return "HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=60\r\n" +
         std::string(extra) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

TEST(ClientTest, SendsSettingsParametersAndIdInTheUrl) {
  ScriptedServer server({{Ok("1\n"), Ok("")}});
  Client client(server.endpoint());
  QueryOptions options;
  options.settings = {{"max_threads", "2"}};
  options.params = {{"x", "a b&c"}};
  options.query_id = "id/1";
  EXPECT_EQ(client.Query("SELECT 1", options).value(), "1\n");
  EXPECT_TRUE(client.InsertNative("t", "`a`", "rows").has_value());
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_TRUE(requests[0].starts_with(
      "POST /?query_id=id%2F1&max_threads=2&param_x=a%20b%26c HTTP/1.1\r\n"))
      << requests[0];
  EXPECT_TRUE(requests[0].ends_with("\r\n\r\nSELECT 1"));
  EXPECT_TRUE(requests[1].starts_with(
      "POST /?query=INSERT%20INTO%20t%20%28%60a%60%29%20FORMAT%20Native HTTP/1.1\r\n"))
      << requests[1];
  EXPECT_TRUE(requests[1].ends_with("\r\n\r\nrows"));
}

TEST(ClientTest, ChunkedAnswersAndInterimHeads) {
  ScriptedServer server(
      {{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n",
        Ok("next")}});
  Client client(server.endpoint());
  EXPECT_EQ(client.Query("a").value(), "abcde");
  EXPECT_EQ(client.Query("b").value(), "next");  // The same connection.
}

TEST(ClientTest, ACutAnswerIsAnError) {
  for (const char* answer :
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "HTTP/1.1 200 OK\r\nContent-L", ""}) {
    ScriptedServer server({{answer}});
    Client client(server.endpoint());
    const auto result = client.Query("a");
    ASSERT_FALSE(result) << answer;
    EXPECT_EQ(result.error().code, ErrorCode::kUnavailable) << answer;
  }
}

TEST(ClientTest, WhatIsNotHttpIsAnError) {
  for (const char* answer :
       {"SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"}) {
    ScriptedServer server({{answer}});
    Client client(server.endpoint());
    const auto result = client.Query("a");
    ASSERT_FALSE(result) << answer;
    EXPECT_EQ(result.error().code, ErrorCode::kCorrupt) << answer;
  }
}

TEST(ClientTest, ErrorsByTheirMeaning) {
  const auto code_of = [](std::string_view status, std::string_view text) {
    ScriptedServer server({{"HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " +
                            std::to_string(text.size()) + "\r\n\r\n" + std::string(text)}});
    Client client(server.endpoint());
    return client.Query("a").error().code;
  };
  EXPECT_EQ(code_of("404 Not Found", "Code: 60. DB::Exception: x"), ErrorCode::kInvalidInput);
  EXPECT_EQ(code_of("500 E", "Code: 252. DB::Exception: Too many parts"), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of("500 E", "Code: 241. DB::Exception: Query memory limit exceeded"),
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(code_of("500 E", "Code: 241. DB::Exception: (total) memory limit exceeded"),
            ErrorCode::kUnavailable);
  EXPECT_EQ(code_of("408 E", "Code: 159. DB::Exception: Timeout"), ErrorCode::kLimitExceeded);
  EXPECT_EQ(code_of("503 Service Unavailable", "starting"), ErrorCode::kUnavailable);
}

TEST(ClientTest, AClosedIdleConnectionIsReplaced) {
  ScriptedServer server({{Ok("1")}, {Ok("2")}});
  Client client(server.endpoint());
  EXPECT_EQ(client.Query("a").value(), "1");
  EXPECT_EQ(client.Query("b").value(), "2");
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(ClientTest, NobodyThere) {
  Endpoint endpoint;
  endpoint.unix_path = "/nonexistent/vitrine.sock";
  Client client(endpoint);
  const auto result = client.Query("SELECT 1");
  ASSERT_FALSE(result);
  EXPECT_TRUE(IsTransient(result.error()));
  EXPECT_FALSE(client.Ping(std::chrono::milliseconds(100)));
}

TEST(ClientTest, SilenceEndsAtTheTimeout) {
  ScriptedServer server({{std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), "", ""}});
  Client client(server.endpoint());
  QueryOptions options;
  options.timeout = std::chrono::milliseconds(100);
  const auto result = client.Query("a", options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
}

TEST(ClientTest, HeadsInDetail) {
  const auto head = ParseAnswerHead(
      "HTTP/1.1 200 OK\r\nkeep-alive: timeout=7, max=3\r\nX-ClickHouse-Exception-Tag: abc\r\n"
      "Content-Length: 12\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->keep_alive_s, 7);
  EXPECT_EQ(head->exception_tag, "abc");
  EXPECT_EQ(head->content_length, 12u);
  EXPECT_TRUE(head->keep_alive);
  EXPECT_FALSE(ParseAnswerHead("HTTP/1.0 200 OK\r\n\r\n")->keep_alive);
}

}  // namespace
}  // namespace vitrine::clickhouse
