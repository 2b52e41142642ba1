// UpstreamPool: the idle upstream connections of one loop, and those over HTTP/2, idle or not. Each
// is watched: one that the upstream closes, or that speaks unasked, is dropped at once. Owner: the
// loop. Threads: the loop's.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/internal/http2_pool.h"
#include "net/internal/upstream_connection.h"
#include "net/internal/upstream_link.h"

namespace vitrine::net::internal {

class UpstreamPool final : private UpstreamOwner {
 public:
  explicit UpstreamPool(Loop& loop) : loop_(loop), http2_(loop) {}
  UpstreamPool(const UpstreamPool&) = delete;
  UpstreamPool& operator=(const UpstreamPool&) = delete;

  /// What a plan asks of what it is sent through.
  struct Wish {
    const AddressCheck& check;
    const RelayTimeouts& timeouts;
    bool may_be_kept = true;
    bool is_upgrade = false;  ///< Only a connection of HTTP/1.1 becomes a tunnel.
  };
  /// A stream over HTTP/2 where the endpoint says so, the server takes it, and the plan can be sent
  /// on it; else a connection.
  UpstreamLink Take(const std::shared_ptr<const UpstreamEndpoint>& endpoint, const Wish& wish);
  /// A new connection, to be opened.
  std::shared_ptr<UpstreamConnection> Make(const std::shared_ptr<const UpstreamEndpoint>& endpoint);
  /// Keeps a connection that finished an exchange in order.
  void Give(std::shared_ptr<UpstreamConnection> connection);
  /// Closes what has been idle for too long, and looks after what is shared.
  void Tick(int64_t now_ms);
  /// Closes what nobody uses.
  void Clear();

 private:
  using Idle = std::vector<std::shared_ptr<UpstreamConnection>>;

  /// An idle connection that is still silent, the one used last, or one that is to be opened.
  /// `check` is asked about the address of an idle one too: another plan may have allowed it.
  std::shared_ptr<UpstreamConnection> TakeConnection(
      const std::shared_ptr<const UpstreamEndpoint>& endpoint, const AddressCheck& check);
  void OnUpstreamOpen() override {}
  void OnUpstreamReady(UpstreamConnection& connection, bool readable, bool writable) override;
  void OnUpstreamFailed(RelayEndReason, const std::string&) override {}
  const std::string& KeyOf(const std::shared_ptr<const UpstreamEndpoint>& endpoint);
  void DropOldest();
  bool IsCrowded(const std::shared_ptr<const UpstreamEndpoint>& endpoint);

  Loop& loop_;
  Http2Pool http2_;
  std::unordered_map<std::string, Idle> idle_;  ///< By key; oldest first.
  size_t idle_count_ = 0;
  /// By key: as many hold it as there are connections, idle or not. For UpstreamHttp2::kAuto alone.
  std::unordered_map<std::string, std::weak_ptr<const char>> counts_;
  std::shared_ptr<const UpstreamEndpoint> keyed_;  ///< The endpoint that `key_` is of.
  std::string key_;
};

}  // namespace vitrine::net::internal
