#include "net/internal/http2_pool.h"

#include <algorithm>

namespace vitrine::net::internal {

std::shared_ptr<Http2Stream> Http2Pool::Take(
    const std::shared_ptr<const UpstreamEndpoint>& endpoint, const std::string& key,
    const RelayTimeouts& timeouts) {
  if (servers_.size() >= kHttp2ServersMax && !servers_.contains(key)) return nullptr;
  Server& server = servers_[key];
  if (server.http1_until_ms != 0 && SteadyMs() < server.http1_until_ms) return nullptr;
  server.http1_until_ms = 0;
  // The oldest first, so that those a crowd needed become idle and close.
  for (const auto& session : server.sessions) {
    session->LookForNews();
    if (!session->HasRoom()) continue;
    if (session->is_open()) loop_.state().upstream_reuses.fetch_add(1, std::memory_order_relaxed);
    return session->Attach();
  }
  auto connection = std::make_shared<UpstreamConnection>(loop_, endpoint, key,
                                                         UpstreamConnection::Speaks::kHttp2);
  auto session =
      std::make_shared<Http2Session>(loop_, *this, std::move(connection), server.streams_max);
  server.sessions.push_back(session);
  auto stream = session->Attach();
  session->Open(timeouts);
  return stream;
}

std::vector<std::shared_ptr<Http2Session>> Http2Pool::All() const {
  std::vector<std::shared_ptr<Http2Session>> all;
  for (const auto& [key, server] : servers_) {
    all.insert(all.end(), server.sessions.begin(), server.sessions.end());
  }
  return all;
}

void Http2Pool::OnHttp1(const std::string& key) {
  servers_[key].http1_until_ms = SteadyMs() + kHttp1OnlyMs;
}

void Http2Pool::OnStreamsMax(const std::string& key, size_t streams_max) {
  servers_[key].streams_max = streams_max;
}

void Http2Pool::Tick(int64_t now_ms) {
  for (const auto& session : All()) session->Tick(now_ms);
  for (auto at = servers_.begin(); at != servers_.end();) {
    Server& server = at->second;
    std::erase_if(server.sessions, [](const auto& session) { return session->is_over(); });
    const bool is_known = !server.sessions.empty() || now_ms < server.http1_until_ms;
    at = is_known ? std::next(at) : servers_.erase(at);
  }
}

void Http2Pool::Drain() {
  for (const auto& session : All()) session->Drain();
}

}  // namespace vitrine::net::internal
