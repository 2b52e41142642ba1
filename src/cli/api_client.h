// ApiClient: what every command needs of a server: its address, key and project, and errors as exit
// codes. Owner: one command. Threads: as net::HttpClient.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_client.h"

namespace vitrine::cli {

inline constexpr int kExitOk = 0, kExitFailure = 1, kExitUsage = 2, kExitAuth = 3,
                     kExitNotFound = 4, kExitGateFailed = 5, kExitUnavailable = 6;

struct ServerOptions {
  std::string url = "http://127.0.0.1:7080";
  std::string key;
  std::string project = "default";
  bool is_import = false;  ///< What is sent is of long ago and keeps its days.
};

class ApiClient {
 public:
  /// `io_timeout_ms`: without a byte of an answer.
  /// Errors: kInvalidInput (the URL, the key, the project), kUnsupported (https).
  static Result<ApiClient> Open(const ServerOptions& options,
                                int64_t io_timeout_ms = net::kClientIoTimeoutMs);

  /// The body of a 2xx answer. Errors: what the server said, kNotFound for 404, kUnavailable when
  /// nobody answers or the server asks to come back.
  Result<std::string> Get(const std::string& target);
  Result<std::string> Post(const std::string& target, std::string_view content_type,
                           std::string_view body);
  Result<std::string> Delete(const std::string& target);
  /// The status and body whatever they are.
  Result<net::HttpResponse> Send(const std::string& target, std::string_view content_type,
                                 std::string_view body);
  /// The same of a JSON body, until `stop` ends it with kCancelled. From any thread;
  /// last_status() is not its.
  Result<net::HttpResponse> PostJson(const std::string& target, std::string_view body,
                                     std::stop_token stop) const;
  /// An answer that is read while it is sent: hands the pieces of a 2xx body to `take`, whose error
  /// ends it. `trailers` gets what came behind it. Errors: as Get; kUnavailable or kCancelled also
  /// when it broke.
  Result<void> Follow(const std::string& target,
                      const std::function<Result<void>(std::string_view piece)>& take,
                      net::HttpHeaders* trailers = nullptr);
  /// The same until `stop` ends it.
  Result<void> FollowUntil(const std::string& target, std::stop_token stop,
                           const std::function<Result<void>(std::string_view piece)>& take);
  int last_status() const { return last_status_; }

 private:
  ApiClient(std::unique_ptr<net::HttpClient> client, std::string url)
      : client_(std::move(client)), url_(std::move(url)) {}
  Result<void> Follow(net::HttpClientRequest request,
                      const std::function<Result<void>(std::string_view piece)>& take,
                      net::HttpHeaders* trailers);
  Result<std::string> Body(Result<net::HttpResponse> response);
  Error NotReached(const Error& error) const;

  std::unique_ptr<net::HttpClient> client_;
  std::string url_, prefix_;
  int last_status_ = 0;
};

/// What an answer with an error status says, for people.
std::string RefusalText(int status, const std::string& body);

/// Prints the error on stderr and returns its exit code.
int ReportError(const Error& error, int http_status);

}  // namespace vitrine::cli
