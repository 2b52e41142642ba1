// OtlpPost: sends encoded OTLP requests to one URL and judges the answers.
// Owner: one target. Threads: one at a time; the stop token from any.
// Source: OTLP 1.11.0 "OTLP/HTTP Response", "OTLP/HTTP Throttling"; RFC 9110 (Retry-After).
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/http_client.h"
#include "net/http_relay.h"
#include "syntax/compress/compress.h"

namespace vitrine::forward {

enum class PostVerdict : uint8_t {
  kTaken,
  kLater,     ///< The same again, after a while.
  kTooLarge,  ///< In parts, perhaps.
  kRefused,   ///< Never, as it is.
};

struct PostOutcome {
  PostVerdict verdict = PostVerdict::kTaken;
  int64_t retry_after_ms = 0;   ///< What the target asked for; 0: nothing.
  uint64_t rejected_count = 0;  ///< Of what was taken: items the target left out.
  std::string message;          ///< For people; empty when all is well.
};

struct PostOptions {
  std::string name;  ///< Of the setting that has the URL.
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers = {};
  compress::Encoding compression = compress::Encoding::kGzip;
  std::shared_ptr<net::UpstreamTls> tls = {};
};

class OtlpPost {
 public:
  /// Errors: kInvalidInput (URL or headers that cannot be sent), naming which.
  static Result<std::unique_ptr<OtlpPost>> Create(const PostOptions& options);

  /// `body` is an export request as protobuf. A stop is a kLater.
  PostOutcome Send(std::string_view body, Nanos now, std::stop_token stop);

  const std::string& host() const { return host_; }

 private:
  OtlpPost(net::HttpClientOptions options, std::string target, std::string host,
           compress::Encoding compression);

  net::HttpClient client_;
  const std::string target_, host_;
  const compress::Encoding compression_;
};

/// What an answer means. Private to forwarding; here for its test.
PostOutcome JudgeAnswer(const net::HttpResponse& answer, Nanos now);
/// Milliseconds of a Retry-After: seconds, or a date; 0 for what is neither.
int64_t RetryAfterMs(std::string_view value, Nanos now);

}  // namespace vitrine::forward
