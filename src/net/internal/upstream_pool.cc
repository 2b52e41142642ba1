#include "net/internal/upstream_pool.h"

#include <algorithm>
#include <utility>

namespace vitrine::net::internal {

namespace {

bool MaySpeakHttp2(const UpstreamEndpoint& endpoint) {
  switch (endpoint.http2) {
    case UpstreamHttp2::kOff: return false;
    case UpstreamHttp2::kOn:
    case UpstreamHttp2::kAuto: return endpoint.tls != nullptr;
    case UpstreamHttp2::kPriorKnowledge: return true;
  }
  return false;
}

}  // namespace

const std::string& UpstreamPool::KeyOf(const std::shared_ptr<const UpstreamEndpoint>& of) {
  if (of == keyed_) return key_;
  keyed_ = of;
  const UpstreamEndpoint& endpoint = *of;
  key_.clear();
  // No host name and no path holds a line end.
  key_.append(endpoint.unix_path).append("\n").append(endpoint.host).append("\n");
  key_.append(std::to_string(endpoint.port)).append("\n").append(endpoint.tls_name).append("\n");
  key_.append(std::to_string(reinterpret_cast<uintptr_t>(endpoint.tls.get())));
  if (endpoint.http2 != UpstreamHttp2::kOff) {
    key_.append("\n").append(std::to_string(static_cast<int>(endpoint.http2)));
  }
  return key_;
}

UpstreamLink UpstreamPool::Take(const std::shared_ptr<const UpstreamEndpoint>& endpoint,
                                const Wish& wish) {
  // Whoever checks addresses does not share: the others' connection may lead where it may not.
  if (MaySpeakHttp2(*endpoint) && !wish.is_upgrade && !wish.check &&
      (endpoint->http2 != UpstreamHttp2::kAuto || IsCrowded(endpoint))) {
    if (auto stream = http2_.Take(endpoint, KeyOf(endpoint), wish.timeouts)) {
      return UpstreamLink(std::move(stream));
    }
  }
  return UpstreamLink(wish.may_be_kept ? TakeConnection(endpoint, wish.check) : Make(endpoint));
}

std::shared_ptr<UpstreamConnection> UpstreamPool::TakeConnection(
    const std::shared_ptr<const UpstreamEndpoint>& endpoint, const AddressCheck& check) {
  const auto at = idle_.find(KeyOf(endpoint));
  if (at != idle_.end()) {
    Idle& idle = at->second;
    for (size_t i = idle.size(); i-- > 0;) {
      const auto& address = idle[i]->address();
      if (check && address && !check(*address)) continue;
      auto connection = std::move(idle[i]);
      idle.erase(idle.begin() + static_cast<std::ptrdiff_t>(i));
      --idle_count_;
      connection->SetOwner(nullptr);
      if (!connection->IsSilent()) {
        connection->Close();
        continue;
      }
      connection->MarkKept();
      loop_.state().upstream_reuses.fetch_add(1, std::memory_order_relaxed);
      return connection;
    }
  }
  return Make(endpoint);
}

std::shared_ptr<UpstreamConnection> UpstreamPool::Make(
    const std::shared_ptr<const UpstreamEndpoint>& endpoint) {
  auto connection = std::make_shared<UpstreamConnection>(loop_, endpoint, KeyOf(endpoint));
  if (endpoint->http2 == UpstreamHttp2::kAuto) {
    std::weak_ptr<const char>& count = counts_[key_];
    connection->counted = count.lock();
    if (!connection->counted) count = connection->counted = std::make_shared<const char>();
  }
  return connection;
}

bool UpstreamPool::IsCrowded(const std::shared_ptr<const UpstreamEndpoint>& endpoint) {
  const auto idle = idle_.find(KeyOf(endpoint));
  if (idle != idle_.end() && !idle->second.empty()) return false;
  const auto count = counts_.find(key_);
  return count != counts_.end() &&
         static_cast<size_t>(count->second.use_count()) >= kHttp2CrowdFrom;
}

void UpstreamPool::Give(std::shared_ptr<UpstreamConnection> connection) {
  connection->Want(true, false);
  connection->SetOwner(this);
  connection->idle_since_ms = loop_.now_ms();
  Idle& idle = idle_[connection->key()];
  if (loop_.stopping() || idle.size() >= kUpstreamIdlePerEndpointMax) {
    connection->Close();
    return;
  }
  // Leaves the list where it is, if perhaps empty.
  if (idle_count_ >= kUpstreamIdleMax) DropOldest();
  idle.push_back(std::move(connection));
  ++idle_count_;
}

void UpstreamPool::OnUpstreamReady(UpstreamConnection& connection, bool readable, bool) {
  // Whatever it says, nobody asked: it closed, or the next answer would not be the next answer. TLS
  // alone has things to say of its own (session tickets).
  if (readable && connection.is_tls() &&
      connection.Read(loop_.scratch()).kind == Moved::Kind::kLater) {
    connection.Want(true, false);
    return;
  }
  const auto at = idle_.find(connection.key());
  if (at != idle_.end()) {
    idle_count_ -= static_cast<size_t>(
        std::erase_if(at->second, [&](const auto& one) { return one.get() == &connection; }));
    if (at->second.empty()) idle_.erase(at);
  }
  connection.Close();
}

void UpstreamPool::Tick(int64_t now_ms) {
  http2_.Tick(now_ms);
  std::erase_if(counts_, [](const auto& count) { return count.second.expired(); });
  for (auto at = idle_.begin(); at != idle_.end();) {
    Idle& idle = at->second;
    const auto fresh = std::find_if(idle.begin(), idle.end(), [now_ms](const auto& connection) {
      return now_ms - connection->idle_since_ms < kUpstreamIdleTimeoutMs;
    });
    std::for_each(idle.begin(), fresh, [](const auto& connection) { connection->Close(); });
    idle_count_ -= static_cast<size_t>(fresh - idle.begin());
    idle.erase(idle.begin(), fresh);
    at = idle.empty() ? idle_.erase(at) : std::next(at);
  }
}

void UpstreamPool::DropOldest() {
  auto oldest = idle_.end();
  for (auto at = idle_.begin(); at != idle_.end(); ++at) {
    if (at->second.empty()) continue;
    if (oldest == idle_.end() ||
        at->second.front()->idle_since_ms < oldest->second.front()->idle_since_ms) {
      oldest = at;
    }
  }
  if (oldest == idle_.end()) return;
  oldest->second.front()->Close();
  oldest->second.erase(oldest->second.begin());
  --idle_count_;
}

void UpstreamPool::Clear() {
  for (auto& [key, idle] : idle_) {
    for (const auto& connection : idle) connection->Close();
  }
  idle_.clear();
  idle_count_ = 0;
  http2_.Drain();
  keyed_.reset();
}

}  // namespace vitrine::net::internal
