// Http2Pool: the HTTP/2 connections of one loop, and which servers do not speak it.
// Owner: the loop's UpstreamPool. Threads: the loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/internal/http2_session.h"
#include "net/limits.h"

namespace vitrine::net::internal {

class Http2Pool {
 public:
  explicit Http2Pool(Loop& loop) : loop_(loop) {}
  Http2Pool(const Http2Pool&) = delete;
  Http2Pool& operator=(const Http2Pool&) = delete;

  /// A stream on a connection that has room for it or opens, else on one that is begun. Null where
  /// the server was found to speak HTTP/1.1 only.
  std::shared_ptr<Http2Stream> Take(const std::shared_ptr<const UpstreamEndpoint>& endpoint,
                                    const std::string& key, const RelayTimeouts& timeouts);
  /// The server of this key wants HTTP/1.1.
  void OnHttp1(const std::string& key);
  /// It takes so many streams at once on one connection.
  void OnStreamsMax(const std::string& key, size_t streams_max);
  void Tick(int64_t now_ms);
  /// Idle connections close; the others take no more streams.
  void Drain();

 private:
  struct Server {
    std::vector<std::shared_ptr<Http2Session>> sessions;
    int64_t http1_until_ms = 0;
    size_t streams_max = kHttp2StreamsMax;  ///< As the last connection was told.
  };

  /// A copy: what a session tells may begin another.
  std::vector<std::shared_ptr<Http2Session>> All() const;

  Loop& loop_;
  std::unordered_map<std::string, Server> servers_;
};

}  // namespace vitrine::net::internal
